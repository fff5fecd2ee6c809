"""What has ended before it is written down: by time, by the app, or by an answer.

The register writes these events with the next decision; an audit looks for them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from .events import (
    Amended,
    Authorised,
    Cancelled,
    Declined,
    Dropped,
    Event,
    Expired,
    Lapsed,
    ProposalDropped,
)
from .fold import fold_school
from .lifecycle import RequestStatus
from .state import Consent, Published, SchoolState

OverdueEvent = Lapsed | Cancelled | Expired


def overdue(
    consent: Consent, published: Published, now: datetime
) -> Iterator[OverdueEvent]:
    """Yield the events that time or the app has caused by *now*, not written yet."""
    status = consent.status_at(now, published)
    if consent.shown and status is not consent.status:
        ended = Cancelled if status is RequestStatus.CANCELLED else Lapsed
        yield ended(consent.app, consent.shown.digest, now)
    if consent.amendment and consent.amendment.has_lapsed(now):
        yield Lapsed(consent.app, consent.amendment.decision.presentation, now)
    grant = consent.current
    if grant and grant.is_expired(now):
        yield Expired(consent.app, grant.id, grant.revision, now)


def dropped_by(
    new: Sequence[Event], state: SchoolState, app: str, now: datetime
) -> Iterator[ProposalDropped]:
    """Yield the events that a first person's yes ends by *new*, unanswered.

    Args:
        new: Everything that is written next.
        state: The state before it.
        app: The app.
        now: When.
    """
    before, after = state.consent(app), fold_school(new, state).consent(app)
    answered = set(_answered(new))
    pairs = (
        (before.proposal, after.proposal, Dropped.PAGE_CHANGED),
        (before.amendment, after.amendment, _why_dropped(before, after)),
    )
    for waits, left, why in pairs:
        if waits is not None and left != waits:
            digest = waits.decision.presentation
            if digest not in answered:
                yield ProposalDropped(app, digest, why, now)


def _why_dropped(before: Consent, after: Consent) -> Dropped:
    is_same = after.current == before.current
    return Dropped.PAGE_CHANGED if is_same else Dropped.GRANT_CHANGED


def _answered(events: Iterable[Event]) -> Iterator[str]:
    """Yield the digest of each page that an event answers."""
    for event in events:
        match event:
            case Authorised() | Amended():
                yield event.grant.decision.presentation
            case Declined():
                yield event.decision.presentation
            case Lapsed() | Cancelled() | ProposalDropped():
                yield event.presentation
            case _:
                pass
