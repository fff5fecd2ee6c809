"""Pages of a Wonde collection: which comes next, and what refusals mean.

A link to the next page is not followed: only its cursor is taken, and a new request is
made, so that what has been withheld since is not asked for again. A link that leads
elsewhere is a fault, since the person who wrote it wants the token there.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from ..._wire.address import leads_to
from ..._wire.body_path import at
from ..._wire.limits import LONGEST_CURSOR
from .._http.bearer import error_code
from .._http.page_cursor import PageCursor
from ..steps import Answer, Pairs

_MEANINGS: Mapping[tuple[int, str], str] = {
    (401, "invalid_token"): "Wonde does not know the token (401 invalid_token); check"
    " it",
    (403, "invalid_permissions"): "the school has not approved a permission that this"
    " needs (403 invalid_permissions); ask it to, in Wonde",
}
_USUAL: Mapping[int, str] = {
    404: "Wonde has no such school for the app (404); check the school's id, and that it"
    " has approved the app",
    422: "Wonde does not know something that was asked for (422); check its version",
}


def next_turn(cursor: PageCursor, answer: Answer, count: int) -> Pairs | None:
    """Return the query for the page after one of *count* records, or None.

    Raises:
        SourceError: It does not say what comes next, or leads elsewhere.
    """
    asking = cursor.asking
    told = at(asking.parsed(answer), ("meta", "pagination"))
    link, more = at(told, ("next",)), at(told, ("more",))
    if link is None:
        is_cut = count >= cursor.size if told is None else more is True
        if is_cut:
            problem = "Wonde does not say where the next page is; check its version"
            raise asking.fault(problem)
        return None
    if not leads_to(link, cursor.place):
        problem = "the link to the next page leads elsewhere; check the address"
        raise asking.fault(problem)
    turn = _turn(parse_qs(urlsplit(str(link)).query), asking.page + 1)
    if turn is None or turn == cursor.turn:
        problem = "the link to the next page does not lead on; check its version"
        raise asking.fault(problem)
    return turn


def _turn(query: Mapping[str, list[str]], page: int) -> Pairs | None:
    """Return the query for the next page, by its cursor or by its number."""
    match query.get("cursor", []), query.get("page", []):
        case [cursor], [] if len(cursor) <= LONGEST_CURSOR:
            return (("cursor", cursor),)
        case [], [number] if number == str(page):
            return (("page", number),)
        case _:
            return None


def explain(answer: Answer) -> str | None:
    """Return the meaning of a refusal; its text is not shown."""
    known = _MEANINGS.get((answer.status, error_code(answer) or ""))
    return known or _USUAL.get(answer.status)
