"""Pages of an Assembly list: which comes next, and what refusals mean."""

from collections.abc import Callable, Mapping

from ..._wire.body_path import at
from .._http.bearer import error_code
from .._http.page_cursor import PageCursor
from ..steps import Answer, Pairs

_UNAUTHORISED: Mapping[str, str] = {
    "insufficient_scope": "the token lacks a scope that this needs (401"
    " insufficient_scope); ask the school to authorise it in Assembly",
    "invalid_token": "the token is not good, or no longer (401 invalid_token); fetch a"
    " new one",
}
"""What a refusal says by its code, where a new token does not always help."""


class UnchangedError(Exception):
    """Nothing has changed: an answer without records, and no failure."""


def next_turn(cursor: PageCursor, answer: Answer, count: int) -> Pairs | None:
    """Return the query for the page after one of *count* records, or None.

    Raises:
        SourceError: It does not say what comes next.
    """
    following = str(cursor.asking.page + 1)
    told = answer.headers.get("next-page", "" if count < cursor.size else None)
    if told not in {"", following}:
        problem = "the MIS does not say which page is next; check its version"
        raise cursor.asking.fault(problem)
    return (("page", following),) if told and count else None


def once() -> Callable[[list[object]], list[object]]:
    """Return a function that drops records already seen, by id."""
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


def explain(answer: Answer, *, is_conditional: bool = False) -> str | None:
    """Return the meaning of a refusal; its text is not shown.

    Raises:
        UnchangedError: Nothing has changed, where only changes were asked for.
    """
    if answer.status == 304 and is_conditional:
        raise UnchangedError
    if answer.status == 406:
        return "the MIS does not speak version 1.1 of the API (406); check its address"
    if answer.status == 401:
        return _UNAUTHORISED.get(error_code(answer) or "")
    return None
