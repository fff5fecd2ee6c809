"""Wonde's API through the gate, what was deleted there, and what goes wrong."""

import asyncio
import logging

import pytest

from scopegate import AccessDeniedError, Condition, Query, Subjects
from scopegate.adapters._wonde.pages import explain
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Answer, Limits
from scopegate.adapters.wonde import Wonde
from scopegate.errors import (
    QueryRefusedError,
    UnsupportedQueryError,
    UnverifiedSchoolError,
    WrongSchoolError,
)

from ..servers.fixtures import serving
from .driving import WAYS, async_client, chain, fetched
from .rest_story import CANARY, TOLD_ALIKE, Story, lines
from .wonde_story import (
    CATALOGUE,
    HOME,
    PAGES,
    PLACE,
    RECORDS,
    RELEASED,
    SINCE,
    TOKEN,
    cursor,
    interface,
    moment,
    page,
    pupil,
    wanted,
)

running_server, server = serving("wonde", RECORDS)

# ---- Errors --------------------------------------------------------------------------

UNKNOWN = "Wonde does not know the token (401 invalid_token); check it"
CLOSED = (
    "the school has not approved a permission that this needs (403"
    " invalid_permissions); ask it to, in Wonde"
)
BROKEN = TOLD_ALIKE | {
    "array_for_object": "there is no list of records at `data`; check its version",
    "foreign_next": "the link to the next page leads elsewhere; check the address",
    "status:401": UNKNOWN,
    "status:403": CLOSED,
    "status:404": "Wonde has no such school for the app (404); check the school's id,"
    " and that it has approved the app",
    "status:422": "Wonde does not know something that was asked for (422); check its"
    " version",
    "status:429": "the MIS asks to wait longer (429); try again later",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_wrong_is_told_by_resource_and_page(server, way, kind):
    """The first page stays delivered, and nothing of the second is shown."""
    server.fault(kind, at=2, canary=CANARY)

    found, error = fetched(way, interface(server), wanted())

    assert ([one["id"] for one in found], str(error)) == (
        ["S1", "S2"],
        f"student, page 2: {BROKEN[kind]}",
    )
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("options", "problem"),
    [({"token": "other"}, UNKNOWN), ({"permissions": ["employees.read"]}, CLOSED)],
)
def test_a_token_and_a_permission_are_told_apart(server, way, options, problem):
    """One is the app's to fix, the other the school's."""
    server.options(**options)

    _, error = fetched(way, interface(server), wanted())

    assert str(error) == f"student, page 1: {problem}"


@pytest.mark.parametrize("status", [401, 403, 418])
@pytest.mark.parametrize("body", [b"", b"Ada", b'{"error":"Ada"}', b'{"error":[1]}'])
def test_a_refusal_without_a_known_code_has_its_usual_meaning(status, body):
    """Nothing of it is shown, whatever it is."""
    assert explain(Answer(status, body=body)) is None


def test_a_code_means_what_it_does_with_its_status_alone():
    """One that stands elsewhere explains nothing."""
    body = b'{"error":"invalid_permissions"}'

    assert [explain(Answer(status, body=body)) for status in (401, 403)] == [
        None,
        CLOSED,
    ]


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """A server whose pages grow is left at the most pages."""
    server.fault("endless")

    found, error = fetched(way, interface(server), wanted(), Limits(pages=4))

    assert (len(found), error.page) == (8, 5)


@pytest.mark.parametrize("way", WAYS)
def test_what_passes_is_borne(server, way):
    """A busy server is asked again, after as long as it says, for the same page."""
    server.faults(
        [
            {"kind": "status:429", "at": 2, "retry_after": 0},
            {"kind": "status:503", "at": 3, "retry_after": 0},
        ]
    )

    found, error = fetched(way, interface(server), wanted(), Limits())

    assert ([one["id"] for one in found], error) == ([f"S{n}" for n in "12345"], None)
    assert lines(server) == [PAGES[0], PAGES[1], PAGES[1], PAGES[1], PAGES[2]]


# ---- Through the gate ----------------------------------------------------------------


@pytest.fixture
def adapter(server, line):
    """An adapter that blocks."""
    return HTTPAdapter(interface(server), line)


def test_a_school_is_verified_by_its_public_record(server, adapter):
    """Until the school decides only that is asked for, by a token that can do more."""
    Story(CATALOGUE, adapter, "students.read")

    assert lines(server) == [PLACE]


@pytest.mark.parametrize(
    ("home", "error"),
    [
        (HOME | {"urn": 100002}, WrongSchoolError),
        ({"id": "A1", "name": "Example School"}, UnverifiedSchoolError),
    ],
)
def test_an_id_of_another_school_connects_nothing(server, adapter, home, error):
    """The record must name the school, and nothing else is asked for."""
    server.serve({"school": [home]})

    with pytest.raises(error):
        Story(CATALOGUE, adapter, "students.read")

    assert lines(server) == [PLACE]


def test_only_authorised_fields_are_released(server, adapter):
    """Though Wonde gives all that its token is good for."""
    story = Story(CATALOGUE, adapter, "students.read")

    with story.open() as access:
        assert list(access.read(adapter, Query("student"))) == RELEASED

    assert lines(server)[-3:] == PAGES


def test_parts_are_included_as_far_as_they_are_authorised(server, adapter):
    """What is ticked comes, from the part it is in and no other."""
    story = Story(
        CATALOGUE, adapter, "students.read", "students.education_details.read"
    )

    with story.open() as access:
        found = list(access.read(adapter, Query("student", limit=1)))

    year = {"education_details": {"data": {"current_nc_year": "9"}}}
    assert found == [RELEASED[0] | year]
    assert lines(server)[-1] == page(size=1, more="&include=education_details")


def test_reading_without_blocking_gives_the_same(server, adapter):
    """The same records by the same requests, and the same count."""
    story = Story(CATALOGUE, adapter, "students.read")

    async def read():
        async with async_client() as line:
            other = AsyncHTTPAdapter(adapter.interface, line)
            access = story.open()
            found = [r async for r in access.read_async(other, Query("student"))]
            return found, await access.count_async(other, Query("student"))

    assert asyncio.run(read()) == (RELEASED, 5)
    assert lines(server)[-6:] == PAGES * 2


def test_conditions_are_the_gates(server, adapter):
    """None is sent, and the records are chosen here."""
    story = Story(CATALOGUE, adapter, "students.read")
    where = [Condition("student.forename", "in", ["Ada 2", "Ada 9"])]

    with story.open() as access:
        assert list(access.read(adapter, Query("student", where))) == [RELEASED[1]]

    assert lines(server)[-3:] == PAGES


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (
            Query("student", [Condition("student.gender", "=", CANARY)]),
            QueryRefusedError,
        ),
        (Query("student", changed_since=SINCE), QueryRefusedError),
        (Query("student", search=CANARY), UnsupportedQueryError),
        (Query("student_deletion"), AccessDeniedError),
        (Query("employee"), AccessDeniedError),
    ],
)
def test_what_is_withheld_is_not_asked_about(server, adapter, asked, error):
    """Neither as a condition, nor by when it changed, nor by what is gone."""
    access = Story(CATALOGUE, adapter, "students.read").open()
    before = len(server.log())

    with pytest.raises(error):
        access.read(adapter, asked)

    assert len(server.log()) == before


def test_changes_flow_where_their_moments_may(server, adapter):
    """What Wonde says has changed since, and when."""
    new = {"updated_at": moment("2026-01-01 12:00:00")}
    server.serve({**RECORDS, "student": [pupil(1), pupil(2, **new)]})
    story = Story(CATALOGUE, adapter, "students.read", "students.timestamps.read")

    with story.open() as access:
        found = list(access.read(adapter, Query("student", changed_since=SINCE)))

    assert found == [RELEASED[1] | new]


def test_after_a_revocation_no_further_page_is_asked_for(server, adapter):
    """What was delivered stays so; what follows is neither asked for nor given."""
    story = Story(CATALOGUE, adapter, "students.read")
    records = story.open().read(adapter, Query("student"))
    found = [next(records)]
    before = lines(server)

    story.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    assert (found, lines(server)) == (RELEASED[:1], before)


@pytest.mark.parametrize("way", ["page", "again"])
def test_what_is_taken_back_midway_is_not_asked_for_again(server, adapter, line, way):
    """From the next page on, or the next try, its part is left out of the request."""
    year, emails = "students.education_details.read", "students.contact_details.read"
    story = Story(CATALOGUE, adapter, "students.read", year, emails)
    access = story.open()
    list(access.read(adapter, Query("school")))
    if way == "again":
        server.fault("status:503", at=1, retry_after=0)
    narrowed = iter([lambda: story.amend(optional=[year])])
    line.event_hooks = {"response": [lambda _: next(narrowed, lambda: None)()]}

    found = list(access.read(adapter, Query("student")))

    both = "&include=contact_details,education_details"
    one = "&include=education_details"
    start = [page(more=both), page(more=one)] if way == "again" else [page(more=both)]
    asked = [asked for asked in lines(server) if "students" in asked]
    assert asked == [*start, PAGES[1] + one, PAGES[2] + one]
    shown = {"education_details": {"data": {"current_nc_year": "9"}}}
    assert found == [one | shown for one in RELEASED]


# ---- Deletions -----------------------------------------------------------------------


def deletion(kind, number, **more):
    """Return a deletion as Wonde reports it."""
    return {
        "type": kind,
        "id": f"{kind[0].upper()}{number}",
        "mis_id": number,
        "deleted_at": moment("2026-01-02 09:00:00"),
        "restored_at": None,
        **more,
    }


GONE = [
    deletion("student", 1),
    deletion("employee", 2),
    deletion("contact", 3, note=CANARY),
    deletion("student", 4, restored_at=moment("2026-01-03 09:00:00")),
    deletion("student", 5, type=None),
    deletion("student", 6, type="Student"),
    {"id": "S7"},
]


@pytest.mark.parametrize("kind", ["student", "employee", "subject", "lesson"])
def test_deletions_are_released_by_kind(server, adapter, kind):
    """Each with the scope for it: everything about one kind, and about no other."""
    own = [deletion(kind, 8), deletion(kind, 9, restored_at=moment("2026-01-03 09:00"))]
    others = [one for one in GONE if one.get("type") != kind]
    server.serve({**RECORDS, "deletions": [*others, *own]})
    story = Story(CATALOGUE, adapter, f"{kind}s.deletions.read")

    with story.open() as access:
        found = list(access.read(adapter, Query(f"{kind}_deletion")))
        other = "employee" if kind == "student" else "student"
        with pytest.raises(AccessDeniedError):
            access.read(adapter, Query(f"{other}_deletion"))

    assert found == own
    assert [line for line in lines(server) if "deletions" in line] == [
        f"{PLACE}/deletions?per_page=2&type={kind}"
    ]


class Unkind(Wonde):
    """An interface to a server that reports every kind, whichever is asked for."""

    def _call(self, url, params):
        return super()._call(url, [pair for pair in params if pair[0] != "type"])


def test_a_deletion_of_another_kind_is_withheld(server, line):
    """Even where the server gives it, or a kind that no one knows."""
    server.serve({**RECORDS, "deletions": GONE})
    given = Unkind(TOKEN, "A1", url=f"{server.url}/v1.0", page_size=2)
    story = Story(CATALOGUE, HTTPAdapter(given, line), "students.deletions.read")

    with story.open() as access:
        found = list(access.read(story.mis, Query("student_deletion")))

    assert found == [GONE[0], GONE[3]]
    assert len([line for line in lines(server) if "deletions" in line]) == 4


@pytest.mark.parametrize(
    ("subjects", "found"),
    [
        (Subjects.everyone_except(student=["S1"]), ["S4"]),
        (Subjects.only(student=["S1"]), ["S1"]),
        (Subjects.everyone_except(employee=["E2"]), ["S1", "S4"]),
        (Subjects.only(employee=["E2"]), []),
    ],
)
def test_a_deletion_is_about_the_person_who_was_deleted(
    server, adapter, subjects, found
):
    """A person whom a grant leaves out is not revealed by a deletion, either."""
    server.serve({**RECORDS, "deletions": GONE})
    story = Story(CATALOGUE, adapter, "students.deletions.read", subjects=subjects)

    with story.open() as access:
        released = list(access.read(adapter, Query("student_deletion")))

    assert [one["id"] for one in released] == found


def test_what_is_gone_since_can_be_asked_for(server, adapter):
    """By the moments at which it went or came back."""
    old = deletion("student", 1, deleted_at=moment("2025-12-31 09:00:00"))
    server.serve({**RECORDS, "deletions": [old, *GONE[1:4]]})
    story = Story(CATALOGUE, adapter, "students.deletions.read")

    with story.open() as access:
        asked = Query("student_deletion", changed_since=SINCE)
        found = list(access.read(adapter, asked))

    assert found == [GONE[3]]


@pytest.mark.parametrize("way", WAYS)
def test_a_cursor_is_in_no_log(server, way, caplog):
    """It holds values of a record, and httpx logs every address it asks for."""
    caplog.set_level(logging.DEBUG)

    fetched(way, interface(server), wanted())

    told = [r.getMessage() for r in caplog.records if r.name == "httpx"]
    assert [line.split()[3] for line in told] == [f"{server.url}{PLACE}/students"] * 3


def test_what_others_ask_is_logged_as_ever(server, line, caplog):
    """Only our own addresses lose their queries, and only while we ask."""
    caplog.set_level(logging.INFO, "httpx")
    records = HTTPAdapter(interface(server), line).fetch(wanted())
    next(records)
    line.get(f"{server.url}/v1.0/schools?cursor=true")
    records.close()

    assert [r.getMessage().split()[3] for r in caplog.records] == [
        f"{server.url}{PLACE}/students",
        f"{server.url}/v1.0/schools?cursor=true",
    ]


def test_what_goes_on_is_not_written_down(server, adapter, caplog):
    """Our log holds no value of a record, nor the token, nor a cursor."""
    caplog.set_level(logging.DEBUG, "scopegate")
    story = Story(CATALOGUE, adapter, "students.read")

    with story.open() as access:
        list(access.read(adapter, Query("student")))

    ours = [r.getMessage() for r in caplog.records if r.name.startswith("scopegate")]
    secrets = (CANARY, TOKEN, "Ada", cursor(2, forename="Ada 2"))
    assert not any(secret in " ".join(ours) for secret in secrets)
