"""A guard for requests: an adapter that any session can mount."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import responses
from io import BytesIO
from typing import Any

from .._wire.body import whole
from .._wire.dialogue import Dialogue
from .._wire.messages import Answer, Request, Response
from ..arguments import checked
from ..extras import needs
from ._guard.failures import kinds_in, told
from ._guard.guard import Guard

with needs("requests"):
    import requests
    from requests.adapters import BaseAdapter, HTTPAdapter
    from requests.structures import CaseInsensitiveDict
    from urllib3 import HTTPResponse
    from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError, SSLError


_KINDS: Mapping[type, type[requests.RequestException]] = {
    SSLError: requests.exceptions.SSLError,
    ReadTimeoutError: requests.ConnectionError,
    ProtocolError: requests.exceptions.ChunkedEncodingError,
    HTTPError: requests.ConnectionError,
    **kinds_in(requests.exceptions, requests.RequestException),
}
"""What a client sees of each error: while a body is read, as requests has it."""

_CHUNK = 65_536


@checked
class GuardHTTPAdapter(BaseAdapter):
    """An adapter for `requests.Session` that gives only what a guard lets through.

    Mount it at `https://` and `http://`: requests compares addresses as texts, so
    what is mounted at a longer one is passed by in another spelling of it.

    Errors of the adapter below are raised again, of the same kind and with the
    client's request, and without their text, which may hold what was sent.

    Args:
        guard: What lets through.
        inner: What asks the MIS, and is closed with this one, as a session closes its
            adapters; by default an adapter of its own.
    """

    def __init__(self, guard: Guard, inner: BaseAdapter | None = None) -> None:
        super().__init__()
        self._guard = guard
        self._inner = inner or HTTPAdapter()

    def __repr__(self) -> str:
        return f"<adapter with {self._guard!r}>"

    def close(self) -> None:
        """Close the adapter below."""
        self._inner.close()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - as requests calls it
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002 - as above
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the guarded response to a request.

        Raises:
            ScopegateError: It is refused, or the MIS cannot be read; see
                `Guard.exchange`.
            requests.RequestException: The MIS cannot be asked.
        """
        how = {"timeout": timeout, "verify": verify, "cert": cert, "proxies": proxies}
        exchange = Dialogue(self._guard.exchange(_request(request)))
        for asked in exchange:
            exchange.reply = self._answer(asked, request, how)
        return _response(exchange.result, request, self)

    def _answer(
        self, asked: Request, request: requests.PreparedRequest, how: dict[str, Any]
    ) -> Answer:
        try:
            response = self._inner.send(_inner_request(asked), stream=True, **how)
            with closing(response):
                head = Answer(response.status_code, response.headers)
                return whole(head, _chunks(response), self._guard.limits)
        except Exception as error:
            failure = told(error, _KINDS, request)
        raise failure


def _request(request: requests.PreparedRequest) -> Request:
    """Return the request of a client; a body that is not there at once is None."""
    body = request.body
    if isinstance(body, str):
        body = body.encode()
    whole = b"" if body is None else body if type(body) is bytes else None
    pairs = [(_text(name), _text(value)) for name, value in request.headers.items()]
    return Request(request.method or "", request.url or "", pairs, whole)


def _text(given: str | bytes) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else given


def _inner_request(asked: Request) -> requests.PreparedRequest:
    """Return a request as it is, past what requests would make of an address."""
    inner = requests.PreparedRequest()
    inner.method = asked.method
    inner.url = asked.url
    inner.headers = CaseInsensitiveDict(asked.headers)
    inner._cookies = requests.cookies.RequestsCookieJar()
    if asked.body:
        inner.body = asked.body
        inner.headers["Content-Length"] = str(len(asked.body))
    return inner


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield the bytes there are and no more: a slow answer must not pass its time."""
    return iter(lambda: response.raw.read1(_CHUNK, decode_content=False), b"")


def _response(
    given: Response, request: requests.PreparedRequest, adapter: Any
) -> requests.Response:
    """Return a response that streams as well as it reads; all of it is new."""
    reason = responses.get(given.status, "")
    raw = HTTPResponse(
        BytesIO(given.body),
        headers=dict(given.headers),
        status=given.status,
        reason=reason,
        version=11,
        preload_content=False,
    )
    response = requests.Response()
    response.status_code = given.status
    response.headers = CaseInsensitiveDict(given.headers)
    response.encoding = "utf-8"
    response.raw = raw
    response.reason = reason
    response.url = request.url or ""
    response.request = request
    response.connection = adapter
    return response
