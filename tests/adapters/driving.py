"""Reading an interface over HTTP, blocking and not, as a caller would."""

import asyncio
import ssl

import httpx

from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Limits
from scopegate.errors import ScopegateError

ONCE = Limits(retries=0)
"""Limits for tests in which nothing is tried again, and so nothing waited for."""

WAYS = ["sync", "async"]
# Loading certificates takes long, and no test here needs any.
_SSL = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_PATIENCE = httpx.Timeout(10.0)


def client(timeout=_PATIENCE):
    """Return a client that is quick to make."""
    return httpx.Client(verify=_SSL, timeout=timeout)


def async_client(timeout=_PATIENCE):
    """Return a client that does not block and is quick to make."""
    return httpx.AsyncClient(verify=_SSL, timeout=timeout)


def fetched(way, interface, wanted, limits=ONCE, timeout=_PATIENCE):
    """Return the records delivered, and the error that ended them, or None."""
    found = []
    try:
        if way == "sync":
            with client(timeout) as line:
                found.extend(HTTPAdapter(interface, line, limits).fetch(wanted))
        else:
            asyncio.run(_collect(interface, wanted, limits, timeout, found))
    except ScopegateError as error:
        return found, error
    return found, None


async def _collect(interface, wanted, limits, timeout, found):
    async with async_client(timeout) as line:
        async for record in AsyncHTTPAdapter(interface, line, limits).fetch(wanted):
            found.append(record)


def counted(way, interface, wanted, limits=ONCE):
    """Return the number of records that an interface tells."""
    if way == "sync":
        with client() as line:
            return HTTPAdapter(interface, line, limits).total(wanted)
    return asyncio.run(_total(interface, wanted, limits))


async def _total(interface, wanted, limits):
    async with async_client() as line:
        return await AsyncHTTPAdapter(interface, line, limits).total(wanted)


def chain(error):
    """Return everything that an error leads back to, itself first, as text."""
    found = []
    while error is not None:
        found.append(f"{error!r} {error} {vars(error)} {getattr(error, 'object', '')}")
        error = error.__cause__ or error.__context__
    return "\n".join(found)
