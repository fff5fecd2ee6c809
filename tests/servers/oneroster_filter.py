"""OneRoster's filters: `field predicate 'value'`, joined by AND and OR.

A quote in a value is doubled. What joins is taken from left to right, so that
AND binds no closer than OR. A field may be a path with dots, which goes into
lists too. `=` on a list is about all of it, its values joined by commas; `~` is
about any one. What is missing differs from every value and equals none. Two
whole numbers compare as numbers, all else as text.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CLAUSE = re.compile(r"\s*([\w.]+)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
JOIN = re.compile(r"(AND|OR)(?=\s)")
ORDER = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class FilterError(ValueError):
    """A filter does not follow the grammar."""


@dataclass(frozen=True)
class Filter:
    """What a filter says: clauses, and for each but the first what joins it."""

    clauses: tuple[tuple[str, str, str], ...]
    joins: tuple[str, ...]
    fold_case: bool

    @property
    def fields(self) -> set[str]:
        """The first step of every path that is named."""
        return {path.partition(".")[0] for path, _, _ in self.clauses}

    def __call__(self, record: Mapping) -> bool:
        """Tell whether a record meets it."""
        met = [self._meets(record, *clause) for clause in self.clauses]
        result = met[0]
        for join, one in zip(self.joins, met[1:], strict=True):
            result = result and one if join == "AND" else result or one
        return result

    def _meets(self, record: Mapping, path: str, predicate: str, value: str) -> bool:
        held = [self._text(v) for v in _values(record, path.split("."))]
        value = self._text(value)
        if predicate in "=!=":
            same = bool(held) and ",".join(held) == value
            return same if predicate == "=" else not same
        if predicate == "~":
            return any(value in one for one in held)
        return any(ORDER[predicate](*_numbers(one, value)) for one in held)

    def _text(self, value: object) -> str:
        text = _text(value)
        return text.casefold() if self.fold_case else text


def parse(text: str, *, fold_case: bool = False) -> Filter:
    """Return a filter, or raise `FilterError`."""
    clauses, joins, place = [], [], 0
    while True:
        clause = CLAUSE.match(text, place)
        if clause is None:
            raise FilterError("filter: expected field, predicate and quoted value")
        path, predicate, value = clause.groups()
        clauses.append((path, predicate, value.replace("''", "'")))
        place = clause.end()
        if place == len(text):
            return Filter(tuple(clauses), tuple(joins), fold_case)
        join = JOIN.match(text, place)
        if join is None:
            raise FilterError("filter: expected AND or OR")
        joins.append(join[1])
        place = join.end()


def sort_key(path: str) -> Callable[[Mapping], tuple]:
    """Return a key to sort by a field: as text, what is missing last."""

    def key(record: Mapping) -> tuple:
        held = [_text(value) for value in _values(record, path.split("."))]
        return (not held, held)

    return key


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(value: object, path: list[str]) -> list[object]:
    """Return what a path leads to, each value of a list on its own, no nulls."""
    if isinstance(value, list):
        return [found for one in value for found in _values(one, path)]
    if not path:
        return [] if value is None else [value]
    inside = value.get(path[0]) if isinstance(value, Mapping) else None
    return _values(inside, path[1:]) if inside is not None else []


def _numbers(one: str, other: str) -> tuple:
    both = one.removeprefix("-"), other.removeprefix("-")
    if all(text.isascii() and text.isdigit() for text in both):
        return int(one), int(other)
    return one, other
