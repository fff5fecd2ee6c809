"""What an adapter asks of an MIS, the guard of that MIS understands, and alike.

Both rest on one table of names for each MIS. Here the adapter's own requests are
read by the dialect, as if a client had made them.
"""

import re

import pytest

from scopegate import Catalogue, Condition
from scopegate._wire.address import AddressError
from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters._oneroster.interface import ENDPOINTS
from scopegate.adapters._wonde.interface import COLLECTIONS, parts_of
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.base import Fetch
from scopegate.adapters.oneroster import OneRoster
from scopegate.adapters.steps import Answer, Asking
from scopegate.adapters.wonde import Wonde
from scopegate.http import AssemblyDialect, OneRosterDialect, WondeDialect

CATALOGUES = {
    name: Catalogue.builtin(name) for name in ("assembly", "oneroster", "wonde")
}
LISTS = [name for name, place in PLACES.items() if place.is_one_list]
NARROWED = [
    (name, local, narrowing)
    for name, place in PLACES.items()
    for local, narrowing in place.narrowings.items()
]
ROSTER = OneRoster(
    "https://mis.example",
    client_id="app",
    client_secret="s3cret",  # noqa: S106 - of no one
    token_url="https://mis.example/token",  # noqa: S106 - as above
)


def wanted(catalogue, resource, **more):
    """Return a fetch of all fields of a resource."""
    home = CATALOGUES[catalogue].resource(resource)
    return Fetch(home, [leaf.path for leaf in home.fields], "1", **more)


def asked(interface, fetch):
    """Return the parameters that an adapter asks for the first page with."""
    steps = interface.steps(Asking(fetch))
    call = next(steps)
    if call.form is not None:
        call = steps.send(Answer(200, body=b'{"access_token":"a"}'))
    return dict(call.params)


def understood(dialect, fetch, interface):
    """Return what the guard makes of what the adapter asks."""
    given = asked(interface, fetch)
    return dialect.read(fetch.resource, given, is_list=True)


# ---- Assembly ------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_every_flag_of_assembly_is_one_of_both(name):
    """For all fields the adapter sends every flag that the guard knows, and no other."""
    fetch, dialect = wanted("assembly", name), AssemblyDialect()

    found = understood(dialect, fetch, Assembly("https://mis.example", "t"))

    with pytest.raises(AddressError) as caught:
        dialect.read(fetch.resource, {"unknown": ""}, is_list=False)
    assert found.parts.keys() == set(re.findall("`([^`]*)`", str(caught.value)))


@pytest.mark.parametrize(("name", "local", "narrowing"), NARROWED)
def test_assembly_narrows_by_what_the_guard_decides(name, local, narrowing):
    """A parameter that narrows a list goes by the same field in both."""
    path, value = f"{name}.{local}", "7" if narrowing.param == "year_code" else 7
    fetch = wanted("assembly", name, where=[Condition(path, "=", value)])

    found = understood(AssemblyDialect(), fetch, Assembly("https://mis.example", "t"))

    assert [one.path for clause in found.clauses for one in clause] == [path]


def test_assembly_goes_by_one_day():
    """The day of a mark that the adapter narrows by is what the guard looks at."""
    fetch = wanted("assembly", "attendance")

    found = understood(AssemblyDialect(), fetch, Assembly("https://mis.example", "t"))

    assert found.looks == {f"attendance.{PLACES['attendance'].day}"}


# ---- OneRoster -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_field_of_oneroster_is_one_of_both(name):
    """The names that the adapter asks for are those of branches of the catalogue."""
    fetch = wanted("oneroster", name)

    found = understood(OneRosterDialect(), fetch, ROSTER)

    tops = {path.split(".")[1].removesuffix("[]") for path in fetch.fields}
    names = {path.split(".")[1].removesuffix("[]") for path in found.branches}
    assert names == tops & ENDPOINTS[name].published("1.2")


@pytest.mark.parametrize(
    ("comparison", "value"), [("=", "Zed"), ("in", ["Zed"]), ("in", ["Zed", "Yes"])]
)
def test_a_filter_of_oneroster_means_the_same_to_both(comparison, value):
    """What the adapter asks a server to decide, the guard decides in the same way."""
    where = [Condition("student.familyName", comparison, value)]
    records = [{"familyName": name} for name in ("Zed", "Yes", "No")]

    found = understood(
        OneRosterDialect(), wanted("oneroster", "student", where=where), ROSTER
    )

    held = [where[0].holds(record) for record in records]
    assert [found.admits(record) for record in records] == held


# ---- Wonde ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n, one in COLLECTIONS.items() if not one.kind])
def test_every_part_of_wonde_is_one_of_both(name):
    """For all fields the adapter includes every part that the guard knows, and no other."""
    fetch, dialect = wanted("wonde", name), WondeDialect()

    found = understood(dialect, fetch, Wonde("t", "A1"))

    assert found.parts == parts_of(fetch.resource)
    inside = [path for path in fetch.fields if ".data" in path]
    assert all(f"{path}.".startswith(tuple(found.parts.values())) for path in inside)
