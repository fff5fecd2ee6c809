"""The ledger in memory: the model for every other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopegate.errors import StaleWriteError
from scopegate.events import Declined
from scopegate.grant import Actor
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger

FEWER = settings(max_examples=settings().max_examples // 4)
"""For what is slow to draw; the thorough profile makes up for it."""

HEAD = Actor("Dana Head", role="Headteacher")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def event(number):
    """Return an event that is told apart by its number."""
    return Declined("app", "digest", HEAD, str(number), NOON)


BATCHES = st.lists(
    st.tuples(
        st.sampled_from(["school/1", "school/2"]),
        st.lists(st.integers(0, 9).map(event), max_size=3),
    ),
    max_size=6,
)


def filled(batches):
    """Return a ledger to which *batches* were appended, and what each stream holds."""
    ledger, streams = MemoryLedger(), {"school/1": [], "school/2": []}
    for stream, events in batches:
        ledger.append(stream, events, len(streams[stream]))
        streams[stream] += events
    return ledger, streams


@FEWER
@given(BATCHES)
def test_what_was_appended_is_read_in_order(batches):
    """Each stream gives back its own events, all of them, in the order written."""
    ledger, streams = filled(batches)

    assert {name: list(ledger.read(name)) for name in streams} == streams


@FEWER
@given(BATCHES)
def test_the_position_is_how_many_events_there_are(batches):
    """Reading and the position never disagree."""
    ledger, streams = filled(batches)

    positions = {name: ledger.position(name) for name in streams}

    assert positions == {name: len(events) for name, events in streams.items()}


@FEWER
@given(BATCHES, st.integers(0, 20))
def test_reading_on_gives_what_came_later(batches, after):
    """Read behind a position, a stream gives what was written from there on."""
    ledger, streams = filled(batches)

    assert list(ledger.read("school/1", after)) == streams["school/1"][after:]


def test_appending_returns_the_new_position():
    """A writer learns where the stream stands after its events."""
    ledger = MemoryLedger()

    positions = [ledger.append("s", [event(1), event(2)], 0), ledger.append("s", [], 2)]

    assert positions == [2, 2]


@pytest.mark.parametrize("expected", [0, 2, -1])
def test_a_stale_writer_fails(expected):
    """Who read another position than the stream is at is told both."""
    ledger, _ = filled([("school/1", [event(1)])])

    with pytest.raises(StaleWriteError) as caught:
        ledger.append("school/1", [event(2)], expected)

    assert vars(caught.value) == {
        "stream": "school/1",
        "expected": expected,
        "found": 1,
    }


def test_a_stale_writer_writes_nothing():
    """After a stale write the stream holds what it held before."""
    ledger, streams = filled([("school/1", [event(1)])])

    with pytest.raises(StaleWriteError):
        ledger.append("school/1", [event(2), event(3)], 0)

    assert list(ledger.read("school/1")) == streams["school/1"]


def test_a_batch_that_cannot_be_written_writes_nothing():
    """Where one event of a batch has no text, none of the batch is kept."""
    ledger = MemoryLedger()

    with pytest.raises(TypeError, match="no canonical JSON"):
        ledger.append("s", [event(1), Declined(1.5, "digest", HEAD, "", NOON)], 0)

    assert ledger.position("s") == 0


def test_a_stream_that_was_never_written_is_empty():
    """Asking for an unknown stream is no error."""
    ledger = MemoryLedger()

    assert (list(ledger.read("s")), ledger.position("s")) == ([], 0)


def test_what_was_read_does_not_grow():
    """Events read stay as they were when somebody appends behind them."""
    ledger, _ = filled([("school/1", [event(1)])])
    read = ledger.read("school/1")

    ledger.append("school/1", [event(2)], 1)

    assert list(read) == [event(1)]


def test_eight_threads_lose_nothing():
    """Writers that decide anew when stale all get every event in, each once."""
    ledger = MemoryLedger()

    def write(thread):
        for n in range(25):
            while not appended(ledger, event(100 * thread + n)):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    reasons = [int(e.reason) for e in ledger.read("s")]
    assert sorted(reasons) == [100 * t + n for t in range(8) for n in range(25)]


def appended(ledger, new):
    """Append *new* at the position the ledger says, or tell that it was stale."""
    try:
        ledger.append("s", [new], ledger.position("s"))
    except StaleWriteError:
        return False
    return True


@given(st.text(), st.text())
def test_streams_of_schools_and_apps_are_never_the_same(one, other):
    """A school and an app of the same name have streams of their own."""
    assert school_stream(one) != app_stream(other)
