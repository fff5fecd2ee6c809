"""Wonde's API gives what the same records in memory give, and tells nothing else."""

import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Catalogue, Condition, Query, Subjects
from scopegate.adapters.http import HTTPAdapter
from scopegate.adapters.records import RecordsAdapter
from scopegate.adapters.wonde import Wonde

from ..servers.client import running
from .driving import ONCE, client
from .rest_story import SCHOOL, Story, observed

pytestmark = pytest.mark.slow

CATALOGUE = Catalogue.builtin("wonde")
HOME = {"id": "A1", "urn": int(SCHOOL), "name": "Example School"}
OFTEN = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def server():
    """One server for all tests here."""
    with running("wonde") as server:
        yield server


@pytest.fixture(scope="module")
def line():
    """One client for all tests here."""
    with client() as line:
        yield line


def story_of(server, line, records, *scopes, subjects=None):
    """Return a school that has authorised scopes, its server with these records.

    Its cursors hold places alone: what Wonde puts into one it is sent back.
    """
    server.reset()
    server.options(cursor_values=[])
    server.serve({"school": [HOME], **records})
    given = Wonde("app-token", "A1", url=f"{server.url}/v1.0", page_size=2)
    adapter = HTTPAdapter(given, line, ONCE)
    return Story(CATALOGUE, adapter, *scopes, subjects=subjects)


# ---- Records and queries -------------------------------------------------------------

TEXTS = st.sampled_from(["", "Ada", "ada", "Zoë", "9", "a b", "O'Zed", "\u2028"])
ODD = st.sampled_from([None, [], {}, ["Ada"], {"x": "Ada"}, [[1]]])
MOMENTS = st.sampled_from(["2025-12-31 10:00:00", "2026-01-02 10:00:00"]).map(
    lambda text: {"date": f"{text}.000000", "timezone_type": 3, "timezone": "UTC"}
)


def rows(**fields):
    """Return records of which each has its place for an id, and any of the fields."""
    one = st.fixed_dictionaries({}, optional=fields)
    return st.lists(one, max_size=7).map(
        lambda found: [{"id": f"S{n}", **row} for n, row in enumerate(found, 1)]
    )


def part(**fields):
    """Return a part with any of the fields under `data`, or what should not be there."""
    inside = st.fixed_dictionaries({}, optional=fields)
    return (inside | ODD).map(lambda found: {"data": found})


PUPILS = rows(
    upi=TEXTS,
    forename=TEXTS | ODD,
    surname=TEXTS,
    gender=TEXTS | ODD,
    updated_at=MOMENTS | ODD,
    education_details=part(current_nc_year=TEXTS | ODD, local_upn=TEXTS),
    contact_details=part(emails=st.fixed_dictionaries({}, optional={"home": TEXTS})),
    medical_notes=part(note=TEXTS),
)
CONDITIONS = st.lists(
    st.one_of(
        st.builds(
            Condition,
            st.sampled_from(["student.forename", "student.surname"]),
            st.sampled_from(["=", "!=", "<", ">="]),
            TEXTS,
        ),
        st.builds(
            Condition, st.just("student.id"), st.just("in"), st.lists(TEXTS, max_size=2)
        ),
    ),
    max_size=2,
)
QUERIES = st.builds(
    Query,
    st.just("student"),
    CONDITIONS,
    st.lists(st.sampled_from(["student.surname", "student.id"]), unique=True),
    st.none() | st.integers(0, 4),
)
OPTIONAL = st.sets(
    st.sampled_from(
        [
            "students.gender.read",
            "students.education_details.read",
            "students.contact_details.read",
            "students.timestamps.read",
        ]
    )
)


def compared(server, story, records, asked):
    """Return what a query gives of the server, and of the same records in memory."""
    over_http = observed(server, story, asked)[:3]
    counted = observed(server, story, asked, count=True)[0]
    story.mis = RecordsAdapter({"school": [HOME], **records})
    in_memory = observed(server, story, asked)[:3]
    total = observed(server, story, asked, count=True)[0]
    return (*over_http, counted), (*in_memory, total)


# ---- The same as in memory -----------------------------------------------------------


@OFTEN
@given(pupils=PUPILS, optional=OPTIONAL, asked=QUERIES)
def test_students_are_those_in_memory(server, line, pupils, optional, asked):
    """Whatever is asked and authorised: records, notes, errors and counts."""
    records = {"student": pupils}
    story = story_of(server, line, records, "students.read", *optional)

    over_http, in_memory = compared(server, story, records, asked)

    assert over_http == in_memory


@OFTEN
@given(
    gone=rows(
        type=st.sampled_from(["student", "employee", "Student", ""]) | ODD,
        mis_id=TEXTS | ODD,
        deleted_at=MOMENTS | ODD,
        restored_at=MOMENTS | ODD,
    ),
    kind=st.sampled_from(["student", "employee"]),
    subjects=st.sampled_from(
        [
            Subjects.everyone(),
            Subjects.everyone_except(student=["S1"], employee=["S2"]),
            Subjects.only(student=["S1", "S2"]),
        ]
    ),
)
def test_deletions_are_those_in_memory(server, line, gone, kind, subjects):
    """Of the one kind alone, and of the people who are covered."""
    scope = f"{kind}s.deletions.read"
    story = story_of(server, line, {"deletions": gone}, scope, subjects=subjects)
    of_kind = [one for one in gone if one.get("type") == kind]

    over_http, in_memory = compared(
        server, story, {f"{kind}_deletion": of_kind}, Query(f"{kind}_deletion")
    )

    assert over_http == in_memory


# ---- Nothing that is withheld tells ---------------------------------------------------

WITHHELD = st.fixed_dictionaries(
    {},
    optional={
        "upi": TEXTS,
        "date_of_birth": TEXTS | ODD,
        "gender": TEXTS,
        "updated_at": MOMENTS | ODD,
        "contact_details": part(emails=TEXTS),
        "medical_notes": part(note=TEXTS) | ODD,
        "something_new": TEXTS | ODD,
    },
)
SHOWN = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={"forename": TEXTS | ODD, "surname": TEXTS}),
        st.none() | st.fixed_dictionaries({}, optional={"current_nc_year": TEXTS}),
    ),
    min_size=1,
    max_size=5,
)
FAULTS = st.sampled_from(
    [
        None,
        *["malformed", "html", "duplicate_keys", "array_for_object", "truncated"],
        *["status:400", "status:401", "status:403", "status:404", "status:422"],
        *["status:429", "status:500", "redirect", "same_page", "foreign_next"],
    ]
)
ASKED = QUERIES | st.sampled_from(
    [
        Query("student", [Condition("student.gender", "=", "F")]),
        Query("student", order_by=["student.upi"]),
        Query("student", select=["student.contact_details"]),
        Query("student_deletion"),
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
        pupils = []
        for number, (record, year) in enumerate(shown):
            noise = withheld[number][side]
            inside = year if year is None else {**year, "local_upn": canary}
            details = {"education_details": {"data": inside}}
            pupils.append({**noise, "id": f"S{number}", **record, **details})
        scopes = ("students.read", "students.education_details.read")
        story = story_of(server, line, {"student": pupils}, *scopes)
        if fault is not None:
            server.fault(fault, canary=canary, location=f"http://{side}.example/")
        seen.append(observed(server, story, asked, count=count))

    assert seen[0] == seen[1]


@OFTEN
@given(
    gone=st.lists(st.sampled_from(["contact", "Student", None, "visit"]), max_size=5),
    kinds=st.lists(st.sampled_from(["contact", "group", None]), min_size=5, max_size=5),
)
def test_deletions_of_other_kinds_are_alike(server, line, gone, kinds):
    """Whatever they are of, none leaves a trace, even where the server sends them."""
    seen = []
    for some in (gone, kinds[: len(gone)]):
        rows = [{"id": f"X{n}", "type": kind} for n, kind in enumerate(some)]
        story = story_of(server, line, {}, "students.deletions.read")
        server.serve({"school": [HOME], "deletions": rows})
        seen.append(observed(server, story, Query("student_deletion")))

    assert seen[0] == seen[1]
    assert "X" not in json.dumps(seen[0][:1])
