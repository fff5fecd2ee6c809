"""A server of which the suite of obligations makes adapters, one after another."""

import atexit
from contextlib import ExitStack, asynccontextmanager, contextmanager

from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter

from ..servers.client import running
from .driving import ONCE, async_client, client


class SuiteServer:
    """A server that is started when it is first needed, and the adapters of it.

    Args:
        kind: Which server.
        fill: Serves records there and returns the interface to it.
    """

    def __init__(self, kind, fill):
        self._kind, self._fill = kind, fill
        self._stack, self._server = ExitStack(), None

    @contextmanager
    def blocking(self, records):
        """Give an adapter that blocks, of the server with these records."""
        with client() as line:
            yield HTTPAdapter(self._holding(records), line, ONCE)

    @asynccontextmanager
    async def not_blocking(self, records):
        """Give an adapter that does not block, of the server with these records."""
        async with async_client() as line:
            yield AsyncHTTPAdapter(self._holding(records), line, ONCE)

    def asked(self, _):
        """Return how many requests for records the server has had."""
        return sum(entry["method"] == "GET" for entry in self._server.log())

    def _holding(self, records):
        """Return the interface to the server, with these records and no others."""
        if self._server is None:
            self._server = self._stack.enter_context(running(self._kind))
            atexit.register(self._stack.close)
        self._server.reset()
        return self._fill(self._server, records)
