"""`Ledger`: the promise every store of events makes."""

from collections.abc import Sequence
from typing import Protocol

from ..events import Event


def school_stream(school: str) -> str:
    """Return the name of the stream that holds one school's events."""
    return f"school/{school}"


def app_stream(app: str) -> str:
    """Return the name of the stream that holds one app's requests."""
    return f"app/{app}"


class Ledger(Protocol):
    """An append-only store of events in streams, safe to share between threads.

    A stream is a list of events; its position is how many it holds.
    """

    def append(self, stream: str, events: Sequence[Event], expected: int) -> int:
        """Append all of *events*, or none, and return the new position.

        When this returns, the events are as durable as the store can make them,
        and every later `read` and `position` in this process shows them.

        Args:
            stream: The stream to append to; one never written to is empty.
            events: What happened, in order.
            expected: The position the writer had read up to.

        Raises:
            StaleWriteError: The stream is at another position; nothing is written.
        """
        ...

    def read(self, stream: str, after: int = 0) -> Sequence[Event]:
        """Return the events of *stream* behind position *after*, in order."""
        ...

    def position(self, stream: str) -> int:
        """Return how many events *stream* holds.

        Asked before every record that is released, so it must be cheap.
        """
        ...
