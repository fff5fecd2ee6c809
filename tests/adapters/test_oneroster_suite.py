"""A OneRoster server and a bundle keep the promises of every adapter."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scopegate.adapters.oneroster_csv import OneRosterCSV
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from .bundles import bundle
from .oneroster_scene import CATALOGUE, interface
from .suite_server import SuiteServer

pytestmark = pytest.mark.slow

LACKS = ["lone surrogates"]
FIELDS = ["dateLastModified", "givenName", "enabledUser", "grades[]", "roles[].role"]
SHAPE = Shape(
    lacks=LACKS,
    resource="student",
    catalogue=CATALOGUE,
    fields=[f"student.{name}" for name in FIELDS],
)


def holding(server, records):
    """Serve these records, and return the interface to the server."""
    schools = [row | {"status": "active"} for row in records["school"]]
    server.serve({"schools": schools, "students": records["student"]})
    return interface(server)


SERVER = SuiteServer("oneroster", holding)
TestServer = adapter_suite(SERVER.blocking, SHAPE, asked=SERVER.asked, examples=5)
TestServerWithoutBlocking = async_adapter_suite(
    SERVER.not_blocking, SHAPE, asked=SERVER.asked, examples=5
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
