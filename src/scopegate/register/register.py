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
from ..consent.decision import Actor, Choice, NoEnd, Proposal, TwoPersonRule
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
from ..consent.people import MatchedPeople
from ..consent.presentation import Presentation
from ..consent.request import AccessRequest
from ..consent.standing import account_of
from ..consent.state import Published, SchoolState
from ..consent.subjects import Subjects
from ..errors import InvalidRequestError, NotConnectedError, NotPublishedError
from ..ledgers.base import Ledger, app_stream, school_stream, successor_stream
from .case import Case
from .connections import (
    ANY_APP,
    Wanted,
    change_permissions,
    connect,
    record_at_school,
)
from .people import by_key, check_people, checked_event, match_people
from .rules import (
    DecidedBy,
    authorised,
    choice_of,
    declined,
    relinquished,
    revoked,
)
from .stops import close, pause, predecessors_in, resume
from .transaction import Authority, Seen, Transactions

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
        id_space: str | None = None,
        zone: str | None = None,
        actor: Actor | None = None,
    ) -> Connection:
        """Verify a school's MIS connection and record it, if it is another than now.

        Only the public scope of the public resource is read. To connect at every start
        is right: where nothing has changed it verifies, and records nothing. It lifts
        no stop of the school unless it names an actor who may.

        Args:
            school: The school, by the key of the public resource (its URN).
            mis: The MIS, as the catalogue's permission tables call it, in any case.
            adapter: The interface to verify.
            permissions: What the MIS account may do; None is what was known of it
                over this MIS.
            id_space: Which identifiers the MIS gives over this interface, in a word,
                if it has several; None is what was known. Where it changes, people
                whom a grant lists must be listed again.
            zone: The time zone of the school, by its name in the tz database; None
                keeps the one it has, which is "Europe/London" at first.
            actor: Who connects the school again after it was disconnected.

        Returns:
            The connection, as it is recorded.

        Raises:
            UnknownZoneError: This machine has no such zone.
            WrongSchoolError: The MIS serves another school.
            UnverifiedSchoolError: The MIS does not say which school it serves.
            StoppedError: The school has disconnected, and no actor is named.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ClosedSchoolError: The school has closed.
        """
        held = None if permissions is None else names(permissions)
        wanted = Wanted(school, mis, held, id_space, zone)
        return connect(self._work, wanted, adapter, actor)

    def disconnect(self, *, school: str, actor: Actor, reason: str = "") -> None:
        """End the school's connection: nothing flows until it is connected again.

        Only an actor with authority does that; see `connect`. Grants are not ended by
        it, and count again over the next connection.

        Raises:
            NotConnectedError: There is none.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """
        event = partial(Disconnected, actor, reason, holds=True)
        record_at_school(self._work, school, actor, event)

    def pause(
        self, *, school: str, actor: Actor, app: str | None = None, reason: str = ""
    ) -> None:
        """Stop an app, or all of them: only public data flows until `resume`.

        No grant changes by it. What is paused already stays so.

        Args:
            school: The school.
            actor: Who decides.
            app: The app; None for all, also those that are authorised later.
            reason: Why.

        Raises:
            NotPublishedError: No one knows the app; its name may be spelt wrong.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ClosedSchoolError: The school has closed.
        """
        pause(self._work, school, app, actor, reason)

    def resume(
        self, *, school: str, actor: Actor, app: str | None = None, reason: str = ""
    ) -> None:
        """Lift the pause of an app, or the one of all; each is lifted as it was made.

        Raises:
            NotPausedError: The app, or where none is named the school, is not paused.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ClosedSchoolError: The school has closed.
        """
        resume(self._work, school, app, actor, reason)

    def close(
        self, *, school: str, actor: Actor, successor: str = "", reason: str = ""
    ) -> None:
        """Close the school: under its URN nothing flows any more, for good.

        For a school that became an academy, merged or ended. No grant moves to the
        successor, which can see what was authorised here and decide again. A successor
        may be named later, once.

        Args:
            school: The school that ends.
            actor: Who decides for it.
            successor: The school that follows it, or empty.
            reason: Why.

        Raises:
            NotConnectedError: Nothing is known of the school.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ClosedSchoolError: It has closed already, with another successor.
            ValueError: The successor is the school itself.
        """
        close(self._work, school, successor, actor, reason)

    def predecessors(self, *, school: str) -> tuple[str, ...]:
        """Return the closed schools that this one follows, the first that said so first.

        What they had authorised is in their `state`.
        """
        return predecessors_in(self.ledger.read(successor_stream(school)))

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

    # The people whom the school lists

    def match_people(
        self, school: str, adapter: Adapter, subjects: Subjects
    ) -> MatchedPeople:
        """Look up in the school's MIS whom a list of people means.

        Only the fields that identify people are read, for the school and not for any
        app. Nothing is recorded.

        Args:
            school: The school.
            adapter: The interface to its MIS.
            subjects: The people, by a resource (`student=[103]`), or by a field that
                the catalogue declares as an identifier
                (`**{"student.upn": ["A123456789012"]}`).

        Returns:
            Each entry with whom the MIS knows by it; `authorise` and `amend` take it.

        Raises:
            NotConnectedError: The school has no verified connection.
            ClosedSchoolError: The school has closed.
            UnknownResourceError: People are listed of a kind that no record names.
            UnknownFieldError: They are listed by what is not declared as an identifier.
            WrongSchoolError: The MIS serves another school.
            SourceError: The MIS cannot be read.
        """
        return match_people(self._work, school, adapter, subjects)

    def check_people(
        self, *, school: str, app: str, adapter: Adapter, actor: Actor | None = None
    ) -> MatchedPeople:
        """Look up the people whom an app's grant lists, and record how many there are.

        No grant changes by it. Of a grant that lists no one, nothing is recorded.

        Args:
            school: The school.
            app: The app.
            adapter: The interface to the school's MIS.
            actor: Who asks, where that is known.

        Returns:
            As `match_people` does.

        Raises:
            NoGrantError: The app has no authorised grant.
            StaleGrantError: It was changed while the MIS was read; ask again.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ScopegateError: As for `match_people`.
        """
        return check_people(self._work, school, app, adapter, actor)

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

        def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], Published]:
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

        def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
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
        `amend`. To look changes nothing, and nothing is recorded; a decision records
        what it was taken on, and who was shown it.

        Raises:
            NotConnectedError: The school has no verified connection.
            ClosedSchoolError: The school has closed.
            NotPublishedError: The app asks for nothing.
            UnknownScopeError: The catalogue no longer has a scope of the request.
        """
        return self._work.look(school, app).to_show()

    def ask(self, *, school: str, app: str, actor: Actor | None = None) -> Presentation:
        """Put what the app asks before the school, and return its presentation.

        From then on it waits for a decision, for as long as `decide_within` says. After
        an answer, a revocation or an end it waits again; while it waits unchanged,
        asking does nothing.

        Args:
            school: The school.
            app: The app.
            actor: Who asks, where that is known.

        Raises:
            DecisionError: As for `present`.
            OlderCatalogueError: The school was shown a newer version of the catalogue.
        """

        def decide(case: Case) -> tuple[list[Event], Presentation]:
            shown = case.to_show()
            return self._work.showing(case, shown, actor), shown

        return self._work.decide(school, app, decide)

    def present_grant(self, *, school: str, app: str) -> Presentation:
        """Return the presentation by which the school can amend the app's grant.

        Even while the app asks for more, which then waits unchanged. Nothing is
        recorded by it.

        Raises:
            NotConnectedError: The school has no verified connection.
            NoGrantError: There is no authorised grant.
            DecisionError: The grant was made on another catalogue.
        """
        return self._work.look(school, app).amendment()

    def authorise(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects | MatchedPeople | None = None,
        expires_at: datetime | NoEnd | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Record that the school authorises what it was shown.

        The required scopes come with it; of the optional ones those ticked. An
        authorised grant of the same app is superseded by its next revision.

        Args:
            shown: What the school was shown; refused when that is not current.
            actor: Who decides, and by what authority.
            optional: The optional scopes ticked; none is fine.
            subjects: Which people it covers, or what `match_people` found of them;
                None is whom the present grant covers, and everyone where there is none.
            expires_at: The first instant at which it permits nothing; aware. None
                is when the present grant ends, and never where there is none;
                `NO_END` is never.
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
            UnmatchedPeopleError: *subjects* lists people by another identifier than
                their key, and was not matched with the MIS, or some match no one.
            NotConnectedError: The school has no verified connection.
            NoAuthorityError: *actor* has no authority to decide for the school.
            ValueError: *expires_at* has no time zone.
        """
        decided_by = partial(self._work.decided_by, actor=actor, method=method)
        choose = partial(_choice, optional, subjects, expires_at)
        return self._say_yes(shown, Case.authorisable, decided_by, choose, subjects)

    def amend(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects | MatchedPeople | None = None,
        expires_at: datetime | NoEnd | None = None,
        method: str = "",
    ) -> Grant | Proposal:
        """Record that the school changes what its grant covers.

        Scopes ticked before and now keep exactly the fields they have; those
        not ticked now stop at once; those newly ticked bring what was shown.

        Args:
            shown: What `present` or `present_grant` showed of the grant.
            actor: Who decides, and by what authority.
            optional: All the optional scopes to be ticked from now on.
            subjects: Which people it covers, or what `match_people` found of them; None
                leaves that as it is.
            expires_at: The first instant at which it permits nothing; None
                leaves that as it is, and `NO_END` takes an end away.
            method: How it was indicated.

        Returns:
            As `authorise` does; narrowing never needs a second person.

        Raises:
            NoGrantError: There is no authorised grant, or *shown* is not of it.
            DecisionError: As for `authorise`.
        """
        decided_by = partial(self._work.decided_by, actor=actor, method=method)
        choose = partial(_choice, optional, subjects, expires_at)
        return self._say_yes(shown, Case.amendable, decided_by, choose, subjects)

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
            return [*self._work.showing(case, shown, actor), event], None

        self._work.decide(shown.school, shown.app, decide)

    def revoke(
        self,
        *,
        school: str,
        app: str,
        actor: Actor,
        reason: str = "",
        method: str = "",
        grant: str | None = None,
        revision: int | None = None,
    ) -> None:
        """End the app's grant at once; one person always suffices.

        When this returns, the next record of every access open in this process
        is public data only; in others within their gate's `max_staleness`.

        Args:
            school: The school.
            app: The app.
            actor: Who decides.
            reason: Why.
            method: How it was indicated.
            grant: The id of the grant that was shown; None for the one in force.
            revision: The revision that was shown; None for the one in force.

        Raises:
            NoGrantError: There is no authorised grant.
            StaleGrantError: Another grant or revision is in force than was shown.
            NoAuthorityError: *actor* has no authority to decide for the school.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = self._work.decided_by(case, actor, method)
            case.check_grant(grant, revision)
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

        def decide(
            events: Sequence[Event], seen: Seen
        ) -> tuple[list[Event], tuple[Event, ...]]:
            state = fold_school(events)
            cases = [
                self._work.case(state, school, app, seen.published(app))
                for app in sorted(state.consents)
            ]
            new = [event for case in cases for event in case.ended()]
            return new, tuple(new)

        return self._work.commit(school_stream(school), decide)

    def _say_yes(
        self,
        shown: Presentation,
        present: Callable[[Case, Presentation], Grant | None],
        decided_by: Callable[[Case], DecidedBy],
        choose: Callable[[Case, Grant | None], Choice],
        people: Subjects | MatchedPeople | None,
    ) -> Grant | Proposal:
        """Record a yes to *shown*, whether it is to authorise or to amend.

        Args:
            shown: What the school was shown.
            present: Gives the present grant, or refuses what was shown.
            decided_by: Gives who decides, or refuses them.
            choose: Gives what is chosen, given the case and the present grant.
            people: Whom it covers, as they were given.
        """
        new_id = self._work.new_id()

        def decide(case: Case) -> tuple[list[Event], Grant | Proposal]:
            by = decided_by(case)
            gone = self._work.without_authority(case, shown)
            case = case.after(gone)
            choice = choose(case, present(case, shown))
            event, result = authorised(case, shown, choice, by, new_id)
            showing = self._work.showing(case, shown, by.actor)
            checked = checked_event(result, people, case, by.actor)
            return [*gone, *showing, event, *checked], result

        return self._work.decide(shown.school, shown.app, decide)


def _choice(
    optional: Iterable[str],
    subjects: Subjects | MatchedPeople | None,
    expires_at: datetime | NoEnd | None,
    case: Case,
    before: Grant | None,
) -> Choice:
    """Return the choice, on people whom `by_key` takes."""
    listed = by_key(case, subjects)
    return choice_of(
        case, before, optional=optional, subjects=listed, expires_at=expires_at
    )
