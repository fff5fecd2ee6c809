"""`Paging`: how an MIS interface gives a list in pages, and what a client sees of them.

Nothing that an MIS says of its pages is passed on. It is read, as numbers and as
whether there are more, and the client gets newly made signs: cursors are ours, and
addresses are those of the guard.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from ..._base.values import EMPTY, frozen_mapping, is_clean
from ..._wire.address import AddressError, parse_query
from ..._wire.body_path import BodyPath, at
from ..._wire.limits import LONGEST_CURSOR
from ..._wire.messages import Pairs, whole_number
from ...arguments import checked

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?[^\";,]*\bnext\b", re.IGNORECASE)
_DIGITS = 9


class Sign(StrEnum):
    """What an answer may say about its page."""

    TOTAL = "total"
    PAGES = "pages"
    PAGE = "page"
    OFFSET = "offset"
    SIZE = "size"
    MORE = "more"
    NEXT_PAGE = "next_page"
    PREVIOUS_PAGE = "previous_page"
    NEXT_LINK = "next_link"
    PREVIOUS_LINK = "previous_link"
    NEXT_CURSOR = "next_cursor"
    LINKS = "links"


_AHEAD = frozenset(
    {Sign.MORE, Sign.NEXT_PAGE, Sign.NEXT_LINK, Sign.NEXT_CURSOR, Sign.LINKS}
)
"""What can only be said when it is known whether another record comes."""


def _signs(given: Mapping[str, str]) -> Mapping[str, Sign]:
    return frozen_mapping({place: Sign(sign) for place, sign in given.items()})


Spot = int | str | None
"""Where a page of the MIS starts: an offset, a page, a cursor; None: the first."""


@frozen
class Mark:
    """A place among the records of an MIS.

    Attributes:
        spot: Where the page of the MIS starts. Never shown.
        skip: How many records of that page come before.
        size: How many records that page was asked for with; None for as many as
            one likes.
    """

    spot: Spot = field(default=None, repr=False)
    skip: int = 0
    size: int | None = None


@frozen
class Window:
    """The page that a client wants.

    Attributes:
        number: The offset, or the page; None where it names none.
        size: How many records; None where it says nothing of it.
        cursor: The cursor, as the client was given it. Never shown.
    """

    number: int | None = None
    size: int | None = None
    cursor: str = field(default="", repr=False)


FIRST = Window()


@checked
@frozen
class Paging:
    """How an MIS interface gives a list in pages.

    Attributes:
        by: What says where a page starts: an `offset` in records, from 0; a
            `page`, counted from 1; a `cursor` that the MIS makes up. Empty where
            a list comes whole.
        position: The parameter that says so.
        size: The parameter that says how many records a page has, or empty.
        usual: How many records a page has where the client does not say.
        start: What a cursor is for the first page; empty where it is left out.
        headers: What headers of an answer say, by their names: each one of
            `total`, `pages`, `page`, `offset`, `size`, `more`, `next_page`,
            `previous_page`, `next_link`, `previous_link`, `next_cursor`, and
            `links` for a `Link` header (RFC 8288).
        body: The same of places in the body, such as `meta.total`.

    Raises:
        ValueError: It pages by something without naming the parameter, or a sign or a
            place is not valid.
    """

    by: Literal["offset", "page", "cursor", ""] = ""
    position: str = ""
    size: str = ""
    usual: int = 100
    start: str = ""
    headers: Mapping[str, Sign] = field(
        converter=_signs, default=EMPTY, kw_only=True, hash=False
    )
    body: Mapping[str, Sign] = field(
        converter=_signs, default=EMPTY, kw_only=True, hash=False
    )

    def __attrs_post_init__(self) -> None:
        if bool(self.by) != bool(self.position) or (self.size and not self.by):
            message = "pages need both `by` and the parameter `position`"
            raise ValueError(message)
        for place in self.body:
            BodyPath.parse(place)

    @property
    def looks_ahead(self) -> bool:
        """Whether a client sees if there are more."""
        return not _AHEAD.isdisjoint({*self.headers.values(), *self.body.values()})

    @property
    def names(self) -> tuple[str, ...]:
        """Its parameters."""
        return tuple(name for name in (self.position, self.size) if name)

    def read(self, given: Mapping[str, str]) -> Window:
        """Return the page that parameters ask for.

        Raises:
            AddressError: A number is not one.
        """
        size = _number(self.size, given.get(self.size))
        position = given.get(self.position)
        if self.by != "cursor":
            return Window(_number(self.position, position), size)
        is_first = position is None or position == self.start
        return Window(None, size, "" if is_first or position is None else position)

    def before(self, window: Window, size: int) -> int:
        """Return the number of records before a page of *size*."""
        if self.by == "page":
            return max((window.number or 1) - 1, 0) * size
        return window.number or 0

    def ask(self, spot: Spot, size: int | None) -> Pairs:
        """Return the parameters that ask the MIS for the page at *spot*."""
        pairs: list[tuple[str, str]] = []
        if spot is not None:
            pairs.append((self.position, str(spot)))
        elif self.by == "cursor" and self.start:
            pairs.append((self.position, self.start))
        if self.size and size is not None:
            pairs.append((self.size, str(size)))
        return tuple(pairs)

    def first(self) -> Spot:
        """Return the place where the first page of the MIS starts."""
        return {"offset": 0, "page": 1}.get(self.by)

    def after(self, spot: Spot, count: int, said: "Said") -> Spot:
        """Return the place where the page after that at *spot* starts, or None.

        Args:
            spot: Where a page starts.
            count: How many records it had.
            said: What the MIS says of it.
        """
        if said.more is False or not self.by:
            return None
        if self.by == "cursor":
            return said.cursor
        here = int(spot or 0)
        following, last = here + count, said.total
        if self.by == "page":
            following, last = here + 1, None if said.pages is None else said.pages + 1
        is_last = count == 0 or (last is not None and following >= last)
        return None if is_last else following

    def listen(self, headers: Mapping[str, str], body: object) -> "Said":
        """Return the signs that an answer gives of its page."""
        said = Said()
        for name, sign in self.headers.items():
            if name.lower() in headers:
                said = _heard(said, sign, headers[name.lower()], self.position)
        for place, sign in self.body.items():
            *above, last = BodyPath.parse(place).keys
            holder = at(body, above)
            if type(holder) is dict and last in holder:
                said = _heard(said, sign, holder[last], self.position)
        return said


NO_PAGES = Paging()


@frozen
class Said:
    """What an MIS says of a page.

    Attributes:
        total: How many records there are, or None.
        pages: How many pages there are, or None.
        more: Whether there are more; None where it does not say.
        cursor: Its cursor of the next page, or None. Never shown.
    """

    total: int | None = None
    pages: int | None = None
    more: bool | None = None
    cursor: str | None = field(default=None, repr=False)


def _heard(said: Said, sign: Sign, value: object, position: str) -> Said:
    """Return the signs with one more that was read."""
    if sign is Sign.TOTAL:
        return evolve(said, total=_count(value))
    if sign is Sign.PAGES:
        return evolve(said, pages=_count(value))
    if sign is Sign.MORE:
        return evolve(said, more=value if type(value) is bool else said.more)
    if sign not in _AHEAD:
        return said
    following = _next_in(str(value)) if sign is Sign.LINKS else value
    cursor = following if sign is Sign.NEXT_CURSOR else _cursor_in(following, position)
    known = _cursor(cursor) or said.cursor
    return evolve(said, more=bool(following), cursor=known)


def _cursor(value: object) -> str | None:
    """Return a cursor of the MIS if it is one that can be sent back."""
    if type(value) is not str or len(value) > LONGEST_CURSOR or not is_clean(value):
        return None
    return value


def _count(value: object) -> int | None:
    """Return a number that an MIS says, in a header as text."""
    if type(value) is str:
        return whole_number(value, _DIGITS)
    return value if type(value) is int and value >= 0 else None


def _next_in(header: str) -> str:
    for url, about in _LINK.findall(header):
        if _NEXT.search(about):
            return str(url)
    return ""


def _cursor_in(link: object, position: str) -> object:
    """Return the cursor in an address of the MIS, which is read and never followed."""
    try:
        return dict(parse_query(urlsplit(str(link)).query)).get(position)
    except (AddressError, ValueError):
        return None


def _number(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    number = whole_number(given, _DIGITS)
    if number is None:
        message = f"`{name}` is not a whole number"
        raise AddressError(message)
    return number
