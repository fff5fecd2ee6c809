"""The ledger on servers that are not PostgreSQL, but speak its protocol.

`scripts/other-servers` starts them.
"""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scopegate import AccessDeniedError, Query
from scopegate.errors import StaleWriteError, UnfitLedgerError, UnreachableLedgerError
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.testing import ledger_suite
from scopegate.testing._ledgers.machine import number_of, numbered

from ..scene import PUPILS, Scene

FEW = 3
"""Examples: each costs a server some dozen commits."""

SESSIONS = 3
"""How many the pool opens before the tests; each transaction takes the next one."""

STALE = 3
"""The exit status of a writer that was too late."""

LONG = 60.0
"""How many seconds a server may take to be there again."""

PGBOUNCER = os.environ.get("SCOPEGATE_TEST_PGBOUNCER", "")
PGLITE = os.environ.get("SCOPEGATE_TEST_PGLITE", "")
SUITE = f"scopegate_others_{os.getpid()}"


def needed(variable):
    """Return what a variable gives, or skip the test; CI asks that it fails instead."""
    if value := os.environ.get(variable):
        return value
    problem = f"{variable} is not set; scripts/other-servers starts what it names"
    if os.environ.get("SCOPEGATE_REQUIRE_OTHER_SERVERS") == "1":
        pytest.fail(problem)
    pytest.skip(problem)


def run(address, statement, *values):
    """Carry out a statement as somebody else, and return its rows."""
    with closing(
        psycopg.connect(address, autocommit=True, prepare_threshold=None)
    ) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def pool():
    """Give the address of PgBouncer, with several sessions that take turns."""
    address = needed("SCOPEGATE_TEST_PGBOUNCER")
    with ExitStack() as at_once:
        for _ in range(SESSIONS):
            other = at_once.enter_context(psycopg.connect(address))
            other.execute("SELECT 1")
    yield address
    run(address, f"DROP SCHEMA IF EXISTS {SUITE} CASCADE")


@pytest.fixture(scope="module")
def pglite():
    """Give the address of PGlite, which is told to say that it waits for its disk."""
    return needed("SCOPEGATE_TEST_PGLITE")


def suite(address):
    """Return the laws of ledgers, held on a server; one connection at a time."""

    def emptied():
        ledger = PostgresLedger(address, schema=SUITE)
        with ledger._owned.held() as session:
            for table in ("event", "stream"):
                session.rows(f"DELETE FROM {SUITE}.{table}")  # noqa: S608 - ours
        return ledger

    def reopened(ledger):
        ledger.close()
        return PostgresLedger(address, schema=SUITE)

    return ledger_suite(emptied, reopened, examples=FEW)


TestBehindPgBouncer = pytest.mark.usefixtures("pool")(suite(PGBOUNCER))
TestOnPGlite = pytest.mark.usefixtures("pglite")(suite(PGLITE))


@pytest.fixture(params=["pool", "pglite"])
def ledger(request):
    """Give a ledger without events on each of the servers."""
    address = request.getfixturevalue(request.param)
    with PostgresLedger(address, schema=SUITE) as ledger:
        with ledger._owned.held() as session:
            session.rows(f"TRUNCATE {SUITE}.event, {SUITE}.stream")
        yield ledger


def test_a_whole_decision_is_taken(ledger):
    """What a school authorises flows from then on, and no more once it revokes."""
    scene = Scene(ledger)
    scene.authorise()
    with scene.open() as access:
        found = list(access.read(scene.mis, Query("student")))
    scene.revoke()

    assert found == [{k: v for k, v in p.items() if k != "dob"} for p in PUPILS]
    with pytest.raises(AccessDeniedError):
        list(scene.open().read(scene.mis, Query("student")))


TURNS = range(4 * SESSIONS)
"""Enough transactions that every session of the pool gets one."""

LEVEL = "SHOW synchronous_commit"


def levels(ledger):
    """Return how durable a ledger's transactions are, by the session they are in."""
    found = {}
    with ledger._owned.held() as session:
        for _ in TURNS:
            session.begin()
            ((pid,),) = session.rows("SELECT pg_backend_pid()")
            ((found[pid],),) = session.rows(LEVEL)
            session.undo()
    return found


def test_what_others_left_in_a_session_makes_no_write_less_durable(pool):
    """A write waits for the disk in sessions in which other clients said off."""
    with PostgresLedger(pool, schema=SUITE) as ledger:
        for _ in TURNS:
            run(pool, "SET synchronous_commit = off")
        left = {run(pool, LEVEL)[0] for _ in TURNS}

        found = levels(ledger)

        for _ in TURNS:
            run(pool, "RESET synchronous_commit")
    assert len(found) >= SESSIONS
    assert (left, set(found.values())) == ({("off",)}, {"on"})


def test_of_processes_behind_a_pool_one_wins(pool, child):
    """Of processes that share a pool and expect the same position one is taken."""

    def bid(number, at):
        def work():
            with PostgresLedger(pool, schema=SUITE) as ledger:
                try:
                    ledger.append("bids", [numbered(number)], at)
                except StaleWriteError:
                    return STALE
            return 0

        return work

    for at in range(4):
        bidders = [child(bid(number, at)) for number in range(4)]
        statuses = [bidder.wait() for bidder in bidders]

        assert sorted(statuses) == [0, STALE, STALE, STALE]
        with PostgresLedger(pool, schema=SUITE) as ledger:
            assert number_of(ledger.read("bids")[at]) == statuses.index(0)


def test_a_session_that_ends_behind_the_pool_costs_nothing(server, pool):
    """A write whose session is ended before COMMIT is done again in another one."""
    waiting = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND query LIKE %s"
    )
    with (
        PostgresLedger(pool, schema=SUITE) as ledger,
        ThreadPoolExecutor(1) as thread,
        closing(psycopg.connect(server.address)) as other,
    ):
        position = ledger.append("ended", [numbered(1)], None)
        other.execute(f"SELECT id FROM {SUITE}.stream FOR UPDATE")  # noqa: S608 - ours
        written = thread.submit(ledger.append, "ended", [numbered(2)], position)
        while (
            not (found := server.run(waiting, f"%{SUITE}%UPDATE"))
            and not written.done()
        ):
            pass
        server.run("SELECT pg_terminate_backend(%s, 5000)", *found[0])
        other.rollback()

        assert written.result() == position + 1
        assert ledger.position("ended") == position + 1


def test_a_pool_of_statements_is_refused_at_once(pool):
    """Where no two statements belong together a ledger is not opened, tables or not."""
    statements = make_conninfo(pool, dbname="statement")
    with PostgresLedger(pool, schema=SUITE) as ledger:
        position = ledger.append("s", [numbered(1)], None)

        for schema in (SUITE, f"{SUITE}_new"):
            with pytest.raises(UnfitLedgerError, match="have it pool transactions"):
                PostgresLedger(statements, schema=schema)

        assert ledger.position("s") == position
    made = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
    assert not run(pool, made, f"{SUITE}_new")


def test_pglite_as_it_comes_is_refused():
    """A server that says it does not wait for its disk keeps no ledger."""
    with pytest.raises(UnfitLedgerError, match="`fsync = off`"):
        PostgresLedger(needed("SCOPEGATE_TEST_PGLITE_AS_IT_COMES"))


def test_two_ledgers_on_one_session_decide_in_turn(pglite):
    """Of two ledgers on a server with one session each learns what the other wrote."""
    with (
        PostgresLedger(pglite, schema=SUITE) as one,
        PostgresLedger(pglite, schema=SUITE) as two,
    ):
        at = one.append("turns", [numbered(1)], None)

        with pytest.raises(StaleWriteError):
            two.append("turns", [numbered(2)], at - 1)
        assert two.append("turns", [numbered(2)], at) == at + 1
        assert list(map(number_of, one.read("turns", at - 1))) == [1, 2]


def test_what_a_killed_server_acknowledged_is_there(pglite):
    """A server that is killed and starts again has every write it acknowledged."""
    keeper = int(needed("SCOPEGATE_TEST_PGLITE_KEEPER"))
    with (
        PostgresLedger(pglite, schema=SUITE) as ledger,
        closing(psycopg.connect(pglite, autocommit=True)) as other,
    ):
        at = ledger.append("killed", [numbered(1), numbered(2)], None)

        os.kill(keeper, signal.SIGHUP)
        with suppress(psycopg.OperationalError):
            while True:
                other.execute("SELECT 1")
        until = time.monotonic() + LONG
        while (found := position_if_there(ledger, "killed")) is None:
            assert time.monotonic() < until
        assert found == at
        assert ledger.append("killed", [numbered(3)], at) == at + 1
        assert list(map(number_of, ledger.read("killed", at - 2))) == [1, 2, 3]


def position_if_there(ledger, stream):
    """Return a stream's position, or None if the server does not answer."""
    try:
        return ledger.position(stream)
    except UnreachableLedgerError:
        return None
