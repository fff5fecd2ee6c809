"""A database keeps the promises of every adapter."""

import os
from collections import Counter
from contextlib import asynccontextmanager, contextmanager

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from scopegate.adapters.sql import AsyncSQLAdapter, Listed, SQLAdapter, SQLResource
from scopegate.testing.adapters import Shape, adapter_suite, async_adapter_suite

from .conftest import url_of

# A column is always there, and no column is an object or a list.
LACKS = [
    "missing", "null objects", "strays", "malformed", "repeated keys", "big integers",
    "lone surrogates",
]  # fmt: skip
SHAPE = Shape(lacks=LACKS)
IN_POSTGRES = Shape(lacks=[*LACKS, "NUL"])
DATA = MetaData()
SCHOOLS = Table(
    "schools", DATA, Column("urn", Text, primary_key=True), Column("name", Text)
)
PUPILS = Table(
    "pupils",
    DATA,
    Column("id", BigInteger, primary_key=True),
    Column("school_urn", Text),
    Column("surname", Text),
    Column("year", BigInteger),
    Column("average", Float(53)),
    Column("boards", Boolean),
    Column("born", Text),
    Column("status", Text),
    Column("town", Text),
    Column("rooms", BigInteger),
)
TAGS = Table(
    "tags",
    DATA,
    Column("pupil", BigInteger, primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("tag", Text),
)
CONTACTS = Table(
    "contacts",
    DATA,
    Column("pupil", BigInteger, primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("name", Text),
    Column("priority", BigInteger),
)
PLAIN = ("id", "school_urn", "surname", "year", "average", "boards", "born", "status")
MAPPING = {
    "school": SQLResource(SCHOOLS, {"urn": SCHOOLS.c.urn, "name": SCHOOLS.c.name}),
    "pupil": SQLResource(
        PUPILS,
        {
            **{name: PUPILS.c[name] for name in PLAIN},
            "home.town": PUPILS.c.town,
            "home.rooms": PUPILS.c.rooms,
            "tags[]": Listed(TAGS, TAGS.c.tag, by=TAGS.c.pupil),
            "contacts[]": Listed(
                CONTACTS,
                {"name": CONTACTS.c.name, "priority": CONTACTS.c.priority},
                by=CONTACTS.c.pupil,
            ),
        },
        search=["surname", "status"],
    ),
}
ASKED = Counter()


def rows_of(records):
    """Yield each table with its rows."""
    pupils = [dict(record) for record in records.get("pupil", ())]
    homes = [pupil.pop("home", None) or {} for pupil in pupils]
    tags = [pupil.pop("tags", None) or [] for pupil in pupils]
    contacts = [pupil.pop("contacts", None) or [] for pupil in pupils]
    empty = dict.fromkeys((*PLAIN, "town", "rooms"))
    both = zip(pupils, homes, strict=True)
    yield SCHOOLS, records.get("school", [])
    yield PUPILS, [{**empty, **pupil, **home} for pupil, home in both]
    yield (
        TAGS,
        [
            {"pupil": pupil["id"], "at": at, "tag": tag}
            for pupil, found in zip(pupils, tags, strict=True)
            for at, tag in enumerate(found)
        ],
    )
    yield (
        CONTACTS,
        [
            {"name": None, "priority": None, **contact, "pupil": pupil["id"], "at": at}
            for pupil, found in zip(pupils, contacts, strict=True)
            for at, contact in enumerate(found)
        ],
    )


def fill(connection, records):
    """Put *records* in place of what a database holds."""
    for table, rows in rows_of(records):
        connection.execute(table.delete())
        if rows:
            connection.execute(table.insert(), rows)


def counting(engine):
    """Return *engine*, from now on counting what it sends."""
    event.listen(engine, "before_cursor_execute", lambda *_: ASKED.update(["sent"]))
    return engine


def new_engine():
    """Return an engine of an empty database in memory, for any thread."""
    where = {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=where)
    DATA.create_all(engine)
    return counting(engine)


FREE = []
"""Engines that no one uses at the moment: to make a database takes a while."""


@pytest.fixture(scope="module", autouse=True)
def free_disposed():
    """Dispose of the engines that no one uses any more."""
    yield
    while FREE:
        FREE.pop().dispose()


@contextmanager
def in_memory(records):
    """Give an adapter of a database in memory that holds *records*."""
    engine = FREE.pop() if FREE else new_engine()
    with engine.begin() as connection:
        fill(connection, records)
    yield SQLAdapter(engine, SHAPE.catalogue, MAPPING, page_size=2)
    FREE.append(engine)


@contextmanager
def breaking(records, after):
    """Give an adapter of a database that breaks after some records."""
    left = [after // 2]

    def send(connection, cursor, statement, *_):
        if "FROM pupils" in statement:
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionError

    with in_memory(records) as adapter:
        engine = adapter._bind
        event.listen(engine, "before_cursor_execute", send)
        yield adapter
        event.remove(engine, "before_cursor_execute", send)


def asked(_):
    """Return how many statements have been sent."""
    return ASKED["sent"]


@asynccontextmanager
async def without_blocking(records):
    """Give an adapter that does not block, of a database that holds *records*."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    async with engine.begin() as connection:
        await connection.run_sync(DATA.create_all)
    async with serving(engine, records) as adapter:
        yield adapter


@asynccontextmanager
async def serving(engine, records):
    """Give an adapter that does not block, and dispose of the engine after it."""
    async with engine.begin() as connection:
        await connection.run_sync(fill, records)
    counting(engine.sync_engine)
    yield AsyncSQLAdapter(engine, SHAPE.catalogue, MAPPING, page_size=2)
    await engine.dispose()


SERVER = {}
"""How to reach the schema of this module on a PostgreSQL server."""


@pytest.fixture(scope="module")
def own_schema(server):
    """Make a schema for this module, in which its tables are found by their names."""
    schema = f"scopegate_suite_{os.getpid()}"
    SERVER["url"] = url_of(server.address)
    SERVER["connect_args"] = {"options": f"-c search_path={schema}"}
    server.run(f"CREATE SCHEMA {schema}")
    SERVER["engine"] = counting(create_engine(SERVER["url"], **arguments()))
    DATA.create_all(SERVER["engine"])
    yield
    SERVER["engine"].dispose()
    server.run(f"DROP SCHEMA {schema} CASCADE")


def arguments():
    """Return the arguments of an engine of the schema, besides the address."""
    return {"connect_args": SERVER["connect_args"]}


def on_server(records):
    """Return an adapter of a schema that holds *records*."""
    with SERVER["engine"].begin() as connection:
        fill(connection, records)
    return SQLAdapter(SERVER["engine"], SHAPE.catalogue, MAPPING, page_size=2)


@asynccontextmanager
async def on_server_without_blocking(records):
    """Give an adapter that does not block, of a schema that holds *records*."""
    engine = create_async_engine(SERVER["url"], poolclass=NullPool, **arguments())
    async with serving(engine, records) as adapter:
        yield adapter


def slow(suite):
    """Return a suite that is run when it is asked for, and has the schema."""
    return pytest.mark.slow(pytest.mark.usefixtures("own_schema")(suite))


TestSQLite = pytest.mark.slow(
    adapter_suite(in_memory, SHAPE, asked=asked, breaking=breaking, examples=5)
)
TestSQLiteWithoutBlocking = pytest.mark.slow(
    async_adapter_suite(without_blocking, SHAPE, asked=asked, examples=5)
)
TestPostgreSQL = slow(adapter_suite(on_server, IN_POSTGRES, asked=asked, examples=5))
TestPostgreSQLWithoutBlocking = slow(
    async_adapter_suite(
        on_server_without_blocking, IN_POSTGRES, asked=asked, examples=5
    )
)
