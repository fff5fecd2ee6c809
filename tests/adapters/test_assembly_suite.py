"""Assembly's API keeps the promises of every adapter."""

import pytest

from scopegate import Catalogue
from scopegate.adapters.assembly import Assembly
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from .suite_server import SuiteServer

WHOLE = Catalogue.builtin("assembly").to_dict()
SCOPES = ("school", "students.basic", "students.emails", "students.gender")
CUT = {"people", "identifiers"}
"""What names fields that are left out here."""
NAMES = {path for key in SCOPES for path in WHOLE["scope"][key]["fields"]}


def only(resource):
    """Return a resource of the catalogue with the fields of a few scopes."""
    home = WHOLE["resource"][resource]
    some = {n: v for n, v in home["field"].items() if f"{resource}.{n}" in NAMES}
    return {key: home[key] for key in home if key not in CUT} | {"field": some}


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


def holding(server, records):
    """Serve these records, and return the interface to the server."""
    server.serve(records)
    return Assembly(server.url, "school-token", page_size=2)


SERVER = SuiteServer("assembly", holding)
TestServer = pytest.mark.slow(
    adapter_suite(SERVER.blocking, SHAPE, asked=SERVER.asked, examples=5)
)
TestServerWithoutBlocking = pytest.mark.slow(
    async_adapter_suite(SERVER.not_blocking, SHAPE, asked=SERVER.asked)
)
