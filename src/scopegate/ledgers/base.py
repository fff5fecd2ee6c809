"""`Ledger`: the promise every store of events makes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from .._base.values import EMPTY
from ..arguments import checked
from ..consent.events import Event
from ..proofs.merkle import Frontier


@checked
def school_stream(school: str) -> str:
    """Return the name of the stream that holds one school's decisions."""
    return f"school/{school}"


@checked
def app_stream(app: str) -> str:
    """Return the name of the stream that holds one app's requests."""
    return f"app/{app}"


@checked
def disclosure_stream(school: str) -> str:
    """Return the name of the stream of disclosures of one school's data."""
    return f"disclosure/{school}"


@checked
def successor_stream(school: str) -> str:
    """Return the name of the stream of the closed schools that *school* follows."""
    return f"successor/{school}"


class Ledger(Protocol):
    """An append-only store of events in streams, safe to share between threads.

    A stream is a list of events; its position is how many it holds. Each event is
    kept as canonical JSON, and these bytes are the leaves of the stream's Merkle
    tree (RFC 6962 section 2.1), so a stream proves its own past.

    Any call may have to open the store again, and then raises what opening does,
    `UnfitLedgerError` among it. A gate asks from threads of its own, so that no one
    waits for a slow store longer than it says. A ledger that never waits for anything
    outside the process may have an attribute `answers_at_once` that is True: then it is
    asked where the answer is needed.
    """

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        expected: int | None,
        *,
        seen: Mapping[str, int] = EMPTY,
    ) -> int:
        """Append all of *events*, or none, and return the new position.

        When this returns, the events are as durable as the store can make them,
        and every later `read` and `position` shows them, in every process.

        Args:
            stream: The stream to append to; one never written to is empty.
            events: What happened, in order.
            expected: The position the writer had read up to; None to append at any
                position, for events that decide nothing.
            seen: The positions of further streams that the events were decided on.
                No one can write to these between the comparison and the write.

        Raises:
            StaleWriteError: The stream, or one of those seen, is at another
                position; nothing is written.
            UnreachableLedgerError: The store does not answer, or has no room;
                its sentence says if it is unknown whether anything was written.
        """
        ...

    def read(self, stream: str, after: int = 0) -> Sequence[Event]:
        """Return the events of *stream* after position *after*, in order.

        Raises:
            DamagedLedgerError: What is stored is not what was written.
            UnreachableLedgerError: The store does not answer.
            CodecError: An event is of a format that this scopegate cannot read.
        """
        ...

    def bodies(self, stream: str, after: int = 0) -> Sequence[bytes]:
        """Return the events as `read` does, but as the canonical JSON that is kept.

        Raises:
            DamagedLedgerError: What is stored is not what was written.
            UnreachableLedgerError: The store does not answer.
        """
        ...

    def position(self, stream: str) -> int:
        """Return the number of events in *stream*, which its head has too.

        Raises:
            UnreachableLedgerError: The store does not answer.
        """
        ...

    def head(self, stream: str) -> Frontier:
        """Return the head of *stream*: its position and what vouches for its past.

        Two heads of one position differ when the events before it do, so one who
        remembers a head notices a stream that was put back or replaced. May be asked
        before every record that is released, so it must be cheap.

        Raises:
            DamagedLedgerError: What is stored is not what was written.
            UnreachableLedgerError: The store does not answer.
        """
        ...

    def streams(self) -> Iterator[str]:
        """Yield the name of every stream that was ever written to, sorted.

        Raises:
            UnreachableLedgerError: The store does not answer.
        """
        ...
