"""The ledger in a SQLite file that several processes share, and that are killed."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from scopegate.errors import StaleWriteError
from scopegate.ledgers._sql import owned as _owned
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import number_of, numbered

WRITERS = 8
STALE = 3
"""The exit status of a writer that was too late."""


@pytest.fixture
def path(new_path):
    """Give the path of a ledger yet to be made; a kill is not a loss of power."""
    return new_path


def numbers(path, stream="s"):
    """Return the numbers of a stream's events, and how many faults the file has."""
    with SQLiteLedger(path) as ledger:
        return list(map(number_of, ledger.read(stream))), len(list(ledger.faults()))


def bid(path, number, expected):
    """Return what a process does that decides on a position it read before."""

    def work():
        with SQLiteLedger(path) as ledger:
            try:
                ledger.append("s", [numbered(number)], expected)
            except StaleWriteError:
                return STALE
        return 0

    return work


def test_of_two_processes_one_wins(path, child):
    """Of processes that expect the same position exactly one is taken."""
    for at in range(5):
        bidders = [child(bid(path, n, at)) for n in range(4)]
        statuses = [bidder.wait() for bidder in bidders]

        assert sorted(statuses) == [0, STALE, STALE, STALE]
        assert numbers(path)[0][at] == statuses.index(0)


def test_eight_starters_make_one_ledger(tmp_path, child):
    """Processes that start on no file at once all work on the same new ledger."""
    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        starters = [child(bid(path, n, None)) for n in range(WRITERS)]

        assert {starter.wait() for starter in starters} == {0}
        assert sorted(numbers(path)[0]) == list(range(WRITERS))


def test_a_forked_process_opens_its_own(path, child):
    """A ledger made before a fork works in parent and child, each event once."""
    with SQLiteLedger(path) as ledger:
        ledger.append("s", [numbered(0)], 0)

        def work():
            mine = ledger.append("s", [numbered(1)], 1)
            ledger.close()
            return mine

        status = child(work).wait()

        assert (status, ledger.append("s", [numbered(2)], 2)) == (2, 3)
    assert numbers(path) == ([0, 1, 2], 0)


def test_a_fork_from_within_a_use_goes_ahead(path, child, monkeypatch):
    """A process that forks while it uses the ledger never waits for ever."""
    monkeypatch.setattr(_owned, "LONGEST_HOLD_SECONDS", 0.01)
    with SQLiteLedger(path) as ledger:
        with ledger._owned.held():
            writer = child(lambda: ledger.append("s", [numbered(1)], 0))

        assert (writer.wait(), ledger.position("s")) == (1, 1)


FORKING = """
import os, sys, threading, time
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered

ledger, done = SQLiteLedger(sys.argv[1]), threading.Event()
ledger.append("s", [numbered(0)], 0)  # imports all there is to import

def write():
    n = 1
    while not done.wait(0.001):  # so that the children get their turn
        ledger.append("s", [numbered(n)], n)
        n += 1
    print(n)

thread = threading.Thread(target=write)
thread.start()
children = []
for n in range(12):
    child = os.fork()
    if not child:
        if n % 3 == 0:
            ledger.append("t", [numbered(n)], None)
        sys.exit(0)  # which frees everything that was inherited
    children.append(child)
statuses = {os.waitpid(child, 0)[1] for child in children}
done.set()
thread.join()
ledger.close()
sys.exit(statuses != {0})
"""


def test_forks_in_mid_write_undo_nothing(tmp_path):
    """A child that exits while its parent was writing takes nothing back."""
    path = tmp_path / "l.db"  # on a disk, where most of the time goes into commits
    ran = subprocess.run(  # noqa: S603 - this interpreter, and the text above
        [sys.executable, "-W", "ignore", "-c", FORKING, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    written = int(ran.stdout)
    assert (written > 1, numbers(path)) == (True, (list(range(written)), 0))
    assert len(numbers(path, "t")[0]) == 4


def write_for_ever(path, writer, out):
    """Return what a writer does until it is killed: append, then acknowledge."""

    def work():
        with SQLiteLedger(path) as ledger:
            for n in range(1_000_000):
                number = writer * 1_000_000 + n
                at = ledger.append("s", [numbered(number)] * (1 + n % 3), None)
                os.write(out, f"{at} {number}\n".encode())

    return work


def acknowledged_before_kill(path, child, seconds):
    """Return what eight writers acknowledged before they were killed."""
    read, write = os.pipe()
    with ExitStack() as stack:
        stack.callback(os.close, read)
        writers = [child(write_for_ever(path, n, write)) for n in range(WRITERS)]
        os.close(write)
        text, until = b"", time.monotonic() + seconds
        while time.monotonic() < until:
            if select.select([read], [], [], 0.01)[0]:
                text += os.read(read, 1 << 16)
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
        ended = {writer.wait() for writer in writers}
        while more := os.read(read, 1 << 16):
            text += more
    assert ended == {-signal.SIGKILL}
    return [tuple(map(int, line.split())) for line in text.splitlines()]


def kill_and_check(path, child, rounds):
    """Kill eight writers again and again; nothing acknowledged may be missing."""
    count = 0
    for n in range(rounds):
        acknowledged = acknowledged_before_kill(path, child, 0.2 + 0.013 * (n % 7))
        held, faults = numbers(path)

        lost = [(at, number) for at, number in acknowledged if held[at - 1] != number]
        assert (lost, faults) == ([], 0)
        count += len(acknowledged)
    return count


def test_killed_writers_lose_nothing_acknowledged(path, child):
    """What a writer acknowledged before kill -9 is there, where it said it was."""
    assert kill_and_check(path, child, 3) > 0


@pytest.mark.slow
def test_writers_killed_many_times_lose_nothing_acknowledged(path, child):
    """Forty rounds of kill -9 on eight writers lose nothing and damage nothing."""
    assert kill_and_check(path, child, 40) > 0
