"""Pairs of records that must look the same: what non-interference is about.

A pair agrees on everything released, and on what decides whether it is: values at
permitted places, and whether something there is null, missing or malformed. In
everything else the two may differ, and somewhere they do.
"""

from collections.abc import Container, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from ...policy.permit import Permit
from ...records.untrusted import is_plain, is_record
from .arguments import checked, drawn_or
from .catalogues import Draw, Tree, json_values, records as records_with, tree_of

Pair = tuple[dict[Any, Any], dict[Any, Any]]
"""Two records that agree on what is released."""

_MALFORMED: Mapping[str, tuple[object, ...]] = {
    "leaf": ({"x": "hidden"}, ["hidden"], [["hidden"]], ("hidden",), {"hidden"}),
    "object": (["hidden"], ("hidden",), {"hidden"}, "hidden", 7),
    "list": ({"x": "hidden"}, {"hidden"}, "hidden", 7),
}
_CHANCE = st.integers(0, 3)


def agreeing_pairs(
    permit: Permit,
    resource: str,
    *,
    records: st.SearchStrategy[dict[Any, Any]] | None = None,
) -> st.SearchStrategy[Pair]:
    """Return pairs of records that agree on what *permit* releases, and differ.

    Args:
        permit: What may flow.
        resource: The resource the records are of.
        records: The first of each pair, in which objects are dicts; by default
            mostly sound ones.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
    """
    checked("permit", permit, Permit)
    declared = permit.catalogue.resource(resource).fields
    first = drawn_or("records", records, records_with(declared))
    return first.flatmap(lambda record: _pairs(permit, resource, record))


def counterparts(
    permit: Permit, resource: str, record: dict[Any, Any]
) -> st.SearchStrategy[dict[Any, Any]]:
    """Return records that agree with *record* on what *permit* releases.

    Args:
        permit: What may flow.
        resource: The resource the record is of.
        record: A record, in which objects are dicts.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
        InvalidArgument: The record is not a dict.
    """
    checked("permit", permit, Permit)
    checked("record", record, dict)
    permit.catalogue.resource(resource)
    return _pairs(permit, resource, record).map(lambda pair: pair[1])


@st.composite
def _pairs(draw: Draw, permit: Permit, resource: str, record: dict[Any, Any]) -> Pair:
    fields = permit.catalogue.resource(resource).fields
    read = {*permit.fields_needed(resource), *permit.school_paths(resource)}
    whole = tree_of(tuple(map(str, leaf.steps)) for leaf in fields)
    kept = tree_of(tuple(map(str, leaf.steps)) for leaf in fields if leaf.path in read)
    other = _Changing(draw).record(kept, whole, record)
    if repr(other) == repr(record):
        other[draw(st.integers().filter(lambda name: name not in other))] = "hidden"
    return record, other


class _Changing:
    """Changes everything in a value except at the places that are kept.

    Trees of fields come in pairs: those kept, and all that are declared, so that
    what is withheld can differ too.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def record(self, kept: Tree, whole: Tree, found: dict[Any, Any]) -> dict[Any, Any]:
        """Return an object with the same at the names of *kept*, in another order."""
        names = {name.removesuffix("[]"): name for name in kept}
        same = {
            name: self._place(names[name], kept[names[name]], whole[names[name]], below)
            for name, below in found.items()
            if name in names
        }
        others = self._others([name.removesuffix("[]") for name in whole], names)
        return dict(self._draw(st.permutations([*others.items(), *same.items()])))

    def _others(self, declared: list[str], kept: Container[str]) -> dict[Any, Any]:
        """Return other values for what is withheld, and for names that nothing has."""
        found: dict[Any, Any] = {
            name: self._draw(json_values())
            for name in declared
            if name not in kept and self._draw(_CHANCE) > 1
        }
        unknown = [name for name in ("stray", "n", 1) if name not in declared]
        strays = st.dictionaries(st.sampled_from(unknown), json_values(), max_size=1)
        found.update(self._draw(strays))
        return found

    def _place(self, name: str, kept: Any, whole: Any, found: object) -> object:
        """Return a replacement for *found* under a name that is kept."""
        if not name.endswith("[]") or found is None:
            return self._value(kept, whole, found)
        if type(found) is list or type(found) is tuple:
            return [self._value(kept, whole, element) for element in found]
        return self._malformed("list")

    def _value(self, kept: Any, whole: Any, found: object) -> object:
        if found is None or (kept is True and is_plain(found)):
            return found
        if kept is not True and type(found) is dict:
            return self.record(kept, whole, found)
        if kept is not True and is_record(found):
            message = (
                f"a record holds a `{type(found).__name__}`; give dicts for objects"
            )
            raise InvalidArgument(message)
        return self._malformed("leaf" if kept is True else "object")

    def _malformed(self, declared: str) -> object:
        """Return something else that is not what is declared there."""
        found: object = self._draw(st.sampled_from(_MALFORMED[declared]))
        return found
