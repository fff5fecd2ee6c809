"""The records that the laws of adapters are tried on, made of a `Shape`."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from functools import cached_property
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from ...catalogue.field import Field, Kind, Step, local_steps
from ..strategies import SCHOOL, tree_of
from .shape import Part, Shape

Row = dict[str, Any]
"""A record in the catalogue's shape."""

_TEXTS = (
    "a", "A", "é", "e\u0301", "10", "9", "", " a", "\uff5e", "\U0001d4b3", "b", "B", "z",
    "Z", "É", "ß", "ss", "a ", "i", "I", "ı", "null", "a,b", "it's",
)  # fmt: skip
"""Texts that some language or machine sorts or compares differently."""

_VALUES: Mapping[Kind, Sequence[object]] = {
    Kind.TEXT: _TEXTS,
    Kind.INTEGER: (0, 1, -1, 2, 9, 10, 11, 100, -7, 2**31),
    Kind.NUMBER: (0.5, -0.5, 0, 1, 2.25, 10, 9.75, 1e10),
    Kind.BOOLEAN: (True, False),
    Kind.DATE: tuple(
        date(*day)
        for day in [(2014, 2, 11), (2013, 12, 31), (2000, 2, 29), (1999, 1, 1)]
    ),
    Kind.TIME: ("08:45:00", "15:30:00", "00:00:00"),
    Kind.DATETIME: ("2026-09-01T08:45:00Z", "2025-12-31T23:59:59Z"),
    Kind.BINARY: ("AA==", "/+8="),
}

GONE = object()
"""The mark for a key that is not there."""

_AS_IT_IS = object()
"""The mark for what a sound record has."""


def put(record: Row, steps: Sequence[Step], value: object, *, first: int = 0) -> Row:
    """Put *value*, or nothing for GONE, at *steps* of a record, and return it.

    In a list it is put into every element from the *first* on. Where a list or an
    object on the way is not there nothing is done.
    """
    step, below = steps[0], steps[1:]
    if not below:
        if value is GONE:
            record.pop(step.name, None)
        else:
            record[step.name] = deepcopy(value)
        return record
    found = record.get(step.name)
    for part in found[first:] if isinstance(found, list) else [found]:
        if isinstance(part, dict):
            put(part, below, value, first=first)
    return record


@frozen
class Rows:
    """Makes records; number *n* is always the same, and no two have the same key.

    Attributes:
        shape: What they may be.
    """

    shape: Shape

    def one(self, n: int) -> Row:
        """Return a sound record: everything is there and as it is declared."""
        return self._object(self._tree, self.shape.resource, n)

    def several(self, count: int) -> list[Row]:
        """Return the first sound records."""
        return [self.one(n) for n in range(count)]

    def of_school(self, row: Row, school: str) -> Row:
        """Return *row* as one that says that it is of *school*."""
        home = self.shape.home
        assert home.school is not None
        path = f"{home.name}.{home.school}"
        return put(row, local_steps(home.school), self._named(path, school))

    def around(self, leaf: Field) -> list[Row]:
        """Return records that have every possible value at *leaf*, some twice."""
        if leaf.local in self.shape.needed:
            return self.several(12)
        options = self.options(leaf)
        rows = [
            put(self.one(n), leaf.steps, option)
            for n, option in enumerate([*options, *options[:3]])
        ]
        if len(leaf.steps) > 1 and leaf.is_listed:  # equal values show too little
            for row, option in zip(rows, options[1:], strict=False):
                put(row, leaf.steps, option, first=1)
        return rows

    def varied(self) -> list[Row]:
        """Return records that have every possible value in every place."""
        spots = [
            (steps, option) for steps, options in self._spots for option in options
        ]
        return [put(self.one(n), *spot) for n, spot in enumerate(spots)]

    def drawn(self, most: int = 5) -> st.SearchStrategy[list[Row]]:
        """Return any records, as many as *most*."""
        choices = [st.sampled_from([_AS_IT_IS, *options]) for _, options in self._spots]
        return st.lists(st.tuples(*choices), max_size=most).map(self._made)

    def altered(self, rows: list[Row], kept: Iterable[str], seed: int) -> list[Row]:
        """Return *rows* with something else wherever *kept*, full paths, has nothing."""
        start = self.shape.resource
        spots = [
            (steps, [*options, *self._malformed])
            for steps, options in self._spots
            if not _is_kept(f"{start}.{'.'.join(map(str, steps))}", kept)
        ]
        for n, row in enumerate(rows):
            for m, (steps, options) in enumerate(spots):
                put(row, steps, options[(n * seed + m + seed) % len(options)])
        return rows

    def values(self, leaf: Field) -> tuple[object, ...]:
        """Return the possible values of a field, or of an element if it is a list."""
        return self._values[leaf.path]

    def options(self, leaf: Field) -> list[object]:
        """Return the options for a field: values, null, nothing, lists of them."""
        values: list[object] = list(self.values(leaf))
        if leaf.steps[-1].is_list:
            nulls = [[None], [values[0], None]] if self.shape.has(Part.NULL) else []
            values = [[], *([value] for value in values), values[:2], *nulls]
        return [*values, *self.absences(leaf.steps[-1])]

    def absences(self, step: Step, *, is_branch: bool = False) -> list[object]:
        """Return the ways to have no value: null, no key, as far as they are held."""
        part = Part.NULL_OBJECTS if is_branch or step.is_list else Part.NULL
        null = [None] if self.shape.has(part) else []
        return [*null, *([GONE] if self.shape.has(Part.MISSING) else [])]

    @cached_property
    def _malformed(self) -> list[object]:
        odd: list[object] = [{"a": ["hidden"]}, ["hidden"], "hidden"]
        return odd if self.shape.has(Part.MALFORMED) else []

    def held(self, value: object) -> object:
        """Return *value* as the interface holds it."""
        if isinstance(value, bool):
            return value if self.shape.has(Part.BOOLEANS) else str(value).lower()
        if isinstance(value, date):
            return value if self.shape.dates is date else value.isoformat()
        if isinstance(value, int | float) and not self.shape.has(Part.NUMBERS):
            return str(value)
        return value

    def _is_held(self, value: object) -> bool:
        is_padded = isinstance(value, str) and value != value.strip()
        return (value != "" or self.shape.has(Part.EMPTY)) and (
            not is_padded or self.shape.has(Part.SPACES)
        )

    @cached_property
    def _values(self) -> dict[str, tuple[object, ...]]:
        return {leaf.path: self._values_of(leaf) for leaf in self.shape.leaves}

    def _values_of(self, leaf: Field) -> tuple[object, ...]:
        given = self.shape.values.get(leaf.path)
        if given is not None:
            return tuple(given)
        known = (*self._ruled.get(leaf.path, ()), *_VALUES[leaf.kind])
        return tuple(map(self.held, filter(self._is_held, known)))

    @cached_property
    def _places(self) -> dict[str, tuple[int, Field]]:
        return {leaf.path: (n, leaf) for n, leaf in enumerate(self.shape.leaves)}

    @cached_property
    def _tree(self) -> Any:
        return tree_of(tuple(map(str, leaf.steps)) for leaf in self.shape.leaves)

    @cached_property
    def _ruled(self) -> dict[str, list[object]]:
        """What the row rules of the catalogue compare with, by full path."""
        rules = (
            r for r in self.shape.catalogue.rows if r.resource == self.shape.resource
        )
        found: dict[str, list[object]] = {}
        for rule in rules:
            for path, values in zip(rule.reads, rule.where.values(), strict=True):
                found.setdefault(path, []).extend(values)
        return found

    @cached_property
    def _spots(self) -> list[tuple[tuple[Step, ...], list[object]]]:
        """Every place that may differ from a sound record."""
        free = [
            leaf for leaf in self.shape.leaves if leaf.local not in self.shape.needed
        ]
        leaves = [(leaf.steps, self.options(leaf)) for leaf in free]
        return [*leaves, *self._branches(free)]

    def _branches(
        self, free: Iterable[Field]
    ) -> list[tuple[tuple[Step, ...], list[object]]]:
        """Return the objects and lists of objects, with what may be there instead."""
        kept = {steps[:size] for steps in self._needed for size in range(len(steps))}
        found = {
            leaf.steps[:size] for leaf in free for size in range(1, len(leaf.steps))
        }
        return [
            (steps, options)
            for steps in sorted(found, key=lambda steps: tuple(map(str, steps)))
            if steps not in kept and (options := self._empty(steps[-1]))
        ]

    @cached_property
    def _needed(self) -> list[tuple[Step, ...]]:
        return [local_steps(path) for path in self.shape.needed]

    def _empty(self, step: Step) -> list[object]:
        """Return the substitutes for an object, or for a list of objects."""
        blank: list[object] = [{}] if self.shape.has(Part.MISSING) else []
        if step.is_list:
            null = [None] if self.shape.has(Part.NULL_OBJECTS) else []
            blank = [[], *([one] for one in [*blank, *null])]
        return [*blank, *self.absences(step, is_branch=True)]

    def _made(self, drawn: Sequence[Sequence[object]]) -> list[Row]:
        rows = []
        for n, chosen in enumerate(drawn):
            row = self.one(n)
            for (steps, _), option in zip(self._spots, chosen, strict=True):
                if option is not _AS_IT_IS:
                    put(row, steps, option)
            rows.append(row)
        return rows

    def _object(self, tree: Mapping[str, Any], path: str, n: int) -> Row:
        return {
            name.removesuffix("[]"): self._at(below, f"{path}.{name}", n)
            for name, below in tree.items()
        }

    def _at(self, below: Any, path: str, n: int) -> object:
        if path.endswith("[]"):
            return [self._one(below, path, n + k) for k in range(1 + n % 2)]
        return self._one(below, path, n)

    def _one(self, below: Any, path: str, n: int) -> object:
        if below is not True:
            return self._object(below, path, n)
        place, leaf = self._places[path]
        if leaf.local == self.shape.home.key:
            return self._key(leaf, n)
        if leaf.local == self.shape.home.school:
            return self._named(path, SCHOOL)
        values = self.values(leaf)
        return values[(n + place) % len(values)]

    def _named(self, path: str, school: str) -> object:
        is_number = self._places[path][1].kind is Kind.INTEGER
        return self.held(int(school)) if is_number else school

    def _key(self, leaf: Field, n: int) -> object:
        given = self.shape.values.get(leaf.path)
        if given is not None:
            return given[n]
        is_number = leaf.kind in {Kind.INTEGER, Kind.NUMBER}
        return self.held(FIRST_KEY + n) if is_number else f"key-{FIRST_KEY + n}"


FIRST_KEY = 7_391_801
"""The key of the first record; of so many digits that it is not found by chance."""


def _is_kept(place: str, kept: Iterable[str]) -> bool:
    """Tell whether one of the paths *kept* is at *place*, or below it."""
    return any(path == place or path.startswith(f"{place}.") for path in kept)
