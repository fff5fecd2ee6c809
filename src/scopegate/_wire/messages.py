"""What goes back and forth: requests, the answers of an MIS, responses to a client."""

import json
import re
from collections.abc import Generator, Iterable, Mapping
from typing import TypeVar

from attrs import field, frozen

from .._base.values import EMPTY, frozen_mapping
from ..arguments import checked

Pairs = tuple[tuple[str, str], ...]
"""Names and values in order; a name may come again."""

GET = "GET"
JSON = "application/json"

T = TypeVar("T")
_WHOLE = re.compile("[0-9]+")


def as_pairs(given: Iterable[tuple[str, str]]) -> Pairs:
    """Return a tuple of names and values; for attributes that hold them."""
    return tuple(given)


def lower_names(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers by name in lower case; for attributes that hold them."""
    return frozen_mapping({name.lower(): value for name, value in given.items()})


def whole_number(text: str, digits: int = 18) -> int | None:
    """Return the number that a text spells in at most that many digits, or None."""
    is_number = len(text) <= digits and _WHOLE.fullmatch(text)
    return int(text) if is_number else None


@frozen
class Request:
    """A request: of the client, or the one that is made of it for the MIS.

    Attributes:
        method: The method.
        url: The whole address. Never shown.
        headers: The headers, in order. Never shown.
        body: The body; None where it cannot be read at once. Never shown.
    """

    method: str
    url: str = field(repr=False)
    headers: Pairs = field(converter=as_pairs, default=(), repr=False)
    body: bytes | None = field(default=b"", repr=False)


@checked
@frozen
class Answer:
    """An answer of the MIS.

    Attributes:
        status: The status; 0 where no answer came, or none that an adapter can use.
        headers: By name in lower case; of several by one name the last. Never shown.
        body: The body, unpacked. Never shown.
        failure: Why no whole answer came, as a sentence without anything of it;
            empty where one did.
        is_readable: Whether it was not the answer itself that was wrong.
    """

    status: int
    headers: Mapping[str, str] = field(converter=lower_names, default=EMPTY, repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: str = ""
    is_readable: bool = True

    @property
    def is_good(self) -> bool:
        """Whether it holds all of what was asked for, and not only a part (206)."""
        return 200 <= self.status < 300 and self.status != 206

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later (RFC 9110 §15, RFC 6585 §4)."""
        return self.is_readable and self.status in {0, 429, 502, 503, 504}

    def number(self, name: str, digits: int = 18) -> int | None:
        """Return the whole number that the header *name* says, or None."""
        return whole_number(self.headers.get(name.lower(), ""), digits)


@frozen
class Response:
    """A response to the client.

    Attributes:
        status: The status.
        body: The body, as it is sent. Never shown.
        more: Headers besides those that every response has. Never shown.
    """

    status: int
    body: bytes = field(repr=False)
    more: Pairs = field(converter=as_pairs, default=(), repr=False)

    @property
    def headers(self) -> Pairs:
        """Every header; what they say is made up here, or a number."""
        length = str(len(self.body))
        return (("Content-Type", JSON), ("Content-Length", length), *self.more)


RequestsTo = Generator[Request, Answer, T]
"""The requests that lead to something; each is handed its answer."""


def constant(status: int, error: str, more: Pairs = ()) -> Response:
    """Return a response that says no more than what went wrong."""
    body = json.dumps({"error": error}, separators=(",", ":"))
    return Response(status, body.encode(), more)
