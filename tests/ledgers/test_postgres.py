"""The ledger on a PostgreSQL server."""

import os
from contextlib import closing, suppress
from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scopegate.errors import (
    DamagedLedgerError,
    LedgerError,
    StaleWriteError,
    UnfitLedgerError,
    UnreachableLedgerError,
)
from scopegate.ledgers._sql import schema as tables
from scopegate.ledgers._sql.schema import STEPS, Step
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.testing import ledger_suite
from scopegate.testing._ledgers.machine import number_of, numbered

FEW = 5
"""Examples: each costs a server some dozen commits."""

SHORT = timedelta(milliseconds=300)
STALE = 3
"""The exit status of a writer that was too late."""

SUITE = f"scopegate_suite_{os.getpid()}"
ADDRESS = os.environ.get("SCOPEGATE_TEST_POSTGRES", "")


def emptied():
    """Return a ledger without events, in the schema of the suite."""
    ledger = PostgresLedger(ADDRESS, schema=SUITE)
    with closing(psycopg.connect(ADDRESS, autocommit=True)) as connection:
        for table in ("event", "stream"):
            connection.execute(f"DELETE FROM {SUITE}.{table}")  # noqa: S608 - ours
    return ledger


def reopened(ledger):
    """Close a ledger, and connect again."""
    ledger.close()
    return PostgresLedger(ADDRESS, schema=SUITE)


@pytest.fixture(scope="module")
def _suite(server):
    yield
    server.run(f"DROP SCHEMA IF EXISTS {SUITE} CASCADE")


TestPostgresLedger = pytest.mark.usefixtures("_suite")(
    ledger_suite(emptied, reopened, examples=FEW)
)


@pytest.fixture
def ledger(server, schema):
    """Give a ledger with two events."""
    with PostgresLedger(server.address, schema=schema, timeout=SHORT) as ledger:
        ledger.append("s", [numbered(1), numbered(2)], 0)
        yield ledger


def bid(server, schema, number, expected):
    """Return what a process does that decides on a position it read before."""

    def work():
        with PostgresLedger(server.address, schema=schema) as ledger:
            try:
                ledger.append("s", [numbered(number)], expected)
            except StaleWriteError:
                return STALE
        return 0

    return work


def test_of_two_processes_one_wins(server, schema, child):
    """Of processes that expect the same position exactly one is taken."""
    PostgresLedger(server.address, schema=schema).close()
    for at in range(4):
        bidders = [child(bid(server, schema, n, at)) for n in range(4)]
        statuses = [bidder.wait() for bidder in bidders]

        assert sorted(statuses) == [0, STALE, STALE, STALE]
        with PostgresLedger(server.address, schema=schema) as ledger:
            assert number_of(ledger.read("s")[at]) == statuses.index(0)


def test_eight_starters_make_one_ledger(server, schema, child):
    """Processes that start on no tables at once all work on the same new ones."""
    starters = [child(bid(server, schema, n, None)) for n in range(8)]

    assert {starter.wait() for starter in starters} == {0}
    with PostgresLedger(server.address, schema=schema) as ledger:
        assert sorted(map(number_of, ledger.read("s"))) == list(range(8))


def test_a_forked_process_connects_anew(ledger, child):
    """A ledger made before a fork works in parent and child, each event once."""

    def work():
        mine = ledger.append("s", [numbered(3)], 2)
        ledger.close()
        return mine

    status = child(work).wait()

    assert (status, ledger.append("s", [numbered(4)], 3)) == (3, 4)
    assert list(map(number_of, ledger.read("s"))) == [1, 2, 3, 4]


def test_a_connection_ended_between_calls_is_made_again(server, ledger):
    """A server that ends our connection is neither noticed nor forgets anything."""
    for number in (3, 4):
        with ledger._owned.held() as session:
            ((backend,),) = session.rows("SELECT pg_backend_pid()")
        server.run("SELECT pg_terminate_backend(%s, 5000)", backend)

        assert ledger.position("s") == number - 1
        with ledger._owned.held() as session:
            ((backend,),) = session.rows("SELECT pg_backend_pid()")
        server.run("SELECT pg_terminate_backend(%s, 5000)", backend)

        assert ledger.append("s", [numbered(number)], number - 1) == number


def test_a_row_that_stays_locked_is_unreachable(server, schema, ledger):
    """A writer waits for another as long as it was told to; readers do not wait."""
    with closing(psycopg.connect(server.address)) as other:
        other.execute(f"SELECT id FROM {schema}.stream FOR UPDATE")  # noqa: S608 - ours

        with pytest.raises(
            UnreachableLedgerError, match=r"locked.*nothing was written"
        ):
            ledger.append("s", [numbered(3)], 2)
        assert ledger.position("s") == 2

    assert ledger.append("s", [numbered(3)], 2) == 3


def test_a_table_that_stays_locked_is_unreachable(server, schema, ledger):
    """A reader that gets no answer gives up, and finds one when there is one."""
    with closing(psycopg.connect(server.address)) as other:
        other.execute(f"LOCK TABLE {schema}.event")

        with pytest.raises(UnreachableLedgerError, match="did not answer in time"):
            ledger.read("s")

    assert len(ledger.read("s")) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {}.event SET body = body || 'x' WHERE position = 2",
        "DELETE FROM {}.event WHERE position = 2",
        "DELETE FROM {}.event WHERE position = 1",
        "DELETE FROM {}.stream",
        "DELETE FROM {}.event",
        "UPDATE {}.stream SET position = 1, peaks = substr(peaks, 1, 32)",
        "UPDATE {}.event SET stream = 7",
    ],
)
def test_rows_that_were_changed_are_damage(server, schema, ledger, statement):
    """What somebody changed in the tables is not read as another history."""
    server.run(statement.format(schema))

    with pytest.raises(DamagedLedgerError, match="stream `s`"):
        ledger.read("s")


def test_events_without_a_head_are_not_written_over(server, schema, ledger):
    """A stream that lost its head is not begun again."""
    server.run(f"TRUNCATE {schema}.stream")

    for expected in (0, None):
        with pytest.raises(DamagedLedgerError):
            ledger.append("s", [numbered(1)], expected)


def test_tables_that_were_dropped_are_damage(server, schema, ledger):
    """A table that is gone is not an empty one."""
    server.run(f"DROP TABLE {schema}.event")

    with pytest.raises(DamagedLedgerError, match="not as scopegate made them"):
        ledger.position("s")


def test_an_older_scopegate_refuses_what_a_newer_one_made(
    server, schema, ledger, monkeypatch
):
    """Tables that a newer scopegate made are not guessed at."""
    more = Step(tables=(f"CREATE TABLE {schema}.more (id {{whole}})",))
    with monkeypatch.context() as newer:
        newer.setattr(tables, "STEPS", (*STEPS, more))
        PostgresLedger(server.address, schema=schema).close()

    with pytest.raises(UnfitLedgerError, match="its tables are of version 2"):
        PostgresLedger(server.address, schema=schema)


def test_a_step_that_fails_leaves_no_trace(server, schema, ledger, monkeypatch):
    """A step and its record are kept together or not at all."""
    steps = Step(tables=(f"CREATE TABLE {schema}.more (id {{whole}})", "NONSENSE"))
    with monkeypatch.context() as newer:
        newer.setattr(tables, "STEPS", (*STEPS, steps))
        with pytest.raises(LedgerError, match="SQLSTATE 42601"):
            PostgresLedger(server.address, schema=schema)

    assert server.run("SELECT to_regclass(%s)", f"{schema}.more") == [(None,)]
    with PostgresLedger(server.address, schema=schema) as again:
        assert again.position("s") == 2


def test_a_schema_that_is_there_is_used(server, schema):
    """An account that may make tables need not be allowed to make schemas."""
    server.run(f"CREATE SCHEMA {schema}")

    with PostgresLedger(server.address, schema=schema) as ledger:
        assert ledger.append("s", [numbered(1)], 0) == 1


@pytest.fixture
def stranger(server):
    """Give the name of an account that may do nothing."""
    name = f"scopegate_stranger_{os.getpid()}"
    server.run(f"CREATE ROLE {name}")
    yield name
    server.run(f"DROP ROLE {name}")


def test_an_account_without_rights_is_told_which(server, schema, ledger, stranger):
    """Who cannot use the tables learns what to grant."""
    address = make_conninfo(server.address, options=f"-c role={stranger}")

    with pytest.raises(UnreachableLedgerError, match="grant it SELECT"):
        PostgresLedger(address, schema=schema)


def test_a_server_that_can_only_be_read_is_read(server, schema, ledger):
    """A standby gives everything, and says why nothing is written."""
    options = "-c default_transaction_read_only=on"
    address = make_conninfo(server.address, options=options)

    with PostgresLedger(address, schema=schema) as standby:
        assert len(standby.read("s")) == 2
        with pytest.raises(UnreachableLedgerError, match="it can only be read"):
            standby.append("s", [numbered(3)], 2)


@pytest.mark.parametrize(
    ("level", "expected"),
    [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")],
)
def test_a_write_is_durable_whatever_the_account_is_set_to(
    server, schema, level, expected
):
    """In a transaction that writes, a commit waits for the disk at least."""
    address = make_conninfo(server.address, options=f"-c synchronous_commit={level}")

    with (
        PostgresLedger(address, schema=schema) as ledger,
        ledger._owned.held() as session,
    ):
        session.begin()
        found = session.rows("SHOW synchronous_commit")
        session.undo()
        after = session.rows("SHOW synchronous_commit")

    assert (found, after) == ([(expected,)], [(level,)])


def test_a_session_keeps_nothing_we_need(ledger):
    """After a pooling proxy gave the session to others everything goes on."""
    for number in range(3, 12):
        ledger.append("s", [numbered(number)], None)
        with ledger._owned.held() as session:
            prepared = session.rows("SELECT count(*) FROM pg_prepared_statements")
            session.rows("DISCARD ALL")

        assert prepared == [(0,)]
    assert ledger.position("s") == 11


def test_a_bad_name_for_a_schema_is_refused():
    """The name of a schema can carry no SQL; nothing is connected to."""
    for name in ("", "A", 'a"b', "a; DROP", "1a", "a" * 64, "é", "a\n"):
        with pytest.raises(ValueError, match="small letters"):
            PostgresLedger("postgresql://127.0.0.1:1/x", schema=name)


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql://u:hunter2@[::1/db",
        "hunter2",
        "password='hunter2",
        "password=hunter2 hunter2=1",
        "postgresql://u:hunter2@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=hunter2",
        "host=127.0.0.1 port=1 password=127.0.0.1",
    ],
)
def test_a_password_is_never_shown(conninfo):
    """Neither an address that is wrong nor a server that is not there tells it."""
    with pytest.raises(LedgerError) as caught:
        PostgresLedger(conninfo)

    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__}"
    assert "hunter2" not in shown
    assert ("at ***" in shown.replace('"', "")) == ("d=127" in conninfo)


def test_a_ledger_shows_no_password(server, schema):
    """The ledger's own text does not hold its address."""
    address = make_conninfo(server.address, password="hunter2")  # noqa: S106 - made up
    with (
        suppress(UnreachableLedgerError),  # if the server asks for another password
        PostgresLedger(address, schema=schema) as ledger,
    ):
        assert "hunter2" not in repr(ledger)


def test_a_server_that_is_not_there_is_unreachable():
    """Where nothing listens the ledger says so, with the address."""
    with pytest.raises(UnreachableLedgerError) as caught:
        PostgresLedger("postgresql://u@127.0.0.1:1/db")

    assert caught.value.ledger == "postgresql://127.0.0.1:1/db"


def test_a_closed_ledger_says_so(ledger):
    """After closing nothing is connected to behind the caller's back."""
    ledger.close()

    with pytest.raises(UnreachableLedgerError, match="it was closed"):
        ledger.read("s")
