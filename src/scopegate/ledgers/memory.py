"""`MemoryLedger`: events in this process only; the model for every other ledger.

It keeps the bytes a durable ledger would keep, not the values, so what cannot be
written and read back is found here first.
"""

from collections import defaultdict
from collections.abc import Sequence
from threading import Lock

from ..codec import event_from_json, event_to_json
from ..errors import StaleWriteError
from ..events import Event


class MemoryLedger:
    """A ledger that lives as long as the process; for tests and for trying out."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._streams: defaultdict[str, list[bytes]] = defaultdict(list)

    def append(self, stream: str, events: Sequence[Event], expected: int) -> int:
        """Append all of *events*, or none; see `Ledger.append`."""
        written = [event_to_json(event) for event in events]
        with self._lock:
            kept = self._streams[stream]
            if len(kept) != expected:
                raise StaleWriteError(stream, expected, len(kept))
            kept += written
            return len(kept)

    def read(self, stream: str, after: int = 0) -> Sequence[Event]:
        """Return the events behind position *after*; see `Ledger.read`."""
        with self._lock:
            written = self._streams.get(stream, [])[after:]
        return tuple(event_from_json(body) for body in written)

    def position(self, stream: str) -> int:
        """Return how many events *stream* holds; see `Ledger.position`."""
        return len(self._streams.get(stream, ()))
