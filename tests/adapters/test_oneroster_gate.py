"""A OneRoster server behind the gate: connected, authorised, read, revoked."""

import asyncio
from datetime import UTC, datetime

import pytest

from scopegate import AccessDeniedError, Condition, Query
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.oneroster import OneRoster
from scopegate.errors import QueryRefusedError, UnverifiedSchoolError, WrongSchoolError

from ..servers.fixtures import serving
from .driving import async_client, fetched
from .oneroster_scene import (
    BOTH,
    CANARY,
    HOME,
    PUPILS,
    RECORDS,
    SCHOOL,
    VERSIONS,
    Scene,
    asked,
    interface,
    page,
    person,
    wanted,
)

running_server, server = serving("oneroster", RECORDS)


@pytest.fixture(params=VERSIONS)
def adapter(server, line, request):
    """An adapter that blocks, in both versions."""
    return HTTPAdapter(interface(server, request.param), line)


RELEASED = [
    {name: pupil[name] for name in ("sourcedId", "status", "givenName", "familyName")}
    for pupil in PUPILS
]


def test_a_school_is_verified_by_its_identifier(server, adapter):
    """Before any decision only public fields are asked for, and of schools alone."""
    Scene(adapter)

    public = "sourcedId,status,dateLastModified,name,type,identifier"
    assert asked(server) == ["token roster-core", page(0, "schools", public)]


def test_what_is_released_is_what_was_asked_for(server, adapter):
    """Only authorised fields are asked for, and only those come out."""
    scene = Scene(adapter)

    with scene.open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    fields = "sourcedId,status,givenName,familyName"
    assert asked(server)[-3:] == [page(n, fields=fields) for n in (0, 2, 4)]


def test_reading_without_blocking_gives_the_same(server, adapter):
    """The same records by the same requests."""
    scene = Scene(adapter)

    async def read():
        async with async_client() as line:
            other = AsyncHTTPAdapter(adapter.interface, line)
            access = scene.open()
            found = [r async for r in access.read_async(other, Query("student"))]
            return found, await access.count_async(other, Query("student"))

    assert asyncio.run(read()) == (RELEASED, 5)


class Mistaken(OneRoster):
    """An interface that asks for a field that no server knows."""

    def _fields(self, asking, wanted):
        [(name, fields)] = super()._fields(asking, wanted)
        return ((name, f"{fields},nonsense"),)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_gives_everything_changes_nothing(server, line, version):
    """As it does for a name it does not know: what must not flow stays behind."""
    more = {"password": CANARY, "metadata": {"x": CANARY}}
    server.serve({**RECORDS, "users": [pupil | more for pupil in PUPILS]})
    adapter = HTTPAdapter(interface(server, version, kind=Mistaken), line)

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    raw, _ = fetched("sync", adapter.interface, wanted())
    known = [{**pupil, **more} for pupil in PUPILS]
    assert raw == [{n: v for n, v in one.items() if n != "status"} for one in known]


def test_conditions_are_decided_again(server, adapter):
    """A server that tells no difference in case lets more through, and the gate less."""
    server.options(fold_case=True)
    server.serve({**RECORDS, "users": [*PUPILS, person(6, givenName="ADA 1")]})
    query = Query("student", [Condition("student.givenName", "=", "Ada 1")])

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, query)) == [RELEASED[1]]

    assert "filter=givenName='Ada 1'" in asked(server)[-1]


def test_a_withheld_field_is_not_asked_about(server, adapter):
    """Neither as a condition nor by when a record was changed."""
    access = Scene(adapter).open()
    before = len(server.log())
    since = datetime(2026, 11, 23, tzinfo=UTC)

    with pytest.raises(QueryRefusedError):
        access.read(
            adapter, Query("student", [Condition("student.email", "=", CANARY)])
        )
    with pytest.raises(QueryRefusedError):
        access.read(adapter, Query("student", changed_since=since))

    assert len(server.log()) == before


def test_changes_are_read_where_their_time_may_flow(server, adapter):
    """Only what the server says has changed since comes over the line."""
    old, new = "2026-11-22T12:00:00.000Z", "2026-11-23T12:00:00.000Z"
    changed = [pupil | {"dateLastModified": old} for pupil in PUPILS]
    changed[2]["dateLastModified"] = new
    server.serve({**RECORDS, "users": changed})
    query = Query("student", changed_since=datetime(2026, 11, 23, tzinfo=UTC))

    with Scene(adapter, "students.timestamps").open() as access:
        found = list(access.read(adapter, query))

    assert found == [RELEASED[2] | {"dateLastModified": new}]


@pytest.mark.parametrize(
    ("limit", "pages"), [(1, [(0, 1)]), (2, [(0, 2)]), (3, [(0, 2), (2, 2)])]
)
def test_a_limit_asks_for_no_more_than_it_needs(server, adapter, limit, pages):
    """The pages together hold hardly more than what is taken."""
    with Scene(adapter).open() as access:
        found = list(access.read(adapter, Query("student", limit=limit)))

    fields = "sourcedId,status,givenName,familyName"
    assert found == RELEASED[:limit]
    assert [line for line in asked(server) if "students" in line] == [
        page(offset, fields=fields, limit=size) for offset, size in pages
    ]


def test_counting_asks_the_server(server, adapter):
    """Where no record can be withheld its number is taken, and no page read."""
    with Scene(adapter).open() as access:
        assert access.count(adapter, Query("student")) == 5

    assert asked(server)[-1].startswith("/students?limit=1&offset=0&")


def test_after_a_revocation_no_further_page_is_asked_for(server, adapter):
    """What was delivered stays so; what follows is neither asked for nor given."""
    scene = Scene(adapter)
    records = scene.open().read(adapter, Query("student"))
    found = [next(records)]
    before = asked(server)

    scene.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, asked(server)) == (RELEASED[:1], before)


@pytest.mark.parametrize("kind", ["status:401", "status:503"])
def test_before_trying_again_what_may_be_asked_for_is_decided_anew(
    server, adapter, line, kind
):
    """What is revoked while a server is busy, or a token ends, is not asked for again.

    Nor is another token.
    """
    scene = Scene(adapter)
    access = scene.open()
    list(access.read(adapter, Query("school")))
    server.fault(kind, retry_after=0)
    line.event_hooks = {"response": [lambda _: scene.revoke()]}
    before = asked(server)

    with pytest.raises(AccessDeniedError):
        next(access.read(adapter, Query("student")))

    fields = "sourcedId,status,givenName,familyName"
    assert asked(server) == [*before, page(0, fields=fields)]


def test_a_school_of_another_identifier_is_a_fault(server, adapter):
    """One school more on the server, and nothing is connected."""
    server.serve(BOTH)

    with pytest.raises(WrongSchoolError):
        Scene(adapter)


def test_a_school_without_an_identifier_is_not_verified(server, adapter):
    """1.1 lets a school lack it; then no one can tell whose the data is."""
    server.serve({"orgs": [{k: v for k, v in HOME.items() if k != "identifier"}]})

    with pytest.raises(UnverifiedSchoolError):
        Scene(adapter)


@pytest.mark.parametrize("version", VERSIONS)
def test_one_of_several_schools_is_served_from_end_to_end(server, line, version):
    """Connected, authorised and read, it gives that school's students alone."""
    server.serve(BOTH)
    adapter = HTTPAdapter(interface(server, version, school=SCHOOL), line)

    with Scene(adapter).open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED


def test_demographics_flow_by_their_own_grant_and_scope(server, adapter):
    """What the school authorised comes, by a token for nothing else."""
    scene = Scene(adapter, "demographics.birth_date")

    with scene.open() as access:
        found = list(access.read(adapter, Query("demographics")))

    assert found == [{"sourcedId": "u1", "birthDate": "2014-02-11"}]
    assert asked(server)[-2:] == [
        "token roster-demographics",
        page(0, "demographics", "sourcedId,status,birthDate"),
    ]
