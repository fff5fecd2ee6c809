"""`ConsentRegister`: where requests are published and decisions are taken.

Every decision is made on the state as it is, written with the position that
state was read at, and made anew if somebody else wrote in between. What a
decision comes to is said in `_deciding`.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from . import _news
from ._deciding import Case, Signing
from ._types import Clock, names, utc_now
from .adapters.base import Adapter, prove_school
from .catalogue import Catalogue
from .connection import Connection
from .consent import Published, SchoolState
from .decision import Actor, Choice, Proposal, TwoPersonRule
from .errors import (
    InvalidRequestError,
    NoAuthorityError,
    NotConnectedError,
    NotPublishedError,
    StaleWriteError,
)
from .events import (
    Connected,
    Disconnected,
    Event,
    PermissionsChanged,
    RequestCancelled,
    RequestPublished,
    TwoPersonRuleSet,
)
from .fold import fold, fold_requests
from .grant import Grant
from .ledgers.base import Ledger, app_stream, school_stream
from .presentation import Presentation
from .request import AccessRequest
from .subjects import Subjects

T = TypeVar("T")

Authority = Callable[[Actor, str, datetime], bool]
"""Tells whether somebody may decide for a school at an instant."""

_LOG = logging.getLogger(__name__)

_EVERYONE = Subjects.everyone()


def _new_id() -> str:
    return uuid4().hex


def _anyone(_actor: Actor, _school: str, _at: datetime) -> bool:
    """Leave it to the host to let nobody decide who may not."""
    return True


class ConsentRegister:
    """Publishes requests, shows them, and records what schools decide.

    Whatever a decision is refused for, nothing is recorded then. What time has
    ended by the instant of a decision is recorded with it.

    Args:
        catalogue: The catalogue in force.
        ledger: Where events are kept.
        clock: Gives the instant of a decision.
        new_id: Gives the id of a new grant.
        authority: Tells whether an actor may decide for a school at an instant;
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
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._authority = authority
        self._decide_within = decide_within

    # The school's MIS

    def connect(
        self,
        *,
        school: str,
        mis: str,
        adapter: Adapter,
        permissions: Iterable[str] | None = None,
    ) -> Connection:
        """Verify a school's MIS connection and record it.

        Only the public scope of the public resource is read.

        Args:
            school: The school, by the key of the public resource (its URN).
            mis: The MIS, as the catalogue's permission tables call it.
            adapter: The interface to verify.
            permissions: What the MIS account may do, where that is known.

        Raises:
            WrongSchoolError: The MIS serves another school.
            UnverifiedSchoolError: The MIS does not say which school it serves.
        """
        name = prove_school(adapter, self._catalogue, school)

        def decide(_: Sequence[Event]) -> tuple[list[Event], Connection]:
            at = self._clock()
            connection = Connection(school, mis, name, at, permissions)
            return [Connected(connection, at)], connection

        return self._commit(school_stream(school), decide)

    def disconnect(self, *, school: str, actor: Actor, reason: str = "") -> None:
        """End the school's connection: nothing flows until it is connected again.

        Grants are not ended by it, and count again over the next connection.

        Raises:
            NotConnectedError: There is none.
            NoAuthorityError: *actor* may not decide for the school.
        """
        self._at_school(school, actor, lambda at: Disconnected(actor, reason, at))

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

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            connection = fold(events).connection
            if connection is None:
                raise NotConnectedError(school, "any")
            if connection.permissions == held:
                return [], None
            return [PermissionsChanged(held, self._clock())], None

        self._commit(school_stream(school), decide)

    def require_two_people(
        self, rule: TwoPersonRule | None, *, school: str, actor: Actor
    ) -> None:
        """Set, or with None end, the school's rule that two people authorise.

        It counts for decisions from now on; no grant changes.

        Raises:
            NotConnectedError: The school has no connection.
            NoAuthorityError: *actor* may not decide for the school.
        """
        self._at_school(school, actor, lambda at: TwoPersonRuleSet(rule, actor, at))

    # The app

    def publish(self, request: AccessRequest) -> Published:
        """Make *request* what its app asks for from now on.

        No grant changes by it. Publishing what is published already does nothing.

        Raises:
            InvalidRequestError: It cannot be published; names every fault.
        """
        if faults := request.faults(self._catalogue):
            subject = f"the request of app `{request.app}`"
            raise InvalidRequestError(subject, faults)

        def decide(events: Sequence[Event]) -> tuple[list[Event], Published]:
            before = fold_requests(events)
            if before.asked == request:
                return [], before
            event = RequestPublished(request, before.version + 1, self._clock())
            return [event], Published(request, event.version)

        return self._commit(app_stream(request.app), decide)

    def cancel(self, *, app: str, actor: Actor, reason: str = "") -> None:
        """Take back what the app has published; nobody can authorise it any more.

        No grant changes by it; see `relinquish`.

        Raises:
            NotPublishedError: The app asks for nothing.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            published = fold_requests(events)
            if published.asked is None:
                raise NotPublishedError("any", app)
            at = self._clock()
            return [RequestCancelled(published.version, actor, reason, at)], None

        self._commit(app_stream(app), decide)

    def relinquish(
        self, *, school: str, app: str, actor: Actor, reason: str = ""
    ) -> None:
        """Give the app's grant back; as with `revoke`, nothing more flows by it.

        Raises:
            NoGrantError: There is no authorised grant.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = Signing(actor, "", case.now)
            return [case.relinquished(by, reason)], None

        self._decide(school, app, decide)

    # The school

    def present(self, *, school: str, app: str) -> Presentation:
        """Return what the school is to be shown of the app's request.

        Where its grant answers that request already, this is the grant, to
        `amend`. That it was shown is recorded, once while it waits.

        Raises:
            NotConnectedError: The school has no verified connection.
            NotPublishedError: The app asks for nothing.
            UnknownScopeError: The catalogue no longer has a scope of the request.
        """

        def decide(case: Case) -> tuple[list[Event], Presentation]:
            shown = case.to_show()
            return self._showing(case, shown), shown

        return self._decide(school, app, decide)

    def present_grant(self, *, school: str, app: str) -> Presentation:
        """Return what the school is to be shown to amend the app's grant.

        Also while the app asks for more, which then waits unchanged.

        Raises:
            NotConnectedError: The school has no verified connection.
            NoGrantError: There is no authorised grant.
            DecisionError: The grant was made on another catalogue.
        """

        def decide(case: Case) -> tuple[list[Event], Presentation]:
            shown = case.amendment()
            return self._showing(case, shown), shown

        return self._decide(school, app, decide)

    def authorise(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects = _EVERYONE,
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
            subjects: Which people it covers.
            expires_at: The first instant at which it permits nothing; aware.
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
            NotConnectedError: The school has no verified connection.
            NoAuthorityError: *actor* may not decide for the school.
            ValueError: *expires_at* has no time zone.
        """
        choice = Choice(names(optional), subjects, expires_at)
        new_id = self._new_id()

        def decide(case: Case) -> tuple[list[Event], Grant | Proposal]:
            by = self._signing(case, actor, method)
            event, result = case.authorised(shown, choice, by, new_id)
            return [*self._showing(case, shown), event], result

        return self._decide(shown.school, shown.app, decide)

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
        not ticked now stop at once; those ticked anew bring what was shown.

        Args:
            shown: What `present` or `present_grant` showed of the grant.
            actor: Who decides, and by what authority.
            optional: All the optional scopes that are to be ticked from now on.
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
        new_id = self._new_id()

        def decide(case: Case) -> tuple[list[Event], Grant | Proposal]:
            by = self._signing(case, actor, method)
            before = case.amendable(shown)
            choice = Choice(
                names(optional),
                before.subjects if subjects is None else subjects,
                before.expires_at if expires_at is None else expires_at,
            )
            event, result = case.authorised(shown, choice, by, new_id)
            return [*self._showing(case, shown), event], result

        return self._decide(shown.school, shown.app, decide)

    def decline(
        self, shown: Presentation, *, actor: Actor, reason: str = "", method: str = ""
    ) -> None:
        """Record that the school declines what it was shown; no grant changes.

        Raises:
            StalePresentationError: What would be shown has changed since.
            NotAwaitingError: Nothing waits for a decision.
            NotConnectedError: The school has no verified connection.
            NoAuthorityError: *actor* may not decide for the school.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = self._signing(case, actor, method)
            event = case.declined(shown, by, reason)
            return [*self._showing(case, shown), event], None

        self._decide(shown.school, shown.app, decide)

    def revoke(
        self, *, school: str, app: str, actor: Actor, reason: str = "", method: str = ""
    ) -> None:
        """End the app's grant at once; one person always suffices.

        When this returns, the next record of every access open in this process
        is public data only; in others within their gate's `max_staleness`.

        Raises:
            NoGrantError: There is no authorised grant.
            NoAuthorityError: *actor* may not decide for the school.
        """

        def decide(case: Case) -> tuple[list[Event], None]:
            by = self._signing(case, actor, method)
            return [case.revoked(by, reason)], None

        self._decide(school, app, decide)

    # What is known

    def state(self, school: str) -> SchoolState:
        """Return all that is known of one school."""
        return fold(self._ledger.read(school_stream(school)))

    def published(self, app: str) -> Published:
        """Return what an app asks for now."""
        return fold_requests(self._ledger.read(app_stream(app)))

    def settle(self, school: str) -> tuple[Event, ...]:
        """Record what time, the apps and the catalogue have ended at a school.

        Requests that have lapsed or were cancelled, grants that have expired,
        and fields whose meaning has changed, which from then on stay withheld
        even if the catalogue takes the change back. Nothing flows before it
        that would not flow after it; run it daily, and after each new catalogue.

        Returns:
            What was recorded, which may be nothing.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], tuple[Event, ...]]:
            state = fold(events)
            cases = [self._case(state, school, app) for app in sorted(state.consents)]
            new = [e for case in cases for e in (*case.overdue(), *case.invalidated())]
            return new, tuple(new)

        return self._commit(school_stream(school), decide)

    def _decide(
        self, school: str, app: str, decide: Callable[[Case], tuple[list[Event], T]]
    ) -> T:
        def decide_on(events: Sequence[Event]) -> tuple[list[Event], T]:
            case = self._case(fold(events), school, app)
            new, result = decide(case)
            return [*case.overdue(), *new], result

        return self._commit(school_stream(school), decide_on)

    def _case(self, state: SchoolState, school: str, app: str) -> Case:
        published = self.published(app)
        return Case(self._catalogue, state, published, school, app, self._clock())

    def _signing(self, case: Case, actor: Actor, method: str) -> Signing:
        self._check_authority(actor, case.school, case.app, case.now)
        return Signing(actor, method, case.now)

    def _check_authority(
        self, actor: Actor, school: str, app: str, at: datetime
    ) -> None:
        if not self._authority(actor, school, at):
            raise NoAuthorityError(school, app, actor.name)

    def _showing(self, case: Case, shown: Presentation) -> list[Event]:
        within = self._decide_within
        return case.showing(shown, None if within is None else case.now + within)

    def _at_school(
        self, school: str, actor: Actor, event: Callable[[datetime], Event]
    ) -> None:
        """Record what a school decides on its connection or its rules."""

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            at = self._clock()
            if fold(events).connection is None:
                raise NotConnectedError(school, "any")
            self._check_authority(actor, school, "any", at)
            return [event(at)], None

        self._commit(school_stream(school), decide)

    def _commit(
        self, stream: str, decide: Callable[[Sequence[Event]], tuple[list[Event], T]]
    ) -> T:
        """Append what *decide* makes of the stream, deciding anew while it moves on."""
        while True:
            events = self._ledger.read(stream)
            new, result = decide(events)
            if not new:
                return result
            try:
                self._ledger.append(stream, new, len(events))
            except StaleWriteError:
                continue
            finally:
                _news.tell()
            kinds = ", ".join(type(event).__name__ for event in new)
            _LOG.info("%s: %s", stream, kinds)
            return result
