"""Hypothesis strategies for single events; what may follow what is for `histories`."""

from collections.abc import Mapping
from typing import Any, get_args

from attrs import fields
from hypothesis import strategies as st

from ...catalogue.catalogue import Catalogue
from ...consent.events import Dropped, Event
from ...consent.grant import Grant
from ...consent.presentation import Presentation
from .arguments import checked
from .grants import grants
from .values import (
    APPS,
    actors,
    connections,
    decisions,
    instants,
    presentations,
    proposals,
    requests,
    texts,
    two_person_rules,
)


def events(catalogue: Catalogue) -> st.SearchStrategy[Event]:
    """Return events of every kind, each sound on its own.

    Args:
        catalogue: The catalogue they are about.
    """
    return st.one_of(list(events_by_kind(catalogue).values()))


def events_by_kind(catalogue: Catalogue) -> Mapping[type, st.SearchStrategy[Any]]:
    """Return a strategy for each kind of event, by kind.

    Args:
        catalogue: The catalogue they are about.
    """
    parts = _parts(checked("catalogue", catalogue, Catalogue))
    return {
        kind: st.builds(
            kind, *(_part(parts, each.type, each.name) for each in fields(kind))
        )
        for kind in get_args(Event)
    }


_Parts = Mapping[type | str, st.SearchStrategy[Any]]
"""Strategies for the attributes of events, by type, or by name."""


def _part(parts: _Parts, kind: Any, name: str) -> st.SearchStrategy[Any]:
    return parts[kind] if kind in parts else parts[name]


_NUMBERS = st.integers(1, 9)
_ALWAYS: _Parts = {
    "actor": actors(),
    "alike": _NUMBERS,
    "app": st.sampled_from(APPS),
    "at": instants(),
    "connection": connections(),
    "count": _NUMBERS,
    "found": _NUMBERS,
    "grant": st.sampled_from(["grant-1", "grant-2"]),
    "holds": st.booleans(),
    "lapses_at": st.none() | instants(),
    "method": texts(),
    "missing": _NUMBERS,
    "permissions": st.none() | st.frozensets(st.sampled_from(["read", "write"])),
    "policy_version": _NUMBERS,
    "predecessor": st.sampled_from(["100002", "100003"]),
    "reason": texts(),
    "revision": _NUMBERS,
    "rule": st.none() | two_person_rules(),
    "since": instants(),
    "successor": st.sampled_from(["", "100002"]),
    "version": _NUMBERS,
    "why": st.sampled_from(Dropped),
}


def _parts(catalogue: Catalogue) -> _Parts:
    shown = presentations(catalogue)
    paths = st.sampled_from(tuple(catalogue.fields))
    return {
        **_ALWAYS,
        Presentation: shown,
        Grant: grants(catalogue),
        "decision": shown.flatmap(decisions),
        "fields": st.lists(paths, unique=True, max_size=4),
        "presentation": shown.map(lambda page: page.digest),
        "proposal": shown.flatmap(proposals),
        "request": requests(catalogue),
        "resource": st.sampled_from(tuple(catalogue.resources)),
    }
