"""What PostgreSQL itself says of what is read, and what only it can do."""

import asyncio
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from scopegate import Condition, Query
from scopegate.adapters._sql.kinds import kind_of
from scopegate.adapters.sql import AsyncSQLAdapter, Listed, SQLAdapter, SQLResource
from scopegate.errors import SourceError
from scopegate.records.condition import Comparison
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import SCHOOL

from .conftest import url_of
from .sql_school import (
    CATALOGUE,
    FIELDS,
    SCOPES,
    STUDENT,
    access_to,
    adapter,
    filled,
    student_rows,
    wanted,
)

SEVERAL = settings(
    max_examples=max(settings().max_examples // 4, 10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
STRUCTURE = {
    "students": {"id", "school_urn"},
    "homes": {"student_id", "area_id"},
    "areas": {"area_id"},
    "emails": {"email_id", "pupil_id", "deleted"},
    "notes": {"note_id", "of_email"},
    "tags": {"owner_id", "position"},
}
"""The columns that lead to records: keys, joins and what is always chosen by."""

OWN = {
    "student.id": ("students", "id"),
    "student.name": ("students", "forename"),
    "student.year": ("students", "year_group"),
    "student.active": ("students", "is_active"),
    "student.born": ("students", "birth_date"),
    "student.seen": ("students", "last_seen"),
    "student.points": ("students", "score"),
    "student.home.street": ("homes", "line_1"),
    "student.home.town": ("homes", "city"),
    "student.home.area.name": ("areas", "label"),
    "student.emails[].address": ("emails", "address"),
    "student.emails[].kind": ("emails", "purpose"),
    "student.emails[].notes[].text": ("notes", "body"),
    "student.tags[]": ("tags", "tag"),
}
"""For each field the column that holds it."""


@pytest.fixture(scope="module")
def role(server):
    """Give the name of a role that may read nothing yet."""
    name = f"scopegate_reader_{os.getpid()}"
    server.run(f"CREATE ROLE {name}")
    yield name
    server.run(f"DROP ROLE {name}")


def become(connection, tables, role, fields):
    """Let *connection* go on as a role that may read these fields, for now."""
    schema = tables.metadata.schema
    columns = {table: set(found) for table, found in STRUCTURE.items()}
    for path in fields:
        table, column = OWN[path]
        columns[table].add(column)
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
    for table, found in columns.items():
        names = ", ".join(sorted(found))
        grant = f"GRANT SELECT ({names}) ON {schema}.{table} TO {role}"
        connection.execute(text(grant))
    connection.execute(text(f"SET LOCAL ROLE {role}"))


def queries(paths):
    """Return queries that choose and sort by these paths."""
    flat = [path for path in paths if "[]" not in path]
    values = st.sampled_from(["x", 1, date(2010, 2, 11), True])
    where = st.builds(
        Condition,
        st.sampled_from(paths),
        st.sampled_from(sorted({*Comparison} - {Comparison.ONE_OF})),
        values,
    ).filter(lambda c: CATALOGUE.field(c.path).may_equal(c.value))
    order = st.lists(st.sampled_from(flat), max_size=2) if flat else st.just([])
    return st.builds(Query, st.just("student"), st.lists(where, max_size=2), order)


@st.composite
def asked(draw):
    """Return scopes, and a query that they permit."""
    keys = st.sets(st.sampled_from(sorted({*SCOPES} - {"school"})), min_size=1)
    scopes = draw(keys)
    return scopes, draw(queries([path for key in scopes for path in SCOPES[key]]))


@SEVERAL
@given(asked())
def test_the_server_agrees_that_no_other_column_is_read(college, role, reading):
    """A role that may read the permitted columns only can run every statement."""
    engine, tables = college
    scopes, query = reading
    access = access_to(*scopes)
    rows = [student_rows(n, birth_date=date(2010, 2, n)) for n in (1, 2, 3)]
    with engine.connect() as connection:
        filled(connection, tables, rows)
        mis = adapter(connection, tables, page_size=2)
        expected = list(access.read(mis, query)), access.count(mis, query)
        become(connection, tables, role, access.permit.fields_needed("student"))

        found = list(access.read(mis, query)), access.count(mis, query)

        connection.rollback()
    assert found == expected


@pytest.mark.parametrize(
    "path", [path for path in FIELDS if path.startswith("student.")]
)
def test_the_server_refuses_any_column_that_is_not_permitted(college, role, path):
    """A role without one of the columns cannot read it: the oracle does bite."""
    engine, tables = college
    others = [p for p in OWN if p != path]
    structural = OWN[path][1] in STRUCTURE[OWN[path][0]]
    with engine.connect() as connection:
        filled(connection, tables, [student_rows(1)])
        become(connection, tables, role, others)
        mis = adapter(connection, tables)

        try:
            told = [record.keys() for record in mis.fetch(wanted())] and "read"
        except SourceError as error:
            told = str(error)

        connection.rollback()
    refused = (
        "student, page 1: the database account cannot read this; let it read the tables"
        " and columns mapped"
    )
    assert told == ("read" if structural else refused)


def test_a_page_is_read_in_a_transaction_that_cannot_write(pupils):
    """What a mapping computes cannot change the database either."""
    engine, tables = pupils
    numbers = Sequence("numbers", schema=tables.metadata.schema)
    numbers.create(engine)
    fields = {"id": numbers.next_value()}
    resource = SQLResource(tables.students, fields)
    mis = SQLAdapter(engine, CATALOGUE, {"student": resource})

    with pytest.raises(SourceError) as caught:
        list(mis.fetch(wanted("id")))

    told = "the database failed with `InternalError`; look at its log"
    assert str(caught.value) == f"student, page 1: {told}"
    with engine.begin() as connection:
        assert connection.scalar(numbers.next_value()) == 1
        numbers.drop(connection)


@pytest.fixture
def things(college):
    """Give a connection to a table of a column of each kind, gone afterwards."""
    engine, _ = college
    table = Table(
        "things",
        MetaData(),
        Column("id", Uuid, primary_key=True),
        Column("name", ARRAY(String)),
        Column("year", Numeric),
        Column("seen", DateTime(timezone=True)),
        Column("points", LargeBinary),
        prefixes=["TEMPORARY"],
    )
    with engine.connect() as connection:
        table.create(connection)
        yield connection, table
        connection.rollback()


IDS = [UUID(int=n) for n in (1, 2**64, 2**127)]


def mis_of(connection, table, **more):
    """Return an adapter of the things, two on a page."""
    fields = {
        "id": table.c.id,
        "tags[]": table.c.name,
        "year": table.c.year,
        "seen": table.c.seen,
    }
    mapping = {"student": SQLResource(table, fields, **more)}
    return SQLAdapter(connection, CATALOGUE, mapping, page_size=2)


def test_a_key_may_be_a_uuid(things):
    """Pages are cut by UUIDs, and found by them, sorted as Python sorts them."""
    connection, table = things
    connection.execute(table.insert(), [{"id": key} for key in reversed(IDS)])
    mis = mis_of(connection, table)
    where = [Condition("student.id", ">=", IDS[1])]

    assert [record["id"] for record in mis.fetch(wanted("id"))] == IDS
    assert [r["id"] for r in mis.fetch(wanted("id", where=where))] == IDS[1:]


@pytest.mark.parametrize("width", [1, 2])
def test_a_key_may_be_wider_than_the_column_that_names_it(college, width):
    """A key that the column of a list could not even hold has an empty list."""
    engine, _ = college
    data, names = MetaData(), ["a", "b"][:width]
    wide = Table(
        "wide",
        data,
        *(Column(name, BigInteger, primary_key=True) for name in names),
        prefixes=["TEMPORARY"],
    )
    narrow = Table(
        "narrow",
        data,
        Column("id", Integer, primary_key=True),
        *(Column(name, SmallInteger) for name in names),
        prefixes=["TEMPORARY"],
    )
    listed = Listed(narrow, narrow.c.id, by=[narrow.c[name] for name in names])
    resource = SQLResource(wide, {"id": wide.c.a, "tags[]": listed})
    with engine.connect() as connection:
        data.create_all(connection)
        connection.execute(wide.insert(), [dict.fromkeys(names, n) for n in (1, 2**40)])
        connection.execute(narrow.insert(), [{"id": 7, **dict.fromkeys(names, 1)}])
        mis = SQLAdapter(connection, CATALOGUE, {"student": resource})

        found = list(mis.fetch(wanted("id", "tags[]")))

        connection.rollback()
    assert found == [{"id": 1, "tags": [7]}, {"id": 2**40, "tags": []}]


def test_a_list_of_plain_values_may_be_an_array(things):
    """A column that holds an array is a list, and is compared by the gate."""
    connection, table = things
    connection.execute(table.insert(), [{"id": IDS[0], "name": ["a", None]}])
    mis = mis_of(connection, table)

    query = Query("student", [Condition("student.tags[]", "=", "a")])

    assert list(mis.fetch(wanted("tags[]"))) == [{"tags": ["a", None]}]
    assert "student.tags[]" not in mis.capabilities(STUDENT).conditions
    assert list(access_to("tags").read(OfSchool(mis), query)) == [{"tags": ["a", None]}]


class OfSchool:
    """An adapter that says that it serves the school."""

    school = SCHOOL

    def __init__(self, adapter_):
        self.capabilities, self.fetch = adapter_.capabilities, adapter_.fetch


def test_an_instant_is_compared_as_one(things):
    """Of moments with a time zone those are found that are the same instant or later."""
    connection, table = things
    moments = [NOON.replace(hour=hour) for hour in (11, 12, 13)]
    rows = [{"id": key, "seen": at} for key, at in zip(IDS, moments, strict=True)]
    connection.execute(table.insert(), rows)
    connection.execute(text("SET LOCAL TIME ZONE 'Pacific/Auckland'"))
    mis = mis_of(connection, table, changed=table.c.seen)
    where = [Condition("student.seen", ">=", NOON)]

    assert [r["id"] for r in mis.fetch(wanted("id", where=where))] == IDS[1:]
    assert [r["id"] for r in mis.fetch(wanted("id", changed_since=NOON))] == IDS[1:]
    assert "student.seen" not in mis.capabilities(STUDENT).orders


MOMENT = datetime(2026, 9, 1)  # noqa: DTZ001 - without a time zone on purpose


@pytest.mark.parametrize(
    ("type_", "taken", "left"),
    [
        (Boolean(), [True, False], [1, 0, None, "true"]),
        (Date(), [date(2010, 2, 11)], [MOMENT, "2010-02-11", None]),
        (DateTime(), [MOMENT], [NOON, date(2010, 2, 11), None]),
        (
            DateTime(timezone=True),
            [NOON.replace(tzinfo=UTC)],
            [MOMENT, NOON.replace(tzinfo=ZoneInfo("Europe/London")), None],
        ),
        (Uuid(), [UUID(int=7)], [str(UUID(int=7)), 7, None]),
        (
            Numeric(5, 2),
            [7, Decimal("1.10"), Decimal("-1E+99")],
            [True, 1.5, "7", Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"),
             Decimal("1E+1000"), Decimal("1E-1000"), 10**1000, Decimal("0." + "1" * 1000)],
        ),
        (String(5), ["", "longer than it"], [b"x", 7, None, "a\0", "\ud800", "\udfff"]),
    ],
)  # fmt: skip
def test_only_values_that_compare_as_in_python_are_sent(type_, taken, left):
    """Of each kind exactly these values are sent to be compared with."""
    kind = kind_of(Column("x", type_), postgresql.dialect())

    assert [value for value in (*taken, *left) if kind.takes(value)] == taken


async def read_without_blocking(url, tables, query, scopes):
    """Return what an adapter that does not block gives, and how much it counts."""
    engine = create_async_engine(url, poolclass=NullPool)
    mis = AsyncSQLAdapter(
        engine, CATALOGUE, tables.mapping(), school=SCHOOL, page_size=2
    )
    access = access_to(*scopes)
    found = [record async for record in access.read_async(mis, query)]
    number = await access.count_async(mis, query)
    rest = await mis.total(wanted()), [r async for r in mis.fetch(wanted("id"))]
    await engine.dispose()
    return found, number, rest


def test_without_blocking_the_same_is_read(server, pupils):
    """An adapter that does not block gives what the other does."""
    engine, tables = pupils
    query = Query("student", [Condition("student.year", "<", 2)], ["student.year"])
    scopes = sorted({*SCOPES} - {"school"})
    mis, access = adapter(engine, tables, page_size=2), access_to(*scopes)

    url = url_of(server.address)
    found = asyncio.run(read_without_blocking(url, tables, query, scopes))

    rest = mis.total(wanted()), list(mis.fetch(wanted("id")))
    assert found == (list(access.read(mis, query)), access.count(mis, query), rest)
    assert found[0][0]["emails"][0]["notes"] == [{"text": "note 3"}]


def test_texts_are_sorted_by_code_point_whatever_the_column_says(college):
    """A collation of some language changes neither conditions nor order."""
    engine, _ = college
    table = Table(
        "words",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("word", String(collation="en-x-icu")),
        prefixes=["TEMPORARY"],
    )
    words = ["a", "B", "é", "z", "Z", "\ue000", "\U0001f600", None]
    mapping = {
        "student": SQLResource(
            table,
            {
                "name": table.c.word,
                "tags[]": Listed(same := table.alias(), same.c.word, by=same.c.id),
            },
        )
    }
    with engine.connect() as connection:
        table.create(connection)
        rows = [{"id": n, "word": word} for n, word in enumerate(words)]
        connection.execute(table.insert(), rows)
        mis = SQLAdapter(connection, CATALOGUE, mapping, page_size=2)
        order = [
            r["name"] for r in mis.fetch(wanted("name", order_by=["student.name"]))
        ]
        where = [Condition("student.tags[]", "<", "a")]
        found = [r["name"] for r in mis.fetch(wanted("name", where=where))]
        connection.rollback()

    assert order == [*sorted(words[:-1]), None]
    assert found == ["B", "Z"]
