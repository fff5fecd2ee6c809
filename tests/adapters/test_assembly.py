"""Assembly's API, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import AccessDeniedError, Catalogue, Condition, Query
from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters._assembly.pages import explain, next_turn
from scopegate.adapters._assembly.query import conditions, flags, query, since, students
from scopegate.adapters._http.page_cursor import PageCursor
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Answer, Asking, Limits
from scopegate.catalogue.field import Field, Kind
from scopegate.catalogue.resource import Resource
from scopegate.errors import (
    QueryRefusedError,
    SourceError,
    UnverifiedSchoolError,
    WrongSchoolError,
)

from ..servers.fixtures import serving
from .driving import WAYS, async_client, chain, client, counted, fetched
from .rest_story import CANARY, SCHOOL, Story, fetch_of, lines, paths

CATALOGUE = Catalogue.builtin("assembly")
STUDENT = CATALOGUE.resource("student")
ACCEPT = "application/vnd.assembly+json; version=1.1"
TOKEN = "school-token"  # noqa: S105 - made up
SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = "2026-01-14"
HEADER = "Thu, 01 Jan 2026 11:59:59 GMT"

HOME = {"object": "school", "urn": SCHOOL, "name": "Example School"}


def pupil(number, **more):
    """Return a student with more parts than anybody asks for."""
    return {
        "object": "student",
        "id": number,
        "first_name": f"Ada {number}",
        "last_name": "Zed",
        "year_code": str(7 + number % 3),
        "dob": CANARY,
        "emails": [{"id": number, "email": f"ada{number}@mis.example"}],
        "address": {"postcode": CANARY},
        "demographics": {
            "gender": "F",
            "ethnicity_code": CANARY,
            "in_care": CANARY,
            "sen_needs": [{"id": number, "sen_need_type_code": CANARY}],
        },
        **more,
    }


PUPILS = [pupil(number) for number in range(1, 6)]
BASIC = ("id", "first_name", "last_name", "year_code")
RELEASED = [{name: one[name] for name in BASIC} for one in PUPILS]
RECORDS = {"school": [HOME], "student": PUPILS}


running_server, server = serving("assembly", RECORDS)


class Nobody:
    """A server that is not asked."""

    url = "http://mis.example"


def interface(server, token=TOKEN, **more):
    """Return the interface to a server, with small pages."""
    return Assembly(server.url, token, **({"page_size": 2} | more))


def wanted(resource="student", *names, **more):
    """Return a fetch of some fields, by default of a student's basic ones."""
    chosen = names or (BASIC if resource == "student" else ())
    return fetch_of(CATALOGUE, resource, *chosen, **more)


def page(number, more="", size=2, place="students"):
    """Return how a page is asked for."""
    return f"/{place}?page={number}&per_page={size}{more}"


def where(resource, *given):
    """Return conditions on fields of a resource."""
    return [Condition(f"{resource}.{path}", *rest) for path, *rest in given]


def sent(resource, *given, fields=("id",), **more):
    """Return what a list is asked for, besides the page."""
    found = wanted(resource, *fields, where=where(resource, *given), **more)
    return dict(query(PLACES[resource], found))


# ---- What is asked -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_is_read_page_by_page(server, way):
    """Page after page as long as the headers name another, and no more."""
    found, error = fetched(way, interface(server), wanted())

    bare = ("object", *BASIC, "dob")
    assert (found, error) == ([{n: p[n] for n in bare} for p in PUPILS], None)
    assert lines(server) == [page(1), page(2), page(3)]


def test_a_request_names_the_version_and_shows_the_token(server):
    """With every page, and nothing is asked conditionally unless that is wanted."""
    fetched("sync", interface(server), wanted())

    headers = [entry["headers"] for entry in server.log()]
    seen = {(h["Accept"], h["Authorization"], h["If-Modified-Since"]) for h in headers}
    assert seen == {(ACCEPT, f"Bearer {TOKEN}", None)}


def test_a_token_may_be_asked_for_before_every_request(server):
    """What gives one is asked each time, so that a spent one can be replaced."""
    given = iter([TOKEN, TOKEN, "spent"])

    found, error = fetched("sync", interface(server, lambda: next(given)), wanted())

    shown = [entry["headers"]["Authorization"] for entry in server.log()]
    assert shown == [f"Bearer {TOKEN}", f"Bearer {TOKEN}", "Bearer spent"]
    assert (len(found), error.page) == (4, 3)


LISTS = [name for name, place in PLACES.items() if place.is_one_list]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_of_the_catalogue_has_a_place(server, name):
    """What is read is what the API has there."""
    record = {"id": 3, "rank": 3}
    server.serve({name: [record]})

    found = fetched("sync", interface(server), wanted(name))

    assert found == ([record], None)


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("school", HOME),
        ("school_status", {"last_sync_status": "success"}),
        ("me", {"object": "application"}),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_what_there_is_one_of_is_no_list(server, way, name, record):
    """It is asked for without a page."""
    server.serve({"school": [HOME], "school_status": [record]})

    [found], error = fetched(way, interface(server), wanted(name))

    assert (record.items() <= found.items(), error) == (True, None)
    assert lines(server) == [f"/{PLACES[name].path}"]


def test_the_catalogue_has_nothing_that_has_no_place():
    """Each of its resources is read somewhere."""
    assert set(PLACES) == set(CATALOGUE.resources)


@pytest.mark.parametrize("way", WAYS)
def test_a_resource_that_the_api_has_not_is_empty(server, way):
    """No one is asked about it, and it counts nothing."""
    pet = Resource("pet", "Pet", "id", [Field("pet.id")])
    given, asked = interface(server), Fetch(pet, ["pet.id"], SCHOOL)

    found = fetched(way, given, asked)

    assert (found, counted(way, given, asked)) == (([], None), 0)
    assert (given.capabilities(pet), server.log()) == (NONE, [])


@pytest.mark.parametrize(
    ("resource", "names", "asked"),
    [
        ("student", ["id", "dob"], ""),
        ("student", ["emails[].email"], "emails"),
        ("student", ["address.postcode", "address.county"], "addresses"),
        ("student", ["contacts[].contact_id"], "contacts"),
        ("student", ["languages.home_language_code"], "languages"),
        ("student", ["medical.conditions[].notes[].id"], "medical"),
        ("student", ["photo.url"], "photo"),
        ("student", ["demographics.gender"], "demographics"),
        ("student", ["demographics.in_care"], "demographics care"),
        ("student", ["demographics.ever_in_care"], "demographics ever_in_care"),
        ("student", ["demographics.sen_needs[].id"], "demographics sen_needs"),
        ("student", ["demographics.sen_category"], "demographics"),
        ("student", ["learning_aims.start_date"], ""),
        ("contact", ["address.county", "emails[].email"], "addresses"),
        ("staff_member", ["address.county"], "addresses"),
        ("staff_member", ["demographics.gender"], "demographics"),
        ("staff_member", ["qualification_info.qualifications[].id"], "qualifications"),
        ("staff_contract", ["salaries[].fte"], "salaries"),
        ("staff_contract", ["roles[].id", "allowances[].id"], "allowances roles"),
        ("teaching_group", ["student_ids[]", "subject.id"], ""),
    ],
)
def test_a_part_is_asked_for_only_where_it_holds_something_wanted(
    resource, names, asked
):
    """By its flag; and care and needs, which are in another part, by both."""
    found = dict(flags(wanted(resource, *names)))

    assert found == dict.fromkeys(asked.split(), "true")


def test_no_part_is_asked_for_by_a_name_that_only_starts_alike():
    """A field next to a part is not in it."""
    other = Resource("student", "Student", "id", [Field("student.photograph")])

    asked = Fetch(other, ["student.emails_seen"], SCHOOL)

    assert flags(asked) == ()


@pytest.mark.parametrize("name", LISTS)
def test_every_field_of_the_catalogue_can_come(server, name):
    """The server, which gives parts only for their flags, gives all of them."""
    record = {}
    for leaf in CATALOGUE.resource(name).fields:
        _put(record, leaf.steps, DAY if leaf.kind is Kind.DATE else 1)
    server.serve({name: [record]})

    found = fetched("sync", interface(server), fetch_of(CATALOGUE, name))

    assert found == ([record], None)


def _put(record, steps, value):
    """Put a value into a record where *steps* lead, with what must be above it."""
    *above, last = steps
    for step in above:
        below = record.setdefault(step.name, [{}] if step.is_list else {})
        record = below[0] if step.is_list else below
    record[last.name] = [value] if last.is_list else value


def test_a_limit_is_a_hint_for_the_size_of_a_page(server):
    """A page is no larger than what will be taken, and never empty."""
    for limit in (0, 1, 2, 3):
        fetched("sync", interface(server), wanted(limit=limit))

    first = [line for line in lines(server) if "page=1&" in line]
    assert first == [page(1, size=size) for size in (1, 1, 2, 2)]


def test_a_limit_is_no_hint_where_a_condition_is_left_to_the_gate():
    """Then many more may have to be read than will be taken."""
    able = interface(Nobody, page_size=50)
    left = where("student", ("year_code", "=", "R"))
    asked = Asking(wanted(limit=1, where=left))

    call = next(able.steps(asked))

    assert dict(call.params) == {"page": "1", "per_page": "50"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"page_size": 0}, "a page has 1 to 1,500 records, not 0"),
        ({"page_size": 1_501}, "a page has 1 to 1,500 records, not 1501"),
        ({"token": ""}, "a token has no spaces or line ends; check where it is"),
        ({"token": f"{TOKEN}\n"}, "a token has no spaces or line ends; check where"),
        ({"token": "tök"}, "a token has no spaces or line ends; check where it is"),
        (
            {"assessment_types": {1: "sats"}},
            "an assessment's type is one of examination, internal, national",
        ),
    ],
)
def test_a_mistake_is_told_at_once(given, problem):
    """Before anything is asked."""
    with pytest.raises(ValueError, match=problem):
        Assembly("u", **({"token": "t"} | given))


def test_the_token_is_not_shown():
    """Neither the interface nor a request prints it."""
    given = interface(Nobody, CANARY)

    call = next(given.steps(Asking(wanted())))

    assert CANARY not in f"{given!r} {vars(given)!r} {call!r}"


def test_an_interface_says_whose_token_it_has_where_that_is_known():
    """Otherwise the gate finds out."""
    known = interface(Nobody, school=SCHOOL).school, interface(Nobody).school

    assert known == (SCHOOL, None)


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


# ---- What narrows a list -------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "given", "asked"),
    [
        ("student", [("id", "=", 7)], {"students": "7"}),
        ("student", [("id", "in", [7, 9, 7])], {"students": "7 9"}),
        ("student", [("id", "in", range(100))], {"students": " ".join(map(str, range(100)))}),
        ("student", [("id", "in", range(101))], {}),
        ("student", [("id", "in", [])], {}),
        ("student", [("id", "in", [7, "9"])], {}),
        ("student", [("id", "=", 7), ("id", "in", [7, 8])], {"students": "7"}),
        ("student", [("id", "in", [7, None]), ("id", "in", [8])], {"students": "8"}),
        ("student", [("year_code", "=", "9")], {"year_code": "9"}),
        ("student", [("year_code", "in", ["9"])], {"year_code": "9"}),
        ("student", [("year_code", "in", ["9", "10"])], {}),
        ("student", [("id", "=", 7), ("year_code", "=", "11")], {"students": "7", "year_code": "11"}),
        ("contact", [("students[].student_id", "=", 7)], {"student_id": "7"}),
        ("year_group", [("code", "=", "9")], {"year_code": "9"}),
        ("assessment_point", [("year_code", "=", "9")], {"year_code": "9"}),
        ("attendance_summary", [("student_id", "=", 7), ("registration_group_id", "=", 8)],
         {"student_id": "7", "registration_group_id": "8"}),
        ("staff_absence", [("staff_member_id", "=", 7)], {"staff_member_id": "7"}),
        ("staff_contract", [("staff_member_id", "in", [7, 8])], {}),
        ("result", [("student_id", "=", 7)], {}),
    ],
)  # fmt: skip
def test_a_condition_is_sent_where_it_leaves_nothing_out(resource, given, asked):
    """By ids and years; several of one only where the API takes several."""
    assert sent(resource, *given, fields=()) | _parts(resource) == (
        asked | _parts(resource)
    )


def _parts(resource):
    return dict(flags(wanted(resource, *_names(resource))))


def _names(resource):
    return [leaf.local for leaf in CATALOGUE.resource(resource).fields]


@pytest.mark.parametrize("value", [True, 7.0, -1, 10**18, "7", None, SINCE])
def test_an_id_that_might_be_read_otherwise_is_not_sent(value):
    """Only a whole number is written in one way."""
    assert sent("student", ("id", "=", value)) == {}


@pytest.mark.parametrize(
    "value", ["R", "", "0", "09", "9 ", "9\n", "100", "\u0669", "N1", 9, "9 10"]
)
def test_a_year_that_might_be_read_otherwise_is_not_sent(value):
    """The API takes a number, and a code need not be one."""
    assert sent("student", ("year_code", "=", value)) == {}


def test_which_comparisons_the_api_decides():
    """Equality, of what it narrows by; and of the day of a mark which comes first."""
    able = interface(Nobody).capabilities(CATALOGUE.resource("attendance"))

    equal = frozenset({"=", "in"})
    assert dict(able.conditions) == {
        "attendance.student_id": equal,
        "attendance.registration_group_id": equal,
        "attendance.session_date": equal | {"<", "<=", ">", ">="},
    }


@pytest.mark.parametrize("resource", PLACES)
def test_every_condition_is_on_a_field_of_the_catalogue(resource):
    """What narrows a list is named as the catalogue names it."""
    home = CATALOGUE.resource(resource)

    asked = conditions(PLACES[resource], home)

    assert asked.keys() <= {leaf.path for leaf in home.fields}


def test_what_the_api_can_do_beside():
    """It pages and counts; it neither projects, sorts nor searches."""
    able = interface(Nobody).capabilities(STUDENT)

    assert (able.projects, able.page_size, able.totals) == (False, 2, True)
    assert (able.orders, able.searches) == (frozenset(), None)


ALWAYS = ("1900-01-01", "2999-12-31")


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ([], ALWAYS),
        ([("session_date", "=", "2026-01-14")], ("2026-01-13", "2026-01-15")),
        ([("session_date", ">", "2026-01-14")], ("2026-01-13", ALWAYS[1])),
        ([("session_date", ">=", "2026-01-14T09:00:00Z")], ("2026-01-13", ALWAYS[1])),
        ([("session_date", "<", "2026-01-14 09:00")], (ALWAYS[0], "2026-01-15")),
        ([("session_date", "<=", "2026-01-14")], (ALWAYS[0], "2026-01-15")),
        (
            [("session_date", "in", ["2026-03-01", "2026-01-14"])],
            ("2026-01-13", "2026-03-02"),
        ),
        (
            [("session_date", ">=", "2026-01-14"), ("session_date", "<", "2026-01-21")],
            ("2026-01-13", "2026-01-22"),
        ),
        (
            [("session_date", ">=", "2026-01-14"), ("session_date", ">", "2026-02-01")],
            ("2026-01-31", ALWAYS[1]),
        ),
        ([("session_date", "in", [])], ALWAYS),
        ([("session_date", "in", ["2026-01-14", "soon"])], ALWAYS),
        ([("session_date", "=", "2026-02-30")], ALWAYS),
        ([("session_date", "=", "0001-01-01")], ALWAYS),
        ([("session_date", "=", "9999-12-31")], ALWAYS),
        ([("session_date", "=", 20260114)], ALWAYS),
        ([("student_id", "=", 7)], ALWAYS),
    ],
)
def test_marks_are_asked_for_by_day_and_never_of_this_week_alone(given, days):
    """A day to spare on either side, and from first to last without a condition."""
    asked = sent("attendance", *given)

    assert (asked["start_date"], asked["end_date"]) == days


def test_exclusions_of_every_year_are_asked_for(server):
    """The API would give this year's alone; which date it goes by it does not say."""
    old = {"id": 1, "start_date": "2010-01-01", "end_date": "2010-01-02"}
    server.serve({"exclusion": [old]})
    asked = wanted("exclusion", where=where("exclusion", ("start_date", "<", "2011")))

    found, _ = fetched("sync", interface(server), asked)

    assert found == [old]
    span = "&start_date=1900-01-01&end_date=2999-12-31"
    assert lines(server) == [page(1, span, place="exclusions")]


@pytest.mark.parametrize("way", WAYS)
def test_the_server_leaves_out_what_it_may(server, way):
    """Only records that may meet the conditions come over the line."""
    given = where("student", ("id", "in", [2, 4]))

    found, _ = fetched(way, interface(server), wanted(where=given))

    assert [one["id"] for one in found] == [2, 4]
    assert lines(server) == [page(1, "&students=2 4")]


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

IN_ROOMS = {
    "rooms": [{"id": 1}, {"id": 2}, {"id": 3}],
    "rooms/1/lessons": [{"id": 11}, {"id": 12}, {"id": 13}],
    "rooms/2/lessons": [{"id": 11}, {"id": 12}, {"id": 14}],
    "rooms/3/lessons": [],
    "rooms/1/closures": [{"id": 21}],
    "rooms/2/closures": [],
    "rooms/3/closures": [{"id": 22}, {"id": None}, {}, "no record"],
}


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
        (_names("student"), {"student.own"}),
        (_names("student")[1:], None),
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


LARGE = "the answer is larger than 8,388,608 bytes; ask for smaller pages"
UNREADABLE = "the answer is not JSON that can be read; tell the MIS's operator"
BROKEN = {
    "cut": "the connection to the MIS broke off; try again later",
    "reset": "the connection to the MIS broke off; try again later",
    "malformed": UNREADABLE,
    "html": UNREADABLE,
    "truncated": UNREADABLE,
    "utf16": UNREADABLE,
    "bad_utf8": UNREADABLE,
    "deep": UNREADABLE,
    "nan": UNREADABLE,
    "huge_number": UNREADABLE,
    "duplicate_keys": "the answer has an object with one key twice; tell the MIS's operator",
    "array_for_object": "there is no list of records in the answer; check its version",
    "long_string": LARGE,
    "gzip_bomb": LARGE,
    "bad_gzip": "the answer is cut short; try again later",
    "redirect": "the MIS answers from elsewhere (302); correct the address",
    "same_page": "the page is the same as an earlier one; the MIS does not end",
    "status:400": "the MIS does not understand what was asked (400); check its version",
    "status:401": "the token is not good, or no longer (401 invalid_token); fetch a new"
    " one",
    "status:403": "the MIS account cannot read this (403); ask the school to allow it",
    "status:404": "the MIS has nothing at this address (404); check it",
    "status:406": "the MIS does not speak version 1.1 of the API (406); check its"
    " address",
    "status:429": "the MIS asks to wait longer (429); try again later",
    "status:500": "the MIS answered with status 500; try again later",
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
def line():
    """A client that blocks."""
    with client() as line:
        yield line


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
    story = Story(CATALOGUE, adapter, "timetables", "timetables.cover")
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
