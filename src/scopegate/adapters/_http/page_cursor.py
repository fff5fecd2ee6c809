"""`PageCursor`: the position in a list that is read page by page."""

from collections.abc import Callable

from attrs import define, field

from ..base import Fetch
from ..steps import Answer, Asking, Pairs


@define
class PageCursor:
    """The position in a list that is read page by page.

    Attributes:
        asking: What makes its calls.
        place: Where it is, below the address of the API.
        query: Makes what is asked, besides the page, of what is wanted.
        size: The most records of a page.
        follow: Returns the query for the page after this one, from an answer and the
            number of its records; None where there is none.
        turn: The query for the next page; never shown, as cursors may hold values.
        count: How many records came so far.
        last: How many of them the last page held.
        is_over: Whether there are no more.
    """

    asking: Asking
    place: str
    query: Callable[[Fetch], Pairs]
    size: int
    follow: Callable[["PageCursor", Answer, int], Pairs | None]
    turn: Pairs = field(default=(), repr=False)
    count: int = field(init=False, default=0)
    last: int = field(init=False, default=0)
    is_over: bool = field(init=False, default=False)

    def take(self, answer: Answer, count: int) -> None:
        """Take a page of *count* records into account.

        Raises:
            SourceError: It does not say what comes next.
        """
        turn = self.follow(self, answer, count)
        self.turn, self.is_over = turn or (), turn is None
        self.count, self.last = self.count + count, count
