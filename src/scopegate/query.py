"""`Query` and `Condition`: what a caller wants of one resource."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne

from attrs import field, frozen

from ._types import texts
from .errors import PathError
from .field import parse_path


class Comparison(StrEnum):
    """How a condition compares a field with its value."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    ONE_OF = "in"


_COMPARE: Mapping[Comparison, Callable[[object, object], object]] = {
    Comparison.EQUAL: eq,
    Comparison.UNEQUAL: ne,
    Comparison.LESS: lt,  # type: ignore[dict-item]  # values that do not compare are caught in `holds`
    Comparison.AT_MOST: le,  # type: ignore[dict-item]  # as above
    Comparison.MORE: gt,  # type: ignore[dict-item]  # as above
    Comparison.AT_LEAST: ge,  # type: ignore[dict-item]  # as above
    Comparison.ONE_OF: lambda found, wanted: found in wanted,  # type: ignore[operator]  # a tuple, see Condition
}


def _several(value: object) -> tuple[object, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        message = "`in` compares with several values; pass a list of them"
        raise TypeError(message)
    return tuple(value)


@frozen
class Condition:
    """One comparison that a record must meet.

    It is decided on what is released: a missing, null or withheld value meets
    no condition, and a field in a list meets it when any element does.

    Attributes:
        path: The full path of the field, `student.year_code`.
        comparison: One of `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`.
        value: What to compare with; for `in` several values. Never shown.

    Raises:
        PathError: The path is malformed.
        TypeError: `in` is given one value, or a text.
    """

    path: str
    comparison: Comparison = field(converter=Comparison)
    value: object = field(repr=False)

    def __attrs_post_init__(self) -> None:
        parse_path(self.path)
        if self.comparison is Comparison.ONE_OF:
            object.__setattr__(self, "value", _several(self.value))

    def holds(self, record: object) -> bool:
        """Tell whether a released record meets this condition."""
        found = _values(record, _names(self.path))
        return any(self._meets(value) for value in found if value is not None)

    def _meets(self, found: object) -> bool:
        try:
            return bool(_COMPARE[self.comparison](found, self.value))
        except (TypeError, ArithmeticError):  # what does not compare does not hold
            return False


@lru_cache(maxsize=1_024)
def _names(path: str) -> tuple[str, ...]:
    """Return the names below the resource, parsed once and not for every record."""
    return tuple(step.name for step in parse_path(path)[1])


def _values(record: object, names: tuple[str, ...]) -> Iterator[object]:
    """Yield what stands at *names* below a released record, through every list."""
    if isinstance(record, list):
        for element in record:
            yield from _values(element, names)
    elif not names:
        yield record
    elif isinstance(record, dict) and names[0] in record:
        yield from _values(record[names[0]], names[1:])


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(given)


@frozen
class Query:
    """What a caller wants of one resource: which records, in which order, how many.

    Attributes:
        resource: The resource to read.
        where: Conditions that must all hold.
        order_by: Full paths to sort by, the first first. Records that lack the
            value come last. Sorting holds the released records in memory.
        limit: The most records to give, or None for all.

    Raises:
        PathError: A path is malformed, or is of another resource.
        ValueError: The limit is below zero.
    """

    resource: str
    where: tuple[Condition, ...] = field(converter=_conditions, default=())
    order_by: tuple[str, ...] = field(converter=texts, default=())
    limit: int | None = None

    def __attrs_post_init__(self) -> None:
        for path in self.fields:
            if parse_path(path)[0] != self.resource:
                raise PathError(path, f"is no field of `{self.resource}`")
        if self.limit is not None and self.limit < 0:
            message = f"a limit is at least 0, not {self.limit}"
            raise ValueError(message)

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field the query uses, each of which must be permitted."""
        return (*(condition.path for condition in self.where), *self.order_by)

    def admits(self, record: object) -> bool:
        """Tell whether a released record meets every condition."""
        return all(condition.holds(record) for condition in self.where)

    def arrange(
        self, records: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        """Yield released *records* that meet the conditions, in order, up to the limit."""
        chosen: Iterable[dict[str, object]] = filter(self.admits, records)
        if self.order_by:
            chosen = sorted(chosen, key=self._rank)
        left = self.limit
        if left == 0:
            return
        for record in chosen:
            yield record
            if left is not None:
                left -= 1
                if left == 0:
                    return

    def _rank(self, record: dict[str, object]) -> tuple[tuple[int, str, object], ...]:
        return tuple(_place(record, path) for path in self.order_by)


def _place(record: dict[str, object], path: str) -> tuple[int, str, object]:
    """Return a sort key that compares any two plain values without an error."""
    found = [v for v in _values(record, _names(path)) if v is not None]
    if not found:
        return (2, "", "")
    first = found[0]
    if isinstance(first, bool | int | float):
        return (0, "", first)
    if isinstance(first, Decimal) and first.is_nan():
        first = Decimal("Infinity")  # which compares, and sorts after every other
    zoned = getattr(first, "tzinfo", None) is not None
    return (1, f"{type(first).__name__} {zoned}", first)
