"""Edits of a ledger's history: any part of any event changed, dropped or exchanged.

The ledger that is edited is made of the events alone, so that no hash shows an edit:
what `verify` finds it finds by the rules of the register. `benchmarks/histories.py`
counts what becomes of many of them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from fnmatch import fnmatchcase
from itertools import chain

from attrs import evolve, fields, has

from scopegate import Actor
from scopegate.consent.codec import event_from_json, event_to_json
from scopegate.consent.events import Paused, Resumed
from scopegate.errors import ScopegateError
from scopegate.evidence._replay.past import Others
from scopegate.evidence.lawful import history_faults
from scopegate.testing.permits import NOON

from .history_again import is_written_again

DAYS = (-400, -1, -0.001, 0.001, 1, 400)
"""By how much instants are moved."""


def faults_of(streams, catalogues=()):
    """Return the faults in streams, given by name."""
    others = Others(lambda name: streams.get(name, ()), catalogues)
    return [
        fault
        for name, events in streams.items()
        for fault in history_faults(name, events, others)
    ]


def streams_of(ledger):
    """Return the events of a ledger by stream."""
    return {name: list(ledger.read(name)) for name in ledger.streams()}


def edits(streams):
    """Yield what is edited, as kind, part and how, and all streams after each edit."""
    for name, events in streams.items():
        for at, event in enumerate(events):
            for part, changed in _moved(events, at):
                yield (type(event).__name__, part), {**streams, name: changed}
    yield from _changed(streams)


def edited(streams, chance):
    """Return an edit picked by chance: an event first, and then a part of it."""
    place = chance.choice([(n, at) for n, e in streams.items() for at in range(len(e))])
    name, at = place
    events = streams[name]
    kind = type(events[at]).__name__
    moves = list(_moved(events, at))
    if chance.random() < 0.2:
        part, changed = chance.choice(moves)
        return (kind, part), {**streams, name: changed}
    found = list(_variants(events[at], _pool(streams)))
    chance.shuffle(found)
    part, event = next((part, event) for part, event in found if _is_readable(event))
    return (kind, part), {**streams, name: _with(events, at, event)}


def _changed(streams):
    pool = _pool(streams)
    for name, events in streams.items():
        for at, event in enumerate(events):
            for part, found in _variants(event, pool):
                if _is_readable(found):
                    key = type(event).__name__, part
                    yield key, {**streams, name: _with(events, at, found)}


def _with(events, at, event):
    return [*events[:at], event, *events[at + 1 :]]


# Whole events


def _moved(events, at):
    """Yield what is done with a whole event, and the events after it."""
    rest = [*events[:at], *events[at + 1 :]]
    yield "removed", rest
    yield "written twice", [*events[: at + 1], *events[at:]]
    if at + 1 < len(events) and events[at] != events[at + 1]:
        yield "exchanged with the next", _swapped(events, at)
    if at + 2 < len(events):
        yield "written again at the end", [*events, events[at]]


def _swapped(events, at):
    return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]


# Parts of events


def _pool(streams):
    """Return what there is of each attribute, and of each type, to put elsewhere."""
    pool = {}
    for event in chain(*streams.values()):
        _gather(event, pool)
    return pool


def _gather(value, pool):
    known = pool.setdefault(type(value), [])
    if value not in known:
        known.append(value)
    for part in fields(type(value)):
        inner = getattr(value, part.name)
        known = pool.setdefault((type(value), part.name), [])
        if inner not in known:
            known.append(inner)
        for each in _inside(inner):
            if has(type(each)):
                _gather(each, pool)


def _inside(value):
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, tuple) else (value,)


def _variants(value, pool):
    """Yield each part of a value, and the value with that part changed."""
    for part in fields(type(value)):
        inner = getattr(value, part.name)
        known = pool.get((type(value), part.name), ())
        found = chain(_others(inner, pool), (("", each) for each in known))
        for below, new in found:
            if new == inner:
                continue
            try:
                changed = evolve(value, **{part.name: new})
            except (ValueError, TypeError, AttributeError, ScopegateError):
                continue  # there is no such value
            if changed != value:
                yield f"{part.name}{'.' if below else ''}{below}", changed


def _is_readable(event):
    """Tell whether an event can be written, and is read as it was."""
    try:
        return event_from_json(event_to_json(event)) == event
    except (ValueError, TypeError, AttributeError, ScopegateError):
        return False


def _others(value, pool):
    """Yield other values of the same kind, each with the part that differs."""
    if has(type(value)):
        yield from _variants(value, pool)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, pool)
    elif isinstance(value, tuple):
        yield from _of_tuple(value, pool)
    else:
        yield from (("", other) for other in _alike(value))


def _alike(value):
    """Return other values of the type of a single value."""
    match value:
        case bool():
            return [not value]
        case Enum():
            return type(value)
        case int():
            return value - 1, value + 1
        case str():
            return f"{value}x", ""
        case datetime():
            return [value + timedelta(days=by) for by in DAYS]
        case frozenset():
            return [value | {"x"}, *(value - {each} for each in value)]
        case _:
            return ()


def _of_mapping(value, pool):
    for key, inner in value.items():
        rest = {k: v for k, v in value.items() if k != key}
        yield "", rest
        yield "", {**rest, f"{key}x": inner}
        for below, new in _others(inner, pool):
            yield below, {**value, key: new}
    yield "", {**value, "x": next(iter(value.values()), "x")}


def _of_tuple(value, pool):
    for at, inner in enumerate(value):
        rest = (*value[:at], *value[at + 1 :])
        yield "", rest
        yield "", (*value, inner)
        if has(type(inner)):
            known = pool.get(type(inner), ())
            yield from (("", (*rest[:at], each, *rest[at:])) for each in known)
        for below, new in _others(inner, pool):
            yield below, (*value[:at], new, *value[at + 1 :])
    yield "", value[::-1]


# What becomes of an edit

_CATALOGUE = "no event says which catalogues were in force, and when"
_GATE = "the gate writes it, and what an app read is in no other stream"
_AFTER = "it is written after the school closed, and only for who looks there"
_PAGE, _PINNED = "it is of a page that no one answered", "the catalogue alone says it"

TOLD = {
    ("RequestPublished", "request.required"): _CATALOGUE,
    ("RequestPublished", "request.optional"): _CATALOGUE,
    ("Presented", "presentation.catalogue_digest"): _CATALOGUE,
    ("Invalidated", "policy_version"): _CATALOGUE,
    ("Invalidated", "fields"): _CATALOGUE,
    ("Disclosed", "*"): _GATE,
    ("Succeeded", "*"): _AFTER,
}
"""Edits that are perhaps not found, by kind of event and part, and why.

Of these alone no register proves that they are lawful.
"""

UNKNOWN = {
    **{
        ("Presented", f"presentation.{part}*"): _PAGE
        for part in ("catalogue", "policy_version", "required", "optional", "joint")
    },
    **{
        (kind, f"grant.{part}*"): _PINNED
        for kind in ("Authorised", "Amended")
        for part in ("rows", "schools", "namings", "subjects.coverage")
    },
    ("Proposed", "proposal.choice*"): _PINNED,
}
"""The same where the catalogue is not known: what only the catalogue says."""

UNPROVEN = ("Disclosed", "Succeeded")
"""Events of streams that are not written again."""


def listed(key, table):
    """Return the reason why an edit is listed, or None."""
    kind, part = key
    reasons = (
        reason
        for (of, whole), reason in table.items()
        if of == kind and fnmatchcase(part, whole)
    )
    return next(reasons, None)


def outcome(key, streams, catalogues):
    """Return what became of an edit: found, again, earlier, listed, or missed.

    A register of now writes it again; or it is found as soon as an event is there that
    earlier releases could not have read, so that one of these may have written it; or
    it is listed.
    """
    if faults_of(streams, catalogues):
        return "found"
    if key[0] not in UNPROVEN and is_written_again(streams, catalogues):
        return "again"
    if faults_of(_of_now(streams), catalogues):
        return "earlier"
    return "listed" if listed(key, TOLD) else "missed"


def _of_now(streams):
    """Return streams whose schools begin with a pause, which only this release has."""
    actor = Actor("Dana Head")
    first = [kind("", actor, "", NOON) for kind in (Paused, Resumed)]
    return {
        name: [*first, *events] if name.startswith("school/") else events
        for name, events in streams.items()
    }


def is_found_without(key, streams, catalogues):
    """Tell whether a fault is found without catalogues too, or why not is listed."""
    return (
        bool(faults_of(streams))
        or not faults_of(streams, catalogues)
        or listed(key, UNKNOWN) is not None
    )
