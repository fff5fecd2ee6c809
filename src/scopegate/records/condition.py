"""`Condition`: one comparison that a released record must meet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from attrs import field, frozen

from ..arguments import checked
from ..catalogue.field import parse_path
from .untrusted import PLAIN, is_nan


class Comparison(StrEnum):
    """How a condition compares a field with its value."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    ONE_OF = "in"


COMPARE: Mapping[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.EQUAL: eq,
    Comparison.UNEQUAL: ne,
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.MORE: gt,
    Comparison.AT_LEAST: ge,
    Comparison.ONE_OF: lambda found, wanted: found in wanted,
}
"""How each compares what was found with what is wanted, where the two compare."""


def _several(value: object) -> tuple[object, ...]:
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        message = "`in` compares with several values; pass a list of them"
        raise TypeError(message)
    return tuple(value)


def canonical(value: object) -> object:
    """Return a plain value; an instant in UTC, where it is one."""
    if isinstance(value, datetime) and value.utcoffset() is not None:
        with suppress(OverflowError):  # in the year 10000, or in none
            return value.astimezone(UTC)
    return value


def comparable(value: object) -> object:
    """Return a plain value; of an instant, how long after 1970 it is.

    Python compares two instants of one zone by what a clock there shows.
    """
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value - _EPOCH
    return value


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _check_plain(value: object) -> None:
    if not isinstance(value, PLAIN):
        message = (
            f"a condition compares with a plain value, not with `{type(value).__name__}`"
            "; give a text, a number, a date or None, and `in` a list of them"
        )
        raise TypeError(message)
    if is_nan(value):
        message = (
            "a condition compares with a number, not with NaN, which equals nothing"
        )
        raise ValueError(message)


@checked
@frozen
class Condition:
    """One comparison that a record must meet.

    It is decided on what is released: a missing, null or withheld value meets
    no condition, and a field in a list meets it when any element does. Instants are
    compared as such, whatever zones they are in.

    Attributes:
        path: The full path of the field, `student.year_code`.
        comparison: One of `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`.
        value: What to compare with; for `in` several values. An instant is kept in
            UTC. Never shown.

    Raises:
        PathError: The path is malformed.
        TypeError: `in` is given one value, or a text; or a value is not plain.
        ValueError: A value is not a number (NaN), which equals nothing.
    """

    path: str
    comparison: Comparison = field(converter=Comparison)
    value: object = field(repr=False)

    def __attrs_post_init__(self) -> None:
        parse_path(self.path)
        is_several = self.comparison is Comparison.ONE_OF
        values = _several(self.value) if is_several else (self.value,)
        for each in values:
            _check_plain(each)
        kept = tuple(map(canonical, values))
        object.__setattr__(self, "value", kept if is_several else kept[0])

    @property
    def values(self) -> tuple[object, ...]:
        """What it compares with: the values of `in`, or its one value."""
        is_several = self.comparison is Comparison.ONE_OF
        return tuple(self.value) if is_several else (self.value,)  # type: ignore[arg-type]  # a tuple, see above

    @cached_property
    def _wanted(self) -> object:
        values = tuple(map(comparable, self.values))
        return values if self.comparison is Comparison.ONE_OF else values[0]

    def holds(self, record: object) -> bool:
        """Tell whether a released record meets this condition."""
        found = values_at(record, names_of(self.path))
        return any(self._meets(value) for value in found if value is not None)

    def _meets(self, found: object) -> bool:
        try:
            return bool(COMPARE[self.comparison](comparable(found), self._wanted))
        except (TypeError, ArithmeticError):  # what does not compare does not hold
            return False


@lru_cache(maxsize=1_024)
def names_of(path: str) -> tuple[str, ...]:
    """Return the names below the resource, parsed once and not for every record."""
    return tuple(step.name for step in parse_path(path)[1])


def values_at(record: object, names: tuple[str, ...]) -> Iterator[object]:
    """Yield the values at *names* below a released record, through every list."""
    if isinstance(record, list):
        for element in record:
            yield from values_at(element, names)
    elif not names:
        yield record
    elif isinstance(record, dict) and names[0] in record:
        yield from values_at(record[names[0]], names[1:])


def conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return *given* as a tuple; for attributes that hold conditions."""
    return tuple(given)
