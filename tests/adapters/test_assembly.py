"""Assembly's API, read by its adapter: what it is asked, and what comes of it.

The server is in another process, and keeps a log of all that it was asked.
"""

import pytest

from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters._assembly.query import conditions, flags
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.steps import Asking
from scopegate.catalogue.field import Field, Kind
from scopegate.catalogue.resource import Resource

from ..servers.fixtures import serving
from .assembly_story import (
    ACCEPT,
    BASIC,
    CATALOGUE,
    DAY,
    HOME,
    PUPILS,
    RECORDS,
    SINCE,
    STUDENT,
    TOKEN,
    interface,
    names_in,
    page,
    sent,
    wanted,
    where,
)
from .driving import WAYS, counted, fetched
from .rest_story import CANARY, SCHOOL, Nobody, fetch_of, lines

running_server, server = serving("assembly", RECORDS)

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
    return dict(flags(wanted(resource, *names_in(resource))))


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
