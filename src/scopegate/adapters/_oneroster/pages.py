"""Pages of a OneRoster collection: which comes next, and what errors mean."""

from collections.abc import Iterator, Mapping

from ..._wire.body_path import peek
from .._http.page_cursor import PageCursor
from ..steps import Answer, Pairs
from .interface import TOTAL, Param

FIRST: Pairs = ((Param.OFFSET, "0"),)
"""The query for the first page."""

_LACKS = "the MIS does not have a field of its version; name it in `lacks`"
_MEANINGS: Mapping[str, str] = {
    "invalid_filter_field": "the MIS does not filter by a field asked for; give"
    " `filters_by` without it",
    "invalid_selection_field": _LACKS,
    "invalid_blank_selection_field": _LACKS,
    "invalid_sort_field": "the MIS does not sort by the field asked for; leave out"
    " `sorts_by_code_point`",
    "server_busy": "the MIS is busy; try again later",
}
"""What codes of status information mean, where they say more than the status."""


def next_turn(cursor: PageCursor, answer: Answer, count: int) -> Pairs | None:
    """Return the query for the page after one of *count* records, or None.

    A server may give smaller pages than asked for. So where no total is given, the last
    page is one that is shorter than the one before it, or empty.
    """
    total, offset = answer.number(TOTAL), cursor.count + count
    is_end = count < cursor.last if total is None else offset >= total
    return None if count == 0 or is_end else ((Param.OFFSET, str(offset)),)


def explain(answer: Answer) -> str | None:
    """Return the meaning of an error by its status codes; its text is not shown."""
    known = (_MEANINGS.get(code) for code in _codes(peek(answer)))
    return next(filter(None, known), None)


def _codes(found: object) -> Iterator[str]:
    """Yield the minor codes in status information, wherever a version puts them."""
    left = [found]
    while left:
        here = left.pop()
        if isinstance(here, list):
            left.extend(here)
        elif isinstance(here, dict):
            left.extend(here.values())
            minor = (v for name, v in here.items() if "codeminor" in name.lower())
            yield from (value for value in minor if isinstance(value, str))
