"""`MemoryLedger`: events in this process only; the model for every other ledger.

It keeps the rows a durable ledger would keep, not the values, so what cannot be
written and read back is found here first.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock

from .._base.values import EMPTY
from ..arguments import checked
from ..consent.codec import event_from_json
from ..consent.events import Event
from ..errors import StaleWriteError
from ..proofs.merkle import Frontier
from ._sql.rows import Row, bodies_of, rows_behind

_EMPTY = Frontier()


@checked
class MemoryLedger:
    """A ledger that lives as long as the process; for tests and for trying out.

    Attributes:
        answers_at_once: That it waits for nothing; see `Ledger`.
    """

    answers_at_once = True

    def __init__(self) -> None:
        self._lock = Lock()
        self._heads: dict[str, Frontier] = {}
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        expected: int | None,
        *,
        seen: Mapping[str, int] = EMPTY,
    ) -> int:
        """Append all of *events*, or none; see `Ledger.append`."""
        bodies = bodies_of(events)
        with self._lock:
            head = self._expect(stream, expected)
            for other, position in seen.items():
                self._expect(other, position)
            rows, head = rows_behind(head, bodies)
            if rows:
                self._rows[stream] += rows
                self._heads[stream] = head
            return head.size

    def _expect(self, stream: str, expected: int | None) -> Frontier:
        """Return the head of a stream, if it is where a writer expected it."""
        head = self.head(stream)
        if expected is not None and expected != head.size:
            raise StaleWriteError(stream, expected, head.size)
        return head

    def read(self, stream: str, after: int = 0) -> Sequence[Event]:
        """Return the events after position *after*; see `Ledger.read`."""
        return tuple(map(event_from_json, self.bodies(stream, after)))

    def bodies(self, stream: str, after: int = 0) -> Sequence[bytes]:
        """Return the events as canonical JSON; see `Ledger.bodies`."""
        with self._lock:
            rows = self._rows.get(stream, [])[max(after, 0) :]
        return tuple(body for _, _, body in rows)

    def position(self, stream: str) -> int:
        """Return the number of events in *stream*; see `Ledger.position`."""
        return self.head(stream).size

    def head(self, stream: str) -> Frontier:
        """Return the head of *stream*; see `Ledger.head`."""
        return self._heads.get(stream, _EMPTY)

    def streams(self) -> Iterator[str]:
        """Yield the name of every stream, sorted; see `Ledger.streams`."""
        with self._lock:
            return iter(sorted(self._heads))
