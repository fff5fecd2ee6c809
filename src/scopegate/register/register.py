"""`ConsentRegister`: where requests are published and decisions are taken.

Every decision is made on the state as it is, written with the position that
state was read at, and made again if somebody else wrote in between (`transaction`).
`rules` says which events a decision makes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from .._base.values import Clock, names, utc_now
from ..adapters.base import Adapter
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..consent.connection import Connection
from ..consent.decision import Actor, Choice, Proposal, TwoPersonRule
from ..consent.events import (
    Disconnected,
    Event,
    RequestCancelled,
    RequestPublished,
    TwoPersonRuleSet,
)
from ..consent.fold import fold_requests, fold_school
from ..consent.grant import Grant
from ..consent.mis_account import MisAccount
from ..consent.presentation import Presentation
from ..consent.request import AccessRequest
from ..consent.standing import account_of
from ..consent.state import Published, SchoolState
from ..consent.subjects import Subjects
from ..errors import InvalidRequestError, NotConnectedError, NotPublishedError
from ..ledgers.base import Ledger, app_stream, school_stream
from .case import Case
from .connections import ANY_APP, change_permissions, connect, record_at_school
from .rules import DecidedBy, authorised, declined, relinquished, revoked
from .transaction import Authority, Transactions

ANY_SCHOOL = "any"
"""The school's name where a decision is about none."""


def _new_id() -> str:
    return uuid4().hex


def _anyone(_actor: Actor, _school: str, _at: datetime) -> bool:
    """Leave it to the host to check who may decide."""
    return True


@checked
class ConsentRegister:
    """Publishes requests, shows them, and records what schools decide.

    Whatever a decision is refused for, nothing is recorded then. What time has
    ended by the instant of a decision is recorded with it.

    Args:
        catalogue: The catalogue in force.
        ledger: Where events are kept.
        clock: Gives the instant of a decision.
        new_id: Gives the id of a new grant.
        authority: Says whether an actor may decide for a school at an instant;
            without it the host must see to that.
        decide_within: How long a school has to decide on what it was shown, or
            None for ever.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock = utc_now,
        new_id: Callable[[], str] = _new_id,
        authority: Authority = _anyone,
        decide_within: timedelta | None = None,
    ) -> None:
        self._work = Transactions(
            catalogue, ledger, clock, new_id, authority, decide_within
        )

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return self._work.catalogue

    @property
    def ledger(self) -> Ledger:
        """Where events are kept."""
        return self._work.ledger

    def now(self) -> datetime:
        """Return the instant that a decision taken now would have."""
        return self._work.clock()

    def state(self, school: str) -> SchoolState:
        """Return the state of one school."""
        return fold_school(self.ledger.read(school_stream(school)))

    def published(self, app: str) -> Published:
        """Return the request that an app has published."""
        return self._work.published(app)

    # The connection

    def connect(
        self,
        *,
        school: str,
        mis: str,
        adapter: Adapter,
        permissions: Iterable[str] | None = None,
        zone: str | None = None,
    ) -> Connection:
        """Verify a school's MIS connection and record it.

        Only the public scope of the public resource is read.

        Args:
            school: The school, by the key of the public resource (its URN).
            mis: The MIS, as the catalogue's permission tables call it.
            adapter: The interface to verify.
            permissions: What the MIS account may do, where that is known.
            zone: The time zone of the school, by its name in the tz database; None
                keeps the one it has, which is "Europe/London" at first.

        Raises:
            UnknownZoneError: This machine has no such zone.
            WrongSchoolError: The MIS serves another school.
            UnverifiedSchoolError: The MIS does not say which school it serves.
        """
        held = None if permissions is None else names(permissions)
        return connect(self._work, school, mis, adapter, held, zone)

    def disconnect(self, *, school: str, actor: Actor, reason: str = "") -> None:
        """End the school's connection: nothing flows until it is connected again.

        Grants are not ended by it, and count again over the next connection.

        Raises:
            NotConnectedError: There is none.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """
        event = partial(Disconnected, actor, reason)
        record_at_school(self._work, school, actor, event)

    def change_permissions(
        self, *, school: str, permissions: Iterable[str] | None
    ) -> None:
        """Record what the school's MIS account may do by now.

        Fields that need more are withheld at once. Recording what is recorded
        already does nothing.

        Args:
            school: The school.
            permissions: What the account may do, or None when that is unknown.

        Raises:
            NotConnectedError: The school has no connection.
        """
        held = None if permissions is None else names(permissions)
        change_permissions(self._work, school, held)

    def mis_account(self, *, school: str) -> MisAccount:
        """Return the school's MIS account, next to what it authorised.

        It says which granted scopes the account cannot serve now, and what it holds
        without need; nothing is recorded.

        Raises:
            NotConnectedError: The school has no connection.
        """
        state, now = self.state(school), self.now()
        account = account_of(self.catalogue, state, school=school, now=now)
        if account is None:
            raise NotConnectedError(school, ANY_APP)
        return account

    def require_two_people(
        self, rule: TwoPersonRule | None, *, school: str, actor: Actor
    ) -> None:
        """Set, or with None end, the school's rule that two people authorise.

        It counts for decisions from now on; no grant changes. A person who ends or
        weakens a rule is still held to it, until one as strict is set again: otherwise
        one person could do alone, in two steps, what takes two.

        Raises:
            NotConnectedError: The school has no connection.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """
        event = partial(TwoPersonRuleSet, rule, actor)
        record_at_school(self._work, school, actor, event)

    # The app

    def publish(self, request: AccessRequest) -> Published:
        """Make *request* what its app asks for from now on.

        No grant changes by it. Publishing what is published already does nothing.

        Raises:
            InvalidRequestError: It cannot be published; names every fault.
        """
        if faults := request.faults(self.catalogue):
            subject = f"the request of app `{request.app}`"
            raise InvalidRequestError(subject, faults)

        def decide(events: Sequence[Event]) -> tuple[list[Event], Published]:
            before = fold_requests(events)
            if before.asked == request:
                return [], before
            event = RequestPublished(request, before.version + 1, self.now())
            return [event], Published(request, event.version)

        return self._work.commit(app_stream(request.app), decide)

    def cancel(self, *, app: str, actor: Actor, reason: str = "") -> None:
        """Take back what the app has published; no one can authorise it any more.

        No grant changes by it; see `relinquish`.

        Raises:
            NotPublishedError: The app asks for nothing.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            published = fold_requests(events)
            if published.asked is None:
                raise NotPublishedError(ANY_SCHOOL, app)
            at = self.now()
            return [RequestCancelled(published.version, actor, reason, at)], None

        self._work.commit(app_stream(app), decide)

    def relinquish(
        self, *, school: str, app: str, actor: Actor, reason: str = ""
    ) -> None:
        """Give the app's grant back; as with `revoke`, nothing more flows by it.

        Raises:
            NoGrantError: There is no authorised grant.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = DecidedBy(actor, "", case.now)
            return [relinquished(case, by, reason)], None

        self._work.decide(school, app, decide)

    # The school

    def present(self, *, school: str, app: str) -> Presentation:
        """Return the presentation of the app's request, to show to the school.

        Where its grant answers that request already, this is the grant, to
        `amend`. That it was shown is recorded, once while it waits.

        Raises:
            NotConnectedError: The school has no verified connection.
            NotPublishedError: The app asks for nothing.
            UnknownScopeError: The catalogue no longer has a scope of the request.
        """

        def decide(case: Case) -> tuple[list[Event], Presentation]:
            shown = case.to_show()
            return self._work.showing(case, shown), shown

        return self._work.decide(school, app, decide)

    def present_grant(self, *, school: str, app: str) -> Presentation:
        """Return the presentation by which the school can amend the app's grant.

        Even while the app asks for more, which then waits unchanged.

        Raises:
            NotConnectedError: The school has no verified connection.
            NoGrantError: There is no authorised grant.
            DecisionError: The grant was made on another catalogue.
        """

        def decide(case: Case) -> tuple[list[Event], Presentation]:
            shown = case.amendment()
            return self._work.showing(case, shown), shown

        return self._work.decide(school, app, decide)

    def authorise(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects | None = None,
        expires_at: datetime | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Record that the school authorises what it was shown.

        The required scopes come with it; of the optional ones those ticked. An
        authorised grant of the same app is superseded by its next revision.

        Args:
            shown: What the school was shown; refused when that is not current.
            actor: Who decides, and by what authority.
            optional: The optional scopes ticked; none is fine.
            subjects: Which people it covers; None is whom the present grant
                covers, and everyone where there is none.
            expires_at: The first instant at which it permits nothing; aware. None
                is when the present grant ends, and never where there is none.
            method: How it was indicated, "the consent page".

        Returns:
            The grant; or, from the first of two people where two must
            authorise, the proposal that now waits for the second.

        Raises:
            StalePresentationError: What would be shown has changed since.
            NotAwaitingError: Nothing waits for a decision: it was declined, has
                lapsed, or was cancelled.
            NotOfferedError: A tick is for a scope that is not offered.
            SecondPersonError: The second person is the first, or chose otherwise.
            PastExpiryError: *expires_at* is not after now.
            UnknownResourceError: *subjects* lists people of a kind that no record
                names, which would leave no one out.
            NotConnectedError: The school has no verified connection.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ValueError: *expires_at* has no time zone.
        """
        decided_by = partial(self._work.decided_by, actor=actor, method=method)
        choose = partial(
            _choice, optional=optional, subjects=subjects, expires_at=expires_at
        )
        return self._say_yes(shown, Case.authorisable, decided_by, choose)

    def amend(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects | None = None,
        expires_at: datetime | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Record that the school changes what its grant covers.

        Scopes ticked before and now keep exactly the fields they have; those
        not ticked now stop at once; those newly ticked bring what was shown.

        Args:
            shown: What `present` or `present_grant` showed of the grant.
            actor: Who decides, and by what authority.
            optional: All the optional scopes to be ticked from now on.
            subjects: Which people it covers; None leaves that as it is.
            expires_at: The first instant at which it permits nothing; None
                leaves that as it is.
            method: How it was indicated.

        Returns:
            As `authorise` does; narrowing never needs a second person.

        Raises:
            NoGrantError: There is no authorised grant, or *shown* is not of it.
            DecisionError: As for `authorise`.
        """
        decided_by = partial(self._work.decided_by, actor=actor, method=method)
        choose = partial(
            _choice, optional=optional, subjects=subjects, expires_at=expires_at
        )
        return self._say_yes(shown, Case.amendable, decided_by, choose)

    def decline(
        self, shown: Presentation, *, actor: Actor, reason: str = "", method: str = ""
    ) -> None:
        """Record that the school declines what it was shown; no grant changes.

        Raises:
            StalePresentationError: What would be shown has changed since.
            NotAwaitingError: Nothing waits for a decision.
            NotConnectedError: The school has no verified connection.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = self._work.decided_by(case, actor, method)
            event = declined(case, shown, by, reason)
            return [*self._work.showing(case, shown), event], None

        self._work.decide(shown.school, shown.app, decide)

    def revoke(
        self, *, school: str, app: str, actor: Actor, reason: str = "", method: str = ""
    ) -> None:
        """End the app's grant at once; one person always suffices.

        When this returns, the next record of every access open in this process
        is public data only; in others within their gate's `max_staleness`.

        Raises:
            NoGrantError: There is no authorised grant.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = self._work.decided_by(case, actor, method)
            return [revoked(case, by, reason)], None

        self._work.decide(school, app, decide)

    def settle(self, school: str) -> tuple[Event, ...]:
        """Record what has ended at a school by time, by the apps or by the catalogue.

        Requests that have lapsed or were cancelled, grants that have expired,
        and fields whose meaning has changed, which from then on stay withheld
        even if the catalogue takes the change back. Nothing flows before it
        that would not flow after it; run it daily, and after each new catalogue.

        Returns:
            What was recorded, which may be nothing.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], tuple[Event, ...]]:
            state = fold_school(events)
            cases = [
                self._work.case(state, school, app) for app in sorted(state.consents)
            ]
            new = [e for case in cases for e in (*case.overdue(), *case.invalidated())]
            return new, tuple(new)

        return self._work.commit(school_stream(school), decide)

    def _say_yes(
        self,
        shown: Presentation,
        present: Callable[[Case, Presentation], Grant | None],
        decided_by: Callable[[Case], DecidedBy],
        choose: Callable[[Grant | None], Choice],
    ) -> Grant | Proposal:
        """Record a yes to *shown*, whether it is to authorise or to amend.

        Args:
            shown: What the school was shown.
            present: Gives the present grant, or refuses what was shown.
            decided_by: Gives who decides, or refuses them.
            choose: Gives what is chosen, given the present grant.
        """
        new_id = self._work.new_id()

        def decide(case: Case) -> tuple[list[Event], Grant | Proposal]:
            by, choice = decided_by(case), choose(present(case, shown))
            event, result = authorised(case, shown, choice, by, new_id)
            return [*self._work.showing(case, shown), event], result

        return self._work.decide(shown.school, shown.app, decide)


def _choice(
    before: Grant | None,
    *,
    optional: Iterable[str],
    subjects: Subjects | None,
    expires_at: datetime | None,
) -> Choice:
    """Return the choice; what is not said stays as in the present grant."""
    if before is not None:
        subjects = before.subjects if subjects is None else subjects
        expires_at = before.expires_at if expires_at is None else expires_at
    return Choice(names(optional), subjects or Subjects.everyone(), expires_at)
