"""Tables: how they come about, and what is refused."""

import sqlite3

import pytest

from scopegate.errors import DamagedLedgerError, UnfitLedgerError
from scopegate.ledgers._sql import schema
from scopegate.ledgers._sql.schema import (
    SQLITE,
    STEPS,
    Step,
    missing_versions,
    postgres,
)
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered

LATEST = len(STEPS)


def versions(path):
    """Return the versions that a file records."""
    with sqlite3.connect(path) as connection:
        found = [v for (v,) in connection.execute("SELECT version FROM _schema")]
    connection.close()
    return found


def written(path):
    """Make a ledger with one event at *path*."""
    with SQLiteLedger(path) as ledger:
        ledger.append("s", [numbered(1)], 0)


@pytest.fixture
def second_step(monkeypatch):
    """Give a function that adds a step to the schema for one test."""

    def add(*tables):
        monkeypatch.setattr(schema, "STEPS", (*STEPS, Step(tables)))

    return add


def test_nothing_recorded_means_everything_is_missing():
    """A new store gets every version."""
    assert list(missing_versions("x", [])) == list(range(1, LATEST + 1))


def test_everything_recorded_means_nothing_is_missing():
    """A store of this version is left alone."""
    assert not missing_versions("x", range(1, LATEST + 1))


def test_a_newer_schema_is_refused():
    """What a newer scopegate wrote is not guessed at."""
    with pytest.raises(UnfitLedgerError, match="use the scopegate that wrote it"):
        missing_versions("x", range(1, LATEST + 2))


@pytest.mark.parametrize("found", [[0], ["1"], [None], [1, 1]])
def test_a_record_with_a_hole_is_damage(found):
    """Versions that were not recorded one by one were not recorded by scopegate."""
    with pytest.raises(DamagedLedgerError, match="the record of its versions"):
        missing_versions("x", found)


@pytest.mark.parametrize("dialect", [SQLITE, postgres("scopegate")])
def test_statements_are_wholly_rendered(dialect):
    """No statement keeps a mark of the template."""
    texts = [getattr(dialect.statements(), n) for n in schema.TEMPLATES]
    texts += [s for version in range(1, LATEST + 1) for s in dialect.step(version)]

    assert not [text for text in texts if set("{}") & set(text)]


def test_each_step_is_recorded_with_its_instant(tmp_path):
    """A file says which versions were made, and when."""
    written(tmp_path / "l.db")

    assert versions(tmp_path / "l.db") == list(range(1, LATEST + 1))


def test_an_older_file_is_brought_up_to_date(tmp_path, second_step):
    """Opening a file makes what it lacks, and keeps every event."""
    written(tmp_path / "l.db")
    second_step("CREATE TABLE more (id {whole} PRIMARY KEY)")

    with SQLiteLedger(tmp_path / "l.db") as ledger:
        assert list(ledger.read("s")) == [numbered(1)]

    assert versions(tmp_path / "l.db") == [*range(1, LATEST + 2)]


def test_a_step_that_fails_leaves_no_trace(tmp_path, second_step, monkeypatch):
    """A step and its record are kept together or not at all."""
    written(tmp_path / "l.db")
    second_step("CREATE TABLE more (id {whole} PRIMARY KEY)", "CREATE NONSENSE")

    with pytest.raises(DamagedLedgerError):
        SQLiteLedger(tmp_path / "l.db")

    monkeypatch.undo()
    with SQLiteLedger(tmp_path / "l.db") as ledger:
        assert list(ledger.read("s")) == [numbered(1)]
    assert versions(tmp_path / "l.db") == list(range(1, LATEST + 1))


def test_an_older_scopegate_refuses_what_a_newer_one_wrote(
    tmp_path, second_step, monkeypatch
):
    """After an update there is no way back but a copy, and the file says so."""
    second_step("CREATE TABLE more (id {whole} PRIMARY KEY)")
    written(tmp_path / "l.db")
    monkeypatch.undo()

    with pytest.raises(UnfitLedgerError, match="its tables are of version 2"):
        SQLiteLedger(tmp_path / "l.db")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET body = x'00'", "DELETE FROM event WHERE position = 1"],
)
def test_sqlite_refuses_that_an_event_is_changed(tmp_path, statement):
    """Not even another program changes an event by mistake."""
    written(tmp_path / "l.db")
    connection = sqlite3.connect(tmp_path / "l.db")

    with pytest.raises(sqlite3.IntegrityError, match="an event is never"):
        connection.execute(statement)

    connection.close()
