"""Whether a history is lawful: one that the register could have written.

The fold takes any events and lets an illegal one change nothing, so that nothing
flows by it. Here such an event is named.
"""

from collections.abc import Iterable, Iterator, Sequence

from ..consent.events import (
    Amended,
    Authorised,
    Connected,
    Disclosed,
    Ended,
    Event,
    Expired,
    Presented,
    Relinquished,
    RequestCancelled,
    RequestPublished,
    Revoked,
)
from ..consent.fold import fold_school
from ..consent.grant import Grant
from ..consent.lifecycle import GrantStatus
from ..consent.presentation import Presentation
from ..consent.state import Consent, GrantRevision, SchoolState
from ..errors import Fault

_OF_APPS = RequestPublished | RequestCancelled
_ENDS = {
    Revoked: GrantStatus.REVOKED,
    Relinquished: GrantStatus.RELINQUISHED,
    Expired: GrantStatus.EXPIRED,
}


def is_as_shown(grant: Grant, shown: Presentation) -> bool:
    """Tell whether *grant* pins exactly what its ticks meant in *shown*."""
    pinned = {path: (pin.scopes, pin.sensitivity) for path, pin in grant.pins.items()}
    return pinned == shown.fields_of(grant.ticked) and all(
        each.presentation == shown.digest for each in grant.decisions
    )


def history_faults(stream: str, events: Sequence[Event]) -> Iterator[Fault]:
    """Yield the faults in *stream*: what cannot have happened."""
    kind, _, name = stream.partition("/")
    place = f"stream `{stream}`"
    match kind:
        case "school":
            yield from _school_faults(place, name, events)
        case "app":
            yield from _app_faults(place, name, events)
        case "disclosure":
            yield from _strays(place, (not isinstance(e, Disclosed) for e in events))
        case _:
            pass  # no one has said what belongs there


def _strays(place: str, are_strays: Iterable[bool]) -> Iterator[Fault]:
    for position, is_stray in enumerate(are_strays, start=1):
        if is_stray:
            yield Fault(f"{place}, position {position}", "the event belongs elsewhere")


# An app's requests


def _app_faults(place: str, app: str, events: Sequence[Event]) -> Iterator[Fault]:
    yield from _strays(place, (_is_not_of_app(event, app) for event in events))
    version, is_cancelled = 0, True
    for position, event in enumerate(events, start=1):
        at = f"{place}, position {position}"
        if isinstance(event, RequestPublished):
            if event.version != version + 1:
                yield Fault(at, f"version {event.version} follows {version}")
            version, is_cancelled = event.version, False
        elif isinstance(event, RequestCancelled):
            if is_cancelled or event.version != version:
                yield Fault(at, "it takes back what was not published")
            is_cancelled = True


def _is_not_of_app(event: Event, app: str) -> bool:
    if isinstance(event, RequestPublished):
        return event.request.app != app
    return not isinstance(event, RequestCancelled)


# A school's decisions


def _school_faults(place: str, school: str, events: Sequence[Event]) -> Iterator[Fault]:
    yield from _strays(place, (_is_not_of_school(event, school) for event in events))
    state = fold_school(events)
    for consent in state.consents.values():
        yield from _revision_faults(place, consent)
    for position, event in enumerate(events, start=1):
        if isinstance(event, Ended) and not _has_ended(state, event):
            at = f"{place}, position {position}"
            yield Fault(at, f"it ends {_named(event)}, which it cannot have ended")


def _is_not_of_school(event: Event, school: str) -> bool:
    match event:
        case Connected():
            return event.connection.school != school
        case Presented():
            return event.presentation.school != school
        case Authorised() | Amended():
            return event.grant.school != school
        case _:
            return isinstance(event, Disclosed | _OF_APPS)


def _revision_faults(place: str, consent: Consent) -> Iterator[Fault]:
    befores = (None, *consent.revisions)
    for before, after in zip(befores, consent.revisions, strict=False):
        at = f"{place}, grant `{after.grant.id}`, revision {after.grant.revision}"
        if not _follows(before, after.grant):
            yield Fault(at, "it does not follow from the events before it")
        if after.shown is None:
            yield Fault(at, "what it was decided on is not what the school was shown")
        elif not is_as_shown(after.grant, after.shown):
            yield Fault(at, "it covers something other than the school was shown")


def _follows(before: GrantRevision | None, grant: Grant) -> bool:
    """Tell whether *grant* is the first revision of a new grant, or the next one."""
    if before is None or before.status is not GrantStatus.SUPERSEDED:
        return grant.revision == 1 and (before is None or before.grant.id != grant.id)
    expected = before.grant.id, before.grant.revision + 1
    return (grant.id, grant.revision) == expected


def _has_ended(state: SchoolState, event: Ended) -> bool:
    """Tell whether the revision that *event* names is as the event left it."""
    revisions = state.consent(event.app).revisions
    named = [r for r in revisions if _key(r.grant) == (event.grant, event.revision)]
    wanted = _ENDS.get(type(event))
    return any(wanted in {None, revision.status} for revision in named)


def _key(grant: Grant) -> tuple[str, int]:
    return grant.id, grant.revision


def _named(event: Ended) -> str:
    return f"grant `{event.grant}`, revision {event.revision}"
