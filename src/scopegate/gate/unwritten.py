"""`Unwritten`: what was released of one school's data and is not in the ledger yet."""

from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Lock, RLock
from time import monotonic
from weakref import WeakValueDictionary

from .._base.per_object import PerObject
from ..consent.events import Disclosed
from ..errors import LedgerError
from ..ledgers.base import Ledger
from .crew import Patience, Steps, Waiting, no_answer, writers_of

_MOST_PUBLIC = 10_000
"""How many events of releases by no grant wait to be written at most."""


class UnrecordedError(Exception):
    """No more may be released until what was released is written down."""


class Unwritten:
    """What one process has still to write of the releases of one school's data.

    Accesses hand over what they counted. What the ledger does not take stays here, even
    after its access is closed, and is written with what comes next.

    Attributes:
        is_refused: Whether the ledger took nothing when it was asked last.
        turns: How often it began to refuse, and ended that.

    Args:
        stream: The stream of disclosures.
        kept: Where this keeps itself for as long as the ledger refuses.
    """

    def __init__(self, stream: str, kept: "set[Unwritten]") -> None:
        self.is_refused = False
        self.turns = 0
        self._stream = stream
        self._kept = kept
        self._lock = RLock()  # a ledger that waits for nothing is asked lock in hand
        self._pending: list[Disclosed] = []
        self._under_way: list[Disclosed] = []
        self._writing: Future[None] | None = None
        self._is_late = False
        self._records = 0
        self._still_open = 0

    def is_full(self, most: int) -> bool:
        """Tell whether *most* records released by a grant are not written down.

        Counted are those that the ledger refused, and those released since.
        """
        return self.is_refused and self._records + self._still_open >= most

    def count(self, most: int) -> None:
        """Count a record about to be released by a grant, while the ledger refuses.

        Raises:
            UnrecordedError: There are *most* already; it must not be released.
        """
        with self._lock:
            if self.is_full(most):
                raise UnrecordedError
            self._still_open += 1

    def put(self, events: Iterable[Disclosed], counted: int) -> None:
        """Take events to be written; *counted* of their records were counted before."""
        with self._lock:
            has_room = len(self._pending) < _MOST_PUBLIC
            added = [event for event in events if event.grant or has_room]
            self._pending += added
            self._records += _records_in(added)
            self._still_open -= counted

    def written(self, ledger: Ledger, patience: Patience) -> Steps[None]:
        """Yield the steps until everything put here is written.

        Raises:
            LedgerError: It is not; it is kept, and written with what comes next.
        """
        until = monotonic() + patience.wait
        for _ in range(2):  # what is under way does not hold what came since
            future = self._begun(ledger, patience)
            if future is None:
                return
            yield Waiting(future, until - monotonic())
            if not future.done():
                self._gave_up(ledger, future, patience)
                raise no_answer(ledger)
            future.result()

    def first(
        self, ledger: Ledger, event: Disclosed, patience: Patience
    ) -> Steps[None]:
        """Yield the steps until an event is written; nothing else goes along.

        Raises:
            LedgerError: It is not, or no one can tell.
        """
        writers = writers_of(ledger)
        if not writers.admits(patience.wait):
            raise no_answer(ledger)
        future = writers.send(partial(ledger.append, self._stream, [event], None))
        yield Waiting(future, patience.wait)
        if not future.done():
            future.cancel()
            writers.gave_up(patience.staleness)
            raise no_answer(ledger)
        future.result()

    def retry(self, ledger: Ledger, patience: Patience) -> None:
        """Begin to write what was refused, and wait for nothing."""
        with suppress(LedgerError):
            self._begun(ledger, patience)

    def _begun(self, ledger: Ledger, patience: Patience) -> "Future[None] | None":
        """Return the write under way, begun now if something waits for one."""
        with self._lock:
            if self._is_late:
                raise no_answer(ledger)
            if self._writing is not None or not self._pending:
                return self._writing
            writers = writers_of(ledger)
            if not writers.admits(patience.wait):
                self._refuse()
                raise no_answer(ledger)
            self._under_way, self._pending = self._pending, []
            future = writers.send(partial(self._write, ledger))
            self._writing = None if future.done() else future
            return future

    def _write(self, ledger: Ledger) -> None:
        is_written = False
        try:
            ledger.append(self._stream, self._under_way, None)
            is_written = True
        finally:
            with self._lock:
                self._settle(is_written=is_written)

    def _settle(self, *, is_written: bool) -> None:
        """Keep what was under way if the ledger did not take it."""
        self._writing, self._is_late = None, False
        if is_written:
            self._records -= _records_in(self._under_way)
            self._turn(is_refused=False)
            self._kept.discard(self)
        else:
            self._pending[:0] = self._under_way
            self._refuse()
        self._under_way = []

    def _gave_up(
        self, ledger: Ledger, future: "Future[None]", patience: Patience
    ) -> None:
        writers_of(ledger).gave_up(patience.staleness)
        with self._lock:
            if self._writing is future:
                self._is_late = True
                self._refuse()

    def _refuse(self) -> None:
        if not self.is_refused:
            self._turn(is_refused=True)
            self._kept.add(self)

    def _turn(self, *, is_refused: bool) -> None:
        """Count from zero what is released while the ledger refuses."""
        self.is_refused, self._still_open = is_refused, 0
        self.turns += 1


class _Schools:
    """What is unwritten of each stream of one ledger, for as long as that matters."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: set[Unwritten] = set()
        self._known: WeakValueDictionary[str, Unwritten] = WeakValueDictionary()

    def of(self, stream: str) -> Unwritten:
        """Return the `Unwritten` of a stream."""
        with self._lock:
            found = self._known.get(stream)
            if found is None:
                found = self._known[stream] = Unwritten(stream, self._kept)
            return found


_SCHOOLS = PerObject(_Schools, is_inherited=False)


def unwritten_of(ledger: Ledger, stream: str) -> Unwritten:
    """Return the `Unwritten` of a stream of disclosures, in this process."""
    return _SCHOOLS.of(ledger).of(stream)


def _records_in(events: Iterable[Disclosed]) -> int:
    """Return the number of records released by a grant."""
    return sum(event.count for event in events if event.grant)
