"""Fields that decide who flows are mapped to columns that are read letter by letter."""

import os

import pytest
from sqlalchemy import (
    ARRAY,
    CHAR,
    NCHAR,
    Column,
    Engine,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    cast,
    collate,
    create_engine,
    func,
    insert,
)
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.pool import NullPool

from scopegate import Catalogue, Query, Subjects
from scopegate.adapters.sql import Listed, SQLAdapter, SQLResource
from scopegate.errors import FaultsError
from scopegate.testing import School

from ..spellings import SPELLINGS
from .conftest import url_of

URN = "100001"
CATALOGUE = Catalogue.from_dict(
    {
        "id": "clubs",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {
                "key": "code",
                "subject": "id",
                "person": "pupil",
                "school": "urn",
                "field": {"code": {}, "id": {}, "urn": {}, "name": {}, "kind": {}},
            },
            "club": {
                "key": "code",
                "people": {"pupils[]": "pupil", "leaders[].who": "pupil"},
                "field": {
                    "code": {},
                    "name": {},
                    "pupils[]": {},
                    "leaders[].who": {},
                    "leaders[].from": {},
                    "leaders[].kind": {},
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "pupils": {
                "fields": [
                    f"pupil.{name}" for name in ("code", "id", "urn", "name", "kind")
                ]
            },
            "clubs": {"fields": ["club.code", "club.name", "club.pupils[]"]},
            "leaders": {"fields": ["club.leaders[].who", "club.leaders[].from"]},
            "heads": {},
        },
        "rows": [
            {"resource": "pupil", "where": {"kind": "usual"}, "scope": "pupils"},
            {"resource": "pupil", "otherwise": "withhold"},
            {
                "resource": "club",
                "at": "leaders[]",
                "where": {"kind": "head"},
                "scope": "heads",
            },
        ],
    }
)
DECIDING = [
    "pupil.code", "pupil.id", "pupil.urn", "pupil.kind", "club.code", "club.pupils[]",
    "club.leaders[].who", "club.leaders[].kind",
]  # fmt: skip
OTHERS = ["pupil.name", "club.name", "club.leaders[].from"]

DIALECTS = {
    "postgresql": postgresql.dialect(),
    "mysql": mysql.dialect(),
    "mssql": mssql.dialect(),
    "oracle": oracle.dialect(),
    "sqlite": sqlite.dialect(),
}
PADDED = (
    "the database pads it with blanks; map `func.rtrim(column, type_=String)`"
)  # fmt: skip
FOLDED = (
    "the database takes no notice of its case; map `cast(column, Text)`, or one case of"
    " it"
)
COLLATED = (
    "its collation may take several spellings for one; map `collate(column, ...)` with"
    " one that is exact, or one spelling of it"
)


class Unconnected:
    """An engine of some database, not connected to any."""

    __class__ = Engine  # it passes for one

    def __init__(self, dialect):
        self.dialect = dialect

    def execution_options(self, **_):
        """Return itself, as whatever is asked for is never read."""
        return self


class Own(TypeDecorator):
    """A type of somebody's own, who knows what it reads."""

    impl = CHAR
    cache_ok = True


def mapped(path, column):
    """Return a mapping of one field to a column of its own table."""
    data = MetaData()
    rows = Table("rows", data, Column("row", Integer, primary_key=True), column)
    inner = Table(
        "inner",
        data,
        Column("row", Integer, primary_key=True),
        Column("of", Integer),
        Column("value", column.type),
    )
    name, _, local = path.partition(".")
    at, mark, below = local.partition("[]")
    if not mark:
        return {name: SQLResource(rows, {local: rows.c.value})}
    fields = {below[1:]: inner.c.value} if below else inner.c.value
    listed = Listed(inner, fields, by=inner.c.of)
    return {name: SQLResource(rows, {f"{at}[]": listed})}


def faults(dialect, mapping):
    """Return the faults of a mapping, as lines; none where it is taken."""
    try:
        SQLAdapter(Unconnected(DIALECTS[dialect]), CATALOGUE, mapping)
    except FaultsError as error:
        return [str(fault) for fault in error.faults]
    return []


@pytest.mark.parametrize("path", DECIDING)
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (CHAR(8), PADDED),
        (NCHAR(8), PADDED),
        (postgresql.DOMAIN("code", CHAR(8)), PADDED),
        (String().with_variant(CHAR(8), "postgresql"), PADDED),
        (postgresql.CITEXT(), FOLDED),
        (postgresql.DOMAIN("mail", postgresql.CITEXT()), FOLDED),
        (String(collation="case_insensitive"), COLLATED),
    ],
    ids=repr,
)
def test_a_field_that_decides_is_not_read_as_it_is_padded_or_folded(path, kind, why):
    """Such a mapping is refused when the adapter is made, with what to map instead.

    Fails on the release before: it was taken, and a list of those let in, or of the
    kinds of rows that flow, withheld everything without a word.
    """
    found = faults("postgresql", mapped(path, Column("value", kind)))

    assert found == [f"{path}: decides what flows, and {why}"]


@pytest.mark.parametrize("path", OTHERS)
def test_any_other_field_may_be_of_such_a_type(path):
    """What decides nothing flows as the database gives it."""
    assert faults("postgresql", mapped(path, Column("value", CHAR(8)))) == []


@pytest.mark.parametrize(
    ("dialect", "kind", "is_taken"),
    [
        ("postgresql", ARRAY(CHAR(8)), False),
        ("postgresql", ARRAY(String), True),
        ("postgresql", String(collation="C"), True),
        ("postgresql", String(collation="POSIX"), True),
        ("postgresql", String(collation="en_GB"), True),
        ("postgresql", String(collation="en_GB.utf8"), True),
        ("postgresql", String(collation="de-AT-x-icu"), True),
        ("postgresql", String(collation="und_ci"), False),
        ("postgresql", Text(), True),
        ("postgresql", Uuid(), True),
        ("postgresql", Integer(), True),
        ("postgresql", Enum("a", "b"), True),
        ("postgresql", LargeBinary(), True),
        ("postgresql", Own(8), True),
        ("sqlite", CHAR(8), True),
        ("sqlite", String(collation="BINARY"), True),
        ("sqlite", String(collation="NOCASE"), False),
        ("sqlite", String(collation="RTRIM"), False),
        ("mysql", mysql.CHAR(8), False),
        ("mysql", String(8), True),
        ("mysql", String(8, collation="utf8mb4_general_ci"), False),
        ("mysql", String(8, collation="en_GB"), False),
        ("mysql", String(8, collation="utf8mb4_bin"), True),
        ("mssql", NCHAR(8), False),
        ("mssql", String(8, collation="Latin1_General_CI_AS"), False),
        ("mssql", String(8, collation="Latin1_General_BIN2"), True),
        ("oracle", CHAR(8), False),
    ],
    ids=repr,
)
def test_only_what_is_known_to_be_loose_is_refused(dialect, kind, is_taken):
    """SQLite pads nothing; a collation is exact by its name, or not known to be."""
    found = faults(dialect, mapped("pupil.id", Column("value", kind)))

    assert (found == []) is is_taken


def test_what_the_fault_says_to_map_is_taken():
    """The column with its blanks cut, as text, or with an exact collation."""
    data = MetaData()
    rows = Table(
        "rows",
        data,
        Column("row", Integer, primary_key=True),
        Column("padded", CHAR(8)),
        Column("folded", postgresql.CITEXT),
        Column("loose", String(collation="case_insensitive")),
    )
    found = {
        "code": func.rtrim(rows.c.padded, type_=String),
        "id": func.rtrim(rows.c.padded),
        "urn": cast(rows.c.folded, Text),
        "kind": collate(rows.c.loose, "C"),
    }

    assert faults("postgresql", {"pupil": SQLResource(rows, found)}) == []


def test_every_such_field_is_told_at_once():
    """With whatever else is wrong with the mapping."""
    rows = Table("r", MetaData(), Column("row", Integer, primary_key=True), Column("c", CHAR(8)))  # fmt: skip
    fields = {"id": rows.c.c, "kind": rows.c.c, "name": rows.c.c, "nmae": rows.c.c}

    found = faults("postgresql", {"pupil": SQLResource(rows, fields)})

    assert found == [
        f"pupil.id: decides what flows, and {PADDED}",
        f"pupil.kind: decides what flows, and {PADDED}",
        "pupil.nmae: is not a field of the catalogue; correct it",
    ]


# ---- What a server pads --------------------------------------------------------------


@pytest.fixture(scope="module")
def padded(server):
    """Give an engine, and a table of pupils whose texts the server pads."""
    schema = f"scopegate_padded_{os.getpid()}"
    server.run(f"CREATE SCHEMA {schema}")
    engine = create_engine(url_of(server.address), poolclass=NullPool)
    data = MetaData(schema=schema)
    table = Table(
        "pupils",
        data,
        Column("row", Integer, primary_key=True),
        Column("id", CHAR(16)),
        Column("urn", CHAR(8)),
        Column("kind", CHAR(20)),
    )
    data.create_all(engine)
    with engine.begin() as connection:
        pupils = [("P103", "usual"), ("P104", "usual"), ("P105", "guest")]
        for row, (code, kind) in enumerate(pupils):
            values = {"row": row, "id": code, "urn": URN, "kind": kind}
            connection.execute(insert(table).values(values))
    yield engine, Table("pupils", MetaData(schema=schema), autoload_with=engine)
    engine.dispose()
    server.run(f"DROP SCHEMA {schema} CASCADE")


def school_of(padded, subjects, *, made=lambda column: column):
    """Return a school whose app may read the pupils that *subjects* cover."""
    engine, table = padded
    fields = {name: made(table.c[name]) for name in ("id", "urn", "kind")}
    mapping = {
        "school": SQLResource(table, {"urn": fields["urn"]}, where=table.c.row == 0),
        "pupil": SQLResource(table, fields),
    }
    mis = SQLAdapter(engine, CATALOGUE, mapping)
    school = School(CATALOGUE, {"school": [{"urn": URN}]})
    school.authorise("pupils", subjects=subjects)
    return school, mis


def test_a_reflected_column_that_is_padded_is_refused(padded):
    """By what the server itself says of the column."""
    with pytest.raises(FaultsError) as caught:
        school_of(padded, Subjects.everyone())

    assert [fault.place for fault in caught.value.faults] == [
        "school.urn",
        "pupil.id",
        "pupil.urn",
        "pupil.kind",
    ]


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (Subjects.everyone(), ["P103", "P104"]),
        (Subjects.only(pupil=["P103"]), ["P103"]),
        (Subjects.everyone_except(pupil=["P103"]), ["P104"]),
        *(
            (Subjects.everyone_except(pupil=[way("P103")]), ["P104"])
            for name, way in SPELLINGS.items()
            if name != "NUL behind"
        ),
    ],
)
def test_with_the_blanks_cut_lists_let_in_and_leave_out(padded, subjects, expected):
    """The list of those let in is met, and so is the one of those left out."""
    school, mis = school_of(
        padded, subjects, made=lambda column: func.rtrim(column, type_=String)
    )

    with school.open() as access:
        found = [record["id"] for record in access.read(mis, Query("pupil"))]

    assert sorted(found) == expected
