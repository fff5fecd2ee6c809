"""Reading the body of an HTTP answer without trusting it: bounded, and strict JSON.

A body may be huge, or small and huge once unpacked; it may break off, hold one
key twice, or not be JSON at all. What is wrong is reported in words that hold nothing
of the body.
"""

import json
import time
import zlib
from collections.abc import AsyncIterable, Iterable
from typing import Any, Never

from attrs import evolve

from .limits import Limits
from .messages import Answer

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Which header zlib looks for, by the Content-Encoding (RFC 9110 §8.4.1)."""

ENCODINGS = "gzip, deflate"
"""What may be asked for with Accept-Encoding."""

_STEP = 65_536


class BodyError(ValueError):
    """A body that cannot be used; says why, and shows nothing of it."""


class Body:
    """A body that arrives in chunks, within a limit and a time.

    Args:
        encoding: The Content-Encoding, or empty.
        limit: The most bytes it may hold when unpacked.
        seconds: How long it may take to arrive, from now on.

    Raises:
        BodyError: The encoding is unknown.
    """

    def __init__(self, encoding: str, limit: int, seconds: float = 60.0) -> None:
        self._encoding, self._limit = encoding.strip().lower(), limit
        self._until = time.monotonic() + seconds
        self._data = bytearray()
        self._unpack: Any = None
        if self._encoding in _WINDOWS:
            self._unpack = zlib.decompressobj(_WINDOWS[self._encoding])
        elif self._encoding not in {"", "identity"}:
            message = f"the answer is packed in a way that was not asked for; ask for {ENCODINGS}"
            raise BodyError(message)

    def feed(self, chunk: bytes) -> None:
        """Add what arrived.

        Raises:
            BodyError: It is too large, cannot be unpacked, or takes too long.
        """
        if self._unpack is None:
            self._add(chunk)
        else:
            self._add_packed(chunk)
        if time.monotonic() > self._until:
            message = "the answer takes too long; ask for less at once"
            raise BodyError(message)

    def _add_packed(self, chunk: bytes) -> None:
        left = chunk
        while left:
            self._add(self._unpacked(left))
            left = self._unpack.unconsumed_tail
        if self._unpack.unused_data:
            message = "the answer goes on after its end; tell the MIS's operator"
            raise BodyError(message)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyError: It is cut short.
        """
        if self._unpack is not None and not self._unpack.eof and self._data:
            message = "the answer is cut short; try again later"
            raise BodyError(message)
        return bytes(self._data)

    def _unpacked(self, chunk: bytes) -> bytes:
        try:
            return bytes(self._unpack.decompress(chunk, _STEP))
        except zlib.error:
            pass
        message = (
            f"the answer is not {self._encoding}, as it says; tell the MIS's operator"
        )
        raise BodyError(message)

    def _add(self, chunk: bytes) -> None:
        if len(self._data) + len(chunk) > self._limit:
            message = f"the answer is larger than {self._limit:,} bytes; ask for smaller pages"
            raise BodyError(message)
        self._data += chunk


def whole(head: Answer, chunks: Iterable[bytes], limits: Limits) -> Answer:
    """Return an answer with the body that arrives, or with what is wrong with it.

    Args:
        head: The answer without its body.
        chunks: What arrives; no more of it is taken than is needed.
        limits: How much is accepted.
    """
    try:
        body = _body(head, limits)
        for chunk in chunks:
            body.feed(chunk)
        return evolve(head, body=body.finish())
    except BodyError as error:
        return _unreadable(head, error)


async def whole_async(
    head: Answer, chunks: AsyncIterable[bytes], limits: Limits
) -> Answer:
    """Return an answer as `whole` does, from a body that arrives without blocking."""
    try:
        body = _body(head, limits)
        async for chunk in chunks:
            body.feed(chunk)
        return evolve(head, body=body.finish())
    except BodyError as error:
        return _unreadable(head, error)


def _body(head: Answer, limits: Limits) -> Body:
    encoding = head.headers.get("content-encoding", "")
    return Body(encoding, limits.answer_bytes, limits.seconds)


def _unreadable(head: Answer, error: BodyError) -> Answer:
    return evolve(head, failure=str(error), is_readable=False)


def parse_json(body: bytes) -> object:
    """Return the value in a body of JSON (RFC 8259), read strictly.

    Raises:
        BodyError: It is not JSON in UTF-8, is nested too deeply, or an object
            has one key twice: no one can tell which of the two is meant.
    """
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse
        )
    except BodyError:
        raise
    except (ValueError, RecursionError):
        pass
    message = "the answer is not JSON that can be read; tell the MIS's operator"
    raise BodyError(message)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "the answer has an object with one key twice; tell the MIS's operator"
        raise BodyError(message)
    return found


def _refuse(_: str) -> Never:
    raise ValueError
