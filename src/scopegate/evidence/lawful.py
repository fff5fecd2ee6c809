"""Whether a history is lawful: one that the register could have written.

The fold takes any events and lets an illegal one change nothing, so that nothing
flows by it. Here each event is held to the rules by which the register writes it, on
the state just before it. What a later release asks for is asked of the events after
the first that earlier releases cannot read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Closed,
    Connected,
    Declined,
    Disclosed,
    Disconnected,
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
from ..consent.fold import fold_requests, fold_school
from ..consent.grant import Grant
from ..consent.presentation import Presentation
from ..consent.state import Published
from ..errors import Fault
from ..ledgers.base import school_stream
from ._replay.answer import (
    authorised,
    declined,
    is_pinned_as,
    people_checked,
    proposed,
)
from ._replay.ending import dropped, ended, invalidated, over
from ._replay.page import presented
from ._replay.past import (
    Others,
    Past,
    Problems,
    closed as closed_for,
    decided,
    is_of_now,
)
from ._replay.school import (
    closed,
    connected,
    disconnected,
    paused,
    permissions_changed,
    resumed,
    rule_set,
)

_STRAY = "the event belongs elsewhere"


def is_as_shown(grant: Grant, shown: Presentation) -> bool:
    """Tell whether *grant* pins exactly what its ticks meant in *shown*."""
    return is_pinned_as(grant, shown) and all(
        each.presentation == shown.digest for each in grant.decisions
    )


def history_faults(
    stream: str, events: Sequence[Event], others: Others
) -> Iterator[Fault]:
    """Yield the faults in *stream*: what cannot have happened.

    Args:
        stream: The stream.
        events: All its events.
        others: What other streams hold.
    """
    kind, _, name = stream.partition("/")
    for position, problem in enumerate(_problems(kind, name, events, others), start=1):
        place = f"stream `{stream}`, position {position}"
        yield from (Fault(place, each) for each in problem)


def _problems(
    kind: str, name: str, events: Sequence[Event], others: Others
) -> Iterable[Problems]:
    """Return the problems of each event in turn."""
    match kind:
        case "school":
            return _of_school(name, events, others)
        case "app":
            return _of_app(name, events)
        case "disclosure":
            return (_of_disclosure(name, event, others) for event in events)
        case "successor":
            return _of_successor(name, events, others)
        case _:
            return ()  # no one has said what belongs there


# An app's requests


def _of_app(app: str, events: Iterable[Event]) -> Iterator[Problems]:
    known = fold_requests(())
    for event in events:
        yield _request_problems(app, known, event)
        known = fold_requests([event], known)


def _request_problems(app: str, known: Published, event: Event) -> Problems:
    match event:
        case RequestPublished() if event.request.app == app:
            if event.version != known.version + 1:
                yield f"version {event.version} follows {known.version}"
            if event.request == known.asked:
                yield "that was published already"
            if not event.request.purpose.strip() or not event.request.scopes:
                yield "it does not say what is asked for, or why"
        case RequestCancelled():
            if known.asked is None or event.version != known.version:
                yield "it takes back what was not published"
        case _:
            yield _STRAY


# What was released, and who follows whom


def _of_disclosure(school: str, event: Event, others: Others) -> Problems:
    if not isinstance(event, Disclosed):
        yield _STRAY
        return
    if event.grant:
        fact = decided(event.app, event.grant, event.revision)
        if others.deny(school_stream(school), fact):
            yield "it was released by a grant that the school never gave"
    elif event.revision:
        yield "no grant has a revision"
    if event.count < 1 or event.at < event.since:
        yield "it counts nothing, or ended before it began"


def _of_successor(
    school: str, events: Sequence[Event], others: Others
) -> Iterator[Problems]:
    for done, event in enumerate(events):
        yield _succession_problems(school, events[:done], event, others)


def _succession_problems(
    school: str, before: Sequence[Event], event: Event, others: Others
) -> Problems:
    if not isinstance(event, Succeeded):
        yield _STRAY
        return
    named = (e.predecessor for e in before if isinstance(e, Succeeded))
    if event.predecessor in named:
        yield "that school was named already"
    if others.deny(school_stream(event.predecessor), closed_for(school)):
        yield f"school `{event.predecessor}` has not closed for it"


# A school's decisions


def _of_school(
    school: str, events: Sequence[Event], others: Others
) -> Iterator[Problems]:
    state, has_come = fold_school(()), False
    for position, event in enumerate(events):
        has_come = has_come or is_of_now(event)
        past = Past(school, state, others, has_come, events, position)
        yield _decision_problems(past, event)
        state = fold_school([event], state)


def _decision_problems(past: Past, event: Event) -> Problems:
    problems = _JUDGES.get(type(event))
    if problems is None or _school_of(past, event) != past.school:
        return iter([_STRAY])
    return problems(past, event)


_JUDGES: Mapping[type[Event], Callable[[Past, Any], Problems]] = {
    Connected: connected,
    Disconnected: disconnected,
    Paused: paused,
    Resumed: resumed,
    Closed: closed,
    PermissionsChanged: permissions_changed,
    TwoPersonRuleSet: rule_set,
    Presented: presented,
    Proposed: proposed,
    ProposalDropped: dropped,
    Authorised: authorised,
    Amended: authorised,
    PeopleChecked: people_checked,
    Declined: declined,
    Lapsed: over,
    Cancelled: over,
    Expired: over,
    Revoked: ended,
    Relinquished: ended,
    Invalidated: invalidated,
}


def _school_of(past: Past, event: Event) -> str:
    """Return the school that an event is about, as far as it says so itself."""
    match event:
        case Connected():
            return event.connection.school
        case Presented():
            return event.presentation.school
        case Authorised() | Amended():
            return event.grant.school
        case _:
            return past.school
