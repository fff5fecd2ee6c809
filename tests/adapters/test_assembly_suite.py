"""Assembly's API keeps the promises of every adapter."""

import atexit
from contextlib import ExitStack, asynccontextmanager, contextmanager

import pytest

from scopegate import Catalogue
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from ..servers.client import running
from .driving import ONCE, async_client, client

WHOLE = Catalogue.builtin("assembly").to_dict()
SCOPES = ("school", "students.basic", "students.emails", "students.gender")
NAMES = {path for key in SCOPES for path in WHOLE["scope"][key]["fields"]}


def only(resource):
    """Return a resource of the catalogue with the fields of a few scopes."""
    home = WHOLE["resource"][resource]
    some = {n: v for n, v in home["field"].items() if f"{resource}.{n}" in NAMES}
    return {key: home[key] for key in home if key != "people"} | {"field": some}


def scope(key):
    """Return a scope of the catalogue with the fields that are left."""
    held = WHOLE["scope"][key]
    kept = [p for p in held["fields"] if p.split(".")[0] in {"school", "student"}]
    return {n: held[n] for n in held if n != "guessed"} | {"fields": kept}


CATALOGUE = Catalogue.from_dict(
    {
        "id": "assembly-in-small",
        "version": "1",
        "resource": {name: only(name) for name in ("school", "student")},
        "scope": {key: scope(key) for key in SCOPES},
    }
)
SHAPE = Shape(lacks=["lone surrogates"], resource="student", catalogue=CATALOGUE)


class Running:
    """A server that is started when it is first needed."""

    def __init__(self):
        self.stack = ExitStack()
        self.server = None

    def serving(self, records):
        """Return the interface to the server, with these records and no others."""
        if self.server is None:
            self.server = self.stack.enter_context(running("assembly"))
            atexit.register(self.stack.close)
        self.server.reset()
        self.server.serve(records)
        return Assembly(self.server.url, "school-token", page_size=2)


RUNNING = Running()


@contextmanager
def blocking(records):
    """Give an adapter that blocks, of a server with these records."""
    with client() as line:
        yield HTTPAdapter(RUNNING.serving(records), line, ONCE)


@asynccontextmanager
async def not_blocking(records):
    """Give an adapter that does not block, of a server with these records."""
    async with async_client() as line:
        yield AsyncHTTPAdapter(RUNNING.serving(records), line, ONCE)


def asked(_):
    """Return how many requests for records the server has had."""
    return len(RUNNING.server.log())


TestServer = pytest.mark.slow(adapter_suite(blocking, SHAPE, asked=asked, examples=5))
TestServerWithoutBlocking = pytest.mark.slow(
    async_adapter_suite(not_blocking, SHAPE, asked=asked)
)
