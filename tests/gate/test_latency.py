"""How soon a decision holds: at once in this process, elsewhere in the stated time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from threading import Event

import pytest
from attrs import evolve, frozen
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, Condition, Gate, Query, Subjects
from scopegate._base.values import seconds_awake
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.codec import event_to_json
from scopegate.consent.events import Revoked
from scopegate.errors import ArgumentError, UnreachableLedgerError, WrongSchoolError
from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Reason

from ..scene import (
    APP,
    CATALOGUE,
    DANA,
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


@pytest.fixture
def scene():
    """Return a scene in which the school has authorised."""
    made = Scene()
    made.authorise()
    return made


def revoke_elsewhere(scene):
    """Revoke as another process does: the ledger knows, and no one here does."""
    grant = scene.consent().current
    stream = school_stream(SCHOOL)
    event = Revoked(APP, grant.id, grant.revision, DANA, "", "", scene.clock())
    scene.ledger.append(stream, [event], scene.ledger.position(stream))


def test_a_revocation_in_this_process_holds_for_the_next_record(scene):
    """No time need pass, and the access may have been open before."""
    with scene.open() as access:
        before = access.filter("student", PUPIL)
        scene.revoke()
        after = access.filter("student", PUPIL)

    assert (before, after) == (SHOWN, None)


def test_a_revocation_elsewhere_holds_within_the_stated_time(scene):
    """Up to `max_staleness` what was known may be used, and from then on not."""
    with scene.open() as access:
        revoke_elsewhere(scene)
        scene.pass_time(seconds=0.999)
        within = access.filter("student", PUPIL)
        scene.pass_time(seconds=0.001)
        after = access.filter("student", PUPIL)

    assert (within, after) == (SHOWN, None)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=6))
def test_nothing_flows_on_an_answer_older_than_stated(waits):
    """However records and pauses alternate, no record rests on an older answer."""
    scene = Scene(max_staleness=timedelta(seconds=2))
    scene.authorise()
    with scene.open() as access:
        revoke_elsewhere(scene)
        revoked = scene.clock.elapsed()
        for wait in waits:
            scene.pass_time(seconds=wait)
            flows = access.filter("student", PUPIL) is not None

            assert not (flows and scene.clock.elapsed() - revoked >= 2)


def test_zero_asks_before_every_record():
    """With no time allowed, each record is decided on what the ledger says then."""
    scene = Scene(max_staleness=timedelta())
    scene.authorise()
    with scene.open() as access:
        asked = scene.ledger.asked
        for _ in range(5):
            access.filter("student", PUPIL)
        each = scene.ledger.asked - asked
        revoke_elsewhere(scene)

        assert (each, access.filter("student", PUPIL)) == (10, None)


def test_within_the_time_the_ledger_is_not_asked(scene):
    """What is known is used without asking anybody, which is what the time is for."""
    with scene.open() as access:
        asked = scene.ledger.asked
        for _ in range(100):
            access.filter("student", PUPIL)

        assert scene.ledger.asked == asked


def test_the_wall_clock_does_not_stretch_the_time(scene):
    """A clock set back an hour lets nothing flow for longer."""
    with scene.open() as access:
        revoke_elsewhere(scene)
        scene.clock.jump(timedelta(hours=-1))
        scene.pass_time(seconds=1)

        assert access.filter("student", PUPIL) is None


@pytest.mark.parametrize(
    "error", [UnreachableLedgerError("a.db", "gone"), OSError("gone"), ValueError()]
)
def test_without_an_answer_only_public_data_flows(scene, error, caplog):
    """Whatever keeps the ledger from answering, after the time nothing personal flows."""
    with scene.open() as access:
        scene.ledger.down = error
        within = access.filter("student", PUPIL)
        scene.pass_time(seconds=1)
        after = access.filter("student", PUPIL)
        school = access.filter("school", {"urn": SCHOOL, "name": "Example School"})
        why = access.permit.why("student.id").reason
        scene.ledger.down = None

    assert (within, after) == (SHOWN, None)
    assert school == {"name": "Example School", "urn": SCHOOL}
    assert why is Reason.LEDGER_UNREADABLE
    assert "public data only" in caplog.text
    assert "gone" not in caplog.text


def test_when_it_answers_again_the_grant_counts_again(scene):
    """Nothing was decided meanwhile, so nothing is lost for longer than it must."""
    with scene.open() as access:
        scene.ledger.down = OSError()
        scene.pass_time(seconds=1)
        during = access.filter("student", PUPIL)
        scene.pass_time(seconds=1)
        still = access.filter("student", PUPIL)
        scene.ledger.down = None
        scene.pass_time(seconds=1)

        assert (during, still, access.filter("student", PUPIL)) == (None, None, SHOWN)


def test_a_decision_here_that_cannot_be_read_lets_nothing_flow(scene):
    """If something was decided and the ledger does not say what, the answer is no."""
    with scene.open() as access:
        scene.register.publish(evolve(REQUEST, purpose="Another purpose"))
        scene.ledger.down = OSError()

        assert access.filter("student", PUPIL) is None
        scene.ledger.down = None


def test_an_event_that_cannot_be_read_lets_nothing_flow(scene):
    """A ledger written by a newer scopegate is not understood halfway."""
    with scene.open() as access:
        stream = school_stream(SCHOOL)
        same = scene.ledger.read(stream)[0]
        scene.ledger.append(stream, [same], None)
        newer = event_to_json(same).replace(b'"format":1', b'"format":2')
        scene.ledger._rows[stream][-1] = (0, b"", newer)
        scene.pass_time(seconds=1)

        assert access.filter("student", PUPIL) is None


def test_opening_on_a_ledger_that_does_not_answer_fails(scene):
    """Without knowing anything of a school there is nothing to open."""
    scene.ledger.down = UnreachableLedgerError("a.db", "gone")

    with pytest.raises(UnreachableLedgerError):
        scene.open()


def test_a_time_below_zero_is_refused():
    """An answer cannot be good until before it was given."""
    with pytest.raises(ValueError, match="at least 0"):
        Gate(CATALOGUE, Scene().ledger, max_staleness=timedelta(seconds=-1))


@pytest.mark.parametrize("wait", [0, -1])
def test_no_time_to_wait_is_refused(wait):
    """Who waits for nothing gets no answer, ever."""
    with pytest.raises(ValueError, match="above 0"):
        Gate(CATALOGUE, Scene().ledger, max_wait=timedelta(seconds=wait))


def test_a_record_in_a_coroutine_is_filtered_as_any_other(scene):
    """`filter_async` gives what `filter` does, counts it, and refuses the same slips."""

    async def run():
        async with await scene.gate.open_async(school=SCHOOL, app=APP) as access:
            found = await access.filter_async("student", PUPIL)
            with pytest.raises(ArgumentError, match="filter_async"):
                await access.filter_async(PUPIL, "student")
            with pytest.raises(ArgumentError, match="one record"):
                await access.filter_async("student", [PUPIL])
            scene.revoke()
            return found, await access.filter_async("student", PUPIL)

    assert asyncio.run(run()) == (SHOWN, None)
    (event,) = scene.ledger.read(disclosure_stream(SCHOOL))
    assert event.count == 1


def test_an_expiry_holds_in_an_async_reading(scene):
    """At its instant a grant ends for the next record of a reading under way."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(seconds=0.5))
    taken = []

    async def read():
        async with await scene.gate.open_async(school=SCHOOL, app=APP) as access:
            async for record in access.read_async(AsyncRecords(), STUDENTS):
                taken.append(record["id"])
                scene.pass_time(seconds=0.25)

    with pytest.raises(AccessDeniedError) as caught:
        asyncio.run(read())
    assert taken == [1, 2]
    assert caught.value.permit.why("student.id").reason is Reason.EXPIRED


def test_nothing_flows_through_an_access_that_is_closed(scene):
    """Even if it was closed while another thread looked up what may flow."""
    access, head = scene.open(), scene.ledger.head

    def closed_meanwhile(stream):
        scene.ledger.head = head
        access.close()
        return head(stream)

    scene.pass_time(seconds=1)
    scene.ledger.head = closed_meanwhile
    access.filter("student", PUPIL)  # had begun before

    with pytest.raises(ValueError, match="closed"):
        access.filter("student", PUPIL)


def test_seconds_go_on():
    """The seconds that staleness is measured by never run backwards."""
    some = [seconds_awake() for _ in range(1_000)]

    assert some == sorted(some)


def test_a_reading_under_way_stops_at_the_next_record(scene):
    """After a revocation a reader gets no further record, and is told why."""
    with scene.open() as access:
        reading = access.read(scene.mis, STUDENTS)
        first = next(reading)
        scene.revoke()

        with pytest.raises(AccessDeniedError) as caught:
            next(reading)

    assert first["id"] == 1
    assert caught.value.permit.why("student.id").reason is Reason.REVOKED


def test_an_async_reading_under_way_stops_at_the_next_record(scene):
    """What holds for a reader that blocks holds for one that does not."""
    mis, taken = AsyncRecords(), []

    async def read():
        with scene.open() as access:
            async for record in access.read_async(mis, STUDENTS):
                taken.append(record["id"])
                if len(taken) == 3:
                    scene.revoke()

    with pytest.raises(AccessDeniedError):
        asyncio.run(read())

    assert taken == [1, 2, 3]
    assert mis.given <= 1 + 4


def test_tasks_that_share_an_access_all_stop(scene):
    """Of many tasks none gets a record once one of them has revoked."""
    got = []

    async def reader(access, name):
        try:
            async for _ in access.read_async(AsyncRecords(), STUDENTS):
                got.append((name, revoked.is_set()))
                await asyncio.sleep(0)
        except AccessDeniedError:
            pass

    async def revoker():
        await asyncio.sleep(0)
        scene.revoke()
        revoked.set()

    async def run():
        with scene.open() as access:
            tasks = [reader(access, n) for n in range(5)]
            await asyncio.gather(*tasks, revoker())

    revoked = asyncio.Event()
    asyncio.run(run())

    assert got
    assert not any(late for _, late in got)


def test_threads_that_share_an_access_all_stop(scene):
    """A record whose filtering began after `revoke` returned is never released."""
    revoked, late = Event(), []

    def work(access):
        for _ in range(3_000):
            begun_after = revoked.is_set()
            if access.filter("student", PUPIL) is not None and begun_after:
                late.append(1)
        return True

    with scene.open() as access, ThreadPoolExecutor(8) as pool:
        working = [pool.submit(work, access) for _ in range(8)]
        scene.revoke()
        revoked.set()
        assert all(work.result() for work in working)

    assert late == []


def test_an_expiry_holds_for_the_next_record_and_is_written_down(scene):
    """At its instant a grant ends for open accesses, and the ledger says so."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(minutes=5))
    with scene.open() as access:
        before = access.filter("student", PUPIL)
        scene.pass_time(minutes=5)
        after = access.filter("student", PUPIL)

    kinds = [type(e).__name__ for e in scene.events()]
    assert (before, after, kinds[-1]) == (SHOWN, None, "Expired")


def test_a_clock_set_back_revives_nothing_even_after_a_restart(scene):
    """Once seen, an expiry holds for a new gate whose clock is an hour behind."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(minutes=5))
    scene.pass_time(minutes=5)
    with scene.open() as access:
        access.filter("student", PUPIL)
    scene.clock.jump(timedelta(hours=-1))
    restarted = Gate(CATALOGUE, scene.ledger, clock=scene.clock)

    with restarted.open(school=SCHOOL, app=APP) as access:
        assert access.filter("student", PUPIL) is None


def test_an_expiry_that_cannot_be_written_down_holds_all_the_same(scene):
    """A ledger that takes no writes does not keep a grant from ending in time."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(seconds=5))
    with scene.open() as access:
        scene.pass_time(seconds=4.5)
        access.filter("student", PUPIL)
        scene.ledger.down = OSError()
        scene.pass_time(seconds=0.5)
        found = access.filter("student", PUPIL)
        scene.ledger.down = None

    assert found is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (Query("student"), list(range(1, 9))),
        (Query("student", limit=0), []),
        (Query("student", limit=2), [1, 2]),
        (Query("student", order_by=["student.first_name"], limit=3), [1, 2, 3]),
        (Query("student", where=[Condition("student.id", ">", 6)]), [7, 8]),
    ],
)
def test_async_reading_gives_what_reading_gives(scene, query, ids):
    """Conditions, order and limit mean the same to both, and so does the class."""

    async def read():
        with scene.open() as access:
            return [r async for r in access.read_async(AsyncRecords(), query)]

    with scene.open() as access:
        blocking = list(access.read(scene.mis, query))
    found = asyncio.run(read())
    assert found == blocking
    assert [record["id"] for record in found] == ids


def test_a_limited_async_reading_asks_for_no_more(scene):
    """What comes after the limit is not even asked of the MIS."""
    mis = AsyncRecords(school=SCHOOL)

    async def read():
        with scene.open() as access:
            return [r async for r in access.read_async(mis, Query("student", limit=2))]

    assert len(asyncio.run(read())) == mis.given == 2


def test_taking_only_some_is_fine(scene):
    """A reading that is left half way leaves the access as it was."""
    with scene.open() as access:
        two = list(islice(access.read(scene.mis, STUDENTS), 2))

        assert [record["id"] for record in two] == [1, 2]
        assert access.filter("student", PUPIL) == SHOWN


def test_rows_that_wait_to_be_sorted_are_chosen_again_in_async_reading(scene):
    """Who is no longer covered is left out, though the records were fetched before."""
    mis = AsyncRecords({**RECORDS, "student": [*PUPILS[:3], 7]})
    query = Query("student", order_by=["student.id"])

    async def read():
        found = []
        with scene.open() as access:
            async for record in access.read_async(mis, query):
                found.append(record["id"])
                if len(found) == 1:
                    only = Subjects.only(student=[1, 3])
                    scene.register.amend(scene.ask(), actor=DANA, subjects=only)
        return found

    assert asyncio.run(read()) == [1, 3]


def test_async_reading_gives_objects_and_leaves_out_what_is_no_record(scene):
    """A class is filled as in a reading that blocks; other values are left out."""

    @frozen
    class Pupil:
        id: int

    mis = AsyncRecords({**RECORDS, "student": [7, *PUPILS[:2]]}, school=SCHOOL)

    async def read():
        with scene.open() as access:
            return [p async for p in access.read_async(mis, STUDENTS, Pupil)]

    assert asyncio.run(read()) == [Pupil(1), Pupil(2)]


class Meddled(MemoryLedger):
    """A ledger in which others decide just before it is asked for the nth time."""

    def __init__(self):
        super().__init__()
        self.asked, self.plan, self.is_busy = 0, {}, False

    def head(self, stream):
        """Return the head, after what others do."""
        if not self.is_busy:
            self.asked += 1
            self.is_busy = True
            self.plan.pop(self.asked, lambda: None)()
            self.is_busy = False
        return super().head(stream)


@pytest.mark.parametrize("first", range(1, 14))
@pytest.mark.parametrize("gap", range(1, 8))
def test_what_was_granted_for_a_moment_does_not_outlive_it(first, gap):
    """Sorted records hold nothing that was ticked and taken back while they waited."""
    ledger = Meddled()
    scene = Scene(ledger, max_staleness=timedelta())
    scene.mis = RecordsAdapter({**RECORDS, "student": PUPILS[:2]})
    scene.authorise()

    def amend(*ticks):
        scene.register.amend(scene.ask(), optional=ticks, actor=DANA)

    with scene.open() as access:
        ledger.asked = 0
        ledger.plan = {first: lambda: amend("students.dob"), first + gap: amend}
        found = list(access.read(scene.mis, Query("student", order_by=["student.id"])))
        taken_back = not ledger.plan

    assert not (taken_back and any("dob" in record for record in found[1:]))


def test_the_time_counts_from_before_the_ledger_was_asked(scene):
    """A ledger that is slow to answer makes no answer good for longer."""
    with scene.open() as access:
        scene.pass_time(seconds=1)
        head = scene.ledger.head

        def slow(stream):
            found = head(stream)
            scene.pass_time(seconds=0.3)
            return found

        scene.ledger.head = slow
        access.filter("student", PUPIL)
        scene.ledger.head = head
        revoke_elsewhere(scene)
        scene.pass_time(seconds=0.5)

        assert access.filter("student", PUPIL) is None


def test_an_expiry_is_written_down_once(scene):
    """However many accesses see a grant end, the first writes it to the ledger."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(minutes=5))
    with scene.open() as one, scene.open() as other:
        for access in (one, other):
            access.filter("student", PUPIL)
        scene.pass_time(seconds=299.5)
        for access in (one, other):
            access.filter("student", PUPIL)
        scene.pass_time(seconds=0.5)
        found = [access.filter("student", PUPIL) for access in (one, other)]

    kinds = [type(e).__name__ for e in scene.events()]
    assert (found, kinds.count("Expired")) == ([None, None], 1)


def test_the_time_counts_from_before_the_ledger_was_read_at_the_start(scene):
    """Opening on a slow ledger gives no more time than asking a quick one."""
    read = scene.ledger.read

    def slow(stream, after=0):
        found = read(stream, after)
        scene.pass_time(seconds=0.3)
        return found

    scene.ledger.read = slow
    with scene.open() as access:
        scene.ledger.read = read
        revoke_elsewhere(scene)
        scene.pass_time(seconds=0.5)

        assert access.filter("student", PUPIL) is None


def test_an_expiry_that_was_seen_and_not_written_down_still_holds(scene):
    """A gate that has seen an end opens no access from before it."""
    scene.revoke()
    scene.authorise(expires_at=scene.clock() + timedelta(minutes=5))
    scene.pass_time(minutes=5)
    scene.ledger.append = None  # takes no writes, and can still be read
    scene.open()
    scene.clock.jump(timedelta(hours=-1))

    with scene.open() as access:
        assert access.filter("student", PUPIL) is None


def test_an_async_adapter_proves_its_school_as_well(scene):
    """One that serves another school is found out before a pupil is asked for."""
    other = AsyncRecords(RECORDS | {"school": [{"urn": "100002"}]})

    async def read():
        with scene.open() as access:
            return [record async for record in access.read_async(other, STUDENTS)]

    with pytest.raises(WrongSchoolError):
        asyncio.run(read())

    assert other.given == 1


@pytest.mark.parametrize("first", range(1, 9))
def test_a_record_is_counted_under_what_it_was_released_by(first):
    """Whenever a box is ticked, as many birthdays are counted as are given out."""
    ledger = Meddled()
    scene = Scene(ledger, max_staleness=timedelta())
    scene.mis = RecordsAdapter({**RECORDS, "student": PUPILS[:2]})
    scene.authorise()
    with scene.open() as access:
        ledger.asked = 0
        ledger.plan = {
            first: lambda: scene.register.amend(
                scene.ask(), optional={"students.dob"}, actor=DANA
            )
        }
        given = list(access.read(scene.mis, STUDENTS))

    written = ledger.read(disclosure_stream(SCHOOL))
    counted = sum(e.count for e in written if "student.dob" in e.fields)
    assert counted == sum("dob" in record for record in given)


def test_a_decision_while_the_ledger_is_asked_holds_for_the_next_record(scene):
    """What is decided here just after the ledger has answered is not missed."""
    head = scene.ledger.head

    def revoked_after(stream):
        found = head(stream)
        if stream == app_stream(APP):
            scene.ledger.head = head
            scene.revoke()
        return found

    with scene.open() as access:
        scene.pass_time(seconds=1)
        scene.ledger.head = revoked_after
        access.filter("student", PUPIL)

        assert access.filter("student", PUPIL) is None
