"""Whether a register of now writes a history again, event for event.

It is told to do what the events say was done, at their instants. What it cannot be
brought to write it cannot have written, so `verify` must find it.
"""

from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product
from unittest.mock import patch

from scopegate import ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.codec import event_from_json
from scopegate.consent.decision import NO_END, Choice
from scopegate.consent.events import (
    Amended,
    Authorised,
    Cancelled,
    Closed,
    Connected,
    Declined,
    Disconnected,
    Dropped,
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
    TwoPersonRuleSet,
)
from scopegate.consent.people import Match, MatchedPeople, PeopleList
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import ScopegateError
from scopegate.ledgers.memory import MemoryLedger

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
MOST = 6
"""The most events that one decision writes."""


def is_written_again(streams, catalogues):
    """Tell whether registers on these catalogues write all of these streams."""
    return all(
        _Again(streams, catalogues).writes(name, events)
        for name, events in streams.items()
    )


class _Ledger(MemoryLedger):
    """A ledger that does not make the same event of the same bytes twice."""

    def read(self, stream, after=0):
        """Return the events after a position."""
        return tuple(map(_read, self.bodies(stream, after)))


_read = lru_cache(4096)(event_from_json)


class _Again:
    """Writes one stream again, with as much of the apps' streams as it needs."""

    def __init__(self, streams, catalogues):
        self.catalogues = catalogues
        self.apps = {
            name: events for name, events in streams.items() if name.startswith("app/")
        }
        self.streams = streams

    def writes(self, stream, events):
        """Tell whether it writes the stream."""
        kind = stream.partition("/")[0]
        if kind == "app":
            return all(self._is_next(stream, events, n, {}) for n in range(len(events)))
        if kind == "school":
            return self._writes_school(stream, events)
        return True

    def _writes_school(self, stream, events):
        done, known = 0, dict.fromkeys(self.apps, 0)
        while done < len(events):
            for seen in self._more(known):
                size = self._is_next(stream, events, done, seen)
                if size:
                    done, known = done + size, seen
                    break
            else:
                return False
        return True

    def _more(self, known):
        """Yield how much of each app's stream may be there, the least first."""
        yield known
        for app, events in self.apps.items():
            for size in range(known[app] + 1, len(events) + 1):
                yield {**known, app: size}

    def _is_next(self, stream, events, done, seen):
        """Return how many of the next events one deed writes; 0 if there is none."""
        for deed, catalogue in product(_deeds(events, done), self.catalogues):
            ledger = _Ledger()
            for app, size in seen.items():
                ledger.append(app, self.apps[app][:size], 0)
            ledger.append(stream, events[:done], 0)
            with suppress(ScopegateError, ValueError):
                deed(catalogue, ledger, stream.partition("/")[2])
            new = ledger.read(stream)[done:]
            if new and list(new) == events[done : done + len(new)]:
                return len(new)
        return 0


def _deeds(events, done):
    """Yield what may have been done to write the next events."""
    for at in range(done, min(done + MOST, len(events))):
        event = events[at]
        match event:
            case Lapsed() | Cancelled() | Expired() | Invalidated() | ProposalDropped():
                yield _settle(event)
            case Authorised() | Amended() | Proposed() | Declined():
                yield from _decide(event, events[:at], events[done:at])
            case _:
                yield _simply(event)


def _register(catalogue, ledger, at, **more):
    return ConsentRegister(catalogue, ledger, clock=lambda: at, **more)


def _settle(event):
    """Return the deed that writes down what is over of one app, by its clock."""

    def deed(catalogue, ledger, school):
        state = ConsentRegister(catalogue, ledger).state(school)
        ats = iter(
            [
                event.at if app == event.app else LONG_AGO
                for app in sorted(state.consents)
            ]
        )
        register = ConsentRegister(catalogue, ledger, clock=lambda: next(ats))
        register.settle(school)

    return deed


def _simply(event):
    def deed(catalogue, ledger, school):
        within = None
        if isinstance(event, Presented) and event.lapses_at:
            within = event.lapses_at - event.at
        register = _register(catalogue, ledger, event.at, decide_within=within)
        _do(event, register, school)

    return deed


def _do(event, register, school):
    """Do what a single event says was done."""
    _VERBS[type(event)](event, register, school)


def _plainly(verb, *parts, **others):
    """Return what calls a verb of a register with those parts of an event."""

    def do(event, register, school):
        said = {part: getattr(event, part) for part in parts}
        made = {name: make(event) for name, make in others.items()}
        getattr(register, verb)(school=school, **said, **made)

    return do


def _connect(event, register, school):
    made, place = event.connection, "scopegate.register.connections"
    with (
        patch(f"{place}.prove_school", lambda *_: made.name),
        patch(f"{place}.check_zone"),
    ):
        register.connect(
            school=school,
            mis=made.mis,
            adapter=RecordsAdapter({}),
            permissions=made.permissions,
            id_space=made.id_space,
            zone=made.zone,
            actor=event.actor,
        )


def _check_people(event, register, school):
    """Check the people of a grant, in an MIS that knows as many as the event says."""
    one, none = frozenset("1"), frozenset()
    kinds = (
        (event.found, one, none),
        (event.alike, none, one),
        (event.missing, none, none),
    )
    matches = [
        Match(f"{kind}-{n}", exactly, alike)
        for kind, (count, exactly, alike) in enumerate(kinds)
        for n in range(count)
    ]
    found = MatchedPeople(
        school, "only", [PeopleList("pupil", "pupil", matches)], (), event.at
    )
    with patch("scopegate.register.people.match_people", lambda *_: found):
        register.check_people(
            school=school, app=event.app, adapter=RecordsAdapter({}), actor=event.actor
        )


_VERBS = {
    Connected: _connect,
    Disconnected: _plainly("disconnect", "actor", "reason"),
    Paused: _plainly("pause", "actor", "reason", app=lambda event: event.app or None),
    Resumed: _plainly("resume", "actor", "reason", app=lambda event: event.app or None),
    Closed: _plainly("close", "successor", "actor", "reason"),
    PermissionsChanged: _plainly("change_permissions", "permissions"),
    TwoPersonRuleSet: lambda event, register, school: register.require_two_people(
        event.rule, school=school, actor=event.actor
    ),
    RequestPublished: lambda event, register, _: register.publish(event.request),
    RequestCancelled: lambda event, register, app: register.cancel(
        app=app, actor=event.actor, reason=event.reason
    ),
    Presented: _plainly("ask", "actor", app=lambda event: event.presentation.app),
    PeopleChecked: _check_people,
    Revoked: _plainly("revoke", "app", "actor", "reason", "method"),
    Relinquished: _plainly("relinquish", "app", "actor", "reason"),
}
"""What is done for an event that one deed writes alone."""


def _decide(event, before, batch):
    """Yield the deeds that take a decision on a page that was shown."""
    decision, choice, grant = _said(event)
    pages = [e.presentation for e in before if isinstance(e, Presented)]
    shown = [page for page in pages if page.digest == decision.presentation]
    used = {e.grant.id for e in before if isinstance(e, Authorised | Amended)}
    new_id = "unused" if grant in used else grant
    for page, subjects in product(shown[-1:], {choice.subjects, None}):
        verb = "amend" if page.asking is DecisionKind.AMENDMENT else "authorise"
        said = {
            "optional": decision.ticked,
            "subjects": subjects,
            "expires_at": choice.expires_at or NO_END,
        }
        if isinstance(event, Declined):
            verb, said = "decline", {"reason": event.reason}
        said |= {"actor": decision.actor, "method": decision.method}
        yield _deciding(event.at, verb, page, said, batch, new_id)


def _said(event):
    """Return the decision, the choice and the id of the grant of an event."""
    match event:
        case Authorised() | Amended():
            grant = event.grant
            choice = Choice(grant.ticked, grant.subjects, grant.expires_at)
            return grant.decision, choice, grant.id
        case Proposed():
            return event.proposal.decision, event.proposal.choice, "unused"
        case _:
            return event.decision, Choice(), "unused"


def _deciding(at, verb, page, said, batch, new_id):
    within = [e.lapses_at - e.at for e in batch if _lapses(e)]
    dropped = [e.why for e in batch if isinstance(e, ProposalDropped)]

    def deed(catalogue, ledger, _):
        # First whether the second may decide, then whether the first still may.
        may = iter([True, Dropped.NO_AUTHORITY not in dropped])
        register = _register(
            catalogue,
            ledger,
            at,
            decide_within=within[0] if within else None,
            new_id=lambda: new_id,
            authority=lambda *_: next(may),
        )
        getattr(register, verb)(page, **said)

    return deed


def _lapses(event):
    return isinstance(event, Presented) and event.lapses_at is not None
