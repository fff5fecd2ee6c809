"""What is asked of a database, and what is made of its answers."""

import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    text,
)
from sqlalchemy.dialects import mssql, mysql, oracle

from scopegate import (
    AccessDeniedError,
    AccessRequest,
    Condition,
    ConsentRegister,
    Gate,
    Query,
)
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.records import RecordsAdapter
from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.condition import Comparison
from scopegate.errors import SourceError
from scopegate.ledgers.memory import MemoryLedger
from scopegate.resource import Resource
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import HEAD, NOON
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
    memory_engine,
    statements,
    student_rows,
    wanted,
)

NAMED = re.compile(r"\b(\w+)\.(\w+)\b")
STUDENTS = {"students.id", "students.school_urn"}
HOMES = {"homes.student_id"}
AREAS = {*HOMES, "homes.area_id", "areas.area_id"}
EMAILS = {"emails.email_id", "emails.pupil_id", "emails.deleted"}
NOTES = {*EMAILS, "notes.note_id", "notes.of_email"}
COLUMNS = {
    "student.id": {"students.id"},
    "student.name": {"students.forename"},
    "student.year": {"students.year_group"},
    "student.active": {"students.is_active"},
    "student.born": {"students.birth_date"},
    "student.seen": {"students.last_seen"},
    "student.points": {"students.score"},
    "student.home.street": {"homes.line_1", *HOMES},
    "student.home.town": {"homes.city", *HOMES},
    "student.home.area.name": {"areas.label", *AREAS},
    "student.emails[].address": {"emails.address", *EMAILS},
    "student.emails[].kind": {"emails.purpose", *EMAILS},
    "student.emails[].notes[].text": {"notes.body", *NOTES},
    "student.tags[]": {"tags.tag", "tags.owner_id", "tags.position"},
}
"""For each field the columns that may be named: its own, and what leads there."""

ENGINE, TABLES = held(student_rows(1), student_rows(2), student_rows(3))


def named(sent):
    """Return the columns that statements name."""
    found = (NAMED.findall(statement) for statement, _ in sent)
    return {f"{table}.{column}" for columns in found for table, column in columns}


def ids(records):
    """Return the keys of records."""
    return [record["id"] for record in records]


@given(st.sets(st.sampled_from(STUDENT_FIELDS)))
def test_statements_name_what_is_wanted_and_what_leads_there(fields):
    """For any fields exactly their columns, keys, joins and filters are named."""
    with statements(ENGINE) as sent:
        list(adapter(ENGINE, TABLES).fetch(Fetch(STUDENT, fields, SCHOOL)))

    assert named(sent) == STUDENTS.union(*(COLUMNS[path] for path in fields))


@given(
    st.sets(st.sampled_from(["names", "years", "homes", "emails", "tags"]), min_size=1)
)
def test_an_app_reaches_no_column_that_it_may_not_read(scopes):
    """Read by way of a gate, nothing beyond the permitted fields is named."""
    access = access_to(*scopes)

    with statements(ENGINE) as sent:
        list(access.read(adapter(ENGINE, TABLES), Query("student")))

    permitted = [COLUMNS[p] for p in access.permit.query("student")]
    assert named(sent) == STUDENTS.union(*permitted)


def test_records_have_the_catalogues_shape():
    """Columns become values, objects, lists of objects within lists, and plain lists."""
    assert next(adapter(ENGINE, TABLES).fetch(wanted())) == {
        "id": 1,
        "name": "Ada 1",
        "year": 1,
        "active": None,
        "born": None,
        "seen": None,
        "points": None,
        "home": {"street": "1 Long Street", "town": None, "area": {"name": "North"}},
        "emails": [
            {
                "address": "ada1@example.org",
                "kind": "school",
                "notes": [{"text": "note 1"}],
            }
        ],
        "tags": ["t1", "t2"],
    }


def test_where_a_joined_table_has_no_row_its_fields_are_null():
    """What is not there reads as null, and a list without elements as empty."""
    engine, tables = held({"students": [{"id": 1, "school_urn": int(SCHOOL)}]})

    fields = ("home.street", "home.area.name", "emails[].notes[].text", "tags[]")
    found = list(adapter(engine, tables).fetch(wanted(*fields)))

    home = {"street": None, "area": {"name": None}}
    assert found == [{"home": home, "emails": [], "tags": []}]


def test_what_the_mapping_leaves_out_is_not_read():
    """Elements and records that do not meet `where` are not there."""
    rows = student_rows(1)
    rows["emails"].append(
        {"email_id": 7, "pupil_id": 1, "address": "old", "deleted": 1}
    )
    engine, tables = held(rows, student_rows(2))
    mis = adapter(engine, tables, where=tables.students.c.id < 2)

    found = list(mis.fetch(wanted("id", "emails[].address")))

    assert found == [{"id": 1, "emails": [{"address": "ada1@example.org"}]}]


def test_a_where_on_a_joined_table_joins_it():
    """A condition may name any table of the mapping, whatever is wanted."""
    mis = adapter(ENGINE, TABLES, where=TABLES.areas.c.label == "South")

    assert (list(mis.fetch(wanted("id"))), mis.total(wanted("id"))) == ([], 0)


@pytest.mark.parametrize(
    ("count", "pages"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)]
)
def test_each_page_is_a_statement_and_each_list_in_it_another(count, pages):
    """A page of two takes a statement, and one for each list where it has a record."""
    engine, tables = held(*map(student_rows, range(1, count + 1)))

    with statements(engine) as sent:
        found = list(adapter(engine, tables, page_size=2).fetch(wanted()))

    lists = 3 * (pages if count else 0)
    assert (ids(found), len(sent)) == (list(range(1, count + 1)), pages + lists)


def test_nothing_is_asked_until_a_record_is():
    """To call `fetch` sends nothing, and the second page waits for its turn."""
    with statements(ENGINE) as sent:
        records = adapter(ENGINE, TABLES, page_size=2).fetch(wanted("id"))
        before = len(sent)
        next(records), next(records)

    assert (before, len(sent)) == (0, 1)


@pytest.mark.parametrize(
    ("limit", "first"), [(None, 3), (1, 2), (2, 3), (9, 3), (0, 2)]
)
def test_a_limit_makes_the_first_page_small(limit, first):
    """Of the first page no more is read than is likely taken, and one to look ahead."""
    with statements(ENGINE) as sent:
        next(adapter(ENGINE, TABLES, page_size=2).fetch(wanted("id", limit=limit)))

    assert first in sent[0][1]


def test_no_connection_is_held_while_records_are_given_out(tmp_path):
    """Between two pages the engine has all its connections back."""
    engine, tables = create_engine(f"sqlite:///{tmp_path / 'mis.db'}"), Tables()
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, [student_rows(n) for n in (1, 2, 3)])

    records = adapter(engine, tables, page_size=1).fetch(wanted())
    held_meanwhile = [engine.pool.checkedout() for _ in records]

    assert held_meanwhile == [0, 0, 0]
    engine.dispose()


def test_no_more_is_held_than_a_page():
    """To read ten times the records takes hardly more memory."""
    few, many = (
        held(
            *(
                {"students": student_rows(n, forename="x" * 5_000)["students"]}
                for n in range(count)
            )
        )
        for count in (100, 1_000)
    )
    mis = [adapter(*of, page_size=50) for of in (few, many)]

    def most(adapter_):
        next(adapter_.fetch(wanted("id", "name")))  # SQLAlchemy keeps the statement
        tracemalloc.start()
        for _ in adapter_.fetch(wanted("id", "name")):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(mis[1]) < 2 * most(mis[0])


def test_threads_may_share_an_adapter(tmp_path):
    """Several threads read all the records, each for itself."""
    engine, tables = create_engine(f"sqlite:///{tmp_path / 'mis.db'}"), Tables()
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, map(student_rows, range(1, 31)))
    mis = adapter(engine, tables, page_size=4)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: list(mis.fetch(wanted())), range(8)))

    assert found == [list(mis.fetch(wanted()))] * 8
    engine.dispose()


def test_a_connection_is_read_in_its_own_transaction():
    """What the caller has not committed is read, and stays uncommitted."""
    engine, tables = held()
    with engine.connect() as connection:
        connection.execute(tables.students.insert(), student_rows(5)["students"])

        found = ids(adapter(connection, tables).fetch(wanted("id")))
        connection.rollback()

        assert found == [5]
        assert ids(adapter(connection, tables).fetch(wanted("id"))) == []


class Deciding:
    """A school whose pupils stand in a database, and which decides meanwhile."""

    def __init__(self):
        self.engine, self.tables = held(*map(student_rows, range(1, 7)))
        self.mis = adapter(self.engine, self.tables, page_size=2)
        ledger, clock = MemoryLedger(), FakeClock(NOON)
        self.register = ConsentRegister(CATALOGUE, ledger, clock=clock)
        self.register.connect(school=SCHOOL, mis="arbor", adapter=self.mis)
        asked = AccessRequest("app", "Record marks", {"names"}, {"homes", "tags"})
        self.register.publish(asked)
        self.register.authorise(self.present(), optional={"homes"}, actor=HEAD)
        self.access = Gate(CATALOGUE, ledger, clock=clock).open(
            school=SCHOOL, app="app"
        )

    def present(self):
        """Return what the school is shown."""
        return self.register.present(school=SCHOOL, app="app")


def test_a_column_that_is_taken_back_is_named_no_more():
    """From the page after an amendment on another statement is sent."""
    school = Deciding()
    records = school.access.read(school.mis, Query("student"))
    before = list(islice(records, 2))
    school.register.amend(school.present(), optional={"tags"}, actor=HEAD)

    with statements(school.engine) as sent:
        after = list(records)

    assert named(sent) == {*STUDENTS, "students.forename", *COLUMNS["student.tags[]"]}
    assert before[1].keys() - after[0].keys() == {"home"}
    assert after[0] == {"id": 3, "name": "Ada 3", "tags": ["t1", "t2"]}


def test_after_a_revocation_nothing_is_asked():
    """Once the school has revoked, reading ends and no statement is sent."""
    school = Deciding()
    records = school.access.read(school.mis, Query("student"))
    next(records)
    school.register.revoke(school=SCHOOL, app="app", actor=HEAD)

    with statements(school.engine) as sent, pytest.raises(AccessDeniedError):
        next(records)

    assert sent == []


def test_a_list_taken_back_within_a_page_is_not_asked_for():
    """Each list is asked for only if it may be at that very moment."""
    fields = [STUDENT_FIELDS, ["student.id", "student.tags[]"], ["student.id"]]
    left = iter(fields)
    asked = wanted()
    renewed = Fetch(STUDENT, STUDENT_FIELDS, SCHOOL, renewal=lambda: step())

    def step():
        return Fetch(STUDENT, next(left, ["student.id"]), SCHOOL, renewal=step)

    with statements(ENGINE) as sent:
        found = list(adapter(ENGINE, TABLES).fetch(renewed))

    assert len(sent) == 1
    assert {"emails", "tags"} & found[0].keys() == set()
    assert asked.renew() is asked


def test_what_is_withheld_changes_nothing_that_is_sent():
    """Two databases that differ in withheld columns get the same statements."""
    sent_to = []
    for medical, score in (("asthma", 1.5), ("none", -7.0)):
        rows = [student_rows(n, medical=medical, score=score) for n in (1, 2, 3)]
        engine, tables = held(*rows)
        query = Query(
            "student", [Condition("student.name", ">=", "A")], ["student.name"]
        )
        with statements(engine) as sent:
            mis = adapter(engine, tables, page_size=2)
            records = list(access_to("names", "tags").read(mis, query))
        sent_to.append((sent, records))

    assert sent_to[0] == sent_to[1]


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


def test_of_several_schools_only_one_is_served():
    """Rows of other schools, and of none, are neither read nor counted."""
    rows = [
        student_rows(1),
        student_rows(2, school_urn=7),
        student_rows(3, school_urn=None),
    ]
    mis = adapter(*held(*rows))

    assert (ids(mis.fetch(wanted("id"))), mis.total(wanted("id"))) == ([1], 1)


def test_without_a_school_every_row_is_served():
    """Where no school is named rows are not chosen: the gate finds out whose they are."""
    mis = adapter(*held(student_rows(1), student_rows(2, school_urn=7)), school=None)

    assert (mis.school, ids(mis.fetch(wanted("id")))) == (None, [1, 2])


def test_schools_that_a_collation_confuses_are_told_apart():
    """A school is compared letter by letter, even where the column is not."""
    engine, data = memory_engine(), MetaData()
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT COLLATE NOCASE)")
        )
        connection.execute(text("INSERT INTO t VALUES (1, 'north'), (2, 'North')"))
    table = Table("t", data, autoload_with=engine)
    mapping = {"student": SQLResource(table, {"id": table.c.id}, school=table.c.s)}

    mis = SQLAdapter(engine, CATALOGUE, mapping, school="North")

    assert (ids(mis.fetch(wanted("id"))), mis.total(wanted("id"))) == ([2], 1)


def test_what_has_no_table_is_empty():
    """A resource that is not mapped has no records, and nothing can be done of it."""
    mis = SQLAdapter(ENGINE, CATALOGUE, {})

    assert list(mis.fetch(wanted())) == []
    assert (mis.total(wanted()), mis.capabilities(STUDENT)) == (0, NONE)


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
    since = datetime(2026, 11, 23, 14, tzinfo=UTC) - timedelta(hours=2)

    assert (ids(mis.fetch(wanted("id", changed_since=since))) == [1]) is is_found


def test_a_change_of_a_row_may_be_of_any_field():
    """Whoever may not read every field may not be told of changes."""
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


@pytest.mark.parametrize(
    "value", ["x", "Ada 1", 7, b"b", 1.5, ["x"], {"x": 1}, None, "\0"]
)
@pytest.mark.parametrize("name", ["id", "name", "emails[].kind"])
def test_unequal_leaves_out_nothing_but_null(name, value):
    """Whatever it is compared with, only what is null is left out at once."""
    where = [Condition(f"student.{name}", "!=", value)]

    assert ids(adapter(ENGINE, TABLES).fetch(wanted("id", where=where))) == [1, 2, 3]


@pytest.mark.parametrize(
    "value", [True, 1.0, "1", b"2", None, 2**63, -(2**63) - 1, [1]]
)
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


COMPOSITE = MetaData()
PUPILS = Table(
    "pupils",
    COMPOSITE,
    Column("school", String, primary_key=True),
    Column("number", Integer, primary_key=True),
)
MARKS = Table(
    "marks",
    COMPOSITE,
    Column("id", Integer, primary_key=True),
    Column("school", String),
    Column("pupil", Integer),
    Column("mark", String),
)


def test_a_key_may_be_of_several_columns():
    """Pages are cut and lists found by all the columns of a key."""
    engine = memory_engine()
    COMPOSITE.create_all(engine)
    keys = [(school, number) for school in "ab" for number in (1, 2, 3)]
    with engine.begin() as connection:
        connection.execute(
            PUPILS.insert(), [{"school": s, "number": n} for s, n in keys]
        )
        marks = [{"school": s, "pupil": n, "mark": f"{s}{n}"} for s, n in keys]
        connection.execute(MARKS.insert(), marks)
    listed = Listed(MARKS, MARKS.c.mark, by=[MARKS.c.school, MARKS.c.pupil])
    fields = {"name": PUPILS.c.school, "id": PUPILS.c.number, "tags[]": listed}
    mis = SQLAdapter(
        engine, CATALOGUE, {"student": SQLResource(PUPILS, fields)}, page_size=2
    )

    found = list(mis.fetch(wanted("id", "name", "tags[]")))
    some = list(mis.fetch(wanted("id", where=[Condition("student.tags[]", "=", "b2")])))

    assert found == [{"id": n, "name": s, "tags": [f"{s}{n}"]} for s, n in keys]
    assert some == [{"id": 2}]


def test_an_expression_may_stand_for_a_column():
    """What a field holds may be computed; it is compared as it is computed."""
    students = TABLES.students
    name = func.upper(students.c.forename, type_=String)
    mis = SQLAdapter(
        ENGINE, CATALOGUE, {"student": SQLResource(students, {"name": name})}
    )

    where = [Condition("student.name", "=", "ADA 2")]

    assert list(mis.fetch(wanted("name", where=where))) == [{"name": "ADA 2"}]


def test_a_list_may_be_read_of_the_same_table():
    """By an alias a table may be listed for its own rows."""
    students = TABLES.students
    same = students.alias()
    listed = Listed(same, same.c.forename, by=same.c.id)
    fields = {"id": students.c.id, "tags[]": listed}
    mis = SQLAdapter(ENGINE, CATALOGUE, {"student": SQLResource(students, fields)})

    where = [Condition("student.tags[]", "=", "Ada 2")]

    assert list(mis.fetch(wanted("id", "tags[]", where=where))) == [
        {"id": 2, "tags": ["Ada 2"]}
    ]


def test_elements_of_nobody_are_left_out():
    """An element whose record is told in another spelling belongs to no record."""
    engine, data = memory_engine(), MetaData()
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE p (id TEXT PRIMARY KEY)",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, p TEXT COLLATE NOCASE)",
            "INSERT INTO p VALUES ('a')",
            "INSERT INTO t VALUES (1, 'a'), (2, 'A')",
        ):
            connection.execute(text(statement))
    people, things = (Table(name, data, autoload_with=engine) for name in "pt")
    listed = Listed(things, {"address": things.c.id}, by=things.c.p)
    mapping = {"student": SQLResource(people, {"id": people.c.id, "emails[]": listed})}

    found = list(
        SQLAdapter(engine, CATALOGUE, mapping).fetch(wanted("emails[].address"))
    )

    assert found == [{"emails": [{"address": 1}]}]


@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_a_page_has_a_size(size):
    """A page of no records, or of more than a database takes keys, is refused."""
    with pytest.raises(ValueError, match="`page_size` is from 1 to 10000, not"):
        SQLAdapter(ENGINE, CATALOGUE, {}, page_size=size)


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


def test_the_catalogue_of_a_fetch_need_not_be_the_adapters():
    """What it can do is told of a resource by its name."""
    other = Resource("student", "Student", "id", STUDENT.fields[:1])

    assert adapter(ENGINE, TABLES).capabilities(other).totals
