"""Staleness is a bound, however slow the ledger is, and whatever it is put back to."""

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from attrs import frozen
from hypothesis import example, given, strategies as st

from scopegate import AccessDeniedError, Gate, Query
from scopegate.consent.events import Revoked
from scopegate.errors import DamagedLedgerError, UnreachableLedgerError
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.policy.reason import Reason

from ..scene import APP, CATALOGUE, DANA, PUPILS, SCHOOL, Scene

PUPIL = PUPILS[0]
SHOWN = {"id": 1, "first_name": "Ada 1", "last_name": "Zed"}
STUDENTS = Query("student")
SECONDS = st.sampled_from([0.0, 0.001, 0.4, 0.6, 1.0, 2.0, 3.0]) | st.floats(0, 3)


@frozen
class Stall:
    """How long a ledger takes over one answer, and when others revoke meanwhile.

    Attributes:
        before: Seconds until the answer is computed.
        after: Seconds from then until it arrives.
        revokes: Whether others revoke before, between or after those, or not at all.
    """

    before: float
    after: float
    revokes: str


STALLS = st.builds(
    Stall, SECONDS, SECONDS, st.sampled_from(["", "before", "between", "after"])
)
CALM = Stall(0, 0, "")


class Stalling:
    """One process's ledger object over a store that others have too.

    What others decide there is not reported here: the process is told nothing.
    """

    def __init__(self, world, *, answers_at_once):
        self._world = world
        self.answers_at_once = answers_at_once
        self.append = world.store.append
        self.streams = world.store.streams

    def head(self, stream):
        """Return the head, in its own time."""
        return self._world.stalled(lambda store: store.head(stream))

    def position(self, stream):
        """Return the position, in its own time."""
        return self._world.stalled(lambda store: store.position(stream))

    def read(self, stream, after=0):
        """Return the events, in its own time."""
        return self._world.stalled(lambda store: store.read(stream, after))

    def bodies(self, stream, after=0):
        """Return the events as they are kept, in its own time."""
        return self._world.stalled(lambda store: store.bodies(stream, after))


class World:
    """A store, the processes that have it open, and the moment of a revocation."""

    def __init__(self, staleness, *, answers_at_once):
        self.scene = Scene()
        self.scene.authorise()
        self.store, self.clock = self.scene.ledger, self.scene.clock
        self.stalls, self.revoked = [], None
        gate = {
            "clock": self.clock,
            "elapsed": self.clock.elapsed,
            "max_staleness": timedelta(seconds=staleness),
        }
        self.accesses = [
            Gate(CATALOGUE, ledger, **gate).open(school=SCHOOL, app=APP)
            for ledger in (
                Stalling(self, answers_at_once=answers_at_once) for _ in range(2)
            )
            for _ in range(2)
        ]

    def stalled(self, ask):
        """Return an answer of the store after the next of the stalls."""
        stall = self.stalls.pop(0) if self.stalls else CALM
        self._revoke_if(stall.revokes == "before")
        self.clock.go_on(timedelta(seconds=stall.before))
        found = ask(self.store)
        self._revoke_if(stall.revokes == "between")
        self.clock.go_on(timedelta(seconds=stall.after))
        self._revoke_if(stall.revokes == "after")
        return found

    def _revoke_if(self, now):
        """Revoke as another process does: the store knows, and no one is told."""
        if now and self.revoked is None:
            grant, stream = self.scene.consent().current, school_stream(SCHOOL)
            event = Revoked(APP, grant.id, grant.revision, DANA, "", "", self.clock())
            self.store.append(stream, [event], None)
            self.revoked = self.clock.elapsed()


@example(1.0, 1, [(0, 1.0)], [Stall(0, 6, "between")])
@example(1.0, 0, [(0, 1.0)], [CALM, Stall(0, 6, "between")])
@given(
    st.sampled_from([0.0, 0.5, 1.0, 2.5]),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 3), SECONDS), max_size=12),
    st.lists(STALLS, max_size=20),
)
def test_nothing_flows_longer_after_a_revocation_than_stated(
    staleness, answers_at_once, asked, stalls
):
    """However long a ledger stalls, before or after it has computed an answer.

    Several accesses in several processes, asked on the caller's thread and on others.
    With no staleness allowed, what was asked for after the revocation does not flow,
    and what was asked for before it flows no longer than anybody waits.

    Fails on the release before: an answer was used once, however old it was when it
    arrived.
    """
    world = World(staleness, answers_at_once=answers_at_once)
    world.stalls = list(stalls)
    for access, pause in asked:
        world.clock.go_on(timedelta(seconds=pause))
        was_revoked = world.revoked is not None
        flows = world.accesses[access].filter("student", PUPIL) is not None
        if not flows or world.revoked is None:
            continue
        assert staleness or not was_revoked
        assert world.clock.elapsed() - world.revoked < (staleness or 2)


@given(st.lists(st.tuples(st.integers(0, 3), SECONDS), max_size=12))
def test_with_a_ledger_that_answers_everything_authorised_flows(asked):
    """Nothing is withheld where the ledger is in time: the law above is not empty."""
    world = World(1.0, answers_at_once=False)
    for access, pause in asked:
        world.clock.go_on(timedelta(seconds=pause))
        assert world.accesses[access].filter("student", PUPIL) == SHOWN


def test_an_answer_that_comes_too_late_is_asked_for_again():
    """One stall costs another question, and no record."""
    world = World(1.0, answers_at_once=True)
    world.clock.go_on(timedelta(seconds=1))
    world.stalls = [Stall(0, 1.5, "")]

    assert world.accesses[0].filter("student", PUPIL) == SHOWN


@pytest.mark.parametrize("answers_at_once", [True, False])
def test_answers_that_all_come_too_late_are_not_used(answers_at_once, caplog):
    """A ledger that is always slower than the bound lets only public data flow.

    Fails on the release before: each answer was used once.
    """
    world = World(1.0, answers_at_once=answers_at_once)
    world.clock.go_on(timedelta(seconds=1))
    world.stalls = [Stall(0, 1.0, "")] * 20
    access = world.accesses[0]

    assert access.filter("student", PUPIL) is None
    assert access.permit.why("student.id").reason is Reason.LEDGER_UNREADABLE
    assert caplog.text.count("public data only") == 1
    world.stalls = []
    world.clock.go_on(timedelta(seconds=1))
    assert access.filter("student", PUPIL) == SHOWN


def test_answers_just_too_late_are_asked_for_a_few_times_and_no_more():
    """However small the bound is, one view costs a stated number of questions."""
    world = World(0.001, answers_at_once=True)
    world.clock.go_on(timedelta(seconds=1))
    world.stalls = [Stall(0, 0.001, "")] * 20

    assert world.accesses[0].filter("student", PUPIL) is None
    assert len(world.stalls) == 20 - 3 * 2


def test_a_failure_is_remembered_from_its_end():
    """A ledger that takes its time to fail is not asked again with every record.

    Fails on the release before: the time counted from before the ledger was asked, so
    that it was over when the failure came.
    """
    scene = Scene()
    scene.authorise()
    head = scene.ledger.head

    def locked(stream):
        scene.pass_time(seconds=5)
        raise UnreachableLedgerError("a.db", "another program keeps it locked")

    with scene.open() as access:
        scene.pass_time(seconds=1)
        scene.ledger.head = locked
        first = access.filter("student", PUPIL)
        begun = scene.clock.elapsed()
        second = access.filter("student", PUPIL)
        scene.ledger.head = head
        taken = scene.clock.elapsed() - begun
        scene.pass_time(seconds=1)

        assert (first, second, taken) == (None, None, 0)
        assert access.filter("student", PUPIL) == SHOWN


def test_opening_asks_again_where_the_answer_comes_too_late():
    """An access begins with an answer that is good, or is not opened."""
    world = World(1.0, answers_at_once=True)
    gate = Gate(
        CATALOGUE,
        Stalling(world, answers_at_once=True),
        clock=world.clock,
        elapsed=world.clock.elapsed,
    )
    world.stalls = [Stall(0, 1.5, "")]
    with gate.open(school=SCHOOL, app=APP) as access:
        assert access.filter("student", PUPIL) == SHOWN
    world.stalls = [Stall(0, 1.5, "")] * 20
    with pytest.raises(UnreachableLedgerError, match="did not answer in time"):
        gate.open(school=SCHOOL, app=APP)


# A ledger that was put back


class Restorable(Scene):
    """A scene whose ledger is a file, of which copies are put back in place."""

    def __init__(self, folder, **gate):
        self.folder = folder
        super().__init__(SQLiteLedger(folder / "consent.db"), **gate)
        self.authorise()

    def copy(self, name):
        """Take a copy."""
        _backup(self.folder / "consent.db", self.folder / name)

    def put_back(self, name):
        """Put a copy in the place of the ledger, while it is open."""
        _backup(self.folder / name, self.folder / "consent.db")

    def permissions(self, *names):
        """Let something be decided that changes nothing for the app."""
        self.register.change_permissions(school=SCHOOL, permissions=names or None)


def _backup(source, target):
    with closing(sqlite3.connect(source)) as a, closing(sqlite3.connect(target)) as b:
        a.backup(b)


@pytest.fixture
def restorable(tmp_path):
    """Give a scene whose ledger is a file, asked before every record."""
    scene = Restorable(tmp_path, max_staleness=timedelta())
    yield scene
    scene.ledger.close()


def test_an_older_copy_revives_nothing_in_an_open_access(restorable, caplog):
    """A stream shorter than one that was seen is damage: only public data flows.

    Fails on the release before: the grant that was revoked flowed again.
    """
    caplog.set_level(logging.WARNING, "scopegate.gate")
    restorable.copy("old.db")
    with restorable.open() as access:
        before = access.filter("student", PUPIL)
        restorable.revoke()
        restorable.put_back("old.db")
        after = [access.filter("student", PUPIL) for _ in range(3)]
        why = access.permit.why("student.id").reason

    assert (before, after, why) == (SHOWN, [None] * 3, Reason.LEDGER_UNREADABLE)
    assert caplog.text.count("public data only: DamagedLedgerError") == 1


def test_an_older_copy_opens_no_access(restorable):
    """What this process has seen holds for every access to the same ledger.

    Fails on the release before: the grant that was revoked flowed again.
    """
    restorable.copy("old.db")
    restorable.revoke()
    restorable.put_back("old.db")

    with pytest.raises(DamagedLedgerError, match="an older or another copy"):
        restorable.open()


def test_a_revocation_that_nobody_has_looked_at_yet_is_seen_all_the_same(restorable):
    """Who decides is the witness of what was decided, before anybody asks.

    Fails on the release before: the grant that was revoked flowed again.
    """
    restorable.copy("old.db")
    with restorable.open() as access:
        restorable.revoke()
        restorable.put_back("old.db")

        assert access.filter("student", PUPIL) is None


def test_a_copy_that_has_grown_to_the_same_length_is_another_past(restorable):
    """What is compared is what the stream holds, and not how much that is.

    Fails on the release before: after `revoke` had returned the grant flowed, for ever.
    """
    restorable.copy("old.db")
    restorable.permissions("x")
    restorable.permissions()
    with restorable.open() as access:
        seen = restorable.ledger.position(school_stream(SCHOOL))
        granted = access.filter("student", PUPIL)
        restorable.put_back("old.db")
        with SQLiteLedger(restorable.folder / "consent.db") as ledger:
            elsewhere = evolve_register(restorable, ledger)  # another process
            elsewhere.revoke(school=SCHOOL, app=APP, actor=DANA)
            elsewhere.disconnect(school=SCHOOL, actor=DANA)
            assert ledger.position(school_stream(SCHOOL)) == seen

        assert (granted, access.filter("student", PUPIL)) == (SHOWN, None)


def evolve_register(scene, ledger):
    """Return a register like that of a scene, on another ledger object."""
    return type(scene.register)(CATALOGUE, ledger, clock=scene.clock)


def test_with_the_newest_copy_back_what_is_authorised_flows_again(restorable):
    """Damage lasts until the stream again holds what was seen, and no longer."""
    restorable.copy("old.db")
    restorable.permissions("students.basic")
    restorable.permissions()
    restorable.copy("new.db")
    with restorable.open() as access:
        restorable.put_back("old.db")
        during = access.filter("student", PUPIL)
        restorable.put_back("new.db")

        assert (during, access.filter("student", PUPIL)) == (None, SHOWN)


def test_a_reading_under_way_ends_when_an_older_copy_is_put_back(restorable):
    """A reader is refused, with the reason, and is told that it may pass."""
    restorable.copy("old.db")
    restorable.permissions("students.basic", "students.dob")
    with restorable.open() as access:
        reading = access.read(restorable.mis, STUDENTS)
        next(reading)
        restorable.put_back("old.db")

        with pytest.raises(AccessDeniedError) as caught:
            next(reading)
    assert caught.value.permit.why("student.id").reason is Reason.LEDGER_UNREADABLE
