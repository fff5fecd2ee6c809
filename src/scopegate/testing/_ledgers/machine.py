"""A ledger under random writers, next to the model in memory."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ...consent.events import Event, Lapsed
from ...errors import StaleWriteError
from ...ledgers.memory import MemoryLedger
from .ledger_kit import Make, Reopen, close

STREAMS = ("school/1", "school/2", "app/1")

_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def numbered(number: int, text: str = "app") -> Event:
    """Return an event identified by its number; the only one made here."""
    return Lapsed(text, f"{number:064x}", _NOON + timedelta(seconds=number))


def number_of(event: Event) -> int:
    """Return the number of an event that `numbered` made."""
    assert isinstance(event, Lapsed)
    return int(event.presentation, 16)


def unwritable() -> Event:
    """Return an event that has no canonical JSON."""
    return Lapsed(1.5, "", _NOON)  # type: ignore[arg-type]  # that is the point


def events() -> st.SearchStrategy[Event]:
    """Return events of every text that can be written."""
    texts = st.text(st.characters(codec="utf-8"), max_size=20)
    return st.builds(numbered, st.integers(0, 99), texts)


def batches() -> st.SearchStrategy[list[Event]]:
    """Return strategies for a batch: nothing, one event, or some."""
    return st.lists(events(), max_size=4)


class LedgerMachine(RuleBasedStateMachine):
    """Whatever is done to a ledger, it is at every step what the model is."""

    def __init__(self, make: Make, reopen: Reopen | None) -> None:
        super().__init__()
        self.ledger = make()
        self.reopen = reopen
        self.model = MemoryLedger()

    @rule(stream=st.sampled_from(STREAMS), batch=batches())
    def decide(self, stream: str, batch: list[Event]) -> None:
        """A writer that read everything appends."""
        at = self.model.position(stream)
        assert self.ledger.append(stream, batch, at) == at + len(batch)
        self.model.append(stream, batch, at)

    @rule(stream=st.sampled_from(STREAMS), batch=batches())
    def note(self, stream: str, batch: list[Event]) -> None:
        """A writer that decides nothing appends at any position."""
        found = self.model.append(stream, batch, None)
        assert self.ledger.append(stream, batch, None) == found

    @rule(
        stream=st.sampled_from(STREAMS),
        batch=batches(),
        off=st.integers(-3, 3).filter(bool),
    )
    def write_stale(self, stream: str, batch: list[Event], off: int) -> None:
        """A writer that read another position writes nothing."""
        at = self.model.position(stream)
        with pytest.raises(StaleWriteError) as caught:
            self.ledger.append(stream, batch, at + off)
        assert caught.value.found == at

    @rule(stream=st.sampled_from(STREAMS), batch=batches(), off=st.integers(-1, 1))
    def rest_on(self, stream: str, batch: list[Event], off: int) -> None:
        """A writer that read other streams too appends only where they still are."""
        at = {name: self.model.position(name) for name in (*STREAMS, "app/2")}
        seen = at | {STREAMS[0]: at[STREAMS[0]] + off}
        if off:
            with pytest.raises(StaleWriteError) as caught:
                self.ledger.append(stream, batch, None, seen=seen)
            assert (caught.value.stream, caught.value.found) == (
                STREAMS[0],
                at[STREAMS[0]],
            )
        else:
            found = self.model.append(stream, batch, None)
            assert self.ledger.append(stream, batch, None, seen=seen) == found

    @rule(stream=st.sampled_from(STREAMS), batch=batches())
    def fail(self, stream: str, batch: list[Event]) -> None:
        """A batch with an event that cannot be written writes nothing."""
        with pytest.raises(TypeError):
            self.ledger.append(stream, [*batch, unwritable()], None)

    @rule(stream=st.sampled_from(STREAMS), after=st.integers(0, 9))
    def read_on(self, stream: str, after: int) -> None:
        """A reader goes on from where it was."""
        found = self.ledger.read(stream, after)
        assert list(found) == list(self.model.read(stream, after))

    @precondition(lambda self: self.reopen is not None)
    @rule()
    def restart(self) -> None:
        """The service stops and starts."""
        assert self.reopen is not None
        self.ledger = self.reopen(self.ledger)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        """Names, positions and bodies are the same, byte for byte."""
        assert list(self.ledger.streams()) == list(self.model.streams())
        for stream in STREAMS:
            bodies = list(self.model.bodies(stream))
            assert list(self.ledger.bodies(stream)) == bodies
            assert self.ledger.position(stream) == len(bodies)

    def teardown(self) -> None:
        """Close the ledger."""
        close(self.ledger)


def machine_for(make: Make, reopen: Reopen | None) -> type[LedgerMachine]:
    """Return a machine that works on the ledgers *make* makes."""

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(make, reopen)

    return Machine
