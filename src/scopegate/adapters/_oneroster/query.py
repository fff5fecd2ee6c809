"""What of a query a OneRoster server may be asked: `filter`, `sort` and `fields`.

Servers differ in case, order, quotes and dates. A condition is sent only where
none of that can leave out a record that meets it:

- `=` and `in` on a text or a date outside lists and objects: whatever else a server
  takes to be equal, the same value is equal.
- `<`, `<=`, `>` and `>=` on a date, and the equal one always goes along: a date
  with a time may be the same day to a server, and later here. Not on texts, which
  servers sort by the rules of some language.
- Neither `!=`, by which a server that folds case leaves out what differs by case
  alone, nor anything on a list, which a server may take as a whole.
- Values of plain letters, digits and a few signs: since no one says how a quote is
  written inside a value, and some servers read other letters wrongly.

A filter joins two comparisons at most. The gate decides whatever is not sent.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ...catalogue.field import Field, Kind, parse_path
from ...catalogue.resource import Resource
from ...records.condition import Comparison, Condition
from ..base import Fetch
from .filter import Filter, Term, to_text

_SAFE = re.compile(r"[\w.@:-]+(?: [\w.@:-]+)*", re.ASCII)
_JOINS = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 200

_EQUAL = frozenset({Comparison.EQUAL, Comparison.ONE_OF})
_RANGE: Mapping[Comparison, str] = {
    Comparison.LESS: "<=",
    Comparison.AT_MOST: "<=",
    Comparison.MORE: ">=",
    Comparison.AT_LEAST: ">=",
}
_COMPARISONS: Mapping[Kind, frozenset[Comparison]] = {
    Kind.TEXT: _EQUAL,
    Kind.DATE: _EQUAL.union(_RANGE),
}
_SORTED = frozenset({Kind.TEXT, Kind.DATE, Kind.DATETIME})


def top_name(path: str) -> str:
    """Return the name of the top level that a full path starts with."""
    return parse_path(path)[1][0].name


def _plain(resource: Resource, known: frozenset[str]) -> Iterator[Field]:
    return (one for one in resource.fields if one.local in known)


def conditions(
    resource: Resource, known: frozenset[str]
) -> dict[str, frozenset[Comparison]]:
    """Return the comparisons that a server may decide, by path.

    Args:
        resource: The resource.
        known: The names of its fields that the server publishes.
    """
    return {
        one.path: _COMPARISONS[one.kind]
        for one in _plain(resource, known)
        if one.kind in _COMPARISONS
    }


def sortable(resource: Resource, known: frozenset[str]) -> frozenset[str]:
    """Return the paths of the texts, dates and moments outside lists and objects."""
    return frozenset(o.path for o in _plain(resource, known) if o.kind in _SORTED)


def filter_of(wanted: Fetch) -> str | None:
    """Return the filter that asks for what is wanted and can be asked, or None."""
    sent = _terms(wanted)
    if sent:
        return to_text(Filter(sent))
    for condition, values in _asked(wanted):
        if len(values) == 2:
            either = [Term(top_name(condition.path), "=", value) for value in values]
            return to_text(Filter(either, is_either=True))
    return None


def live_filter_of(wanted: Fetch) -> str | None:
    """Return the filter that asks for those of `filter_of` that are `active`, or None.

    None where a filter cannot say it: it joins two comparisons at most.
    """
    sent = _terms(wanted)
    if len(sent) > 1 or (not sent and filter_of(wanted) is not None):
        return None
    return to_text(Filter([*sent, Term("status", "=", "active")]))


def _terms(wanted: Fetch) -> list[Term]:
    """Return the comparisons that are asked for, and must all hold."""
    changed = wanted.changed_since
    sent = [] if changed is None else [Term("dateLastModified", ">", _moment(changed))]
    for condition, values in _asked(wanted):
        if len(values) == 1 and len(sent) < 2:
            predicate = _RANGE.get(condition.comparison, "=")
            sent.append(Term(top_name(condition.path), predicate, values[0]))
    return sent


def _asked(wanted: Fetch) -> list[tuple[Condition, list[str]]]:
    """Return the conditions, each with the values that may be sent."""
    dates = {one.path for one in wanted.resource.fields if one.kind is Kind.DATE}
    return [(one, _values(one, is_date=one.path in dates)) for one in wanted.where]


def _values(condition: Condition, *, is_date: bool) -> list[str]:
    values = dict.fromkeys(condition.values)
    sent = [v for v in values if isinstance(v, str) and is_safe(v)]
    if is_date:
        sent = [value for value in sent if _DATE.fullmatch(value)]
    return sent if len(sent) == len(values) else []


def is_safe(value: str) -> bool:
    """Tell whether every server reads a value in a filter as it is meant."""
    is_plain = len(value) <= _LONGEST and _SAFE.fullmatch(value) is not None
    return is_plain and not _JOINS.search(value)


def _moment(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
