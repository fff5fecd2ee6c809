"""Pages of a Wonde collection: where a reading stands, and what refusals mean.

A link to the next page is not followed: of it only the cursor is taken, and the
request is made anew, so that what has been withheld since is not asked for again.
A link that leads elsewhere is a fault, since whoever wrote it wants the token there.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from attrs import define

from ..._wire.address import leads_to
from ..._wire.body_path import at
from ..._wire.limits import LONGEST_CURSOR
from .._http.bearer import error_code
from ..steps import Answer, Asking, Pairs

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


@define
class Reading:
    """A collection that is read page by page.

    Attributes:
        asking: What makes its calls.
        url: Its address.
        size: The most records of a page.
        turn: What asks for the next page.
        is_over: Whether there is none.
    """

    asking: Asking
    url: str
    size: int
    turn: Pairs
    is_over: bool = False

    def take(self, page: object, count: int) -> None:
        """Take a page of *count* records into account.

        Raises:
            SourceError: It does not say what comes next, or leads elsewhere.
        """
        told = at(page, ("meta", "pagination"))
        link, more = at(told, ("next",)), at(told, ("more",))
        if link is None:
            is_cut = count >= self.size if told is None else more is True
            if is_cut:
                problem = "Wonde does not say where the next page is; check its version"
                raise self.asking.fault(problem)
            self.is_over = True
            return
        if not leads_to(link, self.url):
            problem = "the link to the next page leads elsewhere; check the address"
            raise self.asking.fault(problem)
        turn = self._next_turn(parse_qs(urlsplit(str(link)).query))
        if turn is None or turn == self.turn:
            problem = "the link to the next page does not lead on; check its version"
            raise self.asking.fault(problem)
        self.turn = turn

    def _next_turn(self, query: Mapping[str, list[str]]) -> Pairs | None:
        """Return what asks for the next page, by its cursor or by its number."""
        match query.get("cursor", []), query.get("page", []):
            case [cursor], [] if len(cursor) <= LONGEST_CURSOR:
                return (("cursor", cursor),)
            case [], [number] if number == str(self.asking.page + 1):
                return (("page", number),)
            case _:
                return None


def explain(answer: Answer) -> str | None:
    """Return what a refusal means; its text is not shown."""
    known = _MEANINGS.get((answer.status, error_code(answer) or ""))
    return known or _USUAL.get(answer.status)
