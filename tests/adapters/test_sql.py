"""What is asked of a database, and what is made of its answers."""

import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    func,
    text,
)

from scopegate import (
    AccessDeniedError,
    Condition,
    Query,
)
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.errors import SourceError
from scopegate.testing import School
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
    opened,
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

    permitted = [COLUMNS[p] for p in access.permit.fields_needed("student")]
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
    ("limit", "sizes"),
    [(None, [2, 2]), (1, [1, 2]), (2, [2, 2]), (9, [2, 2]), (0, [1, 2])],
)
def test_a_limit_makes_the_first_page_small(limit, sizes):
    """Of the first page no more is read than is likely taken, and one to look ahead."""
    with statements(ENGINE) as sent:
        list(adapter(ENGINE, TABLES, page_size=2).fetch(wanted("id", limit=limit)))

    assert [parameters[-2] for _, parameters in sent] == [size + 1 for size in sizes]


def test_no_connection_is_held_while_records_are_given_out(tmp_path):
    """Between two pages the engine has all its connections back."""
    engine, tables = opened(f"sqlite:///{tmp_path / 'mis.db'}"), Tables()
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, [student_rows(n) for n in (1, 2, 3)])

    records = adapter(engine, tables, page_size=1).fetch(wanted())
    held_meanwhile = [engine.pool.checkedout() for _ in records]

    assert held_meanwhile == [0, 0, 0]


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
    engine, tables = opened(f"sqlite:///{tmp_path / 'mis.db'}"), Tables()
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, map(student_rows, range(1, 31)))
    mis = adapter(engine, tables, page_size=4)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: list(mis.fetch(wanted())), range(8)))

    assert found == [list(mis.fetch(wanted()))] * 8


def test_a_connection_is_read_in_its_own_transaction():
    """What the caller has not committed is read, and stays uncommitted."""
    engine, tables = held()
    with engine.connect() as connection:
        connection.execute(tables.students.insert(), student_rows(5)["students"])

        found = ids(adapter(connection, tables).fetch(wanted("id")))
        connection.rollback()

        assert found == [5]
        assert ids(adapter(connection, tables).fetch(wanted("id"))) == []


class Deciding(School):
    """A school whose pupils are in a database, and which decides meanwhile."""

    def __init__(self):
        self.engine, self.tables = held(*map(student_rows, range(1, 7)))
        super().__init__(CATALOGUE, adapter(self.engine, self.tables, page_size=2))
        self.publish("names", optional={"homes", "tags"})
        self.authorise(optional={"homes"})
        self.access = self.open()


def test_a_column_that_is_taken_back_is_named_no_more():
    """From the page after an amendment on another statement is sent."""
    school = Deciding()
    records = school.access.read(school.mis, Query("student"))
    before = list(islice(records, 2))
    school.amend(optional={"tags"})

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
    school.revoke()

    with statements(school.engine) as sent, pytest.raises(AccessDeniedError):
        next(records)

    assert sent == []


def test_a_list_taken_back_within_a_page_is_not_asked_for():
    """Each list is asked for only if it may be at that very moment."""
    left = iter([STUDENT_FIELDS, ["student.id", "student.tags[]"]])

    def renew():
        return Fetch(STUDENT, next(left, ["student.id"]), SCHOOL, renewal=renew)

    with statements(ENGINE) as sent:
        found = list(adapter(ENGINE, TABLES).fetch(renew()))

    assert len(sent) == 1
    assert [record.keys() & {"emails", "tags"} for record in found] == [set()] * 3


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


@pytest.mark.parametrize("page_size", [1, 2, 3])
def test_rows_of_one_key_are_a_fault(page_size):
    """Where a join finds several rows nothing is skipped over: it is told."""
    rows = student_rows(2)
    rows["emails"].append({"email_id": 7, "pupil_id": 2, "deleted": 0})
    engine, tables = held(student_rows(1), rows)
    students, emails = tables.students, tables.emails
    fields = {"id": students.c.id, "name": emails.c.address}
    joins = {emails: emails.c.pupil_id == students.c.id}
    mapping = {"student": SQLResource(students, fields, joins)}
    mis = SQLAdapter(engine, CATALOGUE, mapping, page_size=page_size)

    with pytest.raises(SourceError) as caught:
        list(mis.fetch(wanted("id", "name")))

    assert str(caught.value).partition(": ")[2] == (
        "several rows have the same key; take a key that is unique, and map with"
        " `Listed` what a join finds several of"
    )


def test_a_row_without_a_key_is_a_fault():
    """A key that is null, as SQLite lets it be, is told and not skipped over."""
    engine, data = memory_engine(), MetaData()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (id TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO t VALUES ('a'), (NULL), ('b')"))
    table = Table("t", data, autoload_with=engine)
    mapping = {"student": SQLResource(table, {"id": table.c.id})}

    with pytest.raises(SourceError) as caught:
        list(SQLAdapter(engine, CATALOGUE, mapping, page_size=1).fetch(wanted("id")))

    assert str(caught.value) == (
        "student, page 1: a row has no key; leave it out with `where`, or take another"
        " key"
    )


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


def test_elements_come_in_the_order_of_their_key():
    """Whatever order a table is in, elements are sorted by the key that is given."""
    engine, data = memory_engine(), MetaData()
    table = Table(
        "t",
        data,
        Column("id", Integer, primary_key=True),
        Column("pupil", Integer),
        Column("rank", Integer, nullable=False),
    )
    data.create_all(engine)
    rows = [{"pupil": 1, "rank": rank} for rank in (3, 1, 2)]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    same = table.alias()
    listed = Listed(same, same.c.rank, by=same.c.pupil, key=same.c.rank)
    resource = SQLResource(table, {"tags[]": listed}, where=table.c.id == 1)
    mis = SQLAdapter(engine, CATALOGUE, {"student": resource})

    assert list(mis.fetch(wanted("tags[]"))) == [{"tags": [1, 2, 3]}]


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
