"""A write is acknowledged when it was read back, and a ledger holds only what is ours."""

import gc
import os
import sqlite3
from contextlib import closing, nullcontext
from types import SimpleNamespace

import pytest

from scopegate.errors import (
    ArgumentError,
    DamagedLedgerError,
    UnfitLedgerError,
)
from scopegate.evidence.audit import verify
from scopegate.ledgers._sql.rows import LONGEST
from scopegate.ledgers._sql.strangers import Stranger, told
from scopegate.ledgers._sqlite import file as sqlite_file, tables
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered

from ..scene import SCHOOL, Scene

AT_FIRST = (
    "CREATE TABLE _schema (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)",
    "CREATE TABLE stream (id INTEGER PRIMARY KEY, name BLOB NOT NULL, "
    "position INTEGER NOT NULL, peaks BLOB NOT NULL)",
    "CREATE TABLE event (stream INTEGER NOT NULL, position INTEGER NOT NULL, "
    "leaf BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (stream, position)) "
    "WITHOUT ROWID",
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event "
    "BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END",
    "CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event "
    "BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END",
    "INSERT INTO _schema VALUES (1, '2026-01-01T00:00:00+00:00')",
    "PRAGMA application_id = 1399015284",
)
"""What c2e46d6 made, word for word; it never changes."""

EATS = (
    "CREATE TRIGGER t1 BEFORE INSERT ON event WHEN new.position > 3 "
    "BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER t2 BEFORE UPDATE ON stream WHEN new.position > 3 "
    "BEGIN SELECT RAISE(IGNORE); END",
)

BOMB = "length(hex(zeroblob(1000000000)))"

STRANGERS = {
    "trigger `t1` on `event`": EATS[:1],
    "table `x`": ["CREATE TABLE x (a)"],
    "index `i`": ["CREATE INDEX i ON event (leaf)"],
    "index `i` with an expression": [
        "CREATE INDEX i ON stream (hex(zeroblob(position)))"
    ],
    "view `v`": [f"CREATE VIEW v AS SELECT {BOMB}"],
    "table `c`": [f"CREATE TABLE c (a CHECK ({BOMB} > 0))"],
    "table `n`": ["CREATE TABLE n (a INTEGER PRIMARY KEY AUTOINCREMENT)"],
    "trigger `s`": ["CREATE TRIGGER s AFTER INSERT ON stream BEGIN SELECT 1; END"],
    "table `f`": ["CREATE VIRTUAL TABLE f USING fts5(a)"],
}


def foreign(path, *statements):
    """Carry out statements on a file as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def path(new_path):
    """Give the path of a ledger with two events."""
    with SQLiteLedger(new_path) as ledger:
        ledger.append("s", [numbered(1), numbered(2)], 0)
    return new_path


# -- What a store drops


class Meddling(SQLiteLedger):
    """A ledger whose driver carries out statements with values of its own choice."""

    def meddle(self, _, values):
        """Return the values to carry a statement out with, once for each."""
        return [values]

    def _open_connection(self, uri):
        connection = super()._open_connection(uri)

        def execute(sql, values=()):
            found = [list(connection.execute(sql, v)) for v in self.meddle(sql, values)]
            return found[-1] if found else []

        return SimpleNamespace(close=connection.close, execute=execute)


HOW = {
    "dropped": lambda values: [],
    "changed": lambda values: [(*values[:-1], values[-1][:-1] + b"!")],
    "moved": lambda values: [(values[0] + 1, *values[1:])],
    "doubled": lambda values: [(values[0] + 2, *values[1:]), values],
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("table", "at"), [("event", 0), ("event", 1), ("event", 2), ("stream", 0)]
)
def test_a_write_that_is_not_kept_is_never_acknowledged(path, table, at, how):
    """Whichever row a store drops or changes, append raises and nothing was written.

    Fails on the release before: append returned the position it had reckoned.
    """
    with Meddling(path) as ledger:
        seen = []

        def meddle(sql, values):
            if not sql.startswith(f"INSERT INTO {table}"):
                return [values]
            seen.append(sql)
            return HOW[how](values) if len(seen) == at + 1 else [values]

        ledger.meddle = meddle
        with pytest.raises(DamagedLedgerError, match="nothing was written"):
            ledger.append("s", [numbered(n) for n in range(3)], 2)
        del ledger.meddle

        assert (ledger.position("s"), list(ledger.streams())) == (2, ["s"])
        assert ledger.append("s", [numbered(3)], 2) == 3


def test_whoever_revokes_is_told_that_it_was_not_kept(new_path):
    """Triggers that eat what is written make no decision look taken.

    Fails on the release before: `revoke` returned, data flowed on, and `verify` found
    nothing.
    """
    with SQLiteLedger(new_path) as ledger:
        scene = Scene(ledger)
        scene.authorise()
        foreign(new_path, *EATS)
        audit = verify(ledger)

        with pytest.raises(UnfitLedgerError, match="trigger `t1`, trigger `t2`"):
            scene.revoke()
        with pytest.raises(UnfitLedgerError, match="trigger `t1`"):
            ledger.read(school_stream(SCHOOL))

    assert [fault.message for fault in audit.faults] == [
        "it holds what scopegate did not make: trigger `t1`, trigger `t2`"
        "; drop it, or restore the file from a copy"
    ]
    with pytest.raises(UnfitLedgerError, match="drop it"):
        SQLiteLedger(new_path)


# -- What is not ours


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_not_ours_is_refused(path, name):
    """A file with anything more in its schema is not opened, and the error names it.

    Fails on the release before: it asked only that its own tables be there.
    """
    foreign(path, *STRANGERS[name])

    with pytest.raises(UnfitLedgerError, match=name.partition(" `")[0]):
        SQLiteLedger(path)


@pytest.mark.parametrize("name", STRANGERS)
def test_what_comes_while_it_is_open_is_refused_and_told(path, name):
    """What is added under an open ledger is found before the next write, and by an audit.

    Nothing that it says is carried out: SQLite is not asked to examine the file.
    """
    asked = []
    with Meddling(path) as ledger:
        foreign(path, *STRANGERS[name])
        ledger.meddle = lambda sql, values: asked.append(sql) or [values]

        faults = verify(ledger).faults
        with pytest.raises(UnfitLedgerError):
            ledger.append("s", [numbered(3)], 2)

    assert "it holds what scopegate did not make" in str(faults)
    assert not [sql for sql in asked if "integrity_check" in sql or "INSERT" in sql]


@pytest.mark.parametrize(
    "statements",
    [
        ["ANALYZE"],
        ["CREATE TABLE n (a INTEGER PRIMARY KEY AUTOINCREMENT)", "DROP TABLE n"],
        ["VACUUM"],
        ["REINDEX"],
        ["PRAGMA user_version = 7"],
    ],
)
def test_what_sqlite_itself_leaves_is_no_stranger(path, statements):
    """Statistics, and what is left of a table that was dropped, are SQLite's own."""
    with SQLiteLedger(path) as ledger:
        foreign(path, *statements)

        assert ledger.append("s", [numbered(3)], 2) == 3
        assert list(ledger.faults()) == []
    with SQLiteLedger(path) as ledger:
        assert ledger.append("s", [numbered(4)], 3) == 4


def test_what_was_made_at_first_is_opened(new_path):
    """A file as c2e46d6 made it, with its two triggers, is a ledger."""
    foreign(new_path, *AT_FIRST)

    with SQLiteLedger(new_path) as ledger:
        assert ledger.append("s", [numbered(1)], 0) == 1
        assert list(ledger.faults()) == []


def test_a_record_that_is_a_view_is_not_asked(path):
    """The record of versions is read only where it is the table that it should be."""
    foreign(path, "DROP TABLE _schema", f"CREATE VIEW _schema AS SELECT {BOMB} version")

    with pytest.raises(DamagedLedgerError, match="not as scopegate made them"):
        SQLiteLedger(path)


def test_names_of_strangers_upset_nothing():
    """Many strangers with long or odd names are told in one printable line."""
    found = [Stranger("view", f"{n}\x1b" + "x" * 900) for n in range(7)]

    text = told(found)

    assert (text.isprintable(), len(text) < 500) == (True, True)
    assert text.endswith(" and 2 more")
    assert told([]) == ""


# -- How much memory a file can take


def test_a_value_longer_than_any_of_ours_is_not_read(path):
    """A body of more than an event may have is damage, and is not loaded for that.

    Fails on the release before: 500 MB were read, several times over.
    """
    foreign(
        path,
        "DROP TRIGGER event_is_never_changed",
        f"UPDATE event SET body = zeroblob({2 * LONGEST}) WHERE position = 1",  # noqa: S608 - a number
        AT_FIRST[3],
    )
    with SQLiteLedger(path) as ledger:
        for ask in (ledger.bodies, ledger.read):
            with pytest.raises(DamagedLedgerError, match="longer than any"):
                ask("s")

        assert "longer than any" in str(verify(ledger).faults)


def test_a_file_gives_no_more_than_it_holds(path, monkeypatch):
    """Where pages are linked so that rows share them, reading stops at the file's size."""
    monkeypatch.setattr(tables, "_MUCH", 100)
    with Meddling(path) as ledger:
        assert len(ledger.bodies("s")) == 2
        connection = ledger._owned._slot().connection
        execute = connection.execute
        connection.execute = lambda sql, values=(): (
            [(0,)] if sql == "PRAGMA page_count" else execute(sql, values)
        )

        with pytest.raises(DamagedLedgerError, match="more than the file holds"):
            ledger.bodies("s")


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_an_event_that_is_too_long_is_refused(new_path, kind):
    """What no reader would take is not written, and the error shows nothing of it."""
    made = nullcontext(MemoryLedger()) if kind == "memory" else SQLiteLedger(new_path)
    batch = [numbered(1), numbered(2, "Ada" * (LONGEST // 3))]

    with made as ledger:
        with pytest.raises(ArgumentError, match="at most 16 MiB") as caught:
            ledger.append("s", batch, 0)

        assert ("Ada" in str(caught.value), ledger.position("s")) == (False, 0)
        assert ledger.append("s", [numbered(2, "A" * (LONGEST - 300))], 0) == 1
        assert len(ledger.bodies("s")) == 1


# -- Who may read it


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_only_its_owner_reads_a_new_file(tmp_path, umask):
    """The file and its journal are made for their owner only, whatever the umask.

    Fails on the release before: they were made as the umask says, readable for all.
    """
    modes = set()

    class Watched(Meddling):
        def meddle(self, sql, values):
            modes.update(p.stat().st_mode & 0o777 for p in tmp_path.iterdir())
            return [values]

    before = os.umask(umask)
    try:
        with Watched(tmp_path / "l.db") as ledger:
            ledger.append("s", [numbered(1)], 0)
            ledger._owned._slot().connection.execute("BEGIN IMMEDIATE")
    finally:
        os.umask(before)

    assert modes == {0o600}


def test_a_file_that_is_there_keeps_its_rights(tmp_path):
    """Who made the file first said who may read it."""
    (tmp_path / "l.db").touch(mode=0o640)
    (tmp_path / "l.db").chmod(0o640)

    SQLiteLedger(tmp_path / "l.db").close()

    assert (tmp_path / "l.db").stat().st_mode & 0o777 == 0o640


def test_a_link_to_no_file_yet_makes_a_private_one(tmp_path):
    """What a link leads to is made for its owner only."""
    (tmp_path / "link.db").symlink_to(tmp_path / "l.db")

    SQLiteLedger(tmp_path / "link.db").close()

    assert (tmp_path / "l.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_ledger_that_was_never_closed_is_forgotten(path):
    """Once a ledger is collected its file is looked at again before SQLite is.

    Fails on the release before: the file counted as open for ever.
    """
    identity = sqlite_file._identity(path)
    ledger = SQLiteLedger(path)
    assert [each.identity for each in sqlite_file._OPEN].count(identity) == 1

    del ledger
    gc.collect()

    assert identity not in {each.identity for each in sqlite_file._OPEN}


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hunter2@127.0.0.1/x",
        "POSTGRESQL+psycopg://u:hunter2@127.0.0.1/x",
        "host=127.0.0.1 password=hunter2",
        "mysql://u:hunter2@127.0.0.1/x",
    ],
)
def test_the_address_of_a_server_is_no_path(address, tmp_path, monkeypatch):
    """A server's address given as a path is refused, and its password is not shown."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnfitLedgerError, match="use PostgresLedger") as caught:
        SQLiteLedger(address)

    assert ("hunter2" in str(caught.value), list(tmp_path.iterdir())) == (False, [])
