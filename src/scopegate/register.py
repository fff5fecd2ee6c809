"""`ConsentRegister`: where requests are published and decisions are taken.

Every decision is made on the state as it is, written with the position that
state was read at, and made anew if somebody else wrote in between.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import uuid4

from ._types import Clock, utc_now
from .adapters.base import Adapter, prove_school
from .catalogue import Catalogue
from .connection import Connection
from .consent import Published, SchoolState, fold, fold_requests
from .errors import (
    InvalidRequestError,
    NotConnectedError,
    NothingToRevokeError,
    NotOfferedError,
    NotPublishedError,
    StalePresentationError,
    StaleWriteError,
)
from .events import (
    Authorised,
    Connected,
    Declined,
    Event,
    Presented,
    RequestPublished,
    Revoked,
)
from .grant import Actor, Grant, Subjects
from .ledgers.base import Ledger, app_stream, school_stream
from .presentation import Presentation, present
from .request import AccessRequest

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

_EVERYONE = Subjects.everyone()


def _new_id() -> str:
    return uuid4().hex


class ConsentRegister:
    """Publishes requests, shows them, and records what schools decide.

    Args:
        catalogue: The catalogue in force.
        ledger: Where events are kept.
        clock: Gives the instant of a decision.
        new_id: Gives the id of a new grant.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock = utc_now,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id

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
            if before.request == request:
                return [], before
            event = RequestPublished(request, before.version + 1, self._clock())
            return [event], Published(request, event.version)

        return self._commit(app_stream(request.app), decide)

    def present(self, *, school: str, app: str) -> Presentation:
        """Return what the school is to be shown of the app's request.

        That it was shown is recorded, once for each digest.

        Raises:
            NotConnectedError: The school has no verified connection.
            NotPublishedError: The app has published no request.
            UnknownScopeError: The catalogue no longer has a scope of the request.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], Presentation]:
            state = fold(events)
            shown = self._current(state, school, app)
            return self._showing(state, shown), shown

        return self._commit(school_stream(school), decide)

    def authorise(
        self,
        shown: Presentation,
        *,
        actor: Actor,
        optional: Iterable[str] = (),
        subjects: Subjects = _EVERYONE,
        expires_at: datetime | None = None,
    ) -> Grant:
        """Record that the school authorises what it was shown.

        The required scopes come with it; of the optional ones those ticked. An
        authorised grant of the same app is superseded by its next revision.

        Args:
            shown: What the school was shown; refused when that is not current.
            actor: Who decides, and by what authority.
            optional: The optional scopes ticked; none is fine.
            subjects: Which people it covers.
            expires_at: The first instant at which it permits nothing; aware.

        Raises:
            StalePresentationError: The request or catalogue changed since.
            NotOfferedError: A tick is for a scope that is not offered.
            NotConnectedError: The school has no verified connection.
            ValueError: *expires_at* has no time zone.
        """
        ticked = frozenset([optional] if isinstance(optional, str) else optional)
        school, app = shown.school, shown.app

        def decide(events: Sequence[Event]) -> tuple[list[Event], Grant]:
            state = fold(events)
            current = self._confirmed(state, shown)
            if strays := ticked - current.offered:
                raise NotOfferedError(school, app, strays, current.offered)
            at = self._clock()
            before = state.consent(app).current
            grant = Grant.of(
                self._catalogue,
                current,
                ticked,
                id=before.id if before else self._new_id(),
                revision=before.revision + 1 if before else 1,
                subjects=subjects,
                actor=actor,
                at=at,
                expires_at=expires_at,
            )
            return [*self._showing(state, current), Authorised(grant, at)], grant

        return self._commit(school_stream(school), decide)

    def decline(self, shown: Presentation, *, actor: Actor, reason: str = "") -> None:
        """Record that the school declines what it was shown; no grant changes.

        Raises:
            StalePresentationError: The request or catalogue changed since.
            NotConnectedError: The school has no verified connection.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            state = fold(events)
            current = self._confirmed(state, shown)
            event = Declined(shown.app, current.digest, actor, reason, self._clock())
            return [*self._showing(state, current), event], None

        self._commit(school_stream(shown.school), decide)

    def revoke(self, *, school: str, app: str, actor: Actor, reason: str = "") -> None:
        """End the app's grant at once.

        When this returns, the next record of every access open in this process
        is public data only.

        Raises:
            NothingToRevokeError: There is no authorised grant.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], None]:
            grant = fold(events).consent(app).current
            if grant is None:
                raise NothingToRevokeError(school, app)
            at = self._clock()
            return [Revoked(app, grant.id, grant.revision, actor, reason, at)], None

        self._commit(school_stream(school), decide)

    def state(self, school: str) -> SchoolState:
        """Return all that is known of one school."""
        return fold(self._ledger.read(school_stream(school)))

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
            names = ", ".join(type(event).__name__ for event in new)
            _LOG.info("%s: %s", stream, names)
            return result

    def _current(self, state: SchoolState, school: str, app: str) -> Presentation:
        """Return what the school would be shown now."""
        if state.connection is None:
            raise NotConnectedError(school, app)
        published = fold_requests(self._ledger.read(app_stream(app)))
        if published.request is None:
            raise NotPublishedError(school, app)
        return present(
            self._catalogue, state.connection, published.request, published.version
        )

    def _confirmed(self, state: SchoolState, shown: Presentation) -> Presentation:
        """Return what is current, if that is what was *shown*."""
        current = self._current(state, shown.school, shown.app)
        if current.digest != shown.digest:
            raise StalePresentationError(shown.school, shown.app, current)
        return current

    def _showing(self, state: SchoolState, shown: Presentation) -> list[Event]:
        """Return the event that *shown* was shown, unless it was the last one."""
        before = state.consent(shown.app).shown
        if before is not None and before.digest == shown.digest:
            return []
        return [Presented(shown, self._clock())]
