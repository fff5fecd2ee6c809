"""`Turn`: a page as a client sees it; all of it made up by the guard."""

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from ..._wire.body_path import BodyPath
from ..._wire.messages import Pairs
from .paging import Paging, Said, Sign, Window

_NUMBERED = frozenset({Sign.NEXT_PAGE, Sign.PREVIOUS_PAGE})
"""The signs that are empty in a header, not left out, where there is nothing."""


@frozen
class Turn:
    """A page as a client sees it.

    Attributes:
        window: The page it asked for.
        count: How far the next page is, in records.
        size: How many records a page has; None where no one said.
        more: Whether there are more; None where that is not known.
        cursor: The cursor of the next page, or empty.
        said: What the MIS says, or nothing where that would reveal others.
    """

    window: Window
    count: int
    size: int | None
    more: bool | None
    cursor: str
    said: Said

    def tell(
        self, paging: Paging, link: Callable[[Pairs], str]
    ) -> Iterator[tuple[Sign, object]]:
        """Yield each sign that can be given, with its value.

        Args:
            paging: How there are pages.
            link: Makes an address of the guard, with these parameters changed.
        """
        yield from self._numbers(paging)
        if self.more is None:
            return
        yield Sign.MORE, self.more
        following = self._following(paging) if self.more else None
        yield Sign.NEXT_PAGE, following if paging.by == "page" else None
        yield Sign.NEXT_CURSOR, self.cursor or None
        ahead = link(((paging.position, str(following)),)) if following else None
        yield Sign.NEXT_LINK, ahead
        behind = self._preceding(paging)
        back = None if behind is None else link(((paging.position, str(behind)),))
        yield Sign.PREVIOUS_LINK, back
        found = {"next": ahead, "prev": back}
        yield (
            Sign.LINKS,
            ", ".join(f'<{url}>; rel="{rel}"' for rel, url in found.items() if url)
            or None,
        )

    def _numbers(self, paging: Paging) -> Iterator[tuple[Sign, object]]:
        if self.said.total is not None:
            yield Sign.TOTAL, self.said.total
        if self.said.pages is not None:
            yield Sign.PAGES, self.said.pages
        if self.size is not None:
            yield Sign.SIZE, self.size
        if paging.by == "page":
            yield Sign.PAGE, self.window.number or 1
            yield Sign.PREVIOUS_PAGE, self._preceding(paging)
        if paging.by == "offset":
            yield Sign.OFFSET, self.window.number or 0

    def _following(self, paging: Paging) -> int | str:
        if paging.by == "cursor":
            return self.cursor
        start = 1 if paging.by == "page" else 0
        step = 1 if paging.by == "page" else self.count
        return (self.window.number or start) + step

    def _preceding(self, paging: Paging) -> int | None:
        number = self.window.number or 0
        if paging.by == "page":
            return number - 1 if number > 1 else None
        if paging.by == "offset" and number > 0 and self.size is not None:
            return max(0, number - self.size)
        return None


def shown(
    paging: Paging, told: Mapping[Sign, object]
) -> tuple[Pairs, dict[tuple[str, ...], object]]:
    """Return the headers, and the members of a body, for a page.

    Args:
        paging: Where each sign goes.
        told: Those that can be given.
    """
    headers = tuple(
        (name, "" if told[sign] is None else str(told[sign]))
        for name, sign in paging.headers.items()
        if sign in told and (told[sign] is not None or sign in _NUMBERED)
    )
    body = {
        BodyPath.parse(place).keys: told[sign]
        for place, sign in paging.body.items()
        if sign in told
    }
    return headers, body
