"""Guards for httpx: transports that any client of it can be given (extra `http`)."""

from contextlib import aclosing, closing
from typing import Self

from .._wire.body import whole, whole_async
from .._wire.dialogue import Dialogue
from .._wire.messages import Answer, Request, Response
from ..arguments import checked
from ..extras import needs
from ._guard.failures import kinds_in, told
from ._guard.guard import Guard

with needs("http"):
    import httpx

_KINDS = kinds_in(httpx, httpx.RequestError)
_KEPT = ("timeout",)
"""The extensions of a request that are sent on: `target` would change the address,
and `trace` would see the headers and the body of an answer."""


class _GuardedTransport:
    """A transport with a guard; whether it blocks is left to its subclasses."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def __repr__(self) -> str:
        return f"<transport with {self._guard!r}>"


@checked
class GuardTransport(_GuardedTransport, httpx.BaseTransport):
    """A transport for `httpx.Client` that gives only what a guard lets through.

    Errors of the transport below are raised again, of the same kind and with the
    client's request, and without their text, which may hold what was sent.

    Args:
        guard: What lets through.
        inner: What asks the MIS, and is closed with this one, as a client closes its
            transport; by default a transport of its own.
    """

    def __init__(self, guard: Guard, inner: httpx.BaseTransport | None = None) -> None:
        super().__init__(guard)
        self._inner = inner or httpx.HTTPTransport()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the guarded response to a request.

        Raises:
            ScopegateError: It is refused, or the MIS cannot be read; see
                `Guard.exchange`.
            httpx.RequestError: The MIS cannot be asked.
        """
        exchange = Dialogue(self._guard.exchange(_request(request)))
        for asked in exchange:
            exchange.reply = self._answer(asked, request)
        return _response(exchange.result)

    def _answer(self, asked: Request, request: httpx.Request) -> Answer:
        try:
            response = self._inner.handle_request(_inner_request(asked, request))
            with closing(response):
                assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - as httpx has it
                return whole(_head(response), response.stream, self._guard.limits)
        except Exception as error:
            failure = told(error, _KINDS, request)
        raise failure


@checked
class AsyncGuardTransport(_GuardedTransport, httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient`; see `GuardTransport`.

    Args:
        guard: What lets through.
        inner: What asks the MIS, and is closed with this one, as a client closes its
            transport; by default a transport of its own.
    """

    def __init__(
        self, guard: Guard, inner: httpx.AsyncBaseTransport | None = None
    ) -> None:
        super().__init__(guard)
        self._inner = inner or httpx.AsyncHTTPTransport()

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def aclose(self) -> None:
        """Close the transport below."""
        await self._inner.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the guarded response; see `GuardTransport.handle_request`."""
        ahead = self._guard.ahead()
        await ahead.look()
        exchange = Dialogue(self._guard.exchange(_request(request), ahead.releaser))
        for asked in exchange:
            exchange.reply = await self._answer(asked, request)
            await ahead.look()
        await ahead.settle()
        return _response(exchange.result)

    async def _answer(self, asked: Request, request: httpx.Request) -> Answer:
        try:
            inner = _inner_request(asked, request)
            response = await self._inner.handle_async_request(inner)
            async with aclosing(response):
                stream, limits = response.stream, self._guard.limits
                assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - as httpx has it
                return await whole_async(_head(response), stream, limits)
        except Exception as error:
            failure = told(error, _KINDS, request)
        raise failure


def _request(request: httpx.Request) -> Request:
    """Return the request of a client; a body that is not there at once is None."""
    # Not `request.content`: a request that follows a redirect has never been read.
    body: bytes | None = None
    if isinstance(request.stream, httpx.ByteStream):
        body = b"".join(request.stream)
    headers = request.headers.multi_items()
    return Request(request.method, str(request.url), headers, body)


def _head(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers)


def _inner_request(asked: Request, request: httpx.Request) -> httpx.Request:
    kept = {
        name: request.extensions[name] for name in _KEPT if name in request.extensions
    }
    return httpx.Request(
        asked.method,
        asked.url,
        headers=asked.headers,
        content=asked.body or None,
        extensions=kept,
    )


def _response(given: Response) -> httpx.Response:
    """Return a response that streams as well as it reads."""
    stream = httpx.ByteStream(given.body)
    return httpx.Response(given.status, headers=given.headers, stream=stream)
