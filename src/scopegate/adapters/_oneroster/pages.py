"""Pages of a OneRoster collection: where a reading stands, and what errors mean."""

from collections.abc import Callable, Iterator, Mapping

from attrs import define

from ..._wire.body_path import peek
from ..base import Fetch
from ..steps import Answer, Pairs
from .interface import LIMIT, OFFSET

_LACKS = "the MIS has not a field of its version; name it in `lacks`"
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


@define
class Reading:
    """A collection that is read page by page.

    Attributes:
        place: Where it is, below the address of the service.
        envelope: What the list is called in an answer.
        scope: The OAuth scope that it needs.
        query: Makes what is asked, besides the page, of what is wanted.
        size: The most records of a page; 0 where it is one record and no list.
        offset: How many records came so far.
        is_over: Whether there are no more.
    """

    place: str
    envelope: str
    scope: str
    query: Callable[[Fetch], Pairs]
    size: int
    offset: int = 0
    is_over: bool = False
    _last: int = 0

    def params(self, wanted: Fetch) -> Pairs:
        """Return the query for the next page."""
        here = ((LIMIT, str(self.size)), (OFFSET, str(self.offset)))
        return (*here, *self.query(wanted)) if self.size else self.query(wanted)

    def take(self, count: int, total: int | None) -> None:
        """Take a page of *count* records into account, and the total if it is told.

        A server may give smaller pages than asked for. So without a total only a
        page that is shorter than the one before it is the last; or an empty one.
        """
        self.offset += count
        is_end = count < self._last if total is None else self.offset >= total
        self.is_over = count == 0 or is_end
        self._last = count


def explain(answer: Answer) -> str | None:
    """Return what an error means by its status information; its text is not shown."""
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
