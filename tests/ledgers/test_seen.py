"""A write that rests on other streams: it is made only while they stand still."""

import os
import time
from contextlib import closing
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from scopegate.errors import StaleWriteError, UnreachableLedgerError
from scopegate.ledgers._sql.rows import Stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers import threads
from scopegate.testing._ledgers.ledger_kit import LedgerKit
from scopegate.testing._ledgers.machine import numbered

PAIRS = [("a", "b"), ("d", "c"), ("school/1", "app/1")]
ROUNDS, WRITERS, WON, STALE = 4, 6, 0, 3
SHORT = timedelta(milliseconds=300)


class Early(MemoryLedger):
    """A ledger that compares what was seen before it writes, and not with the write."""

    def append(self, stream, events, expected, *, seen):
        """Compare, and write somewhat later."""
        for other, position in seen.items():
            if self.position(other) != position:
                raise StaleWriteError(other, position, self.position(other))
        time.sleep(0.01)
        return super().append(stream, events, expected)


def test_the_laws_catch_a_ledger_that_compares_too_early():
    """A ledger that looks at other streams outside of its transaction fails a law."""
    kit = LedgerKit(Early, None, 1)

    with pytest.raises(AssertionError):
        threads.of_writers_that_rest_on_each_other_one_wins(kit)


def race(child, make, pair):
    """Let processes that read both streams write to one each; return how each ended."""
    with make() as ledger:
        positions = {name: ledger.position(name) for name in pair}
    ready, go = os.pipe(), os.pipe()

    def work(number):
        stream, other = pair[number % 2], pair[1 - number % 2]
        with make() as mine:
            os.write(ready[1], b".")
            os.read(go[0], 1)
            try:
                seen = {other: positions[other]}
                mine.append(stream, [numbered(number)], positions[stream], seen=seen)
            except StaleWriteError:
                return STALE
        return WON

    writers = [child(partial(work, number)) for number in range(WRITERS)]
    for _ in writers:
        os.read(ready[0], 1)
    os.write(go[1], b"." * WRITERS)
    ends = [writer.wait() for writer in writers]
    for end in (*ready, *go):
        os.close(end)
    return sorted(ends)


@pytest.fixture(params=["file", "server"])
def make(request):
    """Give a function that opens one and the same new ledger, of each kind."""
    if request.param == "file":
        return partial(SQLiteLedger, request.getfixturevalue("new_path"))
    address = request.getfixturevalue("server").address
    return partial(PostgresLedger, address, schema=request.getfixturevalue("schema"))


@pytest.mark.parametrize("pair", PAIRS)
def test_of_processes_that_rest_on_each_other_one_wins(child, make, pair):
    """Of writers that each read both streams one wins, no two wait for each other."""
    for _ in range(ROUNDS):
        assert race(child, make, pair) == [WON, *[STALE] * (WRITERS - 1)]

    with make() as ledger:
        assert sum(map(ledger.position, pair)) == ROUNDS


FIRST = "INSERT INTO {}.stream VALUES (%s, %s, 0, '')"


def test_a_stream_that_others_begin_is_waited_for(server, schema):
    """Who rests on a stream waits for the one who writes its first event just then."""
    begun = Stream("", "begun")
    with (
        PostgresLedger(server.address, schema=schema, timeout=SHORT) as ledger,
        closing(psycopg.connect(server.address)) as other,
    ):
        other.execute(FIRST.format(schema), (begun.key, begun.encoded))

        with pytest.raises(UnreachableLedgerError, match="nothing was written"):
            ledger.append("s", [numbered(1)], 0, seen={"begun": 0})

        other.rollback()
        assert ledger.append("s", [numbered(1)], 0, seen={"begun": 0}) == 1
        assert list(ledger.streams()) == ["s"]
        assert ledger.append("begun", [numbered(1)], 0, seen={"s": 1}) == 1
        assert list(ledger.streams()) == ["begun", "s"]
