"""A connection that threads share: each waits for the others for a time, and no longer."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from scopegate.errors import UnreachableLedgerError
from scopegate.ledgers._sql import owned
from scopegate.ledgers._sql.owned import Owned
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered


class Connection:
    """A connection that does nothing."""

    def close(self):
        """Do nothing."""


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Let threads wait for each other for less than they do."""
    monkeypatch.setattr(owned, "SHORTEST_WAIT_SECONDS", 0.05)


def test_who_waits_in_vain_for_the_others_is_told():
    """Nothing is asked then, and the connection stays with who has it.

    Fails on the release before: they waited for as long as it took.
    """
    shared = Owned("a.db", Connection, 0)

    def use():
        with shared.held() as connection:
            return connection

    with ThreadPoolExecutor(1) as pool, shared.held() as mine:
        waiting = pool.submit(use)
        with pytest.raises(UnreachableLedgerError, match="other threads wait"):
            waiting.result(30)

    assert use() is mine


def test_a_connection_is_given_back_whatever_happens():
    """An error of who has it, and of opening it, leaves it to the next."""

    def fail():
        raise LookupError

    shared, broken = Owned("a.db", Connection, 0), Owned("b.db", fail, 0)
    for each in (shared, broken):
        for _ in range(3):
            with pytest.raises(LookupError), each.held():
                raise LookupError


def test_threads_that_decide_wait_at_once(tmp_path):
    """On a locked file none waits for longer than the two times it is told to.

    Fails on the release before: twenty threads waited twenty times as long.
    """
    path, limit = tmp_path / "consent.db", 0.3

    def decide(number):
        begun = time.monotonic()
        with pytest.raises(UnreachableLedgerError):
            ledger.append("s", [numbered(number)], None)
        return time.monotonic() - begun

    with (
        SQLiteLedger(path, busy_timeout=timedelta(seconds=limit)) as ledger,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(20) as pool:
            seconds = list(pool.map(decide, range(20)))
        other.execute("ROLLBACK")

        assert max(seconds) < 6 * limit
        assert ledger.position("s") == 0
