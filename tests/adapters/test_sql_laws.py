"""A database gives exactly what the same records in memory give."""

import math
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Condition, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.records.condition import Comparison
from scopegate.records.untrusted import is_nan
from scopegate.testing.strategies import SCHOOL, plain_values

from .sql_school import (
    CATALOGUE,
    FIELDS,
    SCOPES,
    access_to,
    adapter,
    filled,
)

SEVERAL = settings(
    max_examples=max(settings().max_examples // 4, 10),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
OTHER = "100002"

TEXTS = st.sampled_from([
    "", " ", "x", "X", "x ", "xy", "é", "E", "e\u0301", "ß", "\ue000", "\U0001f600", "%", "_", "/",
    "x/%", "'", "';--", '"', "\\", "\n", "Ⅷ", "null", "1", "İ", "private", "\x01",
]) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)  # fmt: skip
NUMBERS = st.integers(-3, 3) | st.sampled_from([2**31 - 1, -(2**31)])
DATES = st.sampled_from([date(2010, 2, 11), date(1, 1, 1), date(9999, 12, 31)])
MOMENTS = st.sampled_from([
    datetime(2026, 9, 1), datetime(2026, 9, 1, 0, 0, 0, 1), datetime(1, 1, 1)  # noqa: DTZ001
])  # fmt: skip
DECIMALS = st.sampled_from(
    [
        Decimal(n)
        for n in (
            "0",
            "1.10",
            "1.1",
            "-2.5",
            "NaN",
            "100000000000000000000",
            "Infinity",
        )
    ]
)
FLOATS = st.sampled_from([0.0, 0.1, -2.5, 1e300])
HOSTILE = st.sampled_from([
    "nul\0", "\ud800", 2**63, -(2**63) - 1, 10**400, Decimal("1E+9999"), math.inf,
    datetime(2026, 9, 1, tzinfo=UTC), True, 1.0, "2010-02-11", b"x",
])  # fmt: skip
FLAT = {
    "name": "forename", "year": "year_group", "active": "is_active", "born": "birth_date",
    "seen": "last_seen", "points": "score",
}  # fmt: skip
"""Fields of a student that are in the table itself, each with its column."""
EVERY = frozenset(SCOPES) - {"school"}
LIKELY = {
    "id": NUMBERS, "year": NUMBERS, "active": st.booleans(), "born": DATES, "seen": MOMENTS,
}  # fmt: skip
"""What a column may hold, by the last name of its field; texts, if nothing is said."""


def maybe(values):
    """Return *values*, and null now and then."""
    return st.none() | values


def student(number, values):
    """Return a student as a record, and as rows of tables.

    Args:
        number: Their key.
        values: What they have, by the names that `drawn` draws; the rest is null.
    """
    flat = {name: values.get(name) for name in FLAT}
    line, town, area = values.get("home") or (None, None, None)
    emails, tags = values.get("emails", []), values.get("tags", [])
    record = {
        "id": number,
        **flat,
        "home": {
            "street": line,
            "town": town,
            "area": {"name": "North" if area else None},
        },
        "emails": [
            {"address": address, "kind": kind, "notes": [{"text": b} for b in notes]}
            for address, kind, notes in emails
        ],
        "tags": tags,
    }
    row = {FLAT[name]: value for name, value in flat.items()}
    home = {"student_id": number, "line_1": line, "city": town, "area_id": area}
    rows = {
        "students": [{"id": number, "school_urn": int(SCHOOL), **row}],
        "homes": [home] if values.get("home") else [],
        "tags": [
            {"owner_id": number, "position": at, "tag": tag}
            for at, tag in enumerate(tags)
        ],
        "emails": [
            {
                "email_id": 10 * number + at,
                "pupil_id": number,
                "address": address,
                "purpose": kind,
                "deleted": 0,
            }
            for at, (address, kind, _) in enumerate(emails)
        ],
        "notes": [
            {"note_id": 100 * number + 10 * at + n, "of_email": 10 * number + at}
            | {"body": b}
            for at, (_, _, notes) in enumerate(emails)
            for n, b in enumerate(notes)
        ],
    }
    return record, rows


def drawn(points, texts):
    """Return strategies for what a student has, by name."""
    text = maybe(texts)
    emails = st.tuples(text, text, st.lists(text, max_size=2))
    return {
        "name": text,
        "year": maybe(NUMBERS),
        "active": maybe(st.booleans()),
        "born": maybe(DATES),
        "seen": maybe(MOMENTS),
        "points": maybe(points),
        "home": maybe(st.tuples(text, text, st.sampled_from([None, 1]))),
        "emails": st.lists(emails, max_size=2),
        "tags": st.lists(text, max_size=2),
    }


def students(strategies, **size):
    """Return lists of students, as records and as rows, who have only these."""
    several = st.lists(st.fixed_dictionaries(strategies), **size)
    return several.map(lambda found: [student(n, v) for n, v in enumerate(found, 1)])


@st.composite
def wholes(draw, points, texts):
    """Return some scopes, students, any query, and a page size."""
    keys = [key for key in SCOPES if key != "school"]
    scopes = draw(st.sets(st.sampled_from(keys), min_size=1))
    paths = sorted(path for key in scopes for path in SCOPES[key])
    flat = [path for path in paths if "[]" not in path]
    query = Query(
        "student",
        [draw(conditions(path, points, texts)) for path in draw(some(paths))],
        draw(some(flat)),
        draw(maybe(st.integers(0, 3))),
    )
    found = draw(students(drawn(points, texts), max_size=4))
    return scopes, found, query, draw(st.integers(1, 3))


def some(paths):
    """Return lists of a few of *paths*."""
    return st.lists(st.sampled_from(paths), max_size=2) if paths else st.just([])


@st.composite
def conditions(draw, path, points, texts):
    """Return a condition on *path*, often one that a record may meet."""
    likely = {"points": points, **LIKELY}.get(path.rpartition(".")[2], texts)
    odd = HOSTILE | plain_values().filter(lambda v: v is not None)
    value = likely if draw(st.integers(0, 3)) else odd
    value = value.filter(lambda v: not is_nan(v) and CATALOGUE.field(path).may_equal(v))
    comparison = draw(st.sampled_from(Comparison))
    many = comparison is Comparison.ONE_OF
    return Condition(
        path, comparison, draw(st.lists(value, max_size=3) if many else value)
    )


@st.composite
def ordered(draw, points, texts):
    """Return students who have much alike, and an order to read them in."""
    strategies = drawn(points, texts)
    names = draw(st.lists(st.sampled_from(sorted(FLAT)), min_size=1, max_size=2))
    narrow = {
        n: st.sampled_from(draw(st.lists(strategies[n], min_size=1))) for n in names
    }
    found = draw(students(narrow, min_size=3, max_size=7))
    query = Query("student", (), [f"student.{name}" for name in names])
    return EVERY, found, query, draw(st.integers(1, 3))


@st.composite
def chosen(draw, points, texts):
    """Return students who have one thing, and a condition on that."""
    path = draw(st.sampled_from([p for p in FIELDS if p.startswith("student.")]))
    name = path.split(".")[1].removesuffix("[]")
    strategies = {n: s for n, s in drawn(points, texts).items() if n == name}
    found = draw(students(strategies, min_size=1, max_size=4))
    met = draw(st.lists(conditions(path, points, texts), min_size=1, max_size=2))
    return EVERY, found, Query("student", met), 3


@contextmanager
def holding(engine, tables, rows):
    """Give a connection to a database that holds *rows* until it is closed."""
    stranger = {
        "students": [{"id": 99, "school_urn": int(OTHER), "forename": "Stranger"}],
        "tags": [{"owner_id": 99, "position": 1, "tag": "strange"}],
    }
    with engine.connect() as connection:
        filled(connection, tables, [*rows, stranger])
        yield connection
        connection.rollback()


def check(engine, tables, reading):
    """Assert that the database gives what the records give."""
    scopes, found, query, page_size = reading
    model = RecordsAdapter({"student": [record for record, _ in found]}, SCHOOL)
    access = access_to(*scopes)
    with holding(engine, tables, [rows for _, rows in found]) as connection:
        mis = adapter(connection, tables, page_size)

        given_, counted = list(access.read(mis, query)), access.count(mis, query)

        expected = list(access.read(model, query))
        assert (repr(given_), counted) == (repr(expected), len(expected))


NUL = st.sampled_from(["nul\0", "nul\0x", "\0"])


def laws(fixture, points, texts):
    """Return the laws for the database of a fixture, which holds such values."""

    class Laws:
        """What holds of a database."""

        @SEVERAL
        @given(wholes(points, texts))
        def test_a_database_gives_what_records_give(self, request, reading):
            """Whatever is held, permitted and asked, no one can tell the two apart."""
            check(*request.getfixturevalue(fixture), reading)

        @SEVERAL
        @given(ordered(points, texts))
        def test_a_database_sorts_as_the_gate_does(self, request, reading):
            """Records come in the same order, page by page, ties and nulls too."""
            check(*request.getfixturevalue(fixture), reading)

        @SEVERAL
        @given(chosen(points, texts))
        def test_a_database_leaves_out_nothing_that_meets_a_condition(
            self, request, reading
        ):
            """Of each field, by each comparison, the same records are chosen."""
            check(*request.getfixturevalue(fixture), reading)

    return Laws


TestSQLite = laws("college_in_memory", FLOATS, TEXTS | NUL)
TestPostgreSQL = laws("college", DECIMALS, TEXTS)
