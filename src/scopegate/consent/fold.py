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
from .connection import Issuer, issuer_of
from .decision import Proposal
from .events import (
    Amended,
    Authorised,
    Cancelled,
    Closed,
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
    Paused,
    PeopleChecked,
    PermissionsChanged,
    Presented,
    ProposalDropped,
    Proposed,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Resumed,
    Revoked,
    Succeeded,
    TwoPersonRuleSet,
)
from .grant import Grant
from .lifecycle import RequestStatus
from .presentation import DecisionKind, Presentation
from .state import (
    Consent,
    GrantRevision,
    Published,
    SchoolState,
    Stop,
)

_NOTHING = SchoolState()
_NONE = Published()


@checked
def fold_school(events: Iterable[Event], before: SchoolState = _NOTHING) -> SchoolState:
    """Return the state that the events of one school lead to.

    Args:
        events: The events, the oldest first.
        before: The state that the events before them led to.
    """
    return reduce(_apply, events, before)


@checked
def fold_requests(events: Iterable[Event], before: Published = _NONE) -> Published:
    """Return the newest request of one app, from its events.

    Args:
        events: The events, the oldest first.
        before: What the events before them led to.
    """
    published = before
    for event in events:
        if isinstance(event, RequestPublished):
            published = Published(event.request, event.version)
        elif isinstance(event, RequestCancelled):
            published = evolve(published, is_cancelled=True)
    return published


def _apply(state: SchoolState, event: Event) -> SchoolState:
    match event:
        case Connected():
            return _connected(state, event)
        case Disconnected() | Paused() | Resumed() | Closed():
            return _stopped(state, event)
        case PermissionsChanged():
            return _permitted(state, event)
        case TwoPersonRuleSet():
            return state.with_rule(event.rule, event.actor)
        case RequestPublished() | RequestCancelled() | Disclosed() | Succeeded():
            return state  # of other streams; they change nothing at a school
        case _:
            return state.with_consent(_decided(state, event))


def _stopped(
    state: SchoolState, event: Disconnected | Paused | Resumed | Closed
) -> SchoolState:
    """Return *state* after the school stopped something, or lifted that."""
    stop = Stop(event.actor, event.reason, event.at)
    match event:
        case Disconnected():
            stop = evolve(stop, holds=event.holds)
            return evolve(state, connection=None, stopped=stop)
        case Paused():
            return evolve(state, pauses={event.app: stop, **state.pauses})
        case Resumed():
            left = {app: s for app, s in state.pauses.items() if app != event.app}
            return evolve(state, pauses=left)
        case Closed():
            stop = evolve(stop, successor=event.successor)
            return evolve(state, connection=None, closed=stop)
        case _:
            assert_never(event)


def _connected(state: SchoolState, event: Connected) -> SchoolState:
    """Return *state* connected, unless the school has closed, or holds it stopped."""
    is_held = state.stopped is not None and state.stopped.holds
    if state.closed or (is_held and event.actor is None):
        return state
    made = event.connection
    connected = evolve(state, connection=made, last_connection=made)
    return evolve(connected, stopped=None, zone=made.zone)


def _permitted(state: SchoolState, event: PermissionsChanged) -> SchoolState:
    if state.connection is None:
        return state
    changed = evolve(state.connection, permissions=event.permissions)
    return evolve(state, connection=changed, last_connection=changed)


OfConsent = (
    Presented
    | Proposed
    | ProposalDropped
    | Authorised
    | Amended
    | PeopleChecked
    | Declined
    | Lapsed
    | Cancelled
    | Revoked
    | Relinquished
    | Expired
    | Invalidated
)
"""An event at a school that is about one app."""


def _decided(state: SchoolState, event: OfConsent) -> Consent:
    consent = state.consent(app_of(event))
    match event:
        case Presented():
            return _presented(consent, event)
        case Proposed():
            return _proposed(consent, event)
        case Authorised() | Amended():
            return _revised(state, consent, event)
        case PeopleChecked():
            return _people_checked(consent, event)
        case Declined() | Lapsed() | Cancelled() | ProposalDropped():
            return _without_yes(consent, event)
        case _:
            return _ended(consent, event)


def _without_yes(
    consent: Consent, event: Declined | Lapsed | Cancelled | ProposalDropped
) -> Consent:
    """Return *consent* after what waited came to nothing."""
    match event:
        case Declined():
            return _answered(consent, event.decision.presentation, "decline")
        case Lapsed():
            return _answered(consent, event.presentation, "lapse")
        case Cancelled():
            return _answered(consent, event.presentation, "cancel")
        case ProposalDropped():
            return _dropped(consent, event.presentation)
        case _:
            assert_never(event)


def app_of(event: OfConsent) -> str:
    """Return the app that an event at a school is about."""
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


def _dropped(consent: Consent, digest: str) -> Consent:
    """Return *consent* without the yes of a first person to that page."""
    if _is_on(consent.amendment, digest):
        consent = evolve(consent, amendment=None)
    if _is_on(consent.proposal, digest):
        consent = evolve(consent, proposal=None).moved("drop")
    return consent


def _is_on(proposal: Proposal | None, digest: str) -> bool:
    return proposal is not None and proposal.decision.presentation == digest


def _revised(state: SchoolState, consent: Consent, event: Decided) -> Consent:
    grant, move = event.grant, "authorise again, or amend"
    # Whether it is what was decided on is looked at when somebody asks for it.
    page = consent.shown if isinstance(event, Authorised) else consent.amending
    ended = tuple(r.end(move, event.at, grant.actor) for r in consent.revisions)
    # A grant of before does not say whose identifiers it lists: those of its day.
    issuer = grant.issuer or issuer_of(state.connection)
    checked = _check_that_stays(consent, grant, issuer)
    revision = GrantRevision(grant, page, issuer=issuer, checked=checked)
    revised = evolve(consent, amendment=None, revisions=(*ended, revision))
    return revised.moved("authorise") if isinstance(event, Authorised) else revised


def _check_that_stays(
    consent: Consent, grant: Grant, issuer: Issuer
) -> PeopleChecked | None:
    """Return the last check of the people of a grant before, if it lists the same."""
    last = consent.latest
    is_same = last and (last.grant.subjects, last.issuer) == (grant.subjects, issuer)
    return last.checked if last and is_same else None


def _people_checked(consent: Consent, event: PeopleChecked) -> Consent:
    if not consent.revisions or not _names(event, consent.revisions[-1]):
        return consent
    *before, last = consent.revisions
    return evolve(consent, revisions=(*before, evolve(last, checked=event)))


def _ended(consent: Consent, event: Ended) -> Consent:
    if not consent.revisions:
        return consent
    *before, last = consent.revisions
    ended = _end(last, event)
    # What the first of two people would have changed has ended.
    amendment = consent.amendment if ended.status is last.status else None
    return evolve(consent, revisions=(*before, ended), amendment=amendment)


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


def _names(event: Expired | Invalidated | PeopleChecked, last: GrantRevision) -> bool:
    return (event.grant, event.revision) == (last.grant.id, last.grant.revision)
