"""What is released while the ledger refuses to record it is bounded."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, Query
from scopegate.consent.disclosures import Recording
from scopegate.errors import UnreachableLedgerError
from scopegate.gate.crew import Patience
from scopegate.gate.unwritten import unwritten_of
from scopegate.http import Guard, Route
from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Reason

from ..scene import APP, PUPILS, RECORDS, SCHOOL, AsyncRecords, Scene

PUPIL = PUPILS[0]
SHOWN = {"id": 1, "first_name": "Ada 1", "last_name": "Zed"}
STUDENTS = Query("student")
STREAM = disclosure_stream(SCHOOL)


class Unwritable(MemoryLedger):
    """A ledger that takes no disclosures when it is told to, and can be read."""

    def __init__(self, *, answers_at_once=True):
        super().__init__()
        self.answers_at_once = answers_at_once
        self.refuses, self.tried = False, 0

    def append(self, stream, events, expected, *, seen=()):
        """Append, or refuse."""
        if stream == STREAM:
            self.tried += 1
            if self.refuses:
                raise UnreachableLedgerError("a.db", "there is no room left")
        return super().append(stream, events, expected, seen=dict(seen))

    def recorded(self):
        """Return how many records of pupils the ledger says were released."""
        events = self.read(STREAM)
        return sum(event.count for event in events if event.resource == "student")


def made(ledger=None, **recording):
    """Return a scene that has authorised, on a ledger that can refuse."""
    scene = Scene(ledger or Unwritable(), recording=Recording(**recording))
    scene.authorise()
    return scene


def released(access, times):
    """Return how many of so many records are released."""
    found = [access.filter("student", PUPIL) for _ in range(times)]
    return sum(record is not None for record in found)


@given(
    st.integers(1, 8),
    st.integers(0, 20),
    st.lists(
        st.tuples(st.sampled_from(["release", "refuse", "take", "wait"]), st.just(3))
        | st.tuples(st.just("release"), st.integers(1, 9)),
        max_size=25,
    ),
)
def test_no_more_is_released_unrecorded_than_stated(records, most, deeds):
    """However a ledger refuses and takes again, at no time are more released.

    What is counted in a batch that is not due yet is in flight, as it is with a ledger
    that takes everything.

    Fails on the release before: while the ledger refused there was no bound.
    """
    scene, given_out = made(records=records, unrecorded=most), 0
    with scene.open() as access:
        for deed, times in deeds:
            if deed == "release":
                given_out += released(access, times)
            elif deed == "wait":
                scene.pass_time(seconds=times)
            else:
                scene.ledger.refuses = deed == "refuse"
            unrecorded = given_out - scene.ledger.recorded()
            assert unrecorded <= max(most, records)
        scene.ledger.refuses = False

    assert scene.ledger.recorded() == given_out


def test_beyond_the_bound_only_public_data_flows(caplog):
    """The school's own record still flows, and the reason is told."""
    scene = made(records=2, unrecorded=5)
    with scene.open() as access:
        scene.ledger.refuses = True
        count = released(access, 20)
        school = access.filter("school", {"urn": SCHOOL, "name": "Example School"})
        why = access.permit.why("student.id").reason
        scene.ledger.refuses = False

    assert (count, why) == (5, Reason.LEDGER_UNREADABLE)
    assert school == {"urn": SCHOOL, "name": "Example School"}
    assert caplog.text.count("public data only: UnrecordedError") == 1


def test_when_the_ledger_takes_it_what_is_authorised_flows_again():
    """Within `max_staleness`, and all that was released is on record then."""
    scene = made(records=2, unrecorded=5)
    with scene.open() as access:
        scene.ledger.refuses = True
        released(access, 20)
        scene.ledger.refuses = False
        scene.pass_time(seconds=1)
        again = access.filter("student", PUPIL)

    assert (again, scene.ledger.recorded()) == (SHOWN, 6)


def test_while_it_is_full_the_ledger_is_tried_once_a_while():
    """Not with every record: a ledger in trouble is left alone."""
    scene = made(records=2, unrecorded=5)
    with scene.open() as access:
        scene.ledger.refuses = True
        released(access, 20)
        tried = scene.ledger.tried
        released(access, 20)
        scene.pass_time(seconds=1)
        released(access, 20)
        scene.ledger.refuses = False

        assert scene.ledger.tried == tried + 1


def test_the_bound_is_for_all_accesses_to_a_school():
    """One access for each request, each closed in vain, release no more together.

    What they could not write down stays, and is written with what comes next.

    Fails on the release before: each access lost its own batch.
    """
    scene, count = made(records=10, unrecorded=5), 0
    scene.ledger.refuses = True
    for _ in range(10):
        access = scene.open()
        count += released(access, 2)
        if count < 5:
            with pytest.raises(UnreachableLedgerError):
                access.close()
    gc.collect()
    scene.ledger.refuses = False
    with scene.open() as access:
        access.filter("student", PUPIL)  # is public only, and tries

    assert count == 5
    assert scene.ledger.recorded() in (count, count + 1)


def test_another_school_has_a_bound_of_its_own():
    """A stream of disclosures that cannot be written stops its own school only."""
    scene = made(records=2, unrecorded=5)
    scene.ledger.refuses = True
    with scene.open() as access:
        released(access, 20)
        other = unwritten_of(scene.ledger, disclosure_stream("100002"))

        assert unwritten_of(scene.ledger, STREAM).is_full(5)
        assert not other.is_full(5)
        scene.ledger.refuses = False


def test_what_is_public_is_not_bounded_and_takes_no_room_for_ever():
    """Public records go on for as long as the ledger refuses, and few events wait."""
    scene = made(records=1, unrecorded=0)
    unwritten, patience = unwritten_of(scene.ledger, STREAM), Patience(1, 1)
    with scene.open() as access:
        scene.ledger.refuses = True
        for _ in range(30):
            assert access.filter("school", {"urn": SCHOOL}) is not None
        (event, *_) = unwritten._pending
        unwritten.put([event] * 10_000, 0)
        unwritten.put([event], 0)
        scene.ledger.refuses = False
    list(unwritten.written(scene.ledger, patience))

    assert len(scene.ledger.read(STREAM)) == 10_030


@pytest.mark.parametrize("answers_at_once", [True, False])
def test_threads_release_no_more_together(answers_at_once):
    """The bound holds to the record, however many threads release at once."""
    ledger = Unwritable(answers_at_once=answers_at_once)
    scene = made(ledger, records=10, unrecorded=100)
    with scene.open() as access, ThreadPoolExecutor(8) as pool:
        ledger.refuses = True
        found = [pool.submit(released, access, 100) for _ in range(8)]
        count = sum(each.result() for each in found)
        ledger.refuses = False

    assert count == 100


def test_a_reading_ends_when_no_more_can_be_recorded():
    """A reader gets as many as may be released, and is told then."""
    scene = made(records=2, unrecorded=5)
    taken = []
    with scene.open() as access:
        scene.ledger.refuses = True
        with pytest.raises(AccessDeniedError) as caught:
            taken.extend(access.read(scene.mis, STUDENTS))
        scene.ledger.refuses = False

    assert caught.value.permit.why("student.id").reason is Reason.LEDGER_UNREADABLE
    assert scene.ledger.recorded() == 5


def test_a_reading_that_may_go_on_loses_no_record():
    """Where the ledger takes everything again the record at the bound still comes."""
    scene = made(records=2, unrecorded=5)
    append = scene.ledger.append
    with scene.open() as access:
        scene.ledger.refuses = True
        reading = access.read(scene.mis, STUDENTS)
        first = [next(reading) for _ in range(5)]

        def takes_again(*asked, **more):
            scene.ledger.refuses = False
            return append(*asked, **more)

        scene.ledger.append = takes_again
        found = first + list(reading)

    assert [record["id"] for record in found] == list(range(1, 9))


def test_groups_are_counted_only_as_far_as_that_is_recorded():
    """Values given out as groups are bounded as records are."""
    scene = made(records=2, unrecorded=5)
    with scene.open() as access:
        scene.ledger.refuses = True
        with pytest.raises(AccessDeniedError):
            access.count_by(
                scene.mis, Query("student", group_by=["student.first_name"])
            )
        scene.ledger.refuses = False


def test_groups_that_may_be_recorded_again_are_counted_whole():
    """Where the ledger takes everything again no record is missing from its group."""
    scene = made(records=2, unrecorded=5)
    append, tries = scene.ledger.append, iter(range(100))

    def takes_at_last(*asked, **more):
        scene.ledger.refuses = next(tries) < 2
        return append(*asked, **more)

    with scene.open() as access:
        scene.ledger.append = takes_at_last
        query = Query("student", group_by=["student.last_name"])
        groups = access.count_by(scene.mis, query)

    assert groups == {("Zed",): 8}
    assert scene.ledger.recorded() == 8


@pytest.mark.parametrize("answers_at_once", [True, False])
def test_an_async_reading_ends_as_well(answers_at_once):
    """What holds for a reader that blocks holds for one that does not."""
    ledger = Unwritable(answers_at_once=answers_at_once)
    scene, taken = made(ledger, records=2, unrecorded=5), []

    async def read():
        async with await scene.gate.open_async(school=SCHOOL, app=APP) as access:
            ledger.refuses = True
            try:
                async for record in access.read_async(AsyncRecords(), STUDENTS):
                    taken.append(record["id"])
            finally:
                ledger.refuses = False

    with pytest.raises(AccessDeniedError):
        asyncio.run(read())
    assert taken == [1, 2, 3, 4, 5]
    assert ledger.recorded() == 5


ROUTES = [Route("/pupils", "student", "[]"), Route("/school", "school", "[]")]


def served(request):
    """Answer as an MIS does."""
    return httpx.Response(
        200, json=RECORDS[request.url.path[1:].replace("pupils", "student")]
    )


def test_a_guard_gives_no_page_that_cannot_be_recorded():
    """A page of which one record is too much is decided again, and refused."""
    scene = made(records=2, unrecorded=5)
    access = scene.open()
    guard = Guard(access, "https://mis.example", ROUTES)
    scene.ledger.refuses = True
    with httpx.Client(
        transport=GuardTransport(guard, httpx.MockTransport(served)),
        base_url="https://mis.example",
    ) as client:
        with pytest.raises(AccessDeniedError):
            client.get("/pupils")
        school = client.get("/school").json()
    scene.ledger.refuses = False
    access.close()

    assert school == [{"urn": SCHOOL, "name": "Example School"}]


def test_a_guard_that_does_not_block_gives_none_either():
    """The same, in a coroutine: what is in flight when the ledger refuses first is given."""
    scene = made(records=2, unrecorded=5)
    access = scene.open()
    guard = Guard(access, "https://mis.example", ROUTES)
    scene.ledger.refuses = True

    async def run():
        async with httpx.AsyncClient(
            transport=AsyncGuardTransport(guard, httpx.MockTransport(served)),
            base_url="https://mis.example",
        ) as client:
            assert len((await client.get("/pupils")).json()) == 8
            with pytest.raises(AccessDeniedError):
                await client.get("/pupils")
            return (await client.get("/school")).json()

    school = asyncio.run(run())
    scene.ledger.refuses = False
    access.close()

    assert school == [{"urn": SCHOOL, "name": "Example School"}]


def test_what_is_written_first_needs_no_bound():
    """Where each record is written before it is released, none is unrecorded."""
    scene = Scene(Unwritable(), recording=Recording(records=0, unrecorded=0))
    scene.authorise()
    with scene.open() as access:
        scene.ledger.refuses = True
        with pytest.raises(UnreachableLedgerError):
            access.filter("student", PUPIL)
        scene.ledger.refuses = False

        assert access.filter("student", PUPIL) == SHOWN


def test_a_bound_below_zero_is_refused():
    """It is a number of records."""
    with pytest.raises(ValueError, match="neither below 0"):
        Recording(unrecorded=-1)


def test_a_batch_counted_before_a_refusal_and_one_since_are_told_apart():
    """An access that joins late counts what it released since, once."""
    scene = made(records=100, within=timedelta(seconds=10), unrecorded=8)
    one, other = scene.open(), scene.open()
    released(other, 2)  # in flight, and not refused
    scene.ledger.refuses = True
    released(one, 1)
    with pytest.raises(UnreachableLedgerError):
        one.close()
    counted = released(other, 3)
    with pytest.raises(UnreachableLedgerError):
        other.close()

    assert counted == 3
    assert not unwritten_of(scene.ledger, STREAM).is_full(7)
    assert unwritten_of(scene.ledger, STREAM).is_full(6)
