"""What this process has seen of each ledger's streams, so that none is put back.

A stream never gets shorter, and its past never changes. A restored backup, a standby
that lags and a server that lost what it acknowledged look like a stream that did: whole,
and with a decision less. Nothing in the store shows that, but those who have seen
more know. So the heads seen are remembered, for as long as the ledger object is there, by
the gate, by the register and by the pages together.

Only what was seen before a question began is held against its answer: one that
overlaps with a write may come without it.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import islice
from threading import Lock

from .._base.per_object import PerObject
from .._base.values import EMPTY
from ..consent.events import Event
from ..errors import DamagedLedgerError
from ..proofs.merkle import Frontier, leaf_hash
from .base import Ledger

_NOTHING = Frontier()


class _Seen:
    """The newest head that was seen of each stream of one ledger."""

    def __init__(self) -> None:
        self.heads: dict[str, Frontier] = {}
        self._lock = Lock()

    def replace(self, stream: str, before: Frontier, found: Frontier) -> None:
        """Keep a head that continues *before*, unless another came to be seen."""
        with self._lock:
            if self.heads.get(stream, _NOTHING) is before:
                self.heads[stream] = found


_SEEN = PerObject(_Seen, is_inherited=True)


def name_of(ledger: Ledger) -> str:
    """Return a ledger's name for errors."""
    return str(getattr(ledger, "_name", type(ledger).__name__))


def head(ledger: Ledger, stream: str) -> Frontier:
    """Return the head of *stream*, which continues every one that was seen before.

    Raises:
        DamagedLedgerError: It does not.
        LedgerError: As `Ledger.head` and `Ledger.bodies`.
    """
    seen = _SEEN.of(ledger)
    before = seen.heads.get(stream, _NOTHING)
    found = ledger.head(stream)
    if found != before:
        if before.size and found != _grown(ledger, stream, before, found.size):
            raise _damaged(ledger, stream, before.size, found.size)
        seen.replace(stream, before, found)
    return found


def events(
    ledger: Ledger, stream: str, head: Frontier, after: int = 0
) -> Sequence[Event]:
    """Return the events of *stream* after a position, up to a head that `head` gave.

    Raises:
        DamagedLedgerError: There are not as many.
        LedgerError: As `Ledger.read`.
    """
    found = ledger.read(stream, after)[: max(head.size - after, 0)]
    if after + len(found) != head.size:
        at = min(head.size, after + len(found))
        raise _damaged(ledger, stream, max(after, head.size), at)
    return found


def read(ledger: Ledger, stream: str, after: int = 0) -> Sequence[Event]:
    """Return the events of *stream* after a position, as one who has seen it reads.

    Raises:
        DamagedLedgerError: The stream was put back, or replaced.
        LedgerError: As `Ledger.read`.
    """
    return events(ledger, stream, head(ledger, stream), after)


def append(
    ledger: Ledger,
    stream: str,
    written: Sequence[Event],
    expected: int | None,
    *,
    seen: Mapping[str, int] = EMPTY,
) -> int:
    """Append events as `Ledger.append` does, and see that they are there.

    Raises:
        DamagedLedgerError: The ledger says that it has them, and has not.
        LedgerError: As `Ledger.append`.
    """
    position = ledger.append(stream, written, expected, seen=seen)
    try:
        found = head(ledger, stream).size
    except DamagedLedgerError:
        raise
    except Exception:  # it is written; the next who asks sees it
        return position
    if found < position:
        raise _damaged(ledger, stream, position, found)
    return position


def _grown(ledger: Ledger, stream: str, before: Frontier, size: int) -> Frontier:
    """Return the head at *size* of a stream that goes on from *before*."""
    if size <= before.size:
        return before
    bodies = islice(ledger.bodies(stream, before.size), size - before.size)
    return reduce(Frontier.add, map(leaf_hash, bodies), before)


def _damaged(ledger: Ledger, stream: str, seen: int, found: int) -> DamagedLedgerError:
    problem = (
        f"it is at {found}, and this process has seen another past of it, up to {seen}"
        ": an older or another copy is in its place, or a standby that lags; put the"
        " newest copy back"
    )
    return DamagedLedgerError(name_of(ledger), problem, f"stream `{stream}`")
