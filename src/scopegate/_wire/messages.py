"""What goes back and forth: requests, the answers of an MIS, responses to a client."""

import json
from collections.abc import Iterable, Mapping

from attrs import define, field, frozen

from .body import Body, BodyError
from .limits import Limits

Pairs = tuple[tuple[str, str], ...]
"""Names and values in order; a name may come again."""

GET = "GET"
JSON = "application/json"


def _pairs(given: Iterable[tuple[str, str]]) -> Pairs:
    return tuple(given)


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
    headers: Pairs = field(converter=_pairs, default=(), repr=False)
    body: bytes | None = field(default=b"", repr=False)


@frozen
class Answer:
    """What came back from the MIS.

    Attributes:
        status: The status.
        headers: By name in lower case; of several by one name the last.
        body: The body, unpacked. Never shown.
        failure: What is wrong with the body, as words that complete "the
            answer ..."; empty where nothing is.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    failure: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it holds all of what was asked for."""
        return 200 <= self.status < 300 and self.status != 206


@frozen
class Response:
    """What the client is given.

    Attributes:
        status: The status.
        body: The body, as it is sent. Never shown.
        more: Headers beside those that every response has. Never shown.
    """

    status: int
    body: bytes = field(repr=False)
    more: Pairs = field(converter=_pairs, default=(), repr=False)

    @property
    def headers(self) -> Pairs:
        """Every header; what they say is made up here, or a number."""
        length = str(len(self.body))
        return (("Content-Type", JSON), ("Content-Length", length), *self.more)


def constant(status: int, error: str, more: Pairs = ()) -> Response:
    """Return a response that says no more than what went wrong."""
    body = json.dumps({"error": error}, separators=(",", ":"))
    return Response(status, body.encode(), more)


@define
class Receiving:
    """An answer that arrives, within limits of size and time.

    Attributes:
        status: Its status.
        headers: Its headers, in order. Never shown.
        limits: How much is borne.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    limits: Limits
    _body: Body | None = field(init=False, default=None, repr=False)
    _failure: str = field(init=False, default="")

    def __attrs_post_init__(self) -> None:
        self.headers = {name.lower(): text for name, text in self.headers.items()}
        encoding, limits = self.headers.get("content-encoding", ""), self.limits
        try:
            self._body = Body(encoding, limits.answer_bytes, limits.seconds)
        except BodyError as error:
            self._failure = str(error)

    def take(self, chunk: bytes) -> bool:
        """Take what arrived, and tell whether more is wanted."""
        if self._body is None:
            return False
        try:
            self._body.feed(chunk)
        except BodyError as error:
            return self._give_up(str(error))
        return True

    def answer(self) -> Answer:
        """Return the whole answer."""
        body = b""
        if self._body is not None:
            try:
                body = self._body.finish()
            except BodyError as error:
                self._failure = str(error)
        return Answer(self.status, self.headers, body, self._failure)

    def _give_up(self, failure: str) -> bool:
        self._body, self._failure = None, failure
        return False
