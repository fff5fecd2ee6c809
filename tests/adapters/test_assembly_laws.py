"""Assembly's API gives what the same records in memory give, and tells nothing else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Catalogue, Condition, Query
from scopegate.adapters._assembly.interface import PLACES
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.samples import sample_school

from ..servers.client import running
from .driving import ONCE, client
from .rest_story import SCHOOL, Story, observed

pytestmark = pytest.mark.slow

CATALOGUE = Catalogue.builtin("assembly")
HOME = {"urn": SCHOOL, "name": "Example School"}
OFTEN = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = {40: "national", 41: "internal"}


@pytest.fixture(scope="module")
def server():
    """One server for all tests here."""
    with running("assembly") as server:
        yield server


@pytest.fixture(scope="module")
def line():
    """One client for all tests here."""
    with client() as line:
        yield line


def story_of(server, line, records, *scopes, size=2):
    """Return a school that has authorised scopes, its server with these records."""
    server.reset()
    server.serve({"school": [HOME], **records})
    given = Assembly(server.url, "school-token", page_size=size, assessment_types=TYPES)
    return Story(CATALOGUE, HTTPAdapter(given, line, ONCE), *scopes)


# ---- Records and queries -------------------------------------------------------------

TEXTS = st.sampled_from(["", "Ada", "ada", "Zoë", "9", "a b", "O'Zed", "\u2028"])
ODD = st.sampled_from([None, [], {}, ["Ada"], {"x": "Ada"}, [[1]]])
DAYS = st.sampled_from(
    ["2025-09-01", "2026-01-13", "2026-01-14", "2026-01-14T00:00:00Z", "2026-02-01"]
)
IDS = st.integers(1, 4)


def rows(**fields):
    """Return records of which each has its place for an id, and any of the fields."""
    one = st.fixed_dictionaries({}, optional=fields)
    return st.lists(one, max_size=7).map(
        lambda found: [{"id": n, **row} for n, row in enumerate(found, 1)]
    )


def inside(**fields):
    """Return an object with any of the fields, or what should not be there."""
    return st.fixed_dictionaries({}, optional=fields) | ODD


PUPILS = rows(
    object=st.just("student"),
    first_name=TEXTS | ODD,
    year_code=st.sampled_from(["7", "9", "10", "R", "09"]) | ODD,
    dob=DAYS | ODD,
    emails=st.lists(inside(email=TEXTS | ODD, is_primary=st.booleans()), max_size=2)
    | ODD,
    demographics=inside(gender=TEXTS, is_pp=st.booleans(), in_care=st.booleans()),
    address=inside(postcode=TEXTS),
)
MARKS = rows(
    student_id=IDS | ODD,
    registration_group_id=IDS,
    session_date=DAYS,
    attendance_mark=TEXTS | ODD,
)
RESULTS = rows(
    student_id=IDS, assessment_id=st.integers(39, 42) | ODD, grade_id=IDS | ODD
)
CONTACTS = rows(
    first_name=TEXTS,
    students=st.lists(inside(student_id=IDS | ODD), max_size=2) | ODD,
    address=inside(postcode=TEXTS),
)


def conditions(resource, **fields):
    """Return up to two conditions on fields, with values they may have."""
    some = []
    for name, values in fields.items():
        path = f"{resource}.{name.replace('__', '[].')}"
        some.append(
            st.builds(
                Condition,
                st.just(path),
                st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
                values,
            )
        )
        several = st.lists(values, max_size=3)
        some.append(st.builds(Condition, st.just(path), st.just("in"), several))
    return st.lists(st.one_of(some), max_size=2)


def queries(resource, where, *order):
    """Return queries on a resource, ordered by some of the fields or not."""
    paths = [f"{resource}.{name}" for name in order]
    return st.builds(
        Query,
        st.just(resource),
        where,
        st.lists(st.sampled_from(paths), max_size=2, unique=True),
        st.none() | st.integers(0, 4),
    )


STUDENT_QUERIES = queries(
    "student",
    conditions(
        "student",
        id=st.integers(0, 8),
        year_code=st.sampled_from(["7", "9", "09", "R"]),
        first_name=TEXTS,
    ),
    "year_code",
    "id",
)
MARK_QUERIES = queries(
    "attendance",
    conditions("attendance", session_date=DAYS, student_id=IDS),
    "session_date",
    "id",
)
RESULT_QUERIES = queries(
    "result",
    st.lists(IDS, min_size=1).map(
        lambda ids: [Condition("result.student_id", "in", ids)]
    ),
    "grade_id",
    "id",
)
CONTACT_QUERIES = queries(
    "contact", conditions("contact", students__student_id=IDS, first_name=TEXTS), "id"
)
OPTIONAL = st.sets(
    st.sampled_from(["students.emails", "students.gender", "students.addresses"])
)


def told(server, story, asked):
    """Return what a query gives: records, notes, an error or none, and a count.

    A record that the MIS need not send leaves no note, so that there are notes to
    compare only where no condition is asked.
    """
    found, error, notes, *_ = observed(server, story, asked)
    [counted], *_ = observed(server, story, asked, count=True)
    return found, error, () if asked.where else notes, counted


def compared(server, story, records, asked):
    """Return what a query gives of the server, and of the same records in memory."""
    over_http = told(server, story, asked)
    story.mis = RecordsAdapter({"school": [HOME], **records})
    return over_http, told(server, story, asked)


# ---- The same as in memory -----------------------------------------------------------


@OFTEN
@given(pupils=PUPILS, optional=OPTIONAL, asked=STUDENT_QUERIES)
def test_students_are_those_in_memory(server, line, pupils, optional, asked):
    """Whatever is asked and authorised: records, notes, errors and counts."""
    records = {"student": pupils}
    story = story_of(server, line, records, "students.basic", *optional)

    over_http, in_memory = compared(server, story, records, asked)

    assert over_http == in_memory


@OFTEN
@given(marks=MARKS, asked=MARK_QUERIES)
def test_marks_are_those_in_memory(server, line, marks, asked):
    """Of every day, whichever days are asked for."""
    records = {"attendance": marks}
    story = story_of(server, line, records, "attendances")

    over_http, in_memory = compared(server, story, records, asked)

    assert over_http == in_memory


@OFTEN
@given(contacts=CONTACTS, asked=CONTACT_QUERIES)
def test_contacts_are_those_in_memory(server, line, contacts, asked):
    """Also by the students that are in their lists."""
    records = {"contact": contacts}
    story = story_of(server, line, records, "contacts.basic")

    over_http, in_memory = compared(server, story, records, asked)

    assert over_http == in_memory


@OFTEN
@given(results=RESULTS, asked=RESULT_QUERIES)
def test_results_are_those_in_memory(server, line, results, asked):
    """With the kind that the host knows of their assessments."""
    story = story_of(server, line, {"result": results}, "assessments.national")
    known = [
        {**one, "assessment_type": TYPES[one["assessment_id"]]}
        if type(one.get("assessment_id")) is int and one["assessment_id"] in TYPES
        else one
        for one in results
    ]

    over_http, in_memory = compared(server, story, {"result": known}, asked)

    assert over_http == in_memory


# ---- Nothing that is withheld tells ---------------------------------------------------

WITHHELD = st.fixed_dictionaries(
    {},
    optional={
        "object": TEXTS,
        "dob": DAYS | ODD,
        "upn": TEXTS,
        "address": inside(postcode=TEXTS),
        "demographics": inside(gender=TEXTS, in_care=st.booleans(), is_pp=TEXTS),
        "medical": inside(nhs_number=TEXTS, notes=st.lists(TEXTS)),
        "contacts": st.lists(inside(contact_id=IDS), max_size=2) | ODD,
        "something_new": TEXTS | ODD,
    },
)
SHOWN = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "first_name": TEXTS | ODD,
            "year_code": st.sampled_from(["7", "9", "R"]) | ODD,
            "emails": st.lists(inside(email=TEXTS), max_size=2) | ODD,
        },
    ),
    min_size=1,
    max_size=5,
)
FAULTS = st.sampled_from(
    [
        None,
        *["malformed", "html", "duplicate_keys", "array_for_object", "truncated"],
        *["status:400", "status:401", "status:403", "status:404", "status:406"],
        *["status:429", "status:500", "redirect", "same_page"],
    ]
)
ASKED = STUDENT_QUERIES | st.sampled_from(
    [
        Query("student", [Condition("student.dob", "=", "2014-02-11")]),
        Query("student", order_by=["student.upn"]),
        Query("student", select=["student.address"]),
        Query("attendance"),
        Query("school"),
    ]
)


@OFTEN
@given(
    shown=SHOWN,
    withheld=st.lists(st.tuples(WITHHELD, WITHHELD), min_size=5, max_size=5),
    canaries=st.tuples(TEXTS, TEXTS),
    fault=FAULTS,
    asked=ASKED,
    count=st.booleans(),
)
def test_two_servers_that_differ_in_what_is_withheld_are_alike(
    server, line, shown, withheld, canaries, fault, asked, count
):
    """Requests byte for byte, records, notes, errors with all they hold, and logs."""
    seen = []
    for side, canary in enumerate(canaries):
        pupils = [{**withheld[n][side], "id": n, **one} for n, one in enumerate(shown)]
        records = {"student": pupils}
        story = story_of(server, line, records, "students.basic", "students.emails")
        if fault is not None:
            server.fault(fault, canary=canary, location=f"http://{side}.example/")
        seen.append(observed(server, story, asked, count=count))

    assert seen[0] == seen[1]


# ---- A whole school ------------------------------------------------------------------


FILES = {
    path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for path in sorted(sample_school().glob("*.jsonl"))
}
LISTED = [name for name in FILES if PLACES[name].is_one_list]


@pytest.mark.parametrize("name", LISTED)
def test_a_whole_school_is_the_same_as_in_its_files(server, line, name):
    """Every list of the made-up school, by a permit for all that there is."""
    records = {name: FILES[name]}
    basic, *others = sorted(CATALOGUE.scopes)
    story = story_of(server, line, records, basic, *others, size=100)

    over_http, in_memory = compared(server, story, records, Query(name))

    assert over_http == in_memory
    assert len(over_http[0]) > 0


def test_the_lessons_of_a_whole_school_are_those_of_its_files(server, line):
    """Each once, in whichever rooms it takes place."""
    lessons, rooms = FILES["lesson"], FILES["room"]
    records = {"room": rooms} | {
        f"rooms/{room['id']}/lessons": [
            one for one in lessons if room["id"] in {r["id"] for r in one["rooms"]}
        ]
        for room in rooms
    }
    story = story_of(server, line, records, "timetables", "timetables.cover")
    asked = Query("lesson", order_by=["lesson.id"])

    found = observed(server, story, asked)[0]

    assert [one["id"] for one in found] == sorted(one["id"] for one in lessons)
