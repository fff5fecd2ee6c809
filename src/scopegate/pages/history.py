"""`HistoryLine`: what happened at a school, a line for each event."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import evolve, field, frozen

from .._base.local_time import LONDON, LocalTime
from .._base.values import aware
from ..arguments import made
from ..consent.decision import Actor
from ..consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Closed,
    Connected,
    Declined,
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
    Resumed,
    Revoked,
    Succeeded,
    TwoPersonRuleSet,
)
from ..consent.presentation import Presentation
from .people import checked_in_words
from .scopes import SENSITIVITY_WORDS
from .words import counted, person


@made
@frozen
class HistoryLine:
    """One thing that happened, in words.

    Attributes:
        when: The instant; aware.
        at: The instant in words.
        app: The app it was about, or empty for the school's connection and rules.
        what: What happened.
        by: Who did it, or empty where no one decided it.
        detail: A reason, or what exactly; may be empty.
        grant: The id of the grant revision it made, or empty.
        revision: That revision, or 0.
        is_showing: Whether the school was shown something, and nothing was decided.
    """

    when: datetime = field(converter=aware)
    at: str
    app: str
    what: str
    by: str = ""
    detail: str = ""
    grant: str = ""
    revision: int = 0
    is_showing: bool = False


def history_of(
    events: Iterable[Event], app: str | None = None, zone: str = LONDON
) -> tuple[HistoryLine, ...]:
    """Return the lines of what happened, the newest first.

    Args:
        events: The events of one school, the oldest first.
        app: Only what was about this app; None for all.
        zone: The time zone to show instants in, by its name in the tz database.
    """
    times = LocalTime.of(zone)
    lines = [
        evolve(line, at=times.instant(line.when))
        for line in _lines(events)
        if app is None or line.app == app
    ]
    return tuple(reversed(lines))


def _lines(events: Iterable[Event]) -> Iterator[HistoryLine]:
    """Yield the line of each event that has one, its instant not yet in words."""
    for event in events:
        if isinstance(event, Presented):
            yield _presented(event, event.presentation)
        elif line := next(filter(None, (how(event) for how in _HOW)), None):
            yield line


def _presented(event: Presented, shown: Presentation) -> HistoryLine:
    what = f"Request {shown.request_version} was shown"
    if shown.grant is not None:
        what = "The present grant, or a change of it, was shown"
    return evolve(_line(event.at, shown.app, what, event.actor), is_showing=True)


def _by_somebody(event: Event) -> HistoryLine | None:
    """Return the line of what somebody decided on an app."""
    match event:
        case Authorised() | Amended():
            return _decided(event)
        case PeopleChecked():
            what = "The people listed were checked against the MIS"
            return _line(
                event.at, event.app, what, event.actor, checked_in_words(event)
            )
        case Proposed(proposal=proposal):
            first = proposal.decision.actor
            what = "Authorised by the first of two people"
            return _line(event.at, proposal.app, what, first)
        case Declined(decision=decision):
            return _line(event.at, event.app, "Declined", decision.actor, event.reason)
        case Revoked():
            return _line(event.at, event.app, "Revoked", event.actor, event.reason)
        case Relinquished():
            what = "Given back by the app"
            return _line(event.at, event.app, what, event.actor, event.reason)
        case _:
            return None


def _by_itself(event: Event) -> HistoryLine | None:
    """Return the line of what time, the app's request or the catalogue ended."""
    match event:
        case Expired():
            return _line(event.at, event.app, "Expired")
        case Invalidated():
            what = f"{counted(len(event.fields), 'field')} stopped: the meaning changed"
            return _line(event.at, event.app, what)
        case Lapsed():
            return _line(event.at, event.app, "Lapsed: no one decided in time")
        case Cancelled():
            return _line(event.at, event.app, "Cancelled by the app")
        case ProposalDropped():
            what = "The yes of the first of two people does not count any more"
            return _line(event.at, event.app, what, detail=event.why.sentence)
        case _:
            return None


def _decided(event: Authorised | Amended) -> HistoryLine:
    grant = event.grant
    verb = "Authorised" if isinstance(event, Authorised) else "Amended"
    fields = counted(len(grant.fields), "field")
    return HistoryLine(
        when=event.at,
        at="",
        app=grant.app,
        what=f"{verb}, revision {grant.revision}",
        by=" and ".join(person(each.actor) for each in grant.decisions),
        detail=f"{counted(len(grant.scopes), 'scope')}, {fields}",
        grant=grant.id,
        revision=grant.revision,
    )


def _of_stops(event: Event) -> HistoryLine | None:
    """Return the line of a stop that the school made or lifted."""
    match event:
        case Paused():
            what = "Paused" if event.app else "All apps were paused"
            return _line(event.at, event.app, what, event.actor, event.reason)
        case Resumed():
            what = "Resumed" if event.app else "The pause of all apps was lifted"
            return _line(event.at, event.app, what, event.actor, event.reason)
        case Closed():
            follows = f"; {event.successor} follows it" if event.successor else ""
            what = f"The school closed{follows}"
            return _line(event.at, "", what, event.actor, event.reason)
        case Succeeded():
            what = f"Follows {event.predecessor}, which has closed"
            return _line(event.at, "", what, event.actor)
        case _:
            return None


def _of_school(event: Event) -> HistoryLine | None:
    """Return the line of what became of the school's connection, or its rules."""
    match event:
        case Connected(connection=connection):
            return _line(event.at, "", f"Connected to {connection.mis}", event.actor)
        case Disconnected():
            return _line(event.at, "", "Disconnected", event.actor, event.reason)
        case PermissionsChanged(permissions=None):
            return _line(event.at, "", "The MIS account's permissions became unknown")
        case PermissionsChanged(permissions=held):
            count = counted(len(held or ()), "permission")
            return _line(event.at, "", f"The MIS account holds {count}")
        case TwoPersonRuleSet(rule=None):
            what = "Two people need not authorise any more"
            return _line(event.at, "", what, event.actor)
        case TwoPersonRuleSet(rule=rule):
            word = SENSITIVITY_WORDS[rule.sensitivity].lower() if rule else ""
            what = f"Two people must authorise what is {word}, or weighs more"
            return _line(event.at, "", what, event.actor)
        case _:
            return None


def _line(
    at: datetime, app: str, what: str, by: Actor | None = None, detail: str = ""
) -> HistoryLine:
    who = person(by) if by else ""
    return HistoryLine(at, "", app, what, who, detail)


_HOW = (_by_somebody, _by_itself, _of_stops, _of_school)
"""What makes a line of an event, each of some kinds."""
