"""Assembly's API, page by page, student by student, and by what was changed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import Query
from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters._assembly.pages import next_turn
from scopegate.adapters._assembly.query import since, students
from scopegate.adapters._http.page_cursor import PageCursor
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.steps import Answer, Asking
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import (
    SourceError,
)

from ..servers.fixtures import serving
from .assembly_story import (
    CATALOGUE,
    HEADER,
    IN_ROOMS,
    PUPILS,
    RECORDS,
    SINCE,
    STUDENT,
    interface,
    names_in,
    page,
    pupil,
    wanted,
    where,
)
from .driving import WAYS, counted, fetched
from .rest_story import Nobody, Story, lines, paths

running_server, server = serving("assembly", RECORDS)

# ---- Pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_all_records_come(server, way, count):
    """However the last page is filled."""
    server.serve({"student": PUPILS[:count]})

    found, error = fetched(way, interface(server), wanted())

    assert ([one["id"] for one in found], error) == (list(range(1, count + 1)), None)


def reading(page=1):
    """Return a list of which that page was asked for, with two records at most."""
    asking = Asking(wanted(), page=page)
    return PageCursor(asking, "students", lambda _: (), 2, next_turn)


@pytest.mark.parametrize(
    ("headers", "count", "over"),
    [
        ({"Next-Page": "4"}, 2, False),
        ({"Next-Page": "4"}, 1, False),
        ({"Next-Page": "4"}, 0, True),
        ({"Next-Page": ""}, 2, True),
        ({}, 1, True),
        ({}, 0, True),
    ],
)
def test_a_page_leads_to_the_one_after_it_or_to_none(headers, count, over):
    """Where it says nothing it is the last if it is not full."""
    here = reading(3)

    here.take(Answer(200, headers), count)

    assert (here.is_over, here.turn) == (over, () if over else (("page", "4"),))


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        ({}, 2),
        ({}, 3),
        ({"Next-Page": "3"}, 2),
        ({"Next-Page": "5"}, 2),
        ({"Next-Page": "04"}, 1),
        ({"Next-Page": "\u0664"}, 1),
        ({"Next-Page": "https://other.example/"}, 1),
    ],
)
def test_a_page_that_does_not_say_what_is_next_is_a_fault(headers, count):
    """Rather than to end too early, or to go where the MIS may like."""
    with pytest.raises(SourceError, match="does not say which page is next"):
        reading(3).take(Answer(200, headers), count)


@pytest.mark.parametrize("way", WAYS)
def test_headers_that_are_lost_on_the_way_do_not_end_a_list(server, way):
    """As by a proxy that lets only known ones through."""
    server.options(untold=["Next-Page", "Total", "Total-Pages"])

    found, error = fetched(way, interface(server), wanted())

    assert (found, str(error)) == (
        [],
        "student, page 1: the MIS does not say which page is next; check its version",
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("untold", [[], ["Total"]])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_total_is_told_or_counted(server, way, untold, count):
    """Where it is given, one record is asked for, without its parts; otherwise all."""
    server.options(untold=untold)
    server.serve({"student": PUPILS[:count]})
    asked = wanted("student", "id", "emails[].email")

    assert counted(way, interface(server), asked) == count
    assert lines(server)[0] == page(1, size=1)
    assert len(lines(server)) == (1 if not untold else 1 + max(1, -(-count // 2)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("resource", "count"), [("school", 1), ("lesson", 2), ("attendance", 3)]
)
def test_every_total_is_the_number_of_records_that_come(server, way, resource, count):
    """Of one record, of what is listed room by room, and over all days."""
    lessons = [{"id": 11}, {"id": 12}]
    marks = [{"id": n, "session_date": f"20{n}-01-01"} for n in (20, 21, 30)]
    server.serve(
        {
            **RECORDS,
            "rooms": [{"id": 1}, {"id": 2}],
            "rooms/1/lessons": lessons,
            "rooms/2/lessons": lessons,
            "attendance": marks,
        }
    )

    total = counted(way, interface(server), wanted(resource))
    found, _ = fetched(way, interface(server), wanted(resource))

    assert (total, len(found)) == (count, count)


def test_a_total_of_what_has_changed_is_counted(server):
    """Since the header of a list tells how many there are of all."""
    server.serve({"student": [pupil(1), pupil(2, _modified="2026-02-01T00:00:00Z")]})

    assert counted("sync", interface(server), wanted(changed_since=SINCE)) == 1


# ---- Results, by student -------------------------------------------------------------

RESULTS = [
    {"id": n, "student_id": n % 3, "assessment_id": 40 + n % 2, "grade_id": n}
    for n in range(6)
]


@pytest.mark.parametrize("way", WAYS)
def test_results_are_read_by_student(server, way):
    """Those of the students named, and no others'."""
    server.serve({"result": RESULTS})
    asked = wanted("result", where=where("result", ("student_id", "in", [1, 2])))

    found, error = fetched(way, interface(server, page_size=100), asked)

    assert ([one["id"] for one in found], error) == ([1, 2, 4, 5], None)
    assert lines(server) == [
        "/results?page=1&per_page=100&students=1 2",
    ]


@pytest.mark.parametrize(
    ("given", "lots"),
    [
        ([("student_id", "=", 1)], ["1"]),
        ([("student_id", "in", [3, 1, 3])], ["3 1"]),
        ([("student_id", "in", [])], []),
        ([("student_id", "in", ["1"]), ("student_id", "=", 2)], ["2"]),
        ([("student_id", "in", ["1"])], None),
        ([], None),
    ],
)
def test_students_are_taken_from_the_first_condition_that_names_some(given, lots):
    """Whatever else is asked the gate decides."""
    found = students(PLACES["result"], wanted("result", where=where("result", *given)))

    assert found == lots


def test_many_students_are_asked_about_in_lots(server):
    """Of a hundred each, since they are in an address; equal pages are not a fault."""
    server.serve({"result": []})
    ids = where("result", ("student_id", "in", range(1, 252)))

    found = fetched("sync", interface(server), wanted("result", where=ids))

    lots = [line.partition("&students=")[2].split() for line in lines(server)]
    assert found == ([], None)
    assert (sum(lots, []), list(map(len, lots))) == (  # noqa: RUF017 - three lists
        [str(n) for n in range(1, 252)],
        [100, 100, 51],
    )


@pytest.mark.parametrize("way", WAYS)
def test_results_of_nobody_in_particular_are_refused(server, way):
    """The API lists them by student, and no one is asked."""
    found, error = fetched(way, interface(server), wanted("result"))

    assert (found, str(error), server.log()) == (
        [],
        "result: the MIS lists these by student; give a condition on"
        " `result.student_id` with `=` or `in`",
        [],
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_kind_of_an_assessment_is_the_hosts_to_say(server, way):
    """By its id, for the API does not; what is not known stays as it is."""
    odd = [{"id": 8, "student_id": 1, "assessment_id": "40"}]
    server.serve({"result": [*RESULTS[1:2], *RESULTS[4:5], *odd]})
    given = interface(server, assessment_types={40: "national"}, page_size=100)
    asked = wanted("result", where=where("result", ("student_id", "=", 1)))

    found, _ = fetched(way, given, asked)

    assert [one.get("assessment_type") for one in found] == [None, "national", None]


def test_a_result_of_an_unknown_kind_is_withheld(server, line):
    """With the scope for national results those flow that are known to be some."""
    server.serve({**RECORDS, "result": RESULTS})
    given = interface(server, assessment_types={40: "national"})
    story = Story(CATALOGUE, HTTPAdapter(given, line), "assessments.national")
    asked = Query("result", where("result", ("student_id", "in", [0, 1, 2])))

    with story.open() as access:
        found = list(access.read(story.mis, asked))

    assert [one["id"] for one in found] == [0, 2, 4]


# ---- Lessons and closures, room by room ----------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_lessons_are_read_room_by_room(server, way):
    """All rooms are asked for, then what is in each; what is in two comes once."""
    server.serve(IN_ROOMS)

    found, error = fetched(way, interface(server), wanted("lesson"))

    assert (error, [one["id"] for one in found]) == (None, [11, 12, 13, 14])
    assert lines(server) == [
        page(1, place="rooms"),
        page(1, place="rooms/1/lessons"),
        page(2, place="rooms/1/lessons"),
        page(1, place="rooms/2/lessons"),
        page(2, place="rooms/2/lessons"),
        page(2, place="rooms"),
        page(1, place="rooms/3/lessons"),
    ]


def test_closures_are_read_room_by_room(server):
    """What has no id is given as it is, and the gate sees to it."""
    server.serve({**IN_ROOMS, "rooms/3/closures": [{"id": 22}, {"id": None}, {}]})

    found = fetched("sync", interface(server), wanted("closure"))

    assert found == ([{"id": 21}, {"id": 22}, {"id": None}, {}], None)


@pytest.mark.parametrize("room", [{}, {"id": "1/../students"}, {"id": None}])
def test_a_room_without_a_number_is_a_fault(server, room):
    """It could lead elsewhere, and what is in it would be lacking."""
    server.serve({**IN_ROOMS, "rooms": [room]})

    found, error = fetched("sync", interface(server), wanted("lesson"))

    assert (found, str(error)) == (
        [],
        "lesson, page 1: a room has no id to ask by; check its version",
    )


# ---- Changes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "header"),
    [
        (SINCE, HEADER),
        (SINCE + timedelta(microseconds=999_999), HEADER),
        (datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))), HEADER),
        (datetime(2026, 7, 1, tzinfo=UTC), "Tue, 30 Jun 2026 23:59:59 GMT"),
    ],
)
def test_an_instant_is_sent_a_second_early(at, header):
    """A header has no fractions, and nothing that changed may be missed."""
    assert since(at) == header


@pytest.mark.parametrize("way", WAYS)
def test_only_what_has_changed_is_asked_for(server, way):
    """With every page, by the header."""
    new = "2026-01-01T12:00:00Z"
    server.serve({"student": [pupil(1), *(pupil(n, _modified=new) for n in (2, 3, 4))]})

    found, error = fetched(way, interface(server), wanted(changed_since=SINCE))

    assert ([one["id"] for one in found], error) == ([2, 3, 4], None)
    asked = [entry["headers"]["If-Modified-Since"] for entry in server.log()]
    assert asked == [HEADER, HEADER]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_new_is_no_records(server, way):
    """The status that says so is not a failure."""
    found = fetched(way, interface(server), wanted(changed_since=SINCE))

    assert (found, len(server.log())) == (([], None), 1)


@pytest.mark.parametrize("way", WAYS)
def test_that_status_is_a_fault_where_it_answers_nothing(server, way):
    """A caller that did not ask for changes does not learn that there are none."""
    server.fault("status:304")

    _, error = fetched(way, interface(server), wanted())

    assert str(error) == (
        "student, page 1: the MIS answers from elsewhere (304); correct the address"
    )


def test_changes_in_rooms_are_asked_for_by_room(server):
    """Of the rooms all are asked for, since a lesson may change in an old one."""
    new = [{"id": 11, "_modified": "2026-01-01T12:00:00Z"}, {"id": 12}]
    server.serve({**IN_ROOMS, "rooms/1/lessons": new})

    found = fetched("sync", interface(server), wanted("lesson", changed_since=SINCE))

    assert found == ([{"id": 11}], None)
    asked = {
        (path, entry["headers"]["If-Modified-Since"])
        for path, entry in zip(paths(server), server.log(), strict=True)
    }
    assert asked == {("/rooms", None)} | {
        (f"/rooms/{number}/lessons", HEADER) for number in (1, 2, 3)
    }


@pytest.mark.parametrize("resource", PLACES)
def test_a_change_is_one_of_any_field(resource):
    """So all that the API holds must be permitted before changes can be asked for."""
    home = CATALOGUE.resource(resource)

    changes = interface(Nobody).capabilities(home).changes

    every = {leaf.path for leaf in home.fields}
    assert changes == (every if PLACES[resource].tells_changes else None)


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (names_in("student"), {"student.own"}),
        (names_in("student")[1:], None),
        (["id", "dob"], None),
    ],
)
def test_a_catalogue_of_fewer_fields_cannot_tell_changes(names, more):
    """What else the API holds changes a record, too; one of more fields can."""
    leaves = [*STUDENT.fields, Field("student.own")] if more else STUDENT.fields
    some = [one for one in leaves if one.local in {*names, "own"}]
    own = Resource("student", "Student", "id", some)

    changes = interface(Nobody).capabilities(own).changes

    assert changes == (more and {leaf.path for leaf in STUDENT.fields} | more)


def test_only_fields_that_a_catalogue_has_are_named():
    """As what the API decides conditions on."""
    small = Resource("student", "Student", "id", [Field("student.id")])

    assert set(interface(Nobody).capabilities(small).conditions) == {"student.id"}
