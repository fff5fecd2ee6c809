"""On a server a write is acknowledged when it was read back, and nothing is in its way."""

import os
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scopegate import Actor
from scopegate.consent.events import Paused
from scopegate.errors import (
    DamagedLedgerError,
    UnfitLedgerError,
    UnreachableLedgerError,
)
from scopegate.evidence.audit import verify
from scopegate.ledgers._sql.rows import LONGEST
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.testing._ledgers.machine import numbered
from scopegate.testing.permits import NOON

from ..scene import Scene

EAT = """
CREATE FUNCTION {s}.eat() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN {body} END $$
"""
ROW = "CREATE TRIGGER t BEFORE INSERT OR UPDATE ON {s}.{table} FOR EACH ROW"
LATER = (
    "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON {s}.event DEFERRABLE INITIALLY "
    "DEFERRED FOR EACH ROW"
)
HOW = {
    "the event is dropped": ("RETURN NULL;", ROW, "event"),
    "the head is dropped": ("RETURN NULL;", ROW, "stream"),
    "the event is changed": ("new.body := 'x'; RETURN new;", ROW, "event"),
    "the head is changed": ("new.name := 'x'; RETURN new;", ROW, "stream"),
    "the event is deleted at the end": (
        "DELETE FROM {s}.event WHERE stream = new.stream AND position = new.position;"
        "UPDATE {s}.stream SET position = 2, peaks = substr(peaks, 1, 32);"
        "RETURN NULL;",
        LATER,
        "event",
    ),
}
"""What a trigger does to a write: what it carries out, when, and of which table."""

STRANGERS = {
    "trigger `t` on `event`": [
        EAT.replace("{body}", "RETURN new;"),
        ROW.replace("{table}", "event") + " EXECUTE FUNCTION {s}.eat()",
        "ALTER TABLE {s}.event DISABLE TRIGGER t",
    ],
    "rule `r` on `event`": ["CREATE RULE r AS ON INSERT TO {s}.event DO ALSO SELECT 1"],
    "index `i` on `event`": ["CREATE INDEX i ON {s}.event (leaf)"],
    "index `e` on `stream`": ["CREATE INDEX e ON {s}.stream ((position + 1))"],
    "row-level security `event` on `event`": [
        "ALTER TABLE {s}.event ENABLE ROW LEVEL SECURITY"
    ],
    "policy `p` on `event`": ["CREATE POLICY p ON {s}.event USING (false)"],
    "constraint `c` on `stream`": [
        "ALTER TABLE {s}.stream ADD CONSTRAINT c CHECK (position >= 0)"
    ],
    "default `leaf` on `event`": ["ALTER TABLE {s}.event ALTER leaf SET DEFAULT ''"],
    "default `more` on `event`": [
        "ALTER TABLE {s}.event ADD more BIGINT GENERATED ALWAYS AS (position) STORED"
    ],
    "child table `below` on `event`": [
        "CREATE TABLE {s}.below () INHERITS ({s}.event)"
    ],
    "parent table `above` on `_schema`": [
        "CREATE TABLE {s}.above ()",
        "ALTER TABLE {s}._schema INHERIT {s}.above",
    ],
    "table `x`": ["CREATE TABLE {s}.x (a INT)"],
    "view `v`": ["CREATE VIEW {s}.v AS SELECT 1"],
    "view `m`": ["CREATE MATERIALIZED VIEW {s}.m AS SELECT 1"],
    "sequence `q`": ["CREATE SEQUENCE {s}.q"],
    "unlogged table `_schema`": ["ALTER TABLE {s}._schema SET UNLOGGED"],
    "view `event`": [
        "ALTER TABLE {s}.event RENAME TO kept",
        "CREATE VIEW {s}.event AS SELECT * FROM {s}.kept",
    ],
    r"view `\303\251\\x1b`": ['CREATE VIEW {s}."é\\x1b" AS SELECT 1'],
}

INNOCENT = {
    "statistics": ["ANALYZE {s}.event", "VACUUM {s}.event"],
    "what was rebuilt": [
        "REINDEX TABLE CONCURRENTLY {s}.event",
        "CLUSTER {s}.event USING event_pkey",
    ],
    "a key that points here": [
        "CREATE SCHEMA {s}_other",
        "CREATE TABLE {s}_other.x (a BIGINT REFERENCES {s}.stream (id))",
    ],
    "what is in other schemas": [
        "CREATE SCHEMA {s}_other",
        "CREATE VIEW {s}_other.event AS SELECT * FROM {s}.event",
    ],
    "what is granted and said": [
        "GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO PUBLIC",
        "COMMENT ON TABLE {s}.event IS 'what was decided'",
    ],
    "a type and a function": [
        "CREATE TYPE {s}.pair AS (a INT, b INT)",
        EAT.replace("{body}", "RETURN new;"),
    ],
    "what stores more": [
        "ALTER TABLE {s}.event SET (fillfactor = 70)",
        "ALTER TABLE {s}.event ALTER body SET STORAGE EXTERNAL",
        "ALTER TABLE {s}.event REPLICA IDENTITY FULL",
    ],
}


@pytest.fixture
def ledger(server, schema):
    """Give a ledger with two events."""
    with PostgresLedger(server.address, schema=schema) as ledger:
        ledger.append("s", [numbered(1), numbered(2)], 0)
        yield ledger


def run(server, schema, statements):
    """Carry out statements on a ledger's schema."""
    for statement in statements:
        server.run(statement.replace("{s}", schema))


def meddle(server, schema, how):
    """Put a trigger in the way of what is written."""
    body, when, table = HOW[how]
    made = when.replace("{table}", table) + " EXECUTE FUNCTION {s}.eat()"
    run(server, schema, [EAT.replace("{body}", body), made])


@pytest.mark.parametrize("how", HOW)
def test_a_write_that_is_not_kept_is_never_acknowledged(server, schema, ledger, how):
    """Whatever a trigger does to a write, append raises and nothing was written.

    Fails on the release before: append returned the position it had reckoned.
    """
    meddle(server, schema, how)

    with pytest.raises(DamagedLedgerError):
        ledger.append("s", [numbered(3)], 2)
    with pytest.raises(UnfitLedgerError, match="trigger `t` on"):
        ledger.append("s", [numbered(3)], 2)

    run(server, schema, ["DROP FUNCTION {s}.eat() CASCADE"])
    assert list(ledger.read("s")) == [numbered(1), numbered(2)]
    assert ledger.append("s", [numbered(3)], 2) == 3


def test_a_first_write_that_is_not_kept_is_never_acknowledged(server, schema, ledger):
    """Where not even the head of a new stream can be made, append says so."""
    meddle(server, schema, "the head is dropped")

    with pytest.raises(DamagedLedgerError, match="nothing was written"):
        ledger.append("new", [numbered(1)], 0)


def test_whoever_revokes_is_told_that_it_was_not_kept(server, schema):
    """A trigger that eats a revocation makes it look taken to no one.

    Fails on the release before: `revoke` returned, data flowed on, and `verify` found
    nothing.
    """
    with PostgresLedger(server.address, schema=schema) as ledger:
        scene = Scene(ledger)
        scene.authorise()
        meddle(server, schema, "the event is dropped")
        audit = verify(ledger)

        with pytest.raises(DamagedLedgerError):
            scene.revoke()
        with pytest.raises(UnfitLedgerError):
            scene.open()

    assert [str(fault) for fault in audit.faults] == [
        "the ledger: it holds what scopegate did not make: trigger `t` on `event`"
    ]


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_not_ours_is_refused_and_told(server, schema, ledger, name):
    """A schema with anything more in it is not opened; the error and an audit name it.

    Fails on the release before: nothing but the record of versions was looked at.
    """
    run(server, schema, STRANGERS[name])

    with pytest.raises(UnfitLedgerError) as caught:
        PostgresLedger(server.address, schema=schema)

    assert name in str(caught.value)
    assert name in str(verify(ledger).faults[0])


@pytest.mark.parametrize("name", INNOCENT)
def test_what_a_server_is_kept_with_is_no_stranger(server, schema, ledger, name):
    """What administrators do to any database is not refused."""
    try:
        run(server, schema, INNOCENT[name])

        with PostgresLedger(server.address, schema=schema) as again:
            assert again.append("s", [numbered(3)], 2) == 3
            assert list(again.faults()) == []
    finally:
        server.run(f"DROP SCHEMA IF EXISTS {schema}_other CASCADE")


RIGHTS = [
    "GRANT USAGE ON SCHEMA {s} TO {r}",
    "GRANT SELECT ON {s}._schema TO {r}",
    "GRANT SELECT, INSERT ON {s}.event TO {r}",
    "GRANT SELECT, INSERT, UPDATE ON {s}.stream TO {r}",
]


def test_the_least_account_that_the_docs_name_is_enough(server, schema, ledger):
    """An account that may read and insert, and update only heads, keeps a ledger."""
    role = f"scopegate_least_{os.getpid()}"
    server.run(f"CREATE ROLE {role}")
    try:
        run(server, schema, [right.replace("{r}", role) for right in RIGHTS])
        address = make_conninfo(server.address, options=f"-c role={role}")
        with PostgresLedger(address, schema=schema) as least:
            assert least.append("s", [numbered(3)], 2, seen={"t": 0}) == 3
            assert (list(least.streams()), list(least.faults())) == (["s"], [])
    finally:
        server.run(f"DROP OWNED BY {role}")
        server.run(f"DROP ROLE {role}")


def test_an_index_that_is_not_finished_is_no_stranger(server, schema, ledger):
    """What REINDEX CONCURRENTLY left, and no one reads by, does not close a ledger."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        server.run(f"CREATE UNIQUE INDEX CONCURRENTLY u ON {schema}.event (stream)")

    with PostgresLedger(server.address, schema=schema) as again:
        assert list(again.faults()) == []


def test_functions_of_other_schemas_are_not_taken_for_the_servers_own(
    server, schema, ledger
):
    """An account whose search path hides what PostgreSQL has writes no less."""
    run(
        server,
        schema,
        [
            "CREATE FUNCTION {s}.convert_to(text, text) RETURNS bytea LANGUAGE sql AS"
            " $$ SELECT NULL::bytea $$",
            "CREATE FUNCTION {s}.encode(bytea, text) RETURNS text LANGUAGE sql AS"
            " $$ SELECT NULL::text $$",
            "CREATE VIEW {s}.v AS SELECT 1",
        ],
    )
    options = f"-c search_path={schema},pg_catalog"
    address = make_conninfo(server.address, options=options)

    with pytest.raises(UnfitLedgerError, match="view `v`"):
        PostgresLedger(address, schema=schema)


def test_a_value_longer_than_any_of_ours_is_not_sent(server, schema, ledger):
    """A body of more than an event may have is damage, and stays on the server."""
    statement = f"UPDATE {schema}.event SET body = repeat('x', %s)::bytea"  # noqa: S608 - ours
    server.run(statement, LONGEST + 1)

    with pytest.raises(DamagedLedgerError, match="position 1: the event is not what"):
        ledger.bodies("s")


ENCODINGS = ["SQL_ASCII", "LATIN1", "EUC_JP", "UTF8"]


@pytest.fixture
def database(server):
    """Give a function that makes a database of an encoding, and returns its address."""
    names = []

    def make(encoding):
        name = f"scopegate_{encoding.lower()}_{os.getpid()}"
        server.run(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            " TEMPLATE template0"
        )
        names.append(name)
        return make_conninfo(server.address, dbname=name)

    yield make
    for name in names:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_encoding_of_a_server_is_fit(database, encoding):
    """A ledger is the same whatever encoding the database, or the account, has.

    Fails on the release before: of SQL_ASCII it said that writes were not durable.
    """
    address = database(encoding)
    event = Paused("", Actor("Ærø, 学校"), "学校", NOON)
    given = make_conninfo(address, client_encoding="SQL_ASCII")
    with PostgresLedger(given) as ledger:
        assert ledger.append("school/Ærø, 学校", [event], 0) == 1

    with closing(psycopg.connect(address, autocommit=True)) as other:
        name = other.info.dbname
        other.execute(f"ALTER DATABASE {name} SET client_encoding = 'SQL_ASCII'")
    with PostgresLedger(address) as ledger:
        assert list(ledger.read("school/Ærø, 学校")) == [event]
        assert verify(ledger).is_sound


def test_an_encoding_that_cannot_be_told_is_refused_for_that(database):
    """Of an encoding that PostgreSQL cannot convert the error says so."""
    with pytest.raises(UnreachableLedgerError, match="MULE_INTERNAL"):
        PostgresLedger(database("MULE_INTERNAL"))
