"""The ledger in a SQLite file: what it opens, and how it is set."""

import itertools
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from scopegate.errors import (
    DamagedLedgerError,
    UnfitLedgerError,
    UnreachableLedgerError,
)
from scopegate.ledgers._sqlite import open as sqlite_open
from scopegate.ledgers._sqlite.open import APPLICATION_ID, SETTINGS
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing import ledger_suite
from scopegate.testing._ledgers.machine import numbered

FEW = 5
"""Examples where it is shown that a seam holds, not the laws once more."""

FOLDERS = []
NUMBERS = itertools.count()


class ApswLedger(SQLiteLedger):
    """The same ledger over another driver, which brings a SQLite of its own."""

    _sqlite_version = tuple(map(int, apsw.sqlite_lib_version().split(".")))

    def _open_connection(self, uri):
        flags = (
            apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
        )
        return apsw.Connection(uri, flags=flags)

    def _code_of(self, error):
        return getattr(error, "extendedresult", None)


class OldLedger(SQLiteLedger):
    """A ledger over the last SQLite that can damage a file in WAL mode."""

    _sqlite_version = (3, 51, 2)


class DeafLedger(SQLiteLedger):
    """A ledger over a SQLite that takes no notice of one setting, as of a typo."""

    def __init__(self, path, setting, answer):
        self._setting = f"PRAGMA {setting}"
        self._answer = answer
        super().__init__(path)

    def _open_connection(self, uri):
        connection = super()._open_connection(uri)
        return SimpleNamespace(
            close=connection.close,
            execute=lambda sql, values=(): (
                self._answer
                if sql.startswith(self._setting)
                else connection.execute(sql, values)
            ),
        )


@pytest.fixture(scope="module", autouse=True)
def _folder(memory):
    FOLDERS.append(memory)


def new_ledger(kind):
    """Return an empty ledger."""
    return kind(FOLDERS[-1] / f"suite-{next(NUMBERS)}.db")


def reopened(ledger):
    """Close a ledger, and open its file again."""
    ledger.close()
    return type(ledger)(ledger._name)


TestSQLiteLedger = ledger_suite(partial(new_ledger, SQLiteLedger), reopened)
TestApswLedger = ledger_suite(partial(new_ledger, ApswLedger), reopened, examples=FEW)


@pytest.fixture
def path(tmp_path):
    """Give the path of a ledger with two events."""
    with SQLiteLedger(tmp_path / "l.db") as ledger:
        ledger.append("s", [numbered(1), numbered(2)], 0)
    return tmp_path / "l.db"


def opened(path):
    """Return what a ledger at *path* holds, opening and closing it."""
    with SQLiteLedger(path) as ledger:
        return list(ledger.read("s"))


def foreign(path, *statements):
    """Carry out statements on a file as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_every_setting_is_in_force(path):
    """The connection in use has the settings that survive power loss."""
    with SQLiteLedger(path) as ledger:
        found = {name: ledger._asked(f"PRAGMA {name}")[0][0] for name, _, _ in SETTINGS}

    assert found == {
        "mmap_size": 0,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "synchronous": 3,
        "journal_mode": "delete",
    }


@pytest.mark.parametrize("setting", [name for name, _, _ in SETTINGS])
def test_a_setting_that_does_not_take_is_refused(path, setting):
    """A SQLite that ignores a setting is not trusted to keep a ledger."""
    with pytest.raises(UnfitLedgerError, match=f"did not take `{setting} = "):
        DeafLedger(path, setting, [("something else",)])


def test_a_setting_that_nothing_is_known_of_is_refused(path):
    """A SQLite that does not answer for its journal is not trusted."""
    with pytest.raises(UnfitLedgerError, match="did not take `journal_mode = "):
        DeafLedger(path, "journal_mode", [])


def test_a_sqlite_without_memory_mapping_is_fit(path):
    """Where memory mapping was left out there is nothing to switch off."""
    with DeafLedger(path, "mmap_size", []) as ledger:
        assert list(ledger.read("s")) == [numbered(1), numbered(2)]


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_ledger_in_memory_is_refused(path):
    """What would be lost with the process is not a durable ledger."""
    with pytest.raises(UnfitLedgerError, match="use MemoryLedger"):
        SQLiteLedger(path)


def test_a_missing_folder_is_said(tmp_path):
    """A path into a folder that does not exist makes none."""
    with pytest.raises(UnfitLedgerError, match="make the folder first"):
        SQLiteLedger(tmp_path / "no" / "l.db")


def test_a_folder_is_no_file(tmp_path):
    """A folder cannot be opened, and the sentence says so."""
    with pytest.raises(UnfitLedgerError, match="it is a folder"):
        SQLiteLedger(tmp_path)


@pytest.mark.parametrize(
    "name", ["a b?mode=memory.db", "50%25#1.db", "é\udc80.db", "file:x"]
)
def test_any_file_name_is_a_file(tmp_path, name):
    """A name that would mean something in a URI is only a name."""
    with SQLiteLedger(tmp_path / name) as ledger:
        ledger.append("s", [numbered(1)], 0)

    assert os.listdir(tmp_path) == [name]


def test_a_relative_path_stays_where_it_was(tmp_path, monkeypatch):
    """A process that changes its folder goes on with the same file."""
    monkeypatch.chdir(tmp_path)
    with SQLiteLedger("l.db") as ledger:
        monkeypatch.chdir("/")
        ledger._owned.drop()
        ledger.append("s", [numbered(1)], 0)

    assert opened(tmp_path / "l.db") == [numbered(1)]


@pytest.mark.parametrize(
    "content", [b"x", b"name,year\nAda,7\n" * 9, b"SQLite format 2\0"]
)
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path, content):
    """A file of another kind is neither read as a ledger nor written to."""
    path = tmp_path / "l.db"
    path.write_bytes(content)

    with pytest.raises(UnfitLedgerError, match="it is not a SQLite database"):
        SQLiteLedger(path)

    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE pupil (upn)", "PRAGMA application_id = 7"]
)
def test_another_programs_database_is_refused_untouched(tmp_path, statement):
    """A database that is not a ledger gets no table of ours."""
    path = tmp_path / "l.db"
    foreign(path, "PRAGMA user_version = 1", statement)
    before = path.read_bytes()

    with pytest.raises(UnfitLedgerError, match="it belongs to another program"):
        SQLiteLedger(path)

    assert path.read_bytes() == before


def test_an_empty_file_is_a_new_ledger(tmp_path):
    """A file that was made and never written, by us or others, is taken."""
    (tmp_path / "l.db").touch()

    assert opened(tmp_path / "l.db") == []


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE event",
        "DROP TABLE _schema",
        "DROP TRIGGER event_is_never_deleted",
        "ALTER TABLE event RENAME COLUMN body TO text",
        "DELETE FROM _schema",
    ],
)
def test_tables_that_were_changed_are_refused(path, statement):
    """A ledger whose tables are not those that were made is damaged."""
    foreign(path, statement)

    with pytest.raises(DamagedLedgerError):
        SQLiteLedger(path)


def test_tables_lost_while_open_are_damage(path):
    """A table dropped under an open ledger is not an empty one."""
    with SQLiteLedger(path) as ledger:
        foreign(path, "DROP TABLE event")

        with pytest.raises(DamagedLedgerError, match="not as scopegate made them"):
            ledger.read("s")
        with pytest.raises(DamagedLedgerError):
            ledger.append("s", [numbered(3)], 2)


def test_it_says_whose_file_it_is(path):
    """Other programs can tell the file by its application id."""
    header = path.read_bytes()[:100]

    assert int.from_bytes(header[68:72]) == APPLICATION_ID


def test_wal_is_refused_before_sqlite_touches_the_file(path):
    """Below SQLite 3.51.3 a file in WAL mode stays as it is, byte for byte."""
    foreign(path, "PRAGMA journal_mode = WAL")
    before = path.read_bytes()

    with pytest.raises(UnfitLedgerError, match="it is in WAL mode"):
        OldLedger(path)

    assert (os.listdir(path.parent), path.read_bytes()) == (["l.db"], before)


def test_a_newer_sqlite_leaves_wal(path):
    """From SQLite 3.51.3 on a file in WAL mode is put back, with all it holds."""
    foreign(path, "PRAGMA journal_mode = WAL")

    with ApswLedger(path) as ledger:
        assert list(ledger.read("s")) == [numbered(1), numbered(2)]

    assert (set(path.read_bytes()[18:20]), os.listdir(path.parent)) == ({1}, ["l.db"])


def test_looking_at_a_file_keeps_the_locks_of_others(path):
    """Opening a file again does not free it for other processes in mid-write."""
    with SQLiteLedger(path) as ledger, ledger._owned.held() as connection:
        connection.execute("BEGIN IMMEDIATE")
        SQLiteLedger(path).close()

        locks = Path("/proc/locks").read_text()

        connection.execute("ROLLBACK")
    assert f" {os.getpid()} " in locks
    assert f":{path.stat().st_ino} " in locks


def test_a_closed_ledger_says_so(path):
    """After closing nothing is opened behind the caller's back."""
    ledger = SQLiteLedger(path)
    ledger.close()
    ledger.close()

    with pytest.raises(UnreachableLedgerError, match="it was closed"):
        ledger.read("s")


def test_a_sound_file_has_no_faults(path):
    """SQLite finds nothing wrong with what was written."""
    with SQLiteLedger(path) as ledger:
        assert list(ledger.faults()) == []


def test_faults_are_found_where_reading_finds_none(path):
    """A page that no table uses is a fault, though every event can be read."""
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18])
    content[28:32] = (len(content) // size + 1).to_bytes(4)
    path.write_bytes(content + bytes(size))

    with SQLiteLedger(path) as ledger:
        assert list(ledger.read("s")) == [numbered(1), numbered(2)]
        assert list(ledger.faults()) != []


def test_the_position_does_not_depend_on_how_much_there_is(tmp_path):
    """Position and append ask by key: no statement looks through a table."""
    with SQLiteLedger(tmp_path / "l.db") as ledger:
        for statement in (sqlite_open.STATEMENTS.head, sqlite_open.STATEMENTS.read):
            values = (1,) * statement.count("?")
            plan = [
                row[3]
                for row in ledger._asked(f"EXPLAIN QUERY PLAN {statement}", *values)
            ]

            assert not [step for step in plan if step in {"SCAN stream", "SCAN event"}]
            assert any("SEARCH e USING PRIMARY KEY" in step for step in plan)
            assert any("SEARCH s USING INTEGER PRIMARY KEY" in step for step in plan)


def test_a_long_wait_is_bounded(path):
    """A ledger waits for a lock as long as it was told to, and no longer."""
    with SQLiteLedger(path, busy_timeout=timedelta(milliseconds=1500)) as ledger:
        assert ledger._asked("PRAGMA busy_timeout") == [(1500,)]
