"""The three clients that a guard can be put under, asked in one way."""

import asyncio
import ssl

import httpx
import requests
from attrs import field, frozen

from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.http.requests import GuardHTTPAdapter

WAYS = ["httpx", "async", "requests"]
# Loading certificates takes long, and no test here needs any.
_SSL = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PATIENCE = 10.0


@frozen
class Told:
    """What a client was given."""

    status: int
    headers: dict[str, str]
    body: bytes
    response: object = field(eq=False, repr=False)


def transport():
    """Return a transport that is quick to make."""
    return httpx.HTTPTransport(verify=_SSL)


def async_transport():
    """Return a transport that does not block and is quick to make."""
    return httpx.AsyncHTTPTransport(verify=_SSL)


def client(guarded, inner=None, **more):
    """Return a client of httpx with a guard under it."""
    return httpx.Client(transport=GuardTransport(guarded, inner or transport()), **more)


def async_client(guarded, inner=None, **more):
    """Return a client of httpx that does not block, with a guard under it."""
    under = AsyncGuardTransport(guarded, inner or async_transport())
    return httpx.AsyncClient(transport=under, **more)


def session(guarded, inner=None):
    """Return a session of requests with a guard under it."""
    made = requests.Session()
    made.trust_env = False
    for start in ("http://", "https://"):
        made.mount(start, GuardHTTPAdapter(guarded, inner))
    return made


def get(way, guarded, url, *, method="GET", timeout=PATIENCE, follow=False, **more):
    """Return what a client of some kind is given."""
    if way == "requests":
        with session(guarded) as made:
            given = made.request(
                method, url, timeout=timeout, allow_redirects=follow, **more
            )
            return _told(given)
    how = {"method": method, "url": url, "follow_redirects": follow, **more}
    if way == "httpx":
        with client(guarded, timeout=timeout) as made:
            return _told(made.request(**how))
    return asyncio.run(_get(guarded, timeout, how))


async def _get(guarded, timeout, how):
    async with async_client(guarded, timeout=timeout) as made:
        return _told(await made.request(**how))


def _told(response):
    headers = {name.lower(): text for name, text in response.headers.items()}
    return Told(response.status_code, headers, response.content, response)


def outcome(way, guarded, url, **more):
    """Return all that a client can see of asking: what it is given, or the error."""
    try:
        told = get(way, guarded, url, **more)
    except Exception as error:
        return type(error).__name__, str(error), repr(error), chain(error)
    return told


def chain(error):
    """Return everything that an error leads back to, as text."""
    found, one = [], error
    while one is not None:
        held = {
            n: repr(v)
            for n, v in vars(one).items()
            if n not in {"permit", "_request", "request"}
        }
        found.append(f"{one!r} {held}")
        one = one.__cause__ or one.__context__
    return found
