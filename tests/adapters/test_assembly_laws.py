"""Assembly's API gives what the same records in memory give, and tells nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scopegate import Catalogue, Condition, Query
from scopegate.adapters.assembly import Assembly
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.samples import sample_school

from ..servers.client import running
from .driving import ONCE, client
from .rest_story import SCHOOL, Story, fetch_of, observed

CATALOGUE = Catalogue.builtin("assembly")
HOME = {"urn": SCHOOL, "name": "Example School"}
OFTEN = settings(
    max_examples=60,
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


def story_of(server, line, records, *scopes):
    """Return a school that has authorised scopes, its server with these records."""
    server.reset()
    server.serve({"school": [HOME], **records})
    given = Assembly(server.url, "school-token", page_size=2, assessment_types=TYPES)
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
                st.sampled_from("= != < <= > >=".split()),
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


def compared(server, story, records, asked):
    """Return what a query gives of the server, and of the same records in memory."""
    memory = RecordsAdapter({"school": [HOME], **records})
    found, error, notes, *_ = observed(server, story, asked)
    counted = observed(server, story, asked, count=True)[0]
    story.adapter = memory
    expected = observed(server, story, asked)
    total = observed(server, story, asked, count=True)[0]
    return (found, error, notes, counted), (*expected[:3], total)


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
    """Also by the students that stand in their lists."""
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
