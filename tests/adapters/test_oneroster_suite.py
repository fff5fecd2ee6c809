"""A OneRoster server and a bundle keep the promises of every adapter."""

import atexit
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from ..servers.client import running
from .bundles import bundle
from .driving import ONCE, async_client, client
from .oneroster_scene import CATALOGUE, interface

pytestmark = pytest.mark.slow

LACKS = ["lone surrogates"]
FIELDS = ["dateLastModified", "givenName", "enabledUser", "grades[]", "roles[].role"]
SHAPE = Shape(
    lacks=LACKS,
    resource="student",
    catalogue=CATALOGUE,
    fields=[f"student.{name}" for name in FIELDS],
)


class Running:
    """A server that is started when it is first needed, and the clients of it."""

    def __init__(self):
        self.stack = ExitStack()
        self.server = None

    def serving(self, records):
        """Return the server, with these records and no others."""
        if self.server is None:
            self.server = self.stack.enter_context(running("oneroster"))
            atexit.register(self.stack.close)
        self.server.reset()
        self.server.serve(
            {"schools": records["school"], "students": records["student"]}
        )
        return self.server


RUNNING = Running()


@contextmanager
def blocking(records):
    """Give an adapter that blocks, of a server with these records."""
    with client() as line:
        yield HTTPAdapter(interface(RUNNING.serving(records)), line, ONCE)


@asynccontextmanager
async def not_blocking(records):
    """Give an adapter that does not block, of a server with these records."""
    async with async_client() as line:
        yield AsyncHTTPAdapter(interface(RUNNING.serving(records)), line, ONCE)


def asked(_):
    """Return how many requests for records the server has had."""
    return sum(entry["method"] == "GET" for entry in RUNNING.server.log())


TestServer = adapter_suite(blocking, SHAPE, asked=asked, examples=5)
TestServerWithoutBlocking = async_adapter_suite(
    not_blocking, SHAPE, asked=asked, examples=5
)

FLAT = ["dateLastModified", "title", "classCode", "location"]
CSV_SHAPE = Shape(
    # A cell is a text or nothing. What is null, and a list or object with nothing in
    # it, has no way to be one; those with something have tests of their own.
    lacks=[*LACKS, "null", "empty texts", "lists", "objects", "malformed", "strays"],
    resource="class",
    catalogue=CATALOGUE,
    fields=[f"class.{name}" for name in FLAT],
)


@contextmanager
def bundled(records):
    """Give an adapter of a bundle with these records."""
    schools = [
        ("sourcedId", "type", "identifier", "name"),
        *(("s1", "school", r["identifier"], r["name"]) for r in records["school"]),
    ]
    names = ["sourcedId", *FLAT]
    classes = [
        ("schoolSourcedId", *names),
        *(("", *(row.get(name, "") for name in names)) for row in records["class"]),
    ]
    with TemporaryDirectory() as folder:
        files = {"orgs": schools, "classes": classes}
        yield OneRosterCSV(bundle(Path(folder), files))


TestBundle = adapter_suite(bundled, CSV_SHAPE, examples=5)
