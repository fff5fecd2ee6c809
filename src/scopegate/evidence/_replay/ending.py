"""Whether something ended as the register could have written it."""

from collections.abc import Iterator, Sequence
from itertools import chain

from ...consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Dropped,
    Ended,
    Event,
    Expired,
    Invalidated,
    Lapsed,
    ProposalDropped,
    Proposed,
    Relinquished,
    Revoked,
)
from ...consent.overdue import OverdueEvent, dropped_by, overdue
from ...consent.state import Published
from ...ledgers.base import app_stream
from .page import UNWRITTEN
from .past import Past, Problems, cancelled

_LEFT = "the first person's yes to amend it is not ended by an event"


def over(past: Past, event: OverdueEvent) -> Problems:
    """Yield the reasons why something cannot have been over by then."""
    consent = past.state.consent(event.app)
    is_cancelled = isinstance(event, Cancelled)
    found = overdue(consent, Published(is_cancelled=is_cancelled), event.at)
    if event not in found and not _was_left(past, event):
        yield "it was not over, or not there, by then"
    elif (
        is_cancelled
        and consent.shown
        and past.others.deny(
            app_stream(event.app), cancelled(consent.shown.request_version)
        )
    ):
        yield "the app has not cancelled it"
    if isinstance(event, Expired) and past.leaves_yes(consent):
        yield _LEFT


def _was_left(past: Past, event: OverdueEvent) -> bool:
    """Tell whether it is a yes that earlier releases kept after its grant had ended."""
    if past.is_of_now or not isinstance(event, Lapsed):
        return False
    made = (e.proposal for e in past.before if isinstance(e, Proposed))
    return any(
        first.app == event.app
        and first.decision.presentation == event.presentation
        and first.has_lapsed(event.at)
        for first in made
    )


def dropped(past: Past, event: ProposalDropped) -> Problems:
    """Yield the reasons why a first yes cannot have been ended so."""
    batch = past.batch(event)
    if event.why is Dropped.NO_AUTHORITY:
        waits = past.state.consent(event.app).proposal_on(event.presentation, event.at)
        is_so = waits is not None and event.presentation in _decided(batch)
    else:
        found = (
            dropped_by(batch[:size], past.state, event.app, event.at)
            for size in range(1, len(batch) + 1)
        )
        is_so = event in chain(*found) and event.presentation not in _decided(batch)
    if not is_so:
        yield "what is written with it does not end the first person's yes"


def _decided(batch: Sequence[Event]) -> Iterator[str]:
    """Yield the pages on which somebody says yes."""
    for event in batch:
        match event:
            case Authorised() | Amended():
                yield event.grant.decision.presentation
            case Proposed():
                yield event.proposal.decision.presentation
            case _:
                pass


def ended(past: Past, event: Revoked | Relinquished) -> Problems:
    """Yield the reasons why a grant cannot have been ended so."""
    consent = past.state.consent(event.app)
    current = consent.current
    if current is None or (event.grant, event.revision) != (
        current.id,
        current.revision,
    ):
        yield f"it ends {_named(event)}, which it cannot have ended"
    late = past.unwritten(event.app, event.at)
    if any(not isinstance(each, Expired) for each in late):
        yield UNWRITTEN
    if past.leaves_yes(consent):
        yield _LEFT


def invalidated(past: Past, event: Invalidated) -> Problems:
    """Yield the reasons why fields of a grant cannot have been stopped."""
    held = past.in_force(event.app, event.at)
    if held is None or (event.grant, event.revision) != (
        held.grant.id,
        held.grant.revision,
    ):
        yield f"it ends {_named(event)}, which it cannot have ended"
        return
    wanted = [p for p in held.grant.pins if p in event.fields and p not in held.stopped]
    if not event.fields or list(event.fields) != wanted:
        yield "it stops fields that did not flow"
    is_end = held.grant.fields == held.stopped.union(event.fields)
    if is_end and past.leaves_yes(past.state.consent(event.app)):
        yield _LEFT


def _named(event: Ended) -> str:
    return f"grant `{event.grant}`, revision {event.revision}"
