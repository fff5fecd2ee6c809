"""Assembly's API through the gate, and what goes wrong on the way."""

import asyncio
import logging

import pytest

from scopegate import AccessDeniedError, Query
from scopegate.adapters._assembly.pages import explain
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Answer, Limits
from scopegate.errors import (
    QueryRefusedError,
    UnverifiedSchoolError,
    WrongSchoolError,
)

from ..servers.fixtures import serving
from .assembly_story import (
    CATALOGUE,
    HOME,
    IN_ROOMS,
    PUPILS,
    RECORDS,
    RELEASED,
    SINCE,
    TOKEN,
    interface,
    page,
    pupil,
    wanted,
    where,
)
from .driving import WAYS, async_client, chain, fetched
from .rest_story import CANARY, TOLD_ALIKE, UNREADABLE, Story, lines

running_server, server = serving("assembly", RECORDS)

# ---- Errors --------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_scope_that_the_token_lacks_is_told(server, way):
    """Told apart from a spent token, by the code of the error."""
    server.options(scopes=["school"])

    _, error = fetched(way, interface(server), wanted())

    assert str(error) == (
        "student, page 1: the token lacks a scope that this needs (401"
        " insufficient_scope); ask the school to authorise it in Assembly"
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_token_that_ends_midway_is_told(server, way):
    """Everything before it ended stays delivered."""
    server.options(token_uses=1)

    found, error = fetched(way, interface(server), wanted())

    assert (len(found), str(error)) == (
        2,
        "student, page 2: the token is not good, or no longer (401 invalid_token);"
        " fetch a new one",
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_means_the_same_where_changes_are_asked_for(server, way):
    """Whatever else a status may mean there."""
    server.options(scopes=["school"])

    _, error = fetched(way, interface(server), wanted(changed_since=SINCE))

    assert "insufficient_scope" in str(error)


@pytest.mark.parametrize(
    "body",
    [b"", b"Ada", b"[]", b'"invalid_token"', b'{"error":7}', b'{"error":"Ada"}', b"{}"],
)
def test_a_refusal_without_a_known_code_has_its_usual_meaning(body):
    """Nothing of it is shown, whatever it is."""
    assert explain(Answer(401, body=body)) is None


BROKEN = TOLD_ALIKE | {
    "array_for_object": "there is no list of records in the answer; check its version",
    "status:401": "the token is not good, or no longer (401 invalid_token); fetch a new"
    " one",
    "status:403": "the MIS account cannot read this (403); ask the school to allow it",
    "status:404": "the MIS has nothing at this address (404); check it",
    "status:406": "the MIS does not speak version 1.1 of the API (406); check its"
    " address",
    "status:429": "the MIS asks to wait longer (429); try again later",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_told_by_resource_and_page(server, way, kind):
    """The first page stays delivered, and nothing of the second is shown."""
    server.fault(kind, at=2, canary=CANARY)

    found, error = fetched(way, interface(server), wanted())

    assert ([one["id"] for one in found], str(error)) == (
        [1, 2],
        f"student, page 2: {BROKEN[kind]}",
    )
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("array_for_object", "there is no record in the answer; check its version"),
        ("html", UNREADABLE),
        ("status:406", BROKEN["status:406"]),
    ],
)
def test_one_record_that_cannot_be_read_is_a_fault(server, way, kind, problem):
    """As of a page, of which there is none."""
    server.fault(kind)

    found, error = fetched(way, interface(server), wanted("school"))

    assert (found, str(error)) == ([], f"school: {problem}")


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """A server whose pages grow is left at the most pages."""
    server.fault("endless")

    found, error = fetched(way, interface(server), wanted(), Limits(pages=4))

    assert (len(found), error.page) == (8, 5)


@pytest.mark.parametrize("way", WAYS)
def test_what_passes_is_borne(server, way):
    """A busy server is asked again, after as long as it says."""
    server.faults(
        [
            {"kind": "status:429", "at": 2, "retry_after": 0},
            {"kind": "status:503", "at": 3, "retry_after": 0},
        ]
    )

    found, error = fetched(way, interface(server), wanted(), Limits())

    assert ([one["id"] for one in found], error) == ([1, 2, 3, 4, 5], None)


@pytest.mark.parametrize("way", WAYS)
def test_a_wait_that_is_too_long_is_told(server, way):
    """Assembly may ask to wait for minutes; no reader is kept that long."""
    server.fault("status:429", retry_after=300)

    _, error = fetched(way, interface(server), wanted(), Limits())

    assert str(error) == f"student, page 1: {BROKEN['status:429']}"


# ---- Through the gate ----------------------------------------------------------------


@pytest.fixture
def adapter(server, line):
    """An adapter that blocks."""
    return HTTPAdapter(interface(server), line)


def test_a_school_is_verified_by_its_public_record(server, adapter):
    """Until the school decides only that is asked for, by a token that can do more."""
    Story(CATALOGUE, adapter, "students.basic")

    assert lines(server) == ["/school"]


@pytest.mark.parametrize(
    ("home", "error"),
    [
        (HOME | {"urn": "100002"}, WrongSchoolError),
        (HOME | {"urn": None}, UnverifiedSchoolError),
        ({"name": "Example School"}, UnverifiedSchoolError),
    ],
)
def test_a_token_of_another_school_connects_nothing(server, adapter, home, error):
    """The record must name the school, and nothing else is asked for."""
    server.serve({"school": [home]})

    with pytest.raises(error):
        Story(CATALOGUE, adapter, "students.basic")

    assert lines(server) == ["/school"]


def test_only_authorised_fields_are_released(server, adapter):
    """Though the API gives all that its token is good for."""
    story = Story(CATALOGUE, adapter, "students.basic")

    with story.open() as access:
        found = list(access.read(adapter, Query("student")))

    assert found == RELEASED
    assert lines(server)[-3:] == [page(1), page(2), page(3)]


def test_parts_are_asked_for_as_far_as_they_are_authorised(server, adapter):
    """What is ticked comes, from the part it is in and no other."""
    story = Story(CATALOGUE, adapter, "students.basic", "students.emails")

    with story.open() as access:
        found = list(access.read(adapter, Query("student", limit=1)))

    assert found == [RELEASED[0] | {"emails": PUPILS[0]["emails"]}]
    assert lines(server)[-1] == page(1, "&emails=true", size=1)


def test_reading_without_blocking_gives_the_same(server, adapter):
    """The same records by the same requests, and the same count."""
    story = Story(CATALOGUE, adapter, "students.basic")

    async def read():
        async with async_client() as line:
            other = AsyncHTTPAdapter(adapter.interface, line)
            access = story.open()
            found = [r async for r in access.read_async(other, Query("student"))]
            return found, await access.count_async(other, Query("student"))

    assert asyncio.run(read()) == (RELEASED, 5)
    assert lines(server)[-4:] == [page(1), page(2), page(3), page(1, size=1)]


def test_conditions_are_decided_again(server, adapter):
    """A server that lets more through changes nothing."""
    server.serve({**RECORDS, "student": [*PUPILS, pupil(6, id="2")]})
    story = Story(CATALOGUE, adapter, "students.basic")
    asked = Query("student", where("student", ("id", "=", 2)))

    with story.open() as access:
        assert list(access.read(adapter, asked)) == [RELEASED[1]]

    raw, _ = fetched("sync", adapter.interface, wanted(where=asked.where))
    assert [one["id"] for one in raw] == [2, "2"]


@pytest.mark.parametrize(
    "asked",
    [
        Query("student", where("student", ("dob", "=", CANARY))),
        Query("student", where("student", ("emails[].email", "=", CANARY))),
        Query("student", changed_since=SINCE),
    ],
)
def test_a_withheld_field_is_not_asked_about(server, adapter, asked):
    """Neither as a condition nor by what has changed, of which it may be one."""
    access = Story(CATALOGUE, adapter, "students.basic").open()
    before = len(server.log())

    with pytest.raises(QueryRefusedError):
        access.read(adapter, asked)

    assert len(server.log()) == before


def test_changes_flow_where_every_field_may(server, adapter):
    """Of rooms, say, whose scope holds all that there is of one."""
    old, new = {"id": 1}, {"id": 2, "_modified": "2026-02-01T00:00:00Z"}
    server.serve({**RECORDS, "room": [old, new]})
    story = Story(CATALOGUE, adapter, "timetables")

    with story.open() as access:
        found = list(access.read(adapter, Query("room", changed_since=SINCE)))

    assert found == [{"id": 2}]


def test_after_a_revocation_no_further_page_is_asked_for(server, adapter):
    """What was delivered stays so; what follows is neither asked for nor given."""
    story = Story(CATALOGUE, adapter, "students.basic")
    records = story.open().read(adapter, Query("student"))
    found = [next(records)]
    before = lines(server)

    story.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, lines(server)) == (RELEASED[:1], before)


@pytest.mark.parametrize("way", ["page", "again"])
def test_what_is_taken_back_midway_is_not_asked_for_again(server, adapter, line, way):
    """From the next page on, or the next try, its part is left out."""
    scopes = ("students.basic", "students.emails", "students.gender")
    story = Story(CATALOGUE, adapter, *scopes)
    access = story.open()
    list(access.read(adapter, Query("school")))
    if way == "again":
        server.fault("status:503", at=1, retry_after=0)
    narrowed = iter([lambda: story.amend(optional=["students.gender"])])
    hook = [lambda _: next(narrowed, lambda: None)()]
    line.event_hooks = {"response": hook}

    found = list(access.read(adapter, Query("student")))

    both, one = "&demographics=true&emails=true", "&demographics=true"
    start = [page(1, both), page(1, one)] if way == "again" else [page(1, both)]
    asked = [asked for asked in lines(server) if "students" in asked]
    assert asked == [*start, page(2, one), page(3, one)]
    gender = {"demographics": {"gender": "F"}}
    assert found == [one | gender for one in RELEASED]


def test_lessons_flow_from_room_to_room_until_they_are_taken_back(server, adapter):
    """After a revocation no other room is asked about."""
    server.serve({**RECORDS, **IN_ROOMS})
    every = ("timetables", "timetables.cover", "groups.user")
    story = Story(CATALOGUE, adapter, *every)
    records = story.open().read(adapter, Query("lesson"))
    found = [next(records)]
    before = lines(server)

    story.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, lines(server)) == ([{"id": 11}], before)


def test_counting_asks_the_server(server, adapter):
    """Where no record can be withheld its number is taken, and no page read."""
    with Story(CATALOGUE, adapter, "students.basic").open() as access:
        assert access.count(adapter, Query("student")) == 5

    assert lines(server)[-1] == page(1, size=1)


def test_what_goes_on_is_not_written_down(server, adapter, caplog):
    """Our log holds no value of a record, nor the token."""
    caplog.set_level(logging.DEBUG, "scopegate")
    story = Story(CATALOGUE, adapter, "students.basic", "students.dob")

    with story.open() as access:
        list(access.read(adapter, Query("student")))

    ours = [r.getMessage() for r in caplog.records if r.name.startswith("scopegate")]
    assert not any(secret in " ".join(ours) for secret in (CANARY, TOKEN, "Ada"))
