"""Pages of an Assembly list: where a reading stands, and what refusals mean."""

from collections.abc import Callable, Mapping

from attrs import define

from ..._wire.body_path import at
from .._http.bearer import error_code
from ..base import Fetch
from ..steps import Answer, Asking, Pairs
from .query import since

_UNAUTHORISED: Mapping[str, str] = {
    "insufficient_scope": "the token lacks a scope that this needs (401"
    " insufficient_scope); ask the school to authorise it in Assembly",
    "invalid_token": "the token is not good, or no longer (401 invalid_token); fetch a"
    " new one",
}
"""What a refusal says by its code, where a new token does not always help."""


class UnchangedError(Exception):
    """Nothing has changed: an answer without records, and no failure."""


@define
class Reading:
    """A list that is read page by page.

    Attributes:
        asking: What makes its calls.
        path: Where it is, below the address of the API.
        query: Makes what is asked, besides the page, of what is wanted.
        size: The most records of a page.
        tells_changes: Whether it may be asked for what has changed.
        page: The next page, counted from 1.
        is_over: Whether there is none.
    """

    asking: Asking
    path: str
    query: Callable[[Fetch], Pairs]
    size: int
    tells_changes: bool = False
    page: int = 1
    is_over: bool = False

    def since(self, wanted: Fetch) -> str | None:
        """Return since when something must have changed, as a header says it."""
        at = wanted.changed_since if self.tells_changes else None
        return None if at is None else since(at)

    def take(self, answer: Answer, count: int) -> None:
        """Take a page of *count* records into account.

        Raises:
            SourceError: It does not say what comes next.
        """
        told = answer.headers.get("next-page", "" if count < self.size else None)
        if told not in {"", str(self.page + 1)}:
            problem = "the MIS does not say which page is next; check its version"
            raise self.asking.fault(problem)
        self.is_over = not told or count == 0
        self.page += 1


def once() -> Callable[[list[object]], list[object]]:
    """Return what leaves out records that came before, told by their id."""
    given: set[int] = set()

    def leave_new(records: list[object]) -> list[object]:
        new: list[object] = []
        for record in records:
            number = id_of(record, "id")
            if number is None or number not in given:
                new.append(record)
            if number is not None:
                given.add(number)
        return new

    return leave_new


def id_of(record: object, name: str) -> int | None:
    """Return the whole number that a record holds there, or None."""
    found = at(record, [name])
    return found if type(found) is int else None


def explain(answer: Answer) -> str | None:
    """Return what a refusal means; its text is not shown."""
    if answer.status == 406:
        return "the MIS does not speak version 1.1 of the API (406); check its address"
    if answer.status == 401:
        return _UNAUTHORISED.get(error_code(answer) or "")
    return None


def explain_conditional(answer: Answer) -> str | None:
    """Return what `explain` does; that nothing has changed is no refusal.

    Raises:
        UnchangedError: Nothing has.
    """
    if answer.status == 304:
        raise UnchangedError
    return explain(answer)
