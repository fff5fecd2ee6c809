"""`Desk`: makes the pages of a register, from its ledger as it is now.

To look at a page writes nothing. Who may see what is for the caller to know.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge

from ..arguments import checked
from ..consent.disclosures import Usage
from ..consent.events import Event
from ..consent.presentation import Presentation
from ..consent.standing import account_of
from ..consent.state import Published, SchoolState
from ..evidence.receipt import Receipt, receipt_for
from ..ledgers.base import app_stream, school_stream
from ..register.case import Case
from ..register.register import ConsentRegister
from .before import Again, Before
from .history import HistoryLine, history_of
from .reader import Reader
from .request import RequestPage, page_of
from .school import AppCard, SchoolDashboard, card_of
from .schools import SchoolsPage
from .stops import Deed, StopPage
from .vendor import AppDashboard
from .words import name_of

AppsOf = Callable[[str], Iterable[str]]
"""Gives the apps that may ask a school, besides those it was shown already."""


@checked
class Desk:
    """Makes every page of one register; may be shared by threads.

    Args:
        register: Where decisions are taken.
        apps_of: Which apps may ask a school; None for every app that has ever
            published a request.
    """

    def __init__(
        self, register: ConsentRegister, *, apps_of: AppsOf | None = None
    ) -> None:
        self.register = register
        self._reader = Reader(register.ledger)
        self._apps_of = apps_of

    # What is decided on

    def request(
        self, school: str, app: str, ticked: Iterable[str] = (), last_day: str = ""
    ) -> RequestPage:
        """Return the page on which the school decides on what the app asks.

        Where its grant answers that already, this is the grant, to be changed.

        Args:
            school: The school.
            app: The app.
            ticked: The boxes that are ticked so far; those not offered are ignored.
            last_day: The last day of the grant as it is written so far, or empty.

        Raises:
            DecisionError: See `ConsentRegister.present`.
            UnknownScopeError: The catalogue no longer has a scope of the request.
        """
        case = self.case(school, app)
        return page_of(case, case.to_show(), ticked, last_day)

    def grant(
        self,
        school: str,
        app: str,
        ticked: Iterable[str] | None,
        last_day: str = "",
    ) -> RequestPage:
        """Return the page on which the school can change the app's grant.

        Args:
            school: The school.
            app: The app.
            ticked: The boxes that are ticked so far; None as the grant has them.
            last_day: As for `request`.

        Raises:
            DecisionError: See `ConsentRegister.present_grant`.
        """
        case = self.case(school, app)
        shown, current = case.amendment(), case.consent.current
        held = current.ticked if current else frozenset()
        return page_of(case, shown, held if ticked is None else ticked, last_day)

    def page(
        self, shown: Presentation, ticked: Iterable[str], last_day: str = ""
    ) -> RequestPage:
        """Return the page of what is shown, as it is filled in; writes nothing."""
        return page_of(self.case(shown.school, shown.app), shown, ticked, last_day)

    def again(self, shown: Presentation) -> tuple[Again, ...]:
        """Return the grants of closed schools for the app of a page.

        Of those that the school follows, the first one first; none where the app has a
        grant of the school itself.

        Args:
            shown: What the school is shown.
        """
        if shown.grant is not None:
            return ()
        here = self.case(shown.school, shown.app)
        return tuple(
            Again.of(old, here, shown)
            for old in self._olds(shown.school)
            if old.app == shown.app
        )

    def stop(self, school: str, deed: Deed, app: str = "") -> StopPage:
        """Return the page of what would be stopped, or let go on.

        Args:
            school: The school.
            deed: What would be done.
            app: The app it is about, or empty for the whole school.
        """
        state = self._reader.school(school)
        cases = self._cases(school, [app] if app else sorted(state.consents))
        return StopPage.of(deed, school, state, cases, app)

    # What is looked at

    def case(self, school: str, app: str) -> Case:
        """Return one app's case at one school, as it is now."""
        return self._cases(school, [app])[0]

    def apps(self, school: str) -> tuple[str, ...]:
        """Return every app that asks the school, or was shown to it, sorted."""
        known = self._reader.school(school).consents
        asking = self._apps_of(school) if self._apps_of else self._every_app()
        return tuple(sorted({*known, *asking}))

    def has(self, school: str, app: str) -> bool:
        """Tell whether an app is one of `apps`; of one school and app much quicker."""
        if app in self._reader.school(school).consents:
            return True
        if self._apps_of:
            return app in self._apps_of(school)
        return self._reader.published(app).version > 0

    def name(self, school: str) -> str:
        """Return a school's name as its MIS gave it, or its key."""
        return name_of(school, self._reader.school(school))

    def state(self, school: str) -> SchoolState:
        """Return the state of one school."""
        return self._reader.school(school)

    def events(self, school: str) -> tuple[Event, ...]:
        """Return the events of one school, the oldest first."""
        return self._reader.history(school)

    def usages(self, school: str) -> Mapping[str, Usage]:
        """Return the usage of one school's data, by app."""
        return self._reader.usages(school)

    def card(self, school: str, app: str) -> AppCard:
        """Return the page on one app at one school."""
        return card_of(self.case(school, app), self.usages(school).get(app, Usage(app)))

    def history(self, school: str, app: str) -> tuple[HistoryLine, ...]:
        """Return the history of one app at one school, the newest first."""
        zone = self._reader.school(school).zone
        return history_of(self._reader.history(school), app, zone)

    def school(self, school: str) -> SchoolDashboard:
        """Return the dashboard of one school."""
        catalogue, now = self.register.catalogue, self.register.now()
        state = self._reader.school(school)
        return SchoolDashboard.of(
            catalogue,
            school,
            state,
            self._cases(school, self.apps(school)),
            self._reader.usages(school),
            self._happened(school),
            account_of(catalogue, state, school=school, now=now),
            now,
            self.before(school),
        )

    def before(self, school: str) -> tuple[Before, ...]:
        """Return the grants of the closed schools that a school follows.

        By app within each; see `ConsentRegister.predecessors`.
        """
        return tuple(
            Before.of(old, self.case(school, old.app)) for old in self._olds(school)
        )

    def _olds(self, school: str) -> Iterator[Case]:
        """Yield each case with a grant at the closed schools that a school follows."""
        for old in self._reader.predecessors(school):
            apps = sorted(self._reader.school(old).consents)
            yield from (case for case in self._cases(old, apps) if case.grant)

    def _happened(self, school: str) -> tuple[Event, ...]:
        """Return the events of a school, and those by which others named it as theirs."""
        happened = self._reader.history(school), self._reader.successions(school)
        return tuple(merge(*happened, key=lambda event: event.at))

    def schools(self, schools: Iterable[str]) -> SchoolsPage:
        """Return the page of several schools, with every app at each."""
        schools = tuple(schools)
        apps = tuple(sorted({app for school in schools for app in self.apps(school)}))
        published = {app: self._reader.published(app) for app in apps}
        return SchoolsPage.of(
            apps,
            (
                (
                    school,
                    self._reader.school(school),
                    self._cases(school, apps, published),
                )
                for school in schools
            ),
        )

    def app(self, app: str) -> AppDashboard:
        """Return the page of an app: what it may know of the schools it asks."""
        states = {
            school: self._reader.school(school)
            for school in self._reader.names(school_stream(""))
        }
        return AppDashboard.of(
            self.register.catalogue,
            app,
            self._reader.published(app),
            states,
            self.register.now(),
        )

    def receipt(self, school: str, grant: str, revision: int) -> Receipt:
        """Return the receipt of a grant revision, as it stands.

        Raises:
            UnknownGrantError: The school has no such grant, or revision.
            ProofError: The decision does not fit what the school was shown.
        """
        return receipt_for(
            self.register.ledger,
            school=school,
            grant=grant,
            revision=revision,
            clock=self.register.now,
        )

    def _cases(
        self,
        school: str,
        apps: Iterable[str],
        published: Mapping[str, Published] | None = None,
    ) -> list[Case]:
        """Return the cases of *apps* at one school, all of one moment.

        Args:
            school: The school.
            apps: The apps.
            published: What each asks for, where that was read already.
        """
        apps = tuple(apps)
        catalogue, now = self.register.catalogue, self.register.now()
        state = self._reader.school(school)
        known = published or {app: self._reader.published(app) for app in apps}
        return [Case(catalogue, state, known[app], school, app, now) for app in apps]

    def _every_app(self) -> tuple[str, ...]:
        return self._reader.names(app_stream(""))
