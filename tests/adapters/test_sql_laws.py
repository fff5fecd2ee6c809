"""A database gives exactly what the same records in memory give."""

import math
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scopegate import Condition, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.condition import Comparison
from scopegate.testing.strategies import SCHOOL, plain_values

from .sql_school import (
    CATALOGUE,
    SCOPES,
    Tables,
    access_to,
    adapter,
    filled,
    memory_engine,
)

OFTEN = settings(
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
    [Decimal(n) for n in ("0", "1.10", "1.1", "-2.5", "NaN", "1E+20", "Infinity")]
)
FLOATS = st.sampled_from([0.0, 0.1, -2.5, 1e300])
HOSTILE = st.sampled_from([
    "nul\0", "\ud800", 2**63, -(2**63) - 1, 10**400, Decimal("1E+9999"), math.inf, math.nan,
    Decimal("NaN"), datetime(2026, 9, 1, tzinfo=UTC), True, 1.0, "2010-02-11", b"x",
])  # fmt: skip


def maybe(values):
    """Return *values*, and null now and then."""
    return st.none() | values


@st.composite
def pupils(draw, number, points, texts):
    """Return a student as a record, and as rows, some of which belong to nobody."""
    columns = {
        "name": draw(maybe(texts)),
        "year": draw(maybe(NUMBERS)),
        "active": draw(maybe(st.booleans())),
        "born": draw(maybe(DATES)),
        "seen": draw(maybe(MOMENTS)),
        "points": draw(maybe(points)),
    }
    home = draw(maybe(st.tuples(maybe(texts), maybe(texts), st.sampled_from([None, 1]))))
    line, town, area = home or (None, None, None)
    rows = {
        "students": [
            {
                "id": number,
                "school_urn": int(SCHOOL),
                "forename": columns["name"],
                "year_group": columns["year"],
                "is_active": columns["active"],
                "birth_date": columns["born"],
                "last_seen": columns["seen"],
                "score": columns["points"],
            }
        ],
        "homes": [
            {"student_id": number, "line_1": line, "city": town, "area_id": area}
        ]
        if home
        else [],
        "emails": [],
        "notes": [],
    }
    record = {
        "id": number,
        **columns,
        "home": {
            "street": line,
            "town": town,
            "area": {"name": "North" if area else None},
        },
        "emails": [],
        "tags": draw(st.lists(maybe(texts), max_size=2)),
    }
    rows["tags"] = [
        {"owner_id": number, "position": at, "tag": tag}
        for at, tag in enumerate(record["tags"])
    ]
    for at in range(draw(st.integers(0, 2))):
        email = 10 * number + at
        address, kind = draw(maybe(texts)), draw(maybe(texts))
        notes = draw(st.lists(maybe(texts), max_size=2))
        rows["emails"].append({
            "email_id": email,
            "pupil_id": number,
            "address": address,
            "purpose": kind,
            "deleted": 0,
        })  # fmt: skip
        rows["notes"] += [
            {"note_id": 10 * email + n, "of_email": email, "body": body}
            for n, body in enumerate(notes)
        ]
        record["emails"].append(
            {
                "address": address,
                "kind": kind,
                "notes": [{"text": body} for body in notes],
            }
        )
    return record, rows


@st.composite
def conditions(draw, paths, texts, points):
    """Return a condition on one of *paths*, often one that a record may meet."""
    value = (
        texts | NUMBERS | st.booleans() | DATES | MOMENTS | points
        | HOSTILE | plain_values().filter(lambda v: v is not None)
    )  # fmt: skip
    comparison = draw(st.sampled_from(Comparison))
    many = comparison is Comparison.ONE_OF
    return Condition(
        draw(st.sampled_from(paths)),
        comparison,
        draw(st.lists(value, max_size=3) if many else value),
    )


@st.composite
def readings(draw, points, texts):
    """Return scopes, students as records and as rows, a query, and a page size."""
    count = draw(st.integers(0, 5))
    found = [draw(pupils(number, points, texts)) for number in range(1, count + 1)]
    keys = [key for key in SCOPES if key != "school"]
    scopes = draw(st.sets(st.sampled_from(keys), min_size=1))
    paths = sorted(path for key in scopes for path in SCOPES[key])
    flat = [path for path in paths if "[]" not in path]
    some = st.lists(st.sampled_from(flat), max_size=2) if flat else st.just([])
    query = Query(
        "student",
        draw(st.lists(conditions(paths, texts, points), max_size=2)),
        draw(some),
        draw(maybe(st.integers(0, 3))),
    )
    return scopes, found, query, draw(st.integers(1, 3))


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


class TestSQLite:
    """In SQLite, which takes any value anywhere."""

    ENGINE, TABLES = memory_engine(), Tables()
    TABLES.metadata.create_all(ENGINE)

    @OFTEN
    @given(readings(FLOATS, TEXTS | NUL))
    def test_a_database_gives_what_records_give(self, reading):
        """Whatever is held, permitted and asked, nobody can tell the two apart."""
        check(self.ENGINE, self.TABLES, reading)


class TestPostgreSQL:
    """In PostgreSQL, which compares many more kinds of values."""

    @OFTEN
    @given(readings(DECIMALS, TEXTS))
    def test_a_database_gives_what_records_give(self, college, reading):
        """Whatever is held, permitted and asked, nobody can tell the two apart."""
        check(*college, reading)
