"""A database keeps the promises of every adapter."""

from collections import Counter
from contextlib import contextmanager

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
from sqlalchemy.pool import StaticPool

from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.testing.adapters import Shape, adapter_suite

# A column is always there, and no column stands for an object or a list.
LACKS = [
    "missing", "null objects", "strays", "malformed", "repeated keys", "big integers",
    "lone surrogates",
]  # fmt: skip
SHAPE = Shape(lacks=LACKS)
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


@contextmanager
def in_memory(records):
    """Give an adapter of a database in memory that holds *records*."""
    where = {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=where)
    DATA.create_all(engine)
    with engine.begin() as connection:
        for table, rows in rows_of(records):
            if rows:
                connection.execute(table.insert(), rows)
    event.listen(engine, "before_cursor_execute", lambda *_: ASKED.update(["sent"]))
    yield SQLAdapter(engine, SHAPE.catalogue, MAPPING, page_size=2)
    engine.dispose()


def asked(_):
    """Return how many statements have been sent."""
    return ASKED["sent"]


TestSQLite = adapter_suite(in_memory, SHAPE, asked=asked, examples=8)
