"""`Query`: what a caller wants of one resource; which records, in which order."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from decimal import Decimal
from heapq import nsmallest
from itertools import islice
from math import inf, nan

from attrs import field, frozen
from attrs.converters import optional

from .._base.values import aware, texts
from ..arguments import checked
from ..catalogue.field import parse_path
from ..errors import PathError
from .condition import (
    Condition,
    canonical,
    comparable,
    conditions,
    names_of,
    values_at,
)
from .untrusted import is_nan

_NO_SIGN = (
    "starts with a sign, and records are sorted upwards only; turn what was read round"
)

Rank = tuple[tuple[int, str, object], ...]
"""Where a record is sorted: for each path what kind of value it has, and the value."""


def _place_values(given: str | Iterable[object] | None) -> tuple[object, ...] | None:
    """Return the values of a cursor, one text as one; NaN as what it sorts with.

    An instant is in UTC.
    """
    if given is None:
        return None
    values = [given] if isinstance(given, str | bytes) else given
    return tuple(canonical(_sortable(value)) for value in values)


@checked
@frozen
class Query:
    """What a caller wants of one resource: which records, in which order, how many.

    Every field it names in any part must be permitted, or it is refused before
    the MIS is asked: what must not be seen must not be guessed either.

    Attributes:
        resource: The resource to read.
        where: Conditions that must all hold.
        order_by: Full paths to sort by, the most important first. Records that lack the
            value come last. Where the MIS does not sort, the gate does, holding
            the released records, or with a limit no more than that many.
        limit: The most records to give, or None for all.
        select: Full paths of the fields wanted, or of branches, for all that may flow
            below them. Empty: all that may flow.
        after: Only records that sort after these values of `order_by`, which
            are those of the last record of the page before; one for each path.
            A cursor that holds nothing but what was released. Sort by a key
            last: records with equal values of `order_by` would be lost. Never
            shown.
        group_by: Full paths outside lists to count by; see `Access.count_by`.
        search: A text to look for, where the MIS interface searches. Never shown.
        changed_since: Only records that the MIS says have changed since this
            aware instant, where the interface knows.

    Raises:
        PathError: A path is malformed, or is of another resource, or groups by
            what is in a list.
        ValueError: The limit is below zero, `after` has another length than
            `order_by` or there is no order, or an instant is not aware.
    """

    resource: str
    where: tuple[Condition, ...] = field(converter=conditions, default=())
    order_by: tuple[str, ...] = field(converter=texts, default=())
    limit: int | None = None
    select: tuple[str, ...] = field(converter=texts, default=(), kw_only=True)
    after: tuple[object, ...] | None = field(
        converter=_place_values, default=None, kw_only=True, repr=False
    )
    group_by: tuple[str, ...] = field(converter=texts, default=(), kw_only=True)
    search: str | None = field(default=None, kw_only=True, repr=False)
    changed_since: datetime | None = field(
        converter=optional(aware), default=None, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        for path in (*self.fields, *self.select):
            if path[:1] in {"-", "+"}:
                raise PathError(path, _NO_SIGN)
            if parse_path(path)[0] != self.resource:
                raise PathError(path, f"is not a field of `{self.resource}`")
        for path in self.group_by:
            if any(step.is_list for step in parse_path(path)[1]):
                raise PathError(path, "is in a list, and a record counts only once")
        if self.limit is not None and self.limit < 0:
            message = f"a limit is at least 0, not {self.limit}"
            raise ValueError(message)
        if self.after is not None and not 0 < len(self.after) == len(self.order_by):
            message = "`after` has one value for each path of `order_by`; give as many"
            raise ValueError(message)

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field by which records are chosen, sorted or grouped.

        Each must be permitted; so must those of `select`, which may be branches.
        """
        conditions = (condition.path for condition in self.where)
        return (*conditions, *self.order_by, *self.group_by)

    @property
    def chooses(self) -> bool:
        """Whether it leaves out records that are there."""
        asked = (self.after, self.limit, self.search, self.changed_since)
        return bool(self.where) or any(part is not None for part in asked)

    def admits(self, record: object) -> bool:
        """Tell whether a released record meets every condition."""
        return all(condition.holds(record) for condition in self.where)

    def passes(self, record: object) -> bool:
        """Tell whether a released record meets every condition and comes after."""
        if not self.admits(record):
            return False
        return self.after is None or self.rank(record) > self._last_rank()

    def arrange(
        self, records: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        """Yield released *records* that are wanted, in order, up to the limit."""
        if self.limit == 0:
            return
        chosen = filter(self.passes, records)
        if not self.order_by:
            yield from islice(chosen, self.limit)
        elif self.limit is None:
            yield from sorted(chosen, key=self.rank)
        else:
            yield from nsmallest(self.limit, chosen, key=self.rank)

    def rank(self, record: object) -> Rank:
        """Return the place of a released record in the order; any two compare."""
        return tuple(_place_of(record, path) for path in self.order_by)

    def group(self, record: object) -> tuple[object, ...]:
        """Return the values a released record is counted under; None where missing."""
        found = (values_at(record, names_of(path)) for path in self.group_by)
        return tuple(_countable(next(values, None)) for values in found)

    def _last_rank(self) -> Rank:
        return tuple(map(_place, self.after or ()))


def _place_of(record: object, path: str) -> tuple[int, str, object]:
    found = (v for v in values_at(record, names_of(path)) if v is not None)
    return _place(next(found, None))


def _place(value: object) -> tuple[int, str, object]:
    """Return a sort key that compares any two plain values without an error."""
    if value is None:
        return (2, "", "")
    value = _sortable(value)
    if isinstance(value, bool | int | float):
        return (0, "", value)
    # A time of day in a zone that has summers is nowhere: Python takes it for naive.
    zoned = isinstance(value, datetime | time) and value.utcoffset() is not None
    kind = f"{type(value).__name__} {zoned}"
    return (1, kind, comparable(value))


def _sortable(value: object) -> object:
    """Return *value*; for what is not a number, what sorts after every other."""
    if not is_nan(value):
        return value
    return inf if isinstance(value, float) else Decimal("inf")


def _countable(value: object) -> object:
    """Return *value*, so that equal ones are one: an instant in UTC, no number as NaN."""
    return nan if is_nan(value) else canonical(value)
