"""What must hold of a ledger with one writer, whatever is written."""

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from ...consent.codec import event_to_json
from ...consent.events import Event
from ...errors import StaleWriteError
from ...ledgers.base import Ledger
from ...proofs.merkle import Frontier, leaf_hash
from ..laws import Laws
from .ledger_kit import LedgerKit, close
from .machine import STREAMS, batches, machine_for, numbered, unwritable

LAWS = Laws()

_WRITTEN = st.lists(st.tuples(st.sampled_from(STREAMS), batches()), max_size=6)
_POSITIONS = st.integers(-2, 20) | st.sampled_from([-(2**70), 2**70])
_CHARACTERS = st.characters(exclude_categories=())  # lone surrogates too
_NAMES = st.lists(st.text(_CHARACTERS, max_size=8), max_size=6, unique=True)


def _write(
    ledger: Ledger, written: Sequence[tuple[str, Sequence[Event]]]
) -> dict[str, list[Event]]:
    """Append each batch to its stream, and return what each stream holds."""
    streams: dict[str, list[Event]] = {name: [] for name in STREAMS}
    for stream, batch in written:
        ledger.append(stream, batch, len(streams[stream]))
        streams[stream] += batch
    return streams


@LAWS.law(drawn=lambda _: _WRITTEN)
def what_was_appended_is_read_in_order(
    kit: LedgerKit, written: list[tuple[str, list[Event]]]
) -> None:
    """Each stream gives back its own events, all of them, in the order written."""
    with kit.ledger() as ledger:
        streams = _write(ledger, written)

        assert {name: list(ledger.read(name)) for name in streams} == streams


@LAWS.law(drawn=lambda _: _WRITTEN)
def the_position_is_how_many_events_there_are(
    kit: LedgerKit, written: list[tuple[str, list[Event]]]
) -> None:
    """Reading and the position never disagree."""
    with kit.ledger() as ledger:
        streams = _write(ledger, written)

        positions = {name: ledger.position(name) for name in streams}

    assert positions == {name: len(held) for name, held in streams.items()}


@LAWS.law(drawn=lambda _: st.tuples(_WRITTEN, _POSITIONS))
def reading_on_gives_what_came_later(
    kit: LedgerKit, drawn: tuple[list[tuple[str, list[Event]]], int]
) -> None:
    """Read after a position, a stream gives what was written from there on."""
    written, after = drawn
    with kit.ledger() as ledger:
        streams = _write(ledger, written)

        assert (
            list(ledger.read("school/1", after)) == streams["school/1"][max(after, 0) :]
        )


@LAWS.law(drawn=lambda _: _WRITTEN)
def the_head_vouches_for_every_event(
    kit: LedgerKit, written: list[tuple[str, list[Event]]]
) -> None:
    """The head is that of the Merkle tree over all events of the stream, and no other."""
    with kit.ledger() as ledger:
        streams = _write(ledger, written)

        heads = {name: ledger.head(name) for name in streams}

    assert heads == {
        name: Frontier.of(leaf_hash(event_to_json(event)) for event in held)
        for name, held in streams.items()
    }


@LAWS.law(drawn=lambda _: _WRITTEN)
def bodies_are_the_canonical_json(
    kit: LedgerKit, written: list[tuple[str, list[Event]]]
) -> None:
    """What is kept of an event is its canonical JSON, byte for byte."""
    with kit.ledger() as ledger:
        streams = _write(ledger, written)

        bodies = {name: list(ledger.bodies(name)) for name in streams}

    assert bodies == {n: list(map(event_to_json, held)) for n, held in streams.items()}


@LAWS.law(drawn=lambda _: _NAMES)
def streams_of_any_name_are_kept_apart(kit: LedgerKit, names: list[str]) -> None:
    """Any text names a stream of its own, and the names are given back sorted."""
    with kit.ledger() as ledger:
        for number, name in enumerate(names):
            ledger.append(name, [numbered(number)], 0)

        held = {name: list(ledger.read(name)) for name in ledger.streams()}

    assert list(held.items()) == [
        (name, [numbered(names.index(name))]) for name in sorted(names)
    ]


@LAWS.law()
def whatever_is_done_it_is_what_the_model_is(kit: LedgerKit) -> None:
    """At every step of any history a ledger holds what the one in memory holds."""
    machine = machine_for(kit.make, kit.reopen)
    run_state_machine_as_test(machine, settings=kit.settings())


@LAWS.law()
def appending_returns_the_new_position(kit: LedgerKit) -> None:
    """A writer learns the position of the stream after its events."""
    with kit.ledger() as ledger:
        first = ledger.append("s", [numbered(1), numbered(2)], 0)

        assert (first, ledger.append("s", [], 2), ledger.append("s", [], None)) == (
            2,
            2,
            2,
        )


@LAWS.law()
def a_stale_writer_is_told_where_the_stream_is(kit: LedgerKit) -> None:
    """A writer that read another position than the stream's gets both, and its name."""
    with kit.ledger() as ledger:
        ledger.append("s", [numbered(1)], 0)

        for expected in (0, 2, -1, 2**70):
            for batch in ([numbered(2)], []):
                with pytest.raises(StaleWriteError) as caught:
                    ledger.append("s", batch, expected)

                found = caught.value
                assert (found.stream, found.expected, found.found) == ("s", expected, 1)


@LAWS.law()
def a_stale_writer_writes_nothing(kit: LedgerKit) -> None:
    """After a stale write the stream holds what it held before."""
    with kit.ledger() as ledger:
        ledger.append("s", [numbered(1)], 0)

        with pytest.raises(StaleWriteError):
            ledger.append("s", [numbered(2), numbered(3)], 0)
        with pytest.raises(StaleWriteError):
            ledger.append("t", [numbered(2)], 1)

        assert (list(ledger.read("s")), list(ledger.streams())) == (
            [numbered(1)],
            ["s"],
        )


@LAWS.law(drawn=lambda _: st.tuples(_WRITTEN, batches()))
def a_write_rests_on_streams_that_stand_still(
    kit: LedgerKit, drawn: tuple[list[tuple[str, list[Event]]], list[Event]]
) -> None:
    """Where every stream seen is where it was, what rests on them is written."""
    written, batch = drawn
    with kit.ledger() as ledger:
        streams = _write(ledger, written)
        seen = {name: len(held) for name, held in streams.items()}
        names = list(ledger.streams())

        ledger.append("other", batch, 0, seen={**seen, "never written": 0})

        assert list(ledger.read("other")) == batch
        assert list(ledger.streams()) == sorted([*names, *["other"] * bool(batch)])


@LAWS.law()
def a_write_never_rests_on_a_stream_that_moved(kit: LedgerKit) -> None:
    """A stream seen elsewhere is named with both positions, and nothing is written."""
    with kit.ledger() as ledger:
        ledger.append("seen", [numbered(1)], 0)

        for moved, found in (("seen", 1), ("never written", 0), ("s", 0)):
            for position in (found - 1, found + 1, 2**70):
                for batch in ([numbered(2)], []):
                    seen = {"seen": 1, moved: position}
                    with pytest.raises(StaleWriteError) as caught:
                        ledger.append("s", batch, None, seen=seen)

                    told = caught.value
                    assert (told.stream, told.expected, told.found) == (
                        moved,
                        position,
                        found,
                    )
        assert list(ledger.streams()) == ["seen"]


@LAWS.law()
def a_batch_that_cannot_be_written_writes_nothing(kit: LedgerKit) -> None:
    """Where one event of a batch has no text, none of the batch is kept."""
    with kit.ledger() as ledger:
        with pytest.raises(TypeError):
            ledger.append("s", [numbered(1), unwritable()], 0)

        assert (ledger.position("s"), list(ledger.streams())) == (0, [])


@LAWS.law()
def a_stream_that_was_never_written_is_empty(kit: LedgerKit) -> None:
    """Asking for an unknown stream, or writing nothing, raises and makes nothing."""
    with kit.ledger() as ledger:
        ledger.append("s", [], 0)
        ledger.append("s", [], None)

        found = (
            list(ledger.read("s")),
            list(ledger.bodies("s", 7)),
            ledger.position("s"),
        )

        assert (found, list(ledger.streams())) == (([], [], 0), [])


@LAWS.law()
def what_was_read_does_not_grow(kit: LedgerKit) -> None:
    """Events read stay as they were when somebody appends after them."""
    with kit.ledger() as ledger:
        ledger.append("s", [numbered(1)], 0)
        read, bodies, names = ledger.read("s"), ledger.bodies("s"), ledger.streams()

        ledger.append("s", [numbered(2)], 1)
        ledger.append("t", [numbered(2)], 0)

        assert (len(read), len(bodies), list(names)) == (1, 1, ["s"])


@LAWS.law()
def a_very_long_name_is_a_name(kit: LedgerKit) -> None:
    """Names that differ only after 10 000 characters are two streams."""
    with kit.ledger() as ledger:
        for number, end in enumerate("ab"):
            ledger.append("x" * 10_000 + end, [numbered(number)], 0)

        assert [len(name) for name in ledger.streams()] == [10_001, 10_001]
        assert list(ledger.read("x" * 10_000 + "b")) == [numbered(1)]


@LAWS.law(drawn=lambda _: _WRITTEN)
def everything_is_there_after_a_restart(
    kit: LedgerKit, written: list[tuple[str, list[Event]]]
) -> None:
    """What was acknowledged is there when the ledger is opened again, in full."""
    if kit.reopen is None:
        return
    ledger = kit.make()
    try:
        _write(ledger, written)
        before = [(s, list(ledger.bodies(s))) for s in ledger.streams()]
        ledger = kit.reopen(ledger)

        assert [(s, list(ledger.bodies(s))) for s in ledger.streams()] == before
    finally:
        close(ledger)
