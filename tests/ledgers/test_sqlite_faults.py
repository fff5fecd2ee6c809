"""The ledger in a SQLite file when something breaks beneath it."""

import itertools
import os
import resource
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace

import pytest

from scopegate.errors import (
    DamagedLedgerError,
    LedgerError,
    UnreachableLedgerError,
)
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered

STREAMS = ("school/1", "app/1", "disclosure/1")
SHORT = timedelta(milliseconds=50)


@pytest.fixture(scope="module")
def content(memory):
    """Give the bytes of a ledger with some events, large ones among them."""
    with SQLiteLedger(memory / "made.db") as ledger:
        for n, stream in enumerate(STREAMS):
            ledger.append(stream, [numbered(n), numbered(9, "x" * 1500 * n)], 0)
            ledger.append(stream, [numbered(70 + n)], 2)
    return (memory / "made.db").read_bytes()


@pytest.fixture
def path(new_path, content):
    """Give the path of that ledger, in memory."""
    new_path.write_bytes(content)
    return new_path


def told(path):
    """Return all that a ledger says, or each time the error it raises."""
    try:
        with SQLiteLedger(path) as ledger:
            return [attempt(ledger.streams)] + [
                attempt(ask, stream)
                for stream in (*STREAMS, "other")
                for ask in (ledger.bodies, ledger.position)
            ]
    except LedgerError as error:
        return [error] * 9


def attempt(ask, *args):
    """Return what *ask* answers, lists as lists, or the ledger's error."""
    try:
        found = ask(*args)
    except LedgerError as error:
        return error
    return found if isinstance(found, int) else list(found)


def lies(found, truth):
    """Return what was told and is neither the truth nor an error."""
    return [
        f
        for f, t in zip(found, truth, strict=True)
        if f != t and not isinstance(f, LedgerError)
    ]


def test_a_truncated_file_tells_no_other_history(path):
    """Cut off anywhere, a file gives what it held or an error, never less."""
    content, truth = path.read_bytes(), told(path)

    found = []
    for length in range(1, len(content), 199):
        path.write_bytes(content[:length])
        found += lies(told(path), truth)

    assert found == []


@pytest.mark.parametrize("length", [1, 15, 16, 99, 100, 511, 4095, 4096, 8191, 8192])
def test_a_file_cut_off_in_its_beginning_is_refused(path, length):
    """What is too short to hold the tables is not opened as a new ledger."""
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(LedgerError):
        SQLiteLedger(path)


def flipped(path, places, mask):
    """Return what was told and untrue after the byte at each place was changed."""
    content, truth = path.read_bytes(), told(path)
    found = []
    for place in places(len(content)):
        changed = bytearray(content)
        changed[place] ^= mask
        path.write_bytes(changed)
        found += [(place, lie) for lie in lies(told(path), truth)]
    return found


@pytest.mark.parametrize("mask", [0x01, 0xFF])
def test_a_flipped_byte_tells_no_other_history(path, mask):
    """With a byte changed a ledger gives what it held or an error, nothing else."""
    assert flipped(path, lambda size: range(mask % 61, size, 61), mask) == []


@pytest.mark.slow
@pytest.mark.parametrize("mask", [0x01, 0xFF])
def test_no_flipped_byte_tells_another_history(path, mask):
    """No byte of the file can be changed so that another history is read."""
    assert flipped(path, range, mask) == []


def test_a_flip_in_an_event_is_reported_by_name(path):
    """Damage within an event names the stream and the position, not the event."""
    content = path.read_bytes()
    with SQLiteLedger(path) as ledger:
        body = ledger.bodies("app/1")[2]
    path.write_bytes(content.replace(body, b"[" + body[1:]))

    with SQLiteLedger(path) as ledger:
        with pytest.raises(DamagedLedgerError) as caught:
            ledger.read("app/1")
        others = len(ledger.read("school/1"))

    assert (caught.value.place, others) == ("stream `app/1`, position 3", 3)


def test_text_that_is_none_is_damage_and_not_shown(path):
    """A value of another type than was written is not read, nor put into an error."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE stream SET peaks = CAST(x'70757069ff' AS TEXT)")
        connection.commit()

    with SQLiteLedger(path) as ledger, pytest.raises(DamagedLedgerError) as caught:
        ledger.read("app/1")

    assert ("pupi" in str(caught.value), caught.value.__cause__) == (False, None)


def locking(path, child, *statements):
    """Return a child that holds a lock on *path*, and what ends it."""
    ready, done = os.pipe(), os.pipe()

    def hold():
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            connection.execute(statement).fetchone()
        os.write(ready[1], b"x")
        os.read(done[0], 1)

    holder = child(hold)
    os.read(ready[0], 1)

    def end():
        os.write(done[1], b"x")
        for end in (*ready, *done):
            os.close(end)
        return holder.wait()

    return end


@pytest.mark.parametrize("mode", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_locked_ledger_is_unreachable(path, child, mode):
    """Another process that writes for too long keeps us out, and nothing is written."""
    with SQLiteLedger(path, busy_timeout=SHORT) as ledger:
        end = locking(path, child, f"BEGIN {mode}")
        with pytest.raises(
            UnreachableLedgerError, match=r"locked.*nothing was written"
        ):
            ledger.append("app/1", [numbered(1)], 3)
        reading = attempt(ledger.position, "app/1")
        status = end()

        assert isinstance(reading, UnreachableLedgerError) == (mode == "EXCLUSIVE")
        assert (status, ledger.append("app/1", [numbered(1)], 3)) == (0, 4)


def test_a_locked_ledger_cannot_be_opened(path, child):
    """Opening waits for a lock as long as writing does."""
    end = locking(path, child, "BEGIN EXCLUSIVE")

    found = attempt(lambda: SQLiteLedger(path, busy_timeout=SHORT))

    end()
    assert isinstance(found, UnreachableLedgerError)


def test_a_reader_that_stays_makes_a_commit_fail_whole(path, child):
    """A commit that cannot get the file to itself is undone, and said to be."""
    with SQLiteLedger(path, busy_timeout=SHORT) as ledger:
        end = locking(path, child, "BEGIN", "SELECT * FROM stream")
        with pytest.raises(UnreachableLedgerError, match="nothing was written"):
            ledger.append("app/1", [numbered(1)], 3)
        end()

        assert (ledger.position("app/1"), ledger.append("app/1", [], 3)) == (3, 3)


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a file system of 256 KiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607


def fill(ledger):
    """Append until the ledger refuses, and return how often it did not, and why."""
    for n in range(1000):
        try:
            ledger.append("s", [numbered(n, "x" * 3000)], n)
        except UnreachableLedgerError as error:
            return n, str(error)
    return None


def test_a_full_disk_loses_nothing(small_disk):
    """With no room left an append fails whole; with room again the next works."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(60_000))
    with SQLiteLedger(small_disk / "l.db") as ledger:
        count, problem = fill(ledger)
        held = ledger.position("s")
        ballast.unlink()

        assert (held, "no room left" in problem, "nothing" in problem) == (count, 1, 1)
        assert ledger.append("s", [numbered(1)], count) == count + 1
        assert (len(ledger.read("s")), list(ledger.faults())) == (count + 1, [])


def test_a_file_that_may_not_grow_loses_nothing(tmp_path, child):
    """A limit on the file's size is met like a full disk."""

    def work():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        with SQLiteLedger(tmp_path / "l.db") as ledger:
            count, _ = fill(ledger)
            assert ledger.position("s") == count
            resource.setrlimit(resource.RLIMIT_FSIZE, (10**9, resource.RLIM_INFINITY))
            assert ledger.append("s", [numbered(1)], count) == count + 1

    assert child(work).wait() == 0
    with SQLiteLedger(tmp_path / "l.db") as ledger:
        assert (len(ledger.read("s")) > 1, list(ledger.faults())) == (True, [])


@pytest.fixture
def open_folder(tmp_path):
    """Give a folder that every account may look into."""
    ours = itertools.takewhile(lambda f: f != Path(gettempdir()), tmp_path.parents)
    for folder in (tmp_path, *ours):
        folder.chmod(0o755)
    return tmp_path


def as_nobody(work):
    """Return *work* for an account that may write nothing of ours."""

    def dropped():
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        return work()

    return dropped


def test_a_file_that_can_only_be_read_is_read(open_folder, content, child):
    """Who cannot write the file reads it all, and learns why nothing is written."""
    path = open_folder / "l.db"
    path.write_bytes(content)
    path.chmod(0o444)

    def work():
        with SQLiteLedger(path) as ledger:
            assert len(ledger.read("app/1")) == 3
            with pytest.raises(
                UnreachableLedgerError, match="it can only be read here"
            ):
                ledger.append("app/1", [numbered(1)], 3)
            assert ledger.position("app/1") == 3

    assert child(as_nobody(work)).wait() == 0


def test_a_folder_that_cannot_be_written_is_said(open_folder, child):
    """No journal and no file can be made where this account cannot write."""
    open_folder.chmod(0o555)

    def work():
        with pytest.raises(UnreachableLedgerError, match="cannot be opened"):
            SQLiteLedger(open_folder / "new.db")

    status = child(as_nobody(work)).wait()
    open_folder.chmod(0o755)
    assert status == 0


def test_a_file_replaced_while_open_is_taken_up(path):
    """A copy put back under a running service gets the next write but one."""
    with SQLiteLedger(path) as ledger:
        before = path.read_bytes()
        ledger.append("app/1", [numbered(1)], 3)
        path.with_suffix(".copy").write_bytes(before)
        path.with_suffix(".copy").replace(path)

        with pytest.raises(UnreachableLedgerError, match="moved or replaced"):
            ledger.append("app/1", [numbered(1)], 4)

        assert ledger.append("app/1", [numbered(1)], 3) == 4


class Breaking(SQLiteLedger):
    """A ledger whose driver raises once, at the statement that begins with a word."""

    fault = ("", None)

    def _open_connection(self, uri):
        connection = super()._open_connection(uri)

        def execute(sql, values=()):
            word, error = self.fault
            if error and sql.startswith(word):
                self.fault = ("", None)
                raise error
            return connection.execute(sql, values)

        return SimpleNamespace(close=connection.close, execute=execute)


def sqlite_error(code):
    """Return what the driver raises for a result code."""
    error = sqlite3.OperationalError("it broke")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", [5, 13, 10, 10 | 5 << 8, 7])
@pytest.mark.parametrize(
    "word", ["BEGIN", "SELECT", "INSERT INTO event", "INSERT INTO stream", "COMMIT"]
)
def test_whatever_fails_the_ledger_goes_on(path, word, code):
    """After any failed statement nothing was written, and the next append works."""
    with Breaking(path) as ledger:
        ledger.fault = (word, sqlite_error(code))
        with pytest.raises(UnreachableLedgerError) as caught:
            ledger.append("app/1", [numbered(1)], 3)

        is_known = word != "COMMIT" or code in {5, 13}
        assert ("nothing was written" in str(caught.value)) == is_known
        assert ("unknown whether" in str(caught.value)) != is_known
        assert ledger.append("app/1", [numbered(1)], 3) == 4
        assert len(ledger.read("app/1")) == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("word", ["INSERT INTO stream", "COMMIT"])
def test_an_interrupted_append_leaves_no_trace(path, word, error):
    """What is not SQLite's error comes out as it is, and the write is undone."""
    with Breaking(path) as ledger:
        ledger.fault = (word, error())
        with pytest.raises(error):
            ledger.append("app/1", [numbered(1)], 3)

        assert ledger.append("app/1", [numbered(1)], 3) == 4


def test_a_rollback_that_fails_is_made_up_for(path):
    """A transaction that cannot be undone is left to a new connection."""
    with Breaking(path) as ledger:
        ledger.fault = ("ROLLBACK", sqlite_error(10))
        with pytest.raises(LedgerError):
            ledger.append("app/1", [numbered(1)], 0)

        assert ledger.append("app/1", [numbered(1)], 3) == 4


@pytest.mark.parametrize("code", [3, 6, 8, 14, 15, 22, 23])
def test_what_the_system_refuses_is_unreachable(path, code):
    """Each reason of the system has a sentence that says it."""
    with Breaking(path) as ledger:
        ledger.fault = ("SELECT", sqlite_error(code))

        with pytest.raises(UnreachableLedgerError):
            ledger.read("app/1")

        assert len(ledger.read("app/1")) == 3


@pytest.mark.parametrize("code", [1, 11, 11 | 1 << 8, 19, 20, 26])
def test_what_is_broken_is_damaged(path, code):
    """An error that a sound ledger cannot give is damage."""
    with Breaking(path) as ledger:
        ledger.fault = ("SELECT", sqlite_error(code))

        with pytest.raises(DamagedLedgerError):
            ledger.read("app/1")


def test_events_without_a_head_are_not_written_over(path):
    """A stream that lost its head is not begun again."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM stream")
        connection.commit()

    with SQLiteLedger(path) as ledger:
        for expected in (0, None):
            with pytest.raises(DamagedLedgerError):
                ledger.append("app/1", [numbered(1)], expected)
