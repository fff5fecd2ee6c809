"""What of a query Assembly may be asked: the parts, and what narrows a list.

A list is narrowed only where that cannot leave out a record that meets a condition:

- by ids, `=` and `in`, since the list is narrowed to exactly that record;
- by year, `=`, where the code is a number written as the API writes it;
- by the day of an attendance mark, with a day to spare on either side, since a mark
  that is written in one time zone may be looked for in another.

Not by `academic_year_id`, `subject_code`, `teachers_only` or `date`, since the
description does not say that they go by the field of that name. The gate decides
whatever is not sent.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from email.utils import format_datetime

from ...catalogue.resource import Resource
from ...records.condition import Comparison, Condition
from .._http.moment import second_before
from ..base import Fetch
from ..steps import Pairs
from .interface import Narrowing, Place, Sort, parts_of

FIRST_DAY, LAST_DAY = "1900-01-01", "2999-12-31"
"""The dates to ask for where, without dates, only current records would be given."""

_EQUAL = frozenset({Comparison.EQUAL, Comparison.ONE_OF})
_RANGE = frozenset(Comparison) - {Comparison.UNEQUAL}
_SINCE = frozenset({Comparison.MORE, Comparison.AT_LEAST})
_UNTIL = frozenset({Comparison.LESS, Comparison.AT_MOST})
_LARGEST = 10**18
_YEAR = re.compile(r"[1-9]\d?", re.ASCII)
_DAY = re.compile(r"((?:19|2\d)\d\d-\d\d-\d\d)(?:[T ].*)?", re.ASCII)
_ONE_DAY = timedelta(days=1)


def conditions(place: Place, resource: Resource) -> dict[str, frozenset[Comparison]]:
    """Return the comparisons that Assembly may decide, by full path."""
    able = dict.fromkeys(place.narrowings, _EQUAL)
    if place.day is not None:
        able[place.day] = _RANGE
    return {
        leaf.path: able[leaf.local] for leaf in resource.fields if leaf.local in able
    }


def query(place: Place, wanted: Fetch) -> Pairs:
    """Return the query for a list, besides the page."""
    return (*chosen(place, wanted), *flags(wanted))


def chosen(place: Place, wanted: Fetch) -> Pairs:
    """Return the parameters that choose the records of a list."""
    narrowed = {} if place.is_by_student else _narrowed(place, wanted)
    return (*narrowed.items(), *_days(place, wanted))


def decides_all(place: Place, wanted: Fetch) -> bool:
    """Tell whether Assembly is asked to decide every condition on its own."""
    return len(_narrowed(place, wanted)) == len(wanted.where)


def students(place: Place, wanted: Fetch) -> list[str] | None:
    """Return the ids of the students whom a list is wanted of, in lots.

    None where the query does not say of whom.
    """
    for narrowing, condition in _pairs(place, wanted):
        ids = _values(narrowing, condition)
        if ids is not None:
            starts = range(0, len(ids), narrowing.most)
            return [" ".join(ids[n : n + narrowing.most]) for n in starts]
    return None


def headers(place: Place, wanted: Fetch) -> dict[str, str]:
    """Return the headers that ask only for changes, where those may be asked for."""
    changed = wanted.changed_since if place.tells_changes else None
    return {} if changed is None else {"if-modified-since": since(changed)}


def since(at: datetime) -> str:
    """Return an instant as the date of a header (RFC 9110 §5.6.7), a second early."""
    return format_datetime(second_before(at), usegmt=True)


def flags(wanted: Fetch) -> Pairs:
    """Return the flags that bring the parts in which something is wanted."""
    return tuple(
        (flag, "true")
        for flag, part in parts_of(wanted.resource).items()
        if any(f"{path}.".startswith(f"{part}.") for path in wanted.fields)
    )


def _pairs(place: Place, wanted: Fetch) -> Iterator[tuple[Narrowing, Condition]]:
    start = len(wanted.resource.name) + 1
    for condition in wanted.where:
        narrowing = place.narrowings.get(condition.path[start:])
        if narrowing is not None:
            yield narrowing, condition


def _narrowed(place: Place, wanted: Fetch) -> dict[str, str]:
    """Return the parameters that narrow a list; one condition per field is enough."""
    found: dict[str, str] = {}
    for narrowing, condition in _pairs(place, wanted):
        values = _values(narrowing, condition)
        if values is not None and 1 <= len(values) <= narrowing.most:
            found.setdefault(narrowing.param, " ".join(values))
    return found


def _values(narrowing: Narrowing, condition: Condition) -> list[str] | None:
    written = [_written(value, narrowing.sort) for value in condition.values]
    sent = [text for text in written if text is not None]
    return list(dict.fromkeys(sent)) if len(sent) == len(written) else None


def _written(value: object, sort: Sort) -> str | None:
    if sort is Sort.NUMBER:
        is_id = type(value) is int and 0 <= value < _LARGEST
        return str(value) if is_id else None
    return value if isinstance(value, str) and _YEAR.fullmatch(value) else None


def _days(place: Place, wanted: Fetch) -> Pairs:
    """Return the first and the last day to ask for, where they must be asked for."""
    if not place.is_of_now:
        return ()
    path, first, last = f"{wanted.resource.name}.{place.day}", FIRST_DAY, LAST_DAY
    for condition in (c for c in wanted.where if c.path == path):
        days = _read_days(condition.values)
        if days and condition.comparison not in _UNTIL:
            first = max(first, str(min(days) - _ONE_DAY))
        if days and condition.comparison not in _SINCE:
            last = min(last, str(max(days) + _ONE_DAY))
    return (("start_date", first), ("end_date", last))


def _read_days(values: Iterable[object]) -> list[date]:
    """Return the days that values name; none where one of them names none."""
    found = [_DAY.fullmatch(v) if isinstance(v, str) else None for v in values]
    try:
        days = [date.fromisoformat(day[1]) for day in found if day is not None]
    except ValueError:
        return []
    return days if len(days) == len(found) else []
