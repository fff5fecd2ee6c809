"""What of a query a database is asked to decide, and how it is asked."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    text,
)
from sqlalchemy.dialects import mssql, mysql, oracle

from scopegate import (
    Condition,
    Query,
)
from scopegate.adapters.base import Fetch
from scopegate.adapters.records import RecordsAdapter
from scopegate.adapters.sql import SQLAdapter, SQLResource
from scopegate.catalogue.resource import Resource
from scopegate.errors import SourceError
from scopegate.records.condition import Comparison
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import SCHOOL

from .sql_school import (
    CATALOGUE,
    STUDENT,
    STUDENT_FIELDS,
    Tables,
    access_to,
    adapter,
    filled,
    held,
    ids,
    memory_engine,
    statements,
    student_rows,
    wanted,
)

ENGINE, TABLES = held(student_rows(1), student_rows(2), student_rows(3))


HOSTILE = "x'; DROP TABLE students; --\"\\ %s :p ? $1"


@pytest.mark.parametrize("kind", ["condition", "several", "search"])
def test_values_are_bound_and_never_part_of_a_statement(kind):
    """A hostile value changes no letter of the statement that is sent."""

    def sent_for(value):
        parts = {
            "condition": {"where": [Condition("student.name", "<", value)]},
            "several": {"where": [Condition("student.emails[].kind", "in", [value])]},
            "search": {"search": value},
        }
        mis = adapter(ENGINE, TABLES, search=["name", "home.town"])
        with statements(ENGINE) as sent:
            list(mis.fetch(wanted("id", "name", **parts[kind])))
        return [statement for statement, _ in sent]

    assert sent_for(HOSTILE) == sent_for("x")


def test_a_hostile_school_is_bound_too():
    """A school's name changes nothing but a parameter."""
    data = MetaData()
    table = Table(
        "rooms", data, Column("id", Integer, primary_key=True), Column("of", String)
    )
    engine = memory_engine()
    data.create_all(engine)
    mapping = {"student": SQLResource(table, {"id": table.c.id}, school=table.c["of"])}
    mis = SQLAdapter(engine, CATALOGUE, mapping, school=HOSTILE)

    with statements(engine) as sent:
        assert list(mis.fetch(wanted("id"))) == []

    assert HOSTILE not in sent[0][0]
    assert HOSTILE in sent[0][1]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ada", [1, 2, 3]),
        ("ADA 2", [2]),
        ("", [1, 2, 3]),
        ("%", []),
        ("_", []),
        ("/", []),
        ("a\0", []),
        ("\ud800", []),
        ("street", [1, 2, 3]),
        ("1 Long", [1]),
    ],
)
def test_a_search_finds_the_text_and_no_pattern(search, found):
    """A text is looked for as it is, in any case, also in joined tables."""
    mis = adapter(ENGINE, TABLES, search=["name", "home.street"])

    assert ids(mis.fetch(wanted("id", search=search))) == found


def test_only_what_is_mapped_for_it_can_be_searched():
    """The capabilities name the fields that are looked at, as full paths."""
    mis = adapter(ENGINE, TABLES, search="name")

    assert mis.capabilities(STUDENT).searches == {"student.name"}
    assert adapter(ENGINE, TABLES).capabilities(STUDENT).searches is None


@pytest.mark.parametrize(
    ("stored", "is_found"),
    [
        ("2026-11-23 12:00:00", True),  # as `CURRENT_TIMESTAMP` writes it
        ("2026-11-23 12:00:00.000000", True),
        ("2026-11-23 12:00:00.000001", True),
        ("2026-11-23 13:00:00", True),
        ("2026-11-23 11:59:59.999999", False),
        (None, False),
    ],
)
def test_changes_are_told_from_the_instant_on(stored, is_found):
    """A moment without a time zone is UTC; the instant itself counts."""
    engine, tables = held(student_rows(1))
    with engine.begin() as connection:
        connection.execute(text("UPDATE students SET updated_at = :at"), {"at": stored})
    mis = adapter(engine, tables, changed=tables.students.c.updated_at)
    since = datetime(2026, 11, 23, 14, tzinfo=timezone(timedelta(hours=2)))

    assert (ids(mis.fetch(wanted("id", changed_since=since))) == [1]) is is_found


def test_a_change_of_a_row_may_be_of_any_field():
    """Without leave to read every field changes cannot be asked for."""
    mis = adapter(ENGINE, TABLES, changed=TABLES.students.c.updated_at)

    assert mis.capabilities(STUDENT).changes == set(STUDENT_FIELDS)


def test_a_total_counts_what_would_be_given():
    """Conditions, search and school count for a total as for the records."""
    mis = adapter(ENGINE, TABLES, search=["name"])
    where = [Condition("student.emails[].address", "=", "ada2@example.org")]

    totals = [
        mis.total(wanted(**more)) for more in ({}, {"where": where}, {"search": "3"})
    ]

    assert totals == [3, 1, 1]


def test_a_total_is_renewed_before_it_is_asked():
    """Where nothing may be asked any more no count is sent."""

    def refuse():
        raise SourceError("student", "may not be asked")

    with (
        statements(ENGINE) as sent,
        pytest.raises(SourceError, match="may not be asked"),
    ):
        adapter(ENGINE, TABLES).total(Fetch(STUDENT, (), SCHOOL, renewal=refuse))

    assert sent == []


ALL = frozenset(Comparison)
IN_ANY_FILE = {"id", "name", "year", "home.street", "home.town", "home.area.name"}
LISTED = {"emails[].address", "emails[].kind", "emails[].notes[].text", "tags[]"}


def test_a_file_is_trusted_with_whole_numbers_and_texts():
    """Of SQLite, where a date may be spelt in many ways, no more is asked."""
    able = adapter(ENGINE, TABLES).capabilities(STUDENT)

    assert able.conditions == {f"student.{p}": ALL for p in IN_ANY_FILE | LISTED}
    assert able.orders == {f"student.{path}" for path in IN_ANY_FILE}
    assert (able.projects, able.page_size, able.totals, able.changes) == (
        True,
        500,
        True,
        None,
    )


class Unconnected:
    """An engine of a database that is not there; it keeps what it is sent."""

    __class__ = Engine  # it passes for one

    def __init__(self, dialect):
        self.dialect, self.sent = dialect, []

    def execution_options(self, **_):
        """Return itself."""
        return self

    def connect(self):
        """Return itself."""
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, statement):
        """Compile a statement, and answer with no rows."""
        self.sent.append(str(statement.compile(dialect=self.dialect)))
        return ()


@pytest.mark.parametrize(
    "dialect", [mysql.dialect(), mssql.dialect(), oracle.dialect()]
)
def test_of_other_databases_less_is_asked(dialect):
    """Where texts compare loosely they are found when equal, and never sorted."""
    mis = adapter(Unconnected(dialect), TABLES)
    equal = {Comparison.EQUAL, Comparison.UNEQUAL, Comparison.ONE_OF}
    numbers = {"student.id", "student.year"}

    able = mis.capabilities(STUDENT)

    texts = {f"student.{path}": equal for path in IN_ANY_FILE | LISTED}
    assert able.conditions == texts | dict.fromkeys(numbers, ALL)
    assert able.orders == set()


@pytest.mark.parametrize(
    "dialect", [mysql.dialect(), mssql.dialect(), oracle.dialect()]
)
def test_other_databases_are_read_in_their_own_words(dialect):
    """Any database that SQLAlchemy speaks to gets a statement that it understands."""
    engine = Unconnected(dialect)
    mis = adapter(engine, TABLES, search=["name"])
    where = [Condition("student.emails[].address", "=", "x")]

    assert list(mis.fetch(wanted("id", "home.town", where=where, search="x"))) == []
    assert "EXISTS" in engine.sent[0]
    assert "'x'" not in engine.sent[0]


def test_a_file_in_utf_16_is_read_as_any_other():
    """Where texts sort otherwise inside the file no record is left out."""
    engine, tables = memory_engine(), Tables()
    with engine.begin() as connection:
        connection.execute(text("PRAGMA encoding = 'UTF-16le'"))
        tables.metadata.create_all(connection)
        filled(
            connection,
            tables,
            [student_rows(1, forename="\u0101"), student_rows(2, forename="z")],
        )
    query = Query("student", [Condition("student.name", ">", "a")])

    read = access_to("names").read(adapter(engine, tables), query)

    assert ids(read) == [1, 2]


@pytest.mark.parametrize("value", ["x", "Ada 1", 7, b"b", 1.5, None, "\0"])
@pytest.mark.parametrize("name", ["id", "name", "emails[].kind"])
def test_unequal_leaves_out_nothing_but_null(name, value):
    """Whatever it is compared with, only what is null is left out at once."""
    where = [Condition(f"student.{name}", "!=", value)]

    assert ids(adapter(ENGINE, TABLES).fetch(wanted("id", where=where))) == [1, 2, 3]


@pytest.mark.parametrize("value", [True, 1.0, "1", b"2", None, 2**63, -(2**63) - 1])
@pytest.mark.parametrize("comparison", sorted({*Comparison} - {Comparison.ONE_OF}))
def test_what_cannot_be_compared_there_is_left_to_the_gate(comparison, value):
    """A value that a column of whole numbers never holds is not sent at all."""
    where = [Condition("student.id", comparison, value)]

    with statements(ENGINE) as sent:
        found = ids(adapter(ENGINE, TABLES).fetch(wanted("id", where=where)))

    assert found == [1, 2, 3]
    assert value not in [p for p in sent[0][1] if type(p) is type(value)]


def test_no_more_values_are_sent_than_any_database_takes():
    """A condition with very many values is left to the gate."""
    where = [Condition("student.id", "in", range(501))]

    with statements(ENGINE) as sent:
        list(adapter(ENGINE, TABLES).fetch(wanted("id", where=where)))

    assert len(sent[0][1]) < 10


def test_a_condition_on_what_is_not_known_to_compare_is_left_to_the_gate():
    """Asked all the same, an adapter leaves out nothing."""
    where = [
        Condition("student.born", "=", "x"),
        Condition("student.nothing", "=", "x"),
    ]

    found = ids(adapter(ENGINE, TABLES).fetch(wanted("id", where=where)))

    assert found == [1, 2, 3]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
def test_what_is_alike_or_missing_is_sorted_across_pages(page_size):
    """Ties are sorted by the key, null comes last, and no page repeats or loses one."""
    years = [2, None, 1, 2, None, 1, 2]
    rows = [student_rows(n, year_group=y, forename=None) for n, y in enumerate(years)]
    mis = adapter(*held(*rows), page_size=page_size)
    order = ["student.year", "student.name"]

    found = ids(mis.fetch(wanted("id", "year", "name", order_by=order)))

    assert found == [2, 5, 0, 3, 6, 1, 4]


NASTY = sorted(
    [
        "",
        " ",
        "A",
        "Z",
        "a",
        "a ",
        "a\0",
        "a\0b",
        "b",
        "z",
        "é",
        "e\u0301",
        "ß",
        "\ue000",
        "\U0001f600",
    ]
)


@pytest.mark.parametrize("comparison", sorted({*Comparison} - {Comparison.ONE_OF}))
def test_texts_compare_by_code_point(comparison):
    """Of every pair of odd texts the database says what Python does."""
    rows = [
        {"students": [{"id": n, "school_urn": 100001, "forename": t}]}
        for n, t in enumerate(NASTY)
    ]
    mis = adapter(*held(*rows))
    model = RecordsAdapter(
        {"student": [{"id": n, "name": t} for n, t in enumerate(NASTY)]}, SCHOOL
    )
    queries = [
        Query("student", [Condition("student.name", comparison, t)], ["student.name"])
        for t in NASTY
    ]
    access = access_to("names")

    found = [ids(access.read(mis, query)) for query in queries]

    assert found == [ids(access.read(model, query)) for query in queries]


def test_a_moment_with_a_time_zone_is_compared_as_an_instant():
    """Where a column keeps a time zone the instant is sent with it."""
    table = Table(
        "t",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("at", DateTime(timezone=True)),
    )
    engine = Unconnected(mssql.dialect())
    mapping = {"student": SQLResource(table, {"id": table.c.id}, changed=table.c.at)}

    list(SQLAdapter(engine, CATALOGUE, mapping).fetch(wanted("id", changed_since=NOON)))

    assert "t.at >= " in engine.sent[0]


def test_changes_may_be_told_by_a_joined_table():
    """The table that holds changes is joined when they are asked for."""
    table = Table(
        "log",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("at", DateTime),
    )
    students, engine = TABLES.students, Unconnected(mssql.dialect())
    resource = SQLResource(
        students,
        {"id": students.c.id},
        {table: table.c.id == students.c.id},
        changed=table.c.at,
    )
    mis = SQLAdapter(engine, CATALOGUE, {"student": resource})

    list(mis.fetch(wanted("id", changed_since=NOON)))

    assert "LEFT OUTER JOIN log" in engine.sent[0]


def test_the_catalogue_of_a_fetch_need_not_be_the_adapters():
    """What it can do is said of a resource by its name."""
    other = Resource("student", "Student", "id", STUDENT.fields[:1])

    assert adapter(ENGINE, TABLES).capabilities(other).totals
