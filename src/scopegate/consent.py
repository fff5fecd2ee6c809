"""The fold: from the events of a school to its state, purely.

The same events give the same state, always; nothing else holds state.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import assert_never

from attrs import evolve, field, frozen

from ._types import frozen_mapping
from .connection import Connection
from .events import (
    Authorised,
    Connected,
    Declined,
    Event,
    Presented,
    RequestPublished,
    Revoked,
)
from .grant import Actor, Grant
from .presentation import Presentation
from .request import AccessRequest


class RequestStatus(StrEnum):
    """Where an app's request stands at one school."""

    AWAITING_AUTHORISATION = "awaiting_authorisation"
    AUTHORISED = "authorised"
    DECLINED = "declined"


class GrantStatus(StrEnum):
    """Where a grant revision stands; every state but the first is final."""

    AUTHORISED = "authorised"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


@frozen
class GrantRevision:
    """One revision of a grant, and how it ended if it did.

    Attributes:
        grant: What was authorised.
        status: Where it stands.
        ended_at: When it ended, or None.
        ended_by: Who ended it, or None.
    """

    grant: Grant
    status: GrantStatus = GrantStatus.AUTHORISED
    ended_at: datetime | None = None
    ended_by: Actor | None = None

    def end(self, status: GrantStatus, at: datetime, by: Actor) -> "GrantRevision":
        """Return this revision ended; one that has ended stays as it is."""
        if self.status is not GrantStatus.AUTHORISED:
            return self
        return evolve(self, status=status, ended_at=at, ended_by=by)


@frozen
class Consent:
    """What one school has been shown of one app, and what it decided.

    Attributes:
        app: The app.
        shown: What the school was shown last.
        status: What became of that.
        revisions: Every grant revision, the oldest first.
    """

    app: str
    shown: Presentation | None = None
    status: RequestStatus = RequestStatus.AWAITING_AUTHORISATION
    revisions: tuple[GrantRevision, ...] = ()

    @property
    def latest(self) -> GrantRevision | None:
        """The newest grant revision, whatever became of it."""
        return self.revisions[-1] if self.revisions else None

    @property
    def current(self) -> Grant | None:
        """The grant that is authorised, expired or not; None if there is none."""
        latest = self.latest
        if latest is None or latest.status is not GrantStatus.AUTHORISED:
            return None
        return latest.grant


def _consents(given: Mapping[str, Consent]) -> Mapping[str, Consent]:
    return frozen_mapping(given)


@frozen
class SchoolState:
    """All that is known of one school: its connection and its consents by app."""

    connection: Connection | None = None
    consents: Mapping[str, Consent] = field(converter=_consents, factory=dict)

    def consent(self, app: str) -> Consent:
        """Return what the school decided on *app*, which may be nothing yet."""
        return self.consents.get(app, Consent(app))

    def with_consent(self, consent: Consent) -> "SchoolState":
        """Return this state with *consent* in its app's place."""
        return evolve(self, consents={**self.consents, consent.app: consent})


@frozen
class Published:
    """An app's newest request, and how many it has published.

    Attributes:
        request: The newest, or None when there is none.
        version: Its number, counted from 1; 0 when there is none.
    """

    request: AccessRequest | None = None
    version: int = 0


def fold(events: Iterable[Event]) -> SchoolState:
    """Return the state that the events of one school lead to."""
    return reduce(_apply, events, SchoolState())


def fold_requests(events: Iterable[Event]) -> Published:
    """Return what the events of one app say it asks for now."""
    published = Published()
    for event in events:
        if isinstance(event, RequestPublished):
            published = Published(event.request, event.version)
    return published


def _apply(state: SchoolState, event: Event) -> SchoolState:
    match event:
        case Connected():
            return evolve(state, connection=event.connection)
        case Presented():
            return state.with_consent(_presented(state, event))
        case Authorised():
            return state.with_consent(_authorised(state, event))
        case Declined():
            consent = state.consent(event.app)
            return state.with_consent(evolve(consent, status=RequestStatus.DECLINED))
        case Revoked():
            return state.with_consent(_revoked(state, event))
        case RequestPublished():
            return state  # an app's own stream; it changes nothing at a school
        case _:
            assert_never(event)


def _presented(state: SchoolState, event: Presented) -> Consent:
    consent = state.consent(event.presentation.app)
    waiting = RequestStatus.AWAITING_AUTHORISATION
    return evolve(consent, shown=event.presentation, status=waiting)


def _authorised(state: SchoolState, event: Authorised) -> Consent:
    consent = state.consent(event.grant.app)
    ended = tuple(
        r.end(GrantStatus.SUPERSEDED, event.at, event.grant.actor)
        for r in consent.revisions
    )
    return evolve(
        consent,
        status=RequestStatus.AUTHORISED,
        revisions=(*ended, GrantRevision(event.grant)),
    )


def _revoked(state: SchoolState, event: Revoked) -> Consent:
    consent = state.consent(event.app)
    ended = tuple(
        r.end(GrantStatus.REVOKED, event.at, event.actor) for r in consent.revisions
    )
    return evolve(consent, revisions=ended)
