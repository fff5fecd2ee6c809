"""`Real`: the gate that is to be proven, and how each client is put under it."""

from functools import cache
from io import BytesIO

import httpx
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from scopegate import Subjects
from scopegate.http import Guard, OneRosterDialect, Paging, PlainDialect, Route
from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.http.requests import GuardHTTPAdapter
from scopegate.testing.permits import grant_of

from ..model_mis import opened_by
from .mis import BASE
from .world import CATALOGUE

_EVERYTHING = tuple(f"pupil.{name}" for name in ("id", "name", "year", "dob", "status"))
_ORDERS = {"name": "pupil.name", "dob": "pupil.dob", "-dob": "pupil.dob"}
BY_OFFSET = PlainDialect(
    conditions={
        "year": "pupil.year",
        "dob": "pupil.dob",
        "dob_gte": ("pupil.dob", ">="),
        "town": "pupil.home.town",
        "contacts": "pupil.contacts[].name",
    },
    looks={
        "q": _EVERYTHING,
        "named": ["pupil.name"],
        "marked": ["attendance.mark"],
        "changed_since": _EVERYTHING,
    },
    sort="sort",
    orders=_ORDERS,
    words={"view": {"full"}},
    total="count",
    paging=Paging(
        *("offset", "offset", "limit"),
        headers={"X-Total-Count": "total"},
        body={"total": "total"},
    ),
)
BY_CURSOR = PlainDialect(
    sort="sort",
    orders=_ORDERS,
    paging=Paging("cursor", "cursor", "limit", body={"cursor": "next_cursor"}),
)
ROUTES = (
    Route("/pupils", "pupil", "data[]", dialect=BY_OFFSET),
    Route("/pupils/{id}", "pupil", "data"),
    Route("/cursors", "pupil", "data[]", dialect=BY_CURSOR),
    Route("/roster", "pupil", "data[]", dialect=OneRosterDialect()),
    Route("/classes", "class", "data[]", dialect=OneRosterDialect()),
)


class Bridge(BaseAdapter):
    """An adapter of requests for a transport of httpx."""

    def __init__(self, transport):
        super().__init__()
        self._transport = transport

    def close(self):
        """Do nothing."""

    def send(self, request, **_):
        """Return what the transport answers."""
        headers = dict(request.headers)
        asked = httpx.Request(request.method, request.url, headers=headers)
        answer = self._transport.handle_request(asked)
        response = requests.Response()
        response.status_code, response.headers = answer.status_code, answer.headers
        response.raw = HTTPResponse(
            BytesIO(answer.read()), headers=dict(answer.headers), preload_content=False
        )
        response.url = request.url
        return response


def session(adapter):
    """Return a session of requests that sends everything through *adapter*."""
    made = requests.Session()
    made.trust_env = False
    made.mount("https://", adapter)
    return made


_EVERYONE = Subjects.everyone()
_granted = cache(lambda scopes, subjects: grant_of(CATALOGUE, scopes, subjects))


def opened(scopes, *, subjects=_EVERYONE, **more):
    """Return an access to *scopes*, which a school has authorised."""
    return opened_by(_granted(scopes, subjects), CATALOGUE, **more)


class Real:
    """The gate that is to be proven."""

    @staticmethod
    def open(*scopes, **more):
        """Return an access to *scopes*."""
        return opened(scopes, **more)

    @staticmethod
    def client(access, web):
        """Return a client of httpx under guard."""
        transport = GuardTransport(Guard(access, BASE, ROUTES), web)
        return httpx.Client(base_url=BASE, transport=transport)

    @staticmethod
    def async_client(access, web):
        """Return a client of httpx under guard that does not block."""
        transport = AsyncGuardTransport(Guard(access, BASE, ROUTES), web)
        return httpx.AsyncClient(base_url=BASE, transport=transport)

    @staticmethod
    def session(access, web):
        """Return a session of requests under guard."""
        return session(GuardHTTPAdapter(Guard(access, BASE, ROUTES), Bridge(web)))
