"""No one waits for a ledger longer than stated, and no event loop is ever held.

These run against the clock on the wall, with SQLite files that are locked, so what they
measure is compared with many times what is stated, and far less than the ledger waits.
Where no one is to wait at all it is counted how often anyone does.
"""

import asyncio
import sqlite3
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Event

import httpx
import pytest
from attrs import evolve

from scopegate import AccessDeniedError, Gate, Query
from scopegate.consent.disclosures import Recording
from scopegate.consent.events import Disclosed, RequestPublished
from scopegate.errors import UnreachableLedgerError
from scopegate.gate import crew
from scopegate.gate.crew import MOST_THREADS, Patience, waited
from scopegate.gate.unwritten import unwritten_of
from scopegate.http import Guard, Route
from scopegate.http.httpx import AsyncGuardTransport
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing.permits import NOON

from ..scene import (
    APP,
    CATALOGUE,
    PUPILS,
    RECORDS,
    REQUEST,
    SCHOOL,
    AsyncRecords,
    Scene,
)

PUPIL = PUPILS[0]
SHOWN = {"id": 1, "first_name": "Ada 1", "last_name": "Zed"}
STUDENTS = Query("student")
PUBLISHED = RequestPublished(REQUEST, 1, NOON)
WAIT, STALE = 0.3, 0.2
PATIENT = 6.0
"""What is allowed for: many times what is stated, and far less than a ledger waits."""


class Locked(Scene):
    """A scene whose ledger is a file that another program can lock."""

    def __init__(self, folder, **gate):
        self.path = folder / "consent.db"
        super().__init__(SQLiteLedger(self.path, busy_timeout=timedelta(seconds=30)))
        self.authorise()
        usual = {
            "max_staleness": timedelta(seconds=STALE),
            "max_wait": timedelta(seconds=WAIT),
        }
        self.gate = Gate(CATALOGUE, self.ledger, **usual | gate)

    @contextmanager
    def locked(self):
        """Lock the file for everybody else."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield


@pytest.fixture
def scene(tmp_path):
    """Give a scene whose ledger is a file."""
    made = Locked(tmp_path)
    with made.ledger:
        yield made


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Give the seconds of each wait of a thread, none of which runs an event loop."""
    found, wait = [], crew.wait

    def noted(futures, seconds):
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        if not all(future.done() for future in futures):
            found.append(seconds)
        return wait(futures, seconds)

    monkeypatch.setattr(crew, "wait", noted)
    return found


def timed(work, *args):
    """Return what some work gives, and how many seconds it took."""
    begun = time.monotonic()
    found = work(*args)
    return found, time.monotonic() - begun


def until(wanted, work):
    """Return the result of *work* as soon as it is what is wanted."""
    for _ in range(200):
        found = work()
        if found == wanted:
            break
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("threads", [6, 60])
def test_nobody_waits_longer_than_stated(scene, threads):
    """With the ledger locked each thread waits once, at once with the others.

    Fails on the release before: they waited one after the other, each for as long as
    the ledger does.
    """
    accesses = [scene.open() for _ in range(threads)]
    time.sleep(STALE)
    with scene.locked(), ThreadPoolExecutor(threads) as pool:
        work = [
            pool.submit(timed, access.filter, "student", PUPIL) for access in accesses
        ]
        found = [each.result() for each in work]

    assert [record for record, _ in found] == [None] * threads
    assert max(seconds for _, seconds in found) < PATIENT


def test_threads_for_different_schools_wait_no_longer(scene):
    """What is asked of each school queues behind a few threads; who waits does not."""
    accesses = [scene.gate.open(school=f"{n}", app=APP) for n in range(40)]
    time.sleep(STALE)
    with scene.locked(), ThreadPoolExecutor(40) as pool:
        work = [
            pool.submit(timed, access.filter, "student", PUPIL) for access in accesses
        ]
        seconds = [each.result()[1] for each in work]

    assert max(seconds) < PATIENT


def test_after_one_has_waited_the_next_do_not(scene, waits):
    """While a question is stuck no one waits behind it, however long that takes.

    Fails on the release before: every further record waited again.
    """
    with scene.open() as access, scene.locked():
        time.sleep(STALE)
        waits.clear()
        access.filter("student", PUPIL)
        once = len(waits)
        for _ in range(5):
            time.sleep(STALE)
            access.filter("student", PUPIL)
        again = len(waits)

    assert (once, again) == (1, 1)


@pytest.mark.parametrize("stale", [0, STALE])
def test_what_is_authorised_flows_again_when_the_ledger_answers(tmp_path, stale):
    """A ledger that was locked for a while leaves nothing behind."""
    scene = Locked(tmp_path, max_staleness=timedelta(seconds=stale))
    with scene.ledger, scene.open() as access:
        with scene.locked():
            time.sleep(stale)
            during = access.filter("student", PUPIL)

        assert during is None
        assert until(SHOWN, lambda: access.filter("student", PUPIL)) == SHOWN


def refused(work, *args, **more):
    """Assert that some work is refused since the ledger does not answer."""
    with pytest.raises(UnreachableLedgerError, match="did not answer in time"):
        work(*args, **more)


def test_opening_waits_no_longer_than_stated(scene, waits):
    """A ledger that does not answer is an error in time, and at once for the next."""
    with scene.locked():
        _, first = timed(refused, scene.open)
        once = len(waits)
        refused(scene.open)

    assert first < PATIENT
    assert (once, len(waits)) == (1, 1)


def test_closing_waits_no_longer_than_stated(scene):
    """What could not be written down is told in time, and is written later."""
    access = scene.open()
    access.filter("student", PUPIL)
    with scene.locked():
        _, seconds = timed(refused, access.close)

    assert seconds < PATIENT
    assert until(1, lambda: counted(scene)) == 1


def counted(scene):
    """Return how many records the ledger says were released."""
    return sum(event.count for event in scene.ledger.read(disclosure_stream(SCHOOL)))


def test_writing_before_release_waits_no_longer_than_stated(tmp_path):
    """A record that cannot be written first is refused in time, and never written."""
    recording = Recording.before_release()
    scene = Locked(tmp_path, recording=recording, max_staleness=timedelta(minutes=1))
    with scene.ledger, scene.open() as access:
        with scene.locked():
            ask = access.filter, "student", PUPIL
            seconds = [timed(refused, *ask)[1] for _ in range(3)]

        assert max(seconds) < PATIENT
        assert until(SHOWN, lambda: released(access)) == SHOWN


def released(access):
    """Return what is released of a record, or None where it is refused."""
    try:
        return access.filter("student", PUPIL)
    except UnreachableLedgerError:
        return None


# One asks, and the others share its answer


class Slow(MemoryLedger):
    """A ledger that answers when it is told to, and counts what it was asked."""

    answers_at_once = False

    def __init__(self):
        super().__init__()
        self.asked, self.go_on, self.is_asked = 0, Event(), Event()
        self.go_on.set()

    def head(self, stream):
        """Return the head, when that is allowed."""
        self.asked += 1
        self.is_asked.set()
        assert self.go_on.wait(30)
        return super().head(stream)

    def hold(self):
        """Answer nothing until told to go on."""
        self.go_on.clear()
        self.is_asked.clear()
        self.asked = 0


@pytest.fixture
def slow():
    """Give a scene on a ledger that answers when it is told to."""
    made = Scene(Slow(), max_wait=timedelta(seconds=30))
    made.authorise()
    yield made
    made.ledger.go_on.set()


def test_one_asks_and_the_others_share_the_answer(slow):
    """However many wait for the same school and app, the ledger is asked once.

    Fails on the release before: each access asked on its own.
    """
    accesses = [slow.open() for _ in range(20)]
    slow.pass_time(seconds=1)
    slow.ledger.hold()
    with ThreadPoolExecutor(20) as pool:
        work = [pool.submit(access.filter, "student", PUPIL) for access in accesses]
        assert slow.ledger.is_asked.wait(30)
        time.sleep(0.2)  # for most to come and wait; each finds the same either way
        slow.ledger.go_on.set()
        found = [each.result(30) for each in work]

    assert found == [SHOWN] * 20
    assert slow.ledger.asked < 20


def test_an_answer_asked_for_before_a_decision_here_is_not_shared(slow):
    """Who asks after a decision of this process gets an answer from after it."""
    one, other = slow.open(), slow.open()
    slow.pass_time(seconds=1)
    head, late = slow.ledger.head, Event()

    def first_is_late(stream):
        slow.ledger.head = head
        found = head(stream)
        slow.ledger.is_asked.set()
        assert late.wait(30)
        return found

    slow.ledger.is_asked.clear()
    slow.ledger.head = first_is_late
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(one.filter, "student", PUPIL)
        assert slow.ledger.is_asked.wait(30)
        slow.revoke()
        second = other.filter("student", PUPIL)
        late.set()
        first.result(30)

    assert second is None


def test_without_staleness_no_answer_is_shared_that_was_asked_for_before(slow):
    """Each record is decided on an answer that was asked for after it was."""
    slow.gate = Gate(
        CATALOGUE,
        slow.ledger,
        clock=slow.clock,
        elapsed=slow.clock.elapsed,
        max_staleness=timedelta(),
        max_wait=timedelta(seconds=30),
    )
    one, other = slow.open(), slow.open()
    slow.ledger.hold()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(one.filter, "student", PUPIL)
        assert slow.ledger.is_asked.wait(30)
        second = pool.submit(other.filter, "student", PUPIL)
        while slow.ledger.asked < 2:
            time.sleep(0.001)
        slow.ledger.go_on.set()

        assert (first.result(30), second.result(30)) == (SHOWN, SHOWN)
    assert slow.ledger.asked == 4


def test_while_the_ledger_is_slow_others_do_not_wait_for_it_either(scene, waits):
    """Who asks of another school while one has waited in vain is told at once."""
    with scene.locked():
        refused(scene.open)
        refused(scene.gate.open, school="100002", app=APP)

    assert len(waits) == 1


def test_a_question_that_has_not_begun_serves_all_who_come(slow):
    """What waits for its turn is asked after everyone who waits for it came."""
    slow.gate = Gate(
        CATALOGUE,
        slow.ledger,
        clock=slow.clock,
        elapsed=slow.clock.elapsed,
        max_staleness=timedelta(),
        max_wait=timedelta(seconds=30),
    )
    others = [slow.gate.open(school=f"{n}", app=APP) for n in range(MOST_THREADS)]
    accesses = [slow.open() for _ in range(5)]
    slow.ledger.hold()
    with ThreadPoolExecutor(20) as pool:
        first = [pool.submit(each.filter, "student", PUPIL) for each in others]
        while slow.ledger.asked < MOST_THREADS:
            time.sleep(0.001)
        work = [pool.submit(each.filter, "student", PUPIL) for each in accesses]
        time.sleep(0.2)  # for most to come and wait
        slow.ledger.go_on.set()
        found = [each.result(30) for each in work]
        assert [each.result(30) for each in first] == [None] * MOST_THREADS

    assert found == [SHOWN] * 5
    assert slow.ledger.asked < 2 * (MOST_THREADS + 5)


class SlowToWrite(Slow):
    """A ledger that answers at once, and takes what it is given when it is told to."""

    tried = 0

    def head(self, stream):
        """Return the head."""
        return MemoryLedger.head(self, stream)

    def append(self, stream, events, expected, *, seen=()):
        """Append, when that is allowed."""
        self.tried += 1
        assert self.go_on.wait(30)
        return super().append(stream, events, expected, seen=dict(seen))


@pytest.fixture
def written():
    """Give a scene on a ledger that takes what it is given when it is told to."""
    made = Scene(
        SlowToWrite(),
        max_wait=timedelta(seconds=0.05),
        recording=Recording(records=2),
    )
    made.authorise(expires_at=made.clock() + timedelta(minutes=5))
    yield made
    made.ledger.go_on.set()


def test_nobody_waits_for_an_expiry_to_be_written(written):
    """A grant ends in time, and that it did is tried once until the ledger answers."""
    with written.open() as access:
        written.ledger.go_on.clear()
        tried = written.ledger.tried
        for _ in range(3):
            written.pass_time(minutes=5)
            MemoryLedger.append(written.ledger, "app/gradebook", [PUBLISHED], None)
            assert access.filter("student", PUPIL) is None
        written.ledger.go_on.set()

        assert written.ledger.tried == tried + 1
        assert (
            until("Expired", lambda: type(written.events()[-1]).__name__) == "Expired"
        )


def test_nobody_waits_behind_a_write_that_is_late(written, waits):
    """A batch that is due is waited for once; what comes next is kept, and flows."""
    with written.open() as access:
        written.ledger.go_on.clear()
        waits.clear()
        found = [access.filter("student", PUPIL) for _ in range(8)]
        once = len(waits)
        written.ledger.go_on.set()
        assert until(2, lambda: counted(written)) == 2  # those it was busy with

    assert found == [SHOWN] * 8
    assert (once, counted(written)) == (1, 8)


def test_a_school_waits_for_no_write_while_those_of_another_are_late(written):
    """One who waited in vain is enough: the next batch is kept, and told as refused."""
    ledger = written.ledger
    with written.open() as access:
        ledger.go_on.clear()
        released = [access.filter("student", PUPIL) for _ in range(2)]
        unwritten = unwritten_of(ledger, disclosure_stream("100002"))
        unwritten.put([disclosed(written, "100002")], 0)
        with pytest.raises(UnreachableLedgerError):
            waited(unwritten.written(ledger, Patience(30, 30)))
        assert unwritten.is_full(1)
        ledger.go_on.set()
        assert until(2, lambda: counted(written)) == 2

    assert released == [SHOWN] * 2


def disclosed(scene, school):
    """Return that a record was released."""
    at = scene.clock()
    return Disclosed(APP, "grant-1", 1, "student", ("student.id",), 1, at, at)


def test_what_is_handed_over_all_the_time_keeps_nobody(written):
    """Who waits for a write waits for that, and the next, and for no more."""
    ledger = written.ledger
    unwritten = unwritten_of(ledger, disclosure_stream(SCHOOL))
    for _ in range(2):
        unwritten.put([disclosed(written, SCHOOL)], 0)
    steps = unwritten.written(ledger, Patience(1, 30))
    waits = 0
    for waiting in steps:
        waits += 1
        waiting.future.result(30)
        unwritten.put([disclosed(written, SCHOOL)], 0)

    assert (waits, counted(written)) == (2, 3)


def test_a_write_that_ends_as_somebody_gives_up_is_not_late(written):
    """Nothing is refused because of a write that is there by then."""
    unwritten = unwritten_of(written.ledger, disclosure_stream(SCHOOL))
    unwritten._gave_up(written.ledger, Future(), Patience(0, 1))

    assert not unwritten.is_refused


# Coroutines


@contextmanager
def gaps(found):
    """Note how long the loop stands still, at most, while this is open."""

    async def beat():
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            found.append(now - last)
            last = now

    task = asyncio.get_running_loop().create_task(beat())
    yield
    task.cancel()


class Several(AsyncRecords):
    """Records given without blocking; something happens after the first."""

    def __init__(self, then, records=RECORDS):
        super().__init__(records, SCHOOL)
        self.then = then

    async def fetch(self, wanted):
        """Yield the records of a resource."""
        async for record in super().fetch(wanted):
            yield record
            if self.given == 1:
                await self.then()


async def stale():
    """Wait until what is known of the ledger is too old."""
    await asyncio.sleep(STALE + 0.05)


async def _read(access, query=STUDENTS):
    return [record async for record in access.read_async(Several(stale), query)]


async def _guarded(access):
    async def fetch():
        await stale()
        return PUPIL

    found = await access.guard(fetch, resource="student")()
    if found is None:
        await access.guard(fetch, resource="student")()


async def _guarded_generator(access):
    async def fetch():
        yield PUPIL
        await stale()
        yield PUPIL

    async for _ in access.guard(fetch, resource="student")():
        pass


async def _over_http(access):
    async def served(_):
        await stale()
        return httpx.Response(200, json=PUPILS)

    guard = Guard(access, "https://mis.example", [Route("/pupils", "student", "[]")])
    async with httpx.AsyncClient(
        transport=AsyncGuardTransport(guard, httpx.MockTransport(served)),
        base_url="https://mis.example",
    ) as client:
        await client.get("/pupils")


ASYNC = {
    "read_async": _read,
    "sorted": lambda access: _read(access, Query("student", order_by=["student.id"])),
    "count_async": lambda access: access.count_async(Several(stale), STUDENTS),
    "count_by_async": lambda access: access.count_by_async(
        Several(stale), Query("student", group_by=["student.last_name"])
    ),
    "filter_async": lambda access: access.filter_async("student", PUPIL),
    "a guarded coroutine": _guarded,
    "a guarded generator": _guarded_generator,
    "a guarded client": _over_http,
}
LATER = ASYNC.keys() - {"filter_async"}
"""What looks up again after its first record."""
LAZY = {"a guarded generator"}
"""What is refused where it is called, before anything is awaited."""


@pytest.mark.parametrize("way", sorted(ASYNC.keys() - LAZY))
def test_no_event_loop_is_held(scene, way):
    """While a coroutine waits for a locked ledger every other goes on.

    Fails on the release before: the loop stood still for as long as the ledger waits.
    """
    found, outcome = [], []

    async def run():
        async with await scene.gate.open_async(school=SCHOOL, app=APP) as access:
            await stale()
            with scene.locked(), gaps(found):
                try:
                    outcome.append(await ASYNC[way](access))
                except AccessDeniedError as error:
                    outcome.append(error)
                await asyncio.sleep(0.05)

    asyncio.run(run())
    assert isinstance(outcome[0], AccessDeniedError) or outcome == [None]
    assert max(found) < PATIENT


@pytest.mark.parametrize("way", sorted(LATER))
def test_what_runs_out_in_the_middle_is_asked_for_without_blocking(scene, way):
    """A lock that comes while a reading is under way holds no loop either."""
    found = []

    async def run():
        async with await scene.gate.open_async(school=SCHOOL, app=APP) as access:
            with gaps(found), scene.locked():
                await asyncio.sleep(0.01)
                await ASYNC[way](access)

    with pytest.raises(AccessDeniedError):
        asyncio.run(run())
    assert max(found) < PATIENT


def test_opening_and_closing_in_a_coroutine_hold_no_loop(scene):
    """`open_async` and `async with` wait as coroutines do."""
    found = []

    async def opened(app):
        return await scene.gate.open_async(school=SCHOOL, app=app)

    async def closed(access):
        async with access:
            pass

    async def run():
        access = await opened(APP)
        access.filter("student", PUPIL)
        with gaps(found), scene.locked():
            with pytest.raises(UnreachableLedgerError):
                await opened("another")
            with pytest.raises(UnreachableLedgerError):
                await closed(access)

    asyncio.run(run())
    assert max(found) < PATIENT


def test_an_error_in_the_block_is_told_and_not_that_of_the_ledger(scene, caplog):
    """With `async with`, too, what went wrong first is what is told."""

    async def broken(access):
        async with access:
            raise LookupError("mine")

    async def run():
        access = await scene.gate.open_async(school=SCHOOL, app=APP)
        access.filter("student", PUPIL)
        with scene.locked():
            await broken(access)

    with pytest.raises(LookupError, match="mine"):
        asyncio.run(run())
    assert "a batch of disclosures was not written" in caplog.text


def test_an_answer_that_comes_late_does_not_take_the_place_of_a_newer():
    """What another thread found meanwhile stays, and the late answer is used once."""
    scene = Scene()
    scene.authorise()
    with scene.open() as access:
        assert access.permit.fields
        watch = access.releaser._watch
        newest = watch._last
        late = evolve(newest, at=newest.at - 1)
        before = evolve(newest, at=newest.at - 2)

        assert watch._kept(before, late) is late
        assert watch._last is newest
