"""A guard for requests: an adapter that any session can mount."""

from collections.abc import Mapping
from http.client import responses
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError, ProtocolError, SSLError

from ..errors import SourceError
from ._drive import broken, message_of, next_step
from ._guard import Guard
from ._messages import Answer, Receiving, Request, Response

_KINDS = tuple(
    kind
    for kind in vars(requests.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, requests.RequestException)
)
_CHUNK = 65_536


class GuardHTTPAdapter(BaseAdapter):
    """An adapter for `requests.Session` that gives only what a guard lets through.

    Mount it at `https://` and `http://`: requests compares addresses as texts, so
    what is mounted at a longer one is passed by in another spelling of it.

    Errors of the adapter below are raised anew, of the same kind and with the
    client's request, and without their text, which may hold what was sent.

    Args:
        guard: What lets through.
        inner: What asks the MIS; by default an adapter of its own.
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
        steps = self._guard.exchange(_request(request))
        step = next_step(steps, None)
        while isinstance(step, Request):
            step = next_step(steps, self._answer(step, request, how))
        return _response(step, request, self)
