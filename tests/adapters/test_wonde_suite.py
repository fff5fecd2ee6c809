"""Wonde's API keeps the promises of every adapter."""

import pytest

from scopegate import Catalogue
from scopegate.adapters.wonde import Wonde
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from .suite_server import SuiteServer

WHOLE = Catalogue.builtin("wonde").to_dict()
SCOPES = ("school", "students.read", "students.education_details.read")
NAMES = {path for key in SCOPES for path in WHOLE["scope"][key]["fields"]}


def only(resource):
    """Return a resource of the catalogue with the fields of a few scopes."""
    home = WHOLE["resource"][resource]
    some = {n: v for n, v in home["field"].items() if f"{resource}.{n}" in NAMES}
    return {key: home[key] for key in home if key != "identifiers"} | {"field": some}


CATALOGUE = Catalogue.from_dict(
    {
        "id": "wonde-in-small",
        "version": "1",
        "resource": {name: only(name) for name in ("school", "student")},
        "scope": {
            key: {n: v for n, v in WHOLE["scope"][key].items() if n != "guessed"}
            for key in SCOPES
        },
    }
)
SHAPE = Shape(lacks=["lone surrogates"], resource="student", catalogue=CATALOGUE)


def holding(server, records):
    """Serve these records, and return the interface to the server."""
    [home] = records["school"]
    server.serve({**records, "school": [{**home, "id": "A1"}]})
    return Wonde("app-token", "A1", url=f"{server.url}/v1.0", page_size=2)


SERVER = SuiteServer("wonde", holding)
TestServer = pytest.mark.slow(
    adapter_suite(SERVER.blocking, SHAPE, asked=SERVER.asked, examples=5)
)
TestServerWithoutBlocking = pytest.mark.slow(
    async_adapter_suite(SERVER.not_blocking, SHAPE, asked=SERVER.asked)
)
