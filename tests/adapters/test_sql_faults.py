"""What goes wrong in a database is told without its statement or any value."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    event,
    exc,
    text,
)
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool, StaticPool

from scopegate.adapters._sql.errors import meaning_of
from scopegate.adapters.sql import AsyncSQLAdapter, SQLAdapter, SQLResource
from scopegate.errors import SourceError
from scopegate.records.condition import Condition
from scopegate.testing.leaks import assert_no_leak
from scopegate.testing.strategies import SCHOOL

from .conftest import url_of
from .sql_school import (
    CATALOGUE,
    Tables,
    adapter,
    filled,
    held,
    opened,
    student_rows,
    wanted,
)

SECRETS = ["canary-7f3a", "SELECT", "forename", SCHOOL]
MISFIT = "the mapping does not fit the database; compare its tables, columns and types"
UNREADABLE = (
    "the database holds a value that cannot be read; compare the types in the mapping"
)
BROKEN = "the connection to the database broke off, or none was made; try again later"
BUSY = "the database did not answer in time; try again later"
LOCKED = "the database is locked by somebody who writes; try again later"
WHERE = [
    Condition("student.name", "!=", "x"),
    Condition("student.name", ">", "canary-7f3a"),
]


def failure(mis, *fields):
    """Return how many records came, and the error that ended them, bare of all else."""
    found = []
    with pytest.raises(SourceError) as caught:
        found.extend(mis.fetch(wanted("id", "name", *fields, where=WHERE)))
    error = caught.value
    assert (error.__cause__, error.__context__, error.source) == (None, None, "student")
    assert_no_leak(error, SECRETS)
    return len(found), str(error)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE students",
        "ALTER TABLE students RENAME forename TO other",
        "DROP TABLE tags",
    ],
)
def test_a_table_or_column_that_is_not_there_is_a_misfit(statement):
    """What the mapping names and the database lacks is told without its name."""
    engine, tables = held(student_rows(1, forename="d"))
    with engine.begin() as connection:
        connection.execute(text(statement))

    found = failure(adapter(engine, tables), "tags[]")

    assert found == (0, f"student, page 1: {MISFIT}")


def test_a_value_of_another_type_than_mapped_is_not_shown():
    """A malformed date ends reading at its page; everything before it was given."""
    rows = [student_rows(n, forename="d") for n in (1, 2, 3)]
    engine, tables = held(*rows)
    with engine.begin() as connection:
        change = "UPDATE students SET birth_date = 'canary-7f3a' WHERE id = 3"
        connection.execute(text(change))

    found = failure(adapter(engine, tables, page_size=1), "born")

    assert found == (1, f"student, page 2: {UNREADABLE}")


def test_a_total_that_cannot_be_had_is_told_without_a_page():
    """A count names the resource alone."""
    engine, tables = held()
    tables.metadata.drop_all(engine)

    with pytest.raises(SourceError) as caught:
        adapter(engine, tables).total(wanted())

    assert str(caught.value) == f"student: {MISFIT}"
    assert caught.value.__context__ is None


@pytest.fixture
def file(tmp_path):
    """Give the path of a SQLite file with a student."""
    path, tables = tmp_path / "mis.db", Tables()
    engine = opened(f"sqlite:///{path}")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        filled(connection, tables, [student_rows(1, forename="d")])
    engine.dispose()
    return path


def of_file(path, **more):
    """Return an adapter of a file, which waits for no lock."""
    more = {"connect_args": {"timeout": 0}} | more
    return adapter(opened(f"sqlite:///{path}", **more), Tables())


def test_a_locked_file_is_told_as_that(file):
    """While somebody else writes to a file reading fails, and works again after it."""
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    mis = of_file(file)

    found = failure(mis)
    writer.execute("ROLLBACK")
    writer.close()

    assert found == (0, f"student, page 1: {LOCKED}")
    assert len(list(mis.fetch(wanted()))) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none/mis.db", "the database file cannot be opened; check its path"),
        ("odd.db", "the file is not a database; check its path"),
    ],
)
def test_a_file_that_is_none_is_told_as_that(tmp_path, name, told):
    """A file that is not there, or not a database, is reported without its path."""
    (tmp_path / "odd.db").write_bytes(b"canary-7f3a" * 500)
    mis = of_file(tmp_path / name)

    assert failure(mis) == (0, f"student, page 1: {told}")


def test_a_damaged_file_is_told_as_that(file):
    """A page of the file overwritten ends reading."""
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    mis = of_file(file)

    told = "the database file is damaged; restore it from a copy"
    assert failure(mis) == (0, f"student, page 1: {told}")


def test_a_pool_without_a_free_connection_is_told_as_that(file):
    """Where all connections are in use the size of the pool is told."""
    pool = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    mis = of_file(file, pool_timeout=0.01, **pool)

    with mis._bind.connect():
        found = failure(mis)

    told = "no connection to the database came free in time; enlarge the engine's pool"
    assert found == (0, f"student, page 1: {told}")


def test_whatever_else_fails_is_told_by_its_kind():
    """An error of somebody else's code shows its kind and not its text."""
    engine, tables = held()

    def fail(*_):
        message = "canary-7f3a"
        raise RuntimeError(message)

    event.listen(engine, "before_cursor_execute", fail)

    told = "the database failed with `RuntimeError`; look at its log"
    assert failure(adapter(engine, tables)) == (0, f"student, page 1: {told}")


def of_state(state, **more):
    """Return an error of SQLAlchemy, of a driver that tells such a state."""
    found = type("DriverError", (Exception,), {"sqlstate": None, **more})("canary-7f3a")
    if state is not None:
        found.sqlstate = state
    return exc.DBAPIError("SELECT", {}, found)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (of_state("42P01"), MISFIT),
        (of_state("22003"), UNREADABLE),
        (of_state("57014"), BUSY),
        (of_state("55P03"), BUSY),
        (of_state("40001"), BUSY),
        (of_state("28P01"), "the database does not accept the credentials; renew them"),
        (
            of_state("42501"),
            "the database account cannot read this; let it read the tables and columns"
            " mapped",
        ),
        (of_state(None, pgcode="42703"), MISFIT),
        (of_state("XX000"), "the database failed with `DBAPIError`; look at its log"),
        (exc.OperationalError("SELECT", {}, Exception()), BROKEN),
        (exc.InterfaceError("SELECT", {}, Exception()), BROKEN),
        (exc.ProgrammingError("SELECT", {}, Exception()), MISFIT),
        (exc.DataError("SELECT", {}, Exception()), UNREADABLE),
        (ValueError("canary-7f3a"), UNREADABLE),
        (TypeError("canary-7f3a"), UNREADABLE),
        (KeyError("canary-7f3a"), UNREADABLE),
    ],
)
def test_each_driver_is_understood(error, told):
    """States and kinds of errors, of whatever driver, are told in words."""
    assert meaning_of(error) == told


async def failing_without_blocking():
    """Return the error of a non-blocking adapter on a database without tables."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    tables, told = Tables(), []
    mis = AsyncSQLAdapter(engine, CATALOGUE, tables.mapping(), school=SCHOOL)
    for ask in (anext(aiter(mis.fetch(wanted(where=WHERE)))), mis.total(wanted())):
        with pytest.raises(SourceError) as caught:
            await ask
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        assert_no_leak(caught.value, SECRETS)
        told.append(str(caught.value))
    await engine.dispose()
    return told


def test_an_adapter_that_does_not_block_tells_the_same():
    """What goes wrong without blocking is told in the same words."""
    told = asyncio.run(failing_without_blocking())

    assert told == [f"student, page 1: {MISFIT}", f"student: {MISFIT}"]


def test_a_connection_that_is_cut_ends_reading_at_its_page(server, pupils):
    """Killed between two pages, reading ends with an error, and can begin again."""
    _, tables = pupils
    engine = opened(url_of(server.address), pool_size=1, max_overflow=0)
    mis, left = adapter(engine, tables, page_size=1), []

    def connected(connection, _):
        left.append(connection.info.backend_pid)

    def cut(connection, cursor, statement, *_):
        if "students.id >" in statement and left:
            server.run("SELECT pg_terminate_backend(%s)", left.pop())

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", cut)

    found = failure(mis)
    event.remove(engine, "before_cursor_execute", cut)

    assert found == (1, f"student, page 2: {BROKEN}")
    assert len(list(mis.fetch(wanted()))) == 3


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
def test_a_time_limit_of_the_engine_is_told_as_that(server, pupils, limit):
    """A database that does not answer in the time set is told to be busy."""
    other, tables = pupils
    engine = opened(url_of(server.address), connect_args={"options": f"-c {limit}=20"})
    with other.begin() as blocking:
        blocking.execute(text(f"LOCK TABLE {tables.students}"))

        found = failure(adapter(engine, tables))

    assert found == (0, f"student, page 1: {BUSY}")


def test_a_server_that_is_not_there_is_told_as_that():
    """Where nothing listens no address and no account is shown."""
    engine = opened("postgresql+psycopg://canary-7f3a@127.0.0.1:1/canary-7f3a")

    assert failure(adapter(engine, Tables())) == (0, f"student, page 1: {BROKEN}")


def test_a_type_that_the_server_does_not_have_is_a_misfit(pupils):
    """A number compared with what is mapped as a text is told without either."""
    engine, tables = pupils
    wrong = Table(
        "students",
        MetaData(schema=tables.metadata.schema),
        Column("id", Integer, primary_key=True),
        Column("year_group", String),
    )
    fields = {"id": wrong.c.id, "name": wrong.c.year_group}
    mis = SQLAdapter(engine, CATALOGUE, {"student": SQLResource(wrong, fields)})

    assert failure(mis) == (0, f"student, page 1: {MISFIT}")
