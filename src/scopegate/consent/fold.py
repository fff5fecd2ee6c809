"""The fold: from the events of a school to its state, purely.

The same events give the same state, always; nothing else holds state. Moves are
those of `lifecycle`: an event that would be an illegal one changes nothing, except a
revocation, which ends whatever grant of the app there is.
"""

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

from attrs import evolve

from ..arguments import checked
from .events import (
    Amended,
    Authorised,
    Cancelled,
    Connected,
    Decided,
    Declined,
    Disclosed,
    Disconnected,
    Ended,
    Event,
    Expired,
    Invalidated,
    Lapsed,
    PermissionsChanged,
    Presented,
    Proposed,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Revoked,
    TwoPersonRuleSet,
)
from .lifecycle import RequestStatus
from .presentation import DecisionKind, Presentation
from .state import Consent, GrantRevision, Published, SchoolState


@checked
def fold_school(events: Iterable[Event]) -> SchoolState:
    """Return the state that the events of one school lead to."""
    return reduce(_apply, events, SchoolState())


@checked
def fold_requests(events: Iterable[Event]) -> Published:
    """Return the newest request of one app, from its events."""
    published = Published()
    for event in events:
        if isinstance(event, RequestPublished):
            published = Published(event.request, event.version)
        elif isinstance(event, RequestCancelled):
            published = evolve(published, is_cancelled=True)
    return published


def _apply(state: SchoolState, event: Event) -> SchoolState:
    match event:
        case Connected():
            zone = event.connection.zone
            return evolve(state, connection=event.connection, zone=zone)
        case Disconnected():
            return evolve(state, connection=None)
        case PermissionsChanged():
            return _permitted(state, event)
        case TwoPersonRuleSet():
            return state.with_rule(event.rule, event.actor)
        case RequestPublished() | RequestCancelled() | Disclosed():
            return state  # of other streams; they change nothing at a school
        case _:
            return state.with_consent(_decided(state, event))


def _permitted(state: SchoolState, event: PermissionsChanged) -> SchoolState:
    if state.connection is None:
        return state
    changed = evolve(state.connection, permissions=event.permissions)
    return evolve(state, connection=changed)


_OfConsent = (
    Presented
    | Proposed
    | Authorised
    | Amended
    | Declined
    | Lapsed
    | Cancelled
    | Revoked
    | Relinquished
    | Expired
    | Invalidated
)


def _decided(state: SchoolState, event: _OfConsent) -> Consent:
    consent = state.consent(_app_of(event))
    match event:
        case Presented():
            return _presented(consent, event)
        case Proposed():
            return _proposed(consent, event)
        case Authorised() | Amended():
            return _revised(consent, event)
        case Declined():
            return _answered(consent, event.decision.presentation, "decline")
        case Lapsed():
            return _answered(consent, event.presentation, "lapse")
        case Cancelled():
            return _answered(consent, event.presentation, "cancel")
        case _:
            return _ended(consent, event)


def _app_of(event: _OfConsent) -> str:
    match event:
        case Presented():
            return event.presentation.app
        case Proposed():
            return event.proposal.app
        case Authorised() | Amended():
            return event.grant.app
        case _:
            return event.app


def _presented(consent: Consent, event: Presented) -> Consent:
    shown = event.presentation
    if shown.asking is DecisionKind.AMENDMENT:
        return evolve(consent, amending=shown)
    waits = RequestStatus.AWAITING_AUTHORISATION
    return evolve(
        consent, shown=shown, lapses_at=event.lapses_at, status=waits, proposal=None
    )


def _proposed(consent: Consent, event: Proposed) -> Consent:
    if _is_of(consent.shown, event.proposal.decision.presentation):
        return evolve(consent, proposal=event.proposal).moved("propose")
    return evolve(consent, amendment=event.proposal)


def _is_of(shown: Presentation | None, digest: str) -> bool:
    return shown is not None and shown.digest == digest


def _answered(consent: Consent, digest: str, move: str) -> Consent:
    """Return *consent* after an answer to what was shown under *digest*."""
    if _is_of(consent.shown, digest):
        return consent.moved(move)
    if consent.amendment and consent.amendment.decision.presentation == digest:
        return evolve(consent, amendment=None)
    return consent


def _revised(consent: Consent, event: Decided) -> Consent:
    grant, move = event.grant, "authorise again, or amend"
    # Whether it is what was decided on is looked at when somebody asks for it.
    page = consent.shown if isinstance(event, Authorised) else consent.amending
    ended = tuple(r.end(move, event.at, grant.actor) for r in consent.revisions)
    revised = evolve(
        consent, amendment=None, revisions=(*ended, GrantRevision(grant, page))
    )
    return revised.moved("authorise") if isinstance(event, Authorised) else revised


def _ended(consent: Consent, event: Ended) -> Consent:
    if not consent.revisions:
        return consent
    *before, last = consent.revisions
    return evolve(consent, revisions=(*before, _end(last, event)))


def _end(last: GrantRevision, event: Ended) -> GrantRevision:
    match event:
        case Revoked():
            return last.end("revoke", event.at, event.actor)
        case Relinquished():
            return last.end("relinquish", event.at, event.actor)
        case Expired() if _names(event, last):
            return last.end("expire", event.at, None)
        case Invalidated() if _names(event, last):
            return last.stop(event.fields, event.at)
        case Expired() | Invalidated():
            return last  # it was about an earlier revision
        case _:
            assert_never(event)


def _names(event: Expired | Invalidated, last: GrantRevision) -> bool:
    return (event.grant, event.revision) == (last.grant.id, last.grant.revision)
