"""What a process has seen of a stream is held against every later answer."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, strategies as st

from scopegate import ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import DamagedLedgerError, UnreachableLedgerError
from scopegate.ledgers import witness
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing._ledgers.machine import numbered

from ..scene import CATALOGUE, DANA, RECORDS, REQUEST, SCHOOL, Unreachable

NUMBERS = st.integers(0, 3)
COPIES = st.tuples(st.just("restore"), st.integers(0, 4))
DEEDS = st.lists(
    st.tuples(st.just("append"), NUMBERS)
    | st.tuples(st.just("copy"), st.just(0))
    | COPIES
    | st.tuples(st.just("ask"), st.just(0)),
    max_size=20,
)


class Restorable(MemoryLedger):
    """A ledger of which a copy can be taken, and put back in place."""

    def copy(self):
        """Return all that it holds."""
        return {s: list(rows) for s, rows in self._rows.items()}, dict(self._heads)

    def restore(self, copy):
        """Put a copy in the place of what it holds."""
        rows, heads = copy
        self._rows.clear()
        self._rows.update({s: list(found) for s, found in rows.items()})
        self._heads = dict(heads)


def bodies(ledger):
    """Return what a stream holds."""
    return list(ledger.bodies("s"))


@given(DEEDS)
def test_an_answer_continues_what_was_seen_or_is_damage(deeds):
    """However copies are put back and written to, no other past is ever taken.

    And whatever does continue what was seen is taken, however long it was not.
    """
    ledger, copies, seen = Restorable(), [], []
    for deed, number in deeds:
        if deed == "append":
            ledger.append("s", [numbered(number)], None)
        elif deed == "copy":
            copies.append(ledger.copy())
        elif deed == "restore" and copies:
            ledger.restore(copies[number % len(copies)])
        elif deed == "ask":
            held = bodies(ledger)
            if held[: len(seen)] == seen:
                assert len(witness.read(ledger, "s")) == len(held)
                seen = held
            else:
                with pytest.raises(DamagedLedgerError, match="stream `s`"):
                    witness.read(ledger, "s")


@given(st.lists(NUMBERS, max_size=5), st.lists(NUMBERS, max_size=5))
def test_a_question_that_overlaps_with_a_write_proves_nothing(before, meanwhile):
    """An answer from before a write that others have seen since is not damage."""
    ledger = MemoryLedger()
    ledger.append("s", [numbered(n) for n in before], None)
    early, head = ledger.head("s"), ledger.head

    def slow(stream):
        ledger.head = head
        ledger.append("s", [numbered(n) for n in meanwhile], None)
        assert len(witness.read(ledger, "s")) == len(before) + len(meanwhile)
        return early  # it was computed before

    ledger.head = slow

    assert len(witness.read(ledger, "s")) == len(before)
    assert len(witness.read(ledger, "s")) == len(before) + len(meanwhile)


def test_events_that_came_since_the_head_are_left_for_the_next_question():
    """What is read ends where the head is, so that the two belong together."""
    ledger = MemoryLedger()
    ledger.append("s", [numbered(1)], None)
    head = witness.head(ledger, "s")
    ledger.append("s", [numbered(2)], None)

    assert len(witness.events(ledger, "s", head)) == 1
    assert witness.events(ledger, "s", head, 1) == ()


@pytest.mark.parametrize("after", [0, 2])
def test_fewer_events_than_the_head_says_are_damage(after):
    """A reader that knows more than there is, or is promised more, is not given less."""
    ledger, longer = MemoryLedger(), MemoryLedger()
    ledger.append("s", [numbered(1)], None)
    longer.append("s", [numbered(1)] * 3, None)
    head = (ledger if after else longer).head("s")

    with pytest.raises(DamagedLedgerError, match=r"it is at 1, .* up to [23]"):
        witness.events(ledger, "s", head, after)


def test_a_write_that_was_dropped_is_not_acknowledged():
    """A ledger that says it has an event, and has not, is damaged there and then.

    Fails on the release before: `append` was believed, and `revoke` returned.
    """
    ledger = MemoryLedger()
    ledger.append = lambda stream, events, expected, seen: len(events)

    with pytest.raises(DamagedLedgerError, match=r"it is at 0, .* up to 1"):
        witness.append(ledger, "s", [numbered(1)], 0)


def test_a_copy_put_back_while_something_is_written_is_damage():
    """What was acknowledged and is not there any more a moment later is not decided."""
    ledger = Restorable()
    ledger.append("s", [numbered(1)], None)
    copy, append = ledger.copy(), ledger.append
    ledger.append("s", [numbered(2)], None)
    witness.head(ledger, "s")

    def meddled(*asked, seen):
        position = append(*asked)
        ledger.restore(copy)
        return position

    ledger.append = meddled
    with pytest.raises(DamagedLedgerError):
        witness.append(ledger, "s", [numbered(3)], 2)


def test_what_was_written_stays_written_if_no_one_can_look():
    """A ledger that is away just after a write leaves it acknowledged."""
    ledger = Unreachable()
    append = ledger.append

    def then_away(*asked, seen):
        position = append(*asked)
        ledger.down = UnreachableLedgerError("a.db", "gone")
        return position

    ledger.append = then_away

    assert witness.append(ledger, "s", [numbered(1)], 0) == 1


def test_another_ledger_is_another_witness():
    """What was seen of one says nothing of another that is shorter."""
    one, other = MemoryLedger(), MemoryLedger()
    one.append("s", [numbered(1)], None)
    witness.read(one, "s")

    assert witness.read(other, "s") == ()


# A copy of a SQLite file, put back in place


@pytest.fixture
def path(tmp_path):
    """Return where the ledger is."""
    return tmp_path / "consent.db"


@pytest.fixture
def ledger(path):
    """Give a ledger in a file."""
    with SQLiteLedger(path) as found:
        yield found


@pytest.fixture
def register(ledger):
    """Return a register on it, with a school that has authorised."""
    made = ConsentRegister(CATALOGUE, ledger)
    made.connect(school=SCHOOL, mis="arbor", adapter=RecordsAdapter(RECORDS))
    made.publish(REQUEST)
    made.authorise(made.present(school=SCHOOL, app=REQUEST.app), actor=DANA)
    return made


def copied(source, target):
    """Copy a SQLite file into another, in place, as SQLite's own backup does."""
    with closing(sqlite3.connect(source)) as a, closing(sqlite3.connect(target)) as b:
        a.backup(b)


def test_no_decision_is_taken_on_an_older_copy(register, ledger, path, tmp_path):
    """Who decides on a ledger that was put back is told so, and writes nothing.

    Fails on the release before: the decision was taken, on a past in which the grant was
    never revoked.
    """
    copied(path, tmp_path / "old.db")
    register.revoke(school=SCHOOL, app=REQUEST.app, actor=DANA)
    copied(tmp_path / "old.db", path)
    held = ledger.position(school_stream(SCHOOL))

    with pytest.raises(DamagedLedgerError, match="an older or another copy"):
        register.disconnect(school=SCHOOL, actor=DANA)
    assert ledger.position(school_stream(SCHOOL)) == held


def test_no_decision_is_taken_on_a_copy_that_has_grown_again(
    register, ledger, path, tmp_path
):
    """A copy that others have written to until it is as long is another past all the same.

    Fails on the release before: only how long a stream is was compared.
    """
    copied(path, tmp_path / "old.db")
    register.change_permissions(school=SCHOOL, permissions=["x"])
    copied(tmp_path / "old.db", path)
    with SQLiteLedger(path) as elsewhere:  # as another process, which has seen nothing
        other = ConsentRegister(CATALOGUE, elsewhere)
        other.revoke(school=SCHOOL, app=REQUEST.app, actor=DANA)

    with pytest.raises(DamagedLedgerError, match="another past"):
        register.change_permissions(school=SCHOOL, permissions=None)


def test_with_the_newest_copy_back_decisions_go_on(register, path, tmp_path):
    """The same process goes on as soon as the ledger holds what it has seen."""
    copied(path, tmp_path / "old.db")
    register.revoke(school=SCHOOL, app=REQUEST.app, actor=DANA)
    copied(path, tmp_path / "new.db")
    copied(tmp_path / "old.db", path)
    with pytest.raises(DamagedLedgerError):
        register.disconnect(school=SCHOOL, actor=DANA)
    copied(tmp_path / "new.db", path)
    register.disconnect(school=SCHOOL, actor=DANA)

    assert register.state(SCHOOL).connection is None


def test_a_process_that_begins_anew_takes_what_is_there(register, path, tmp_path):
    """Who restores a copy on purpose, and starts the service again, may go on from it."""
    copied(path, tmp_path / "old.db")
    register.revoke(school=SCHOOL, app=REQUEST.app, actor=DANA)
    shutil.copy(tmp_path / "old.db", tmp_path / "restored.db")
    with SQLiteLedger(tmp_path / "restored.db") as restored:
        again = ConsentRegister(CATALOGUE, restored)
        again.revoke(school=SCHOOL, app=REQUEST.app, actor=DANA)

        assert again.state(SCHOOL).consent(REQUEST.app).current is None
