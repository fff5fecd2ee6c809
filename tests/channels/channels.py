"""Every way in which an app may be given records, as one table.

A channel reads all pupils of a school: through an adapter, through a guard round
a function or a client, or by a client of its own over a guarded transport.
"""

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import requests
from attrs import frozen

from scopegate import Query
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Limits
from scopegate.http import (
    AssemblyDialect,
    Guard,
    OneRosterDialect,
    Route,
    TokenRoute,
    WondeDialect,
)
from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.http.requests import GuardHTTPAdapter

from . import mis as kinds
from .mis import ASSEMBLY, ONEROSTER_1_1, ONEROSTER_1_2, WONDE

_SSL = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # quick to make; nothing here is TLS
_ONCE = Limits(retries=0)
_PATIENCE = httpx.Timeout(0.6)


@frozen
class Channel:
    """One way to be given records.

    Attributes:
        mis: The kind of MIS.
        source: Makes the MIS, given an exit stack, a folder and a server's address.
        read: Yields what an app gets of all pupils, given an access and the MIS.
        second: Which request for data it is that asks for the second page, once
            the school is connected: an adapter proves whose data it serves first.
        gives_pages: Whether a page is given whole, and the rest of one that has
            been given may be looked at later.
        reads_strictly: Whether it is we who read what the MIS sends; a vendor's
            client may make something of what is malformed.
    """

    mis: kinds.Mis
    source: Callable[..., Any]
    read: Callable[..., Any]
    second: int = 3
    gives_pages: bool = False
    reads_strictly: bool = True


_LINE = httpx.Client(verify=_SSL, timeout=_PATIENCE)


def _plain_adapter(source):
    if not isinstance(source, kinds.Served):
        return source.adapter
    return HTTPAdapter(source.mis.interface(source.url), _LINE, _ONCE)


def connecting(source):
    """Return an adapter by which a school is connected."""
    return _plain_adapter(source)


def _resource(source):
    return Query("student")


def by_adapter(access, source):
    """Read through an adapter that blocks."""
    yield from access.read(_plain_adapter(source), _resource(source))


def by_async_adapter(access, source):
    """Read through an adapter that does not block, one step at a time."""
    line = httpx.AsyncClient(verify=_SSL, timeout=_PATIENCE)
    adapter = AsyncHTTPAdapter(source.mis.interface(source.url), line, _ONCE)
    yield from _stepped(access.read_async(adapter, _resource(source)), line.aclose)


def _stepped(records, close):
    """Yield what an asynchronous generator gives, each by a step of its own loop."""
    with asyncio.Runner() as runner:
        try:
            while (record := runner.run(anext(records, None))) is not None:
                yield record
        finally:
            runner.run(records.aclose())
            runner.run(close())


def _fetch(url):
    """Fetch all pages of a list of an Assembly server, as a client of a vendor might."""
    accept = "application/vnd.assembly+json; version=1.1"
    page = "1"
    while page:
        request = urllib.request.Request(  # noqa: S310 - the server of a test
            f"{url}/students?page={page}&per_page=2&demographics=true",
            headers={"Authorization": "Bearer school-token", "Accept": accept},
        )
        with urllib.request.urlopen(request, timeout=0.6) as answer:  # noqa: S310
            yield from json.loads(answer.read())
            page = answer.headers.get("Next-Page")


class _Vendor:
    """A client of an Assembly server, as a vendor might ship it."""

    def __init__(self, url):
        self.url = url

    def each_student(self):
        """Yield all pupils."""
        return _fetch(self.url)

    async def each_student_async(self):
        """Yield all pupils, without blocking for long."""
        for record in _fetch(self.url):
            yield record


def by_function(access, source):
    """Read through a guarded function."""
    guarded = access.guard(lambda: _fetch(source.url), resource="student")
    yield from guarded()


def by_client(access, source):
    """Read through a guarded client."""
    client = access.guard_client(_Vendor(source.url), {"each_student": "student"})
    yield from client.each_student()


def by_async_client(access, source):
    """Read through a guarded client whose method is an asynchronous generator."""
    methods = {"each_student_async": "student"}
    client = access.guard_client(_Vendor(source.url), methods)
    yield from _stepped(client.each_student_async(), _nothing)


async def _nothing():
    """Do nothing."""


def _assembly_guard(access, source):
    route = Route("/students", "student", "[]", dialect=AssemblyDialect())
    return Guard(access, source.url, [route])


def _assembly_pages(get, source):
    """Read all pages of a list of an Assembly server with any client."""
    page, headers = (
        "1",
        {
            "Authorization": "Bearer school-token",
            "Accept": "application/vnd.assembly+json; version=1.1",
        },
    )
    while page:
        params = {"page": page, "per_page": "2"}
        answer = get(f"{source.url}/students", params=params, headers=headers)
        yield from _seen(answer)
        page = answer.headers.get("Next-Page")


def _seen(answer):
    """Yield what a client sees of an answer: its records, and then all the rest."""
    answer.raise_for_status()
    body = answer.json()
    found = body if isinstance(body, list) else next(iter(body.values()))
    yield from found
    shown = sorted((name.lower(), value) for name, value in answer.headers.items())
    yield {"status": answer.status_code, "headers": shown, "body": answer.text}


def by_httpx(access, source):
    """Read an Assembly server with a guarded client of httpx."""
    guarded = GuardTransport(_assembly_guard(access, source))
    with httpx.Client(transport=guarded, timeout=_PATIENCE) as client:
        yield from _assembly_pages(client.get, source)


def by_httpx_async(access, source):
    """Read an Assembly server with a guarded client of httpx that does not block."""
    guarded = AsyncGuardTransport(_assembly_guard(access, source))
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(transport=guarded, timeout=_PATIENCE)
        try:
            yield from _assembly_pages(
                lambda *args, **more: runner.run(client.get(*args, **more)), source
            )
        finally:
            runner.run(client.aclose())


def by_requests(access, source):
    """Read an Assembly server with a guarded session of requests."""
    guarded = GuardHTTPAdapter(_assembly_guard(access, source))
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, guarded)
        yield from _assembly_pages(
            lambda *args, **more: session.get(*args, timeout=0.6, **more), source
        )


def by_httpx_oneroster(access, source):
    """Read a OneRoster server with a guarded client, its token included."""
    base = f"{source.url}/ims/oneroster/rostering/v1p2"
    routes = [
        Route("/students", "student", "users[]", dialect=OneRosterDialect()),
        TokenRoute(f"{source.url}/oauth/token"),
    ]
    transport = GuardTransport(Guard(access, base, routes))
    with httpx.Client(transport=transport, timeout=_PATIENCE) as client:
        form = {
            "grant_type": "client_credentials",
            "scope": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
        }
        token = client.post(
            f"{source.url}/oauth/token", data=form, auth=("app", "hush")
        ).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        for offset in range(0, kinds.COUNT, 2):
            yield from _seen(
                client.get(
                    f"{base}/students",
                    params={"limit": "2", "offset": str(offset)},
                    headers=headers,
                )
            )


def by_httpx_wonde(access, source):
    """Read Wonde with a guarded client, by its cursors."""
    base = f"{source.url}/v1.0/schools/S1"
    route = Route("/students", "student", "data[]", dialect=WondeDialect())
    transport = GuardTransport(Guard(access, base, [route]))
    with httpx.Client(transport=transport, timeout=_PATIENCE) as client:
        url = f"{base}/students?per_page=2&cursor=true"
        while url:
            answer = client.get(url, headers={"Authorization": "Bearer app-token"})
            yield from _seen(answer)
            url = answer.json()["meta"]["pagination"].get("next")


def _served(mis):
    return lambda stack, folder, address: kinds.serving(mis, stack)


CHANNELS = {
    "records": Channel(ASSEMBLY, lambda *_: kinds.records(ASSEMBLY), by_adapter),
    "files": Channel(ASSEMBLY, lambda _, f, __: kinds.files(ASSEMBLY, f), by_adapter),
    "OneRoster bundle": Channel(
        ONEROSTER_1_1, lambda _, f, __: kinds.bundle(ONEROSTER_1_1, f), by_adapter
    ),
    "SQLite": Channel(ASSEMBLY, lambda s, *_: kinds.sqlite(ASSEMBLY, s), by_adapter),
    "PostgreSQL": Channel(
        ASSEMBLY, lambda s, _, a: kinds.postgres(ASSEMBLY, s, a), by_adapter
    ),
    "Assembly": Channel(ASSEMBLY, _served(ASSEMBLY), by_adapter),
    "Assembly async": Channel(ASSEMBLY, _served(ASSEMBLY), by_async_adapter),
    "OneRoster 1.1": Channel(ONEROSTER_1_1, _served(ONEROSTER_1_1), by_adapter),
    "OneRoster 1.2": Channel(ONEROSTER_1_2, _served(ONEROSTER_1_2), by_adapter),
    "OneRoster async": Channel(ONEROSTER_1_2, _served(ONEROSTER_1_2), by_async_adapter),
    "Wonde": Channel(WONDE, _served(WONDE), by_adapter),
    "Wonde async": Channel(WONDE, _served(WONDE), by_async_adapter),
    "function": Channel(
        ASSEMBLY, _served(ASSEMBLY), by_function, 2, reads_strictly=False
    ),
    "client": Channel(ASSEMBLY, _served(ASSEMBLY), by_client, 2, reads_strictly=False),
    "client async": Channel(
        ASSEMBLY, _served(ASSEMBLY), by_async_client, 2, reads_strictly=False
    ),
    "httpx": Channel(ASSEMBLY, _served(ASSEMBLY), by_httpx, 2, gives_pages=True),
    "httpx async": Channel(
        ASSEMBLY, _served(ASSEMBLY), by_httpx_async, 2, gives_pages=True
    ),
    "requests": Channel(ASSEMBLY, _served(ASSEMBLY), by_requests, 2, gives_pages=True),
    "httpx, OneRoster": Channel(
        ONEROSTER_1_2, _served(ONEROSTER_1_2), by_httpx_oneroster, 2, gives_pages=True
    ),
    "httpx, Wonde": Channel(WONDE, _served(WONDE), by_httpx_wonde, 2, gives_pages=True),
}
"""Every adapter and every guard, by name."""
