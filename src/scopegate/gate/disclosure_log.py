"""Counting what is released, and writing the counts to the ledger in batches."""

import logging
from collections.abc import Callable, Container
from datetime import datetime, timedelta
from threading import Lock

from attrs import define, field, frozen

from .._base.values import Clock, aware
from ..consent.disclosures import Recording
from ..consent.events import Disclosed
from ..ledgers.base import Ledger, disclosure_stream
from ..policy.permit import Permit
from ..policy.reason import Permitted
from .crew import Patience, Steps, waited, waited_async
from .unwritten import unwritten_of

_LOG = logging.getLogger("scopegate.gate")


@frozen(eq=False)
class Released:
    """What records of one resource are released under; compared as objects.

    To compare the fields for every record would cost more than to filter it.

    Attributes:
        grant: The grant, or empty where only public fields are permitted.
        revision: Its revision, or 0.
        resource: The resource.
        fields: The permitted fields.
    """

    grant: str
    revision: int
    resource: str
    fields: tuple[str, ...]

    @classmethod
    def under(
        cls, permit: Permit, resource: str, select: Container[str] | None = None
    ) -> "Released":
        """Return the `Released` under which *permit* releases records of *resource*.

        Args:
            permit: What may flow.
            resource: The resource.
            select: The fields given out, among those that may flow; None: all.
        """
        fields = permit.fields_of(resource)
        if select is not None:
            fields = tuple(path for path in fields if path in select)
        found = [permit.why(path) for path in fields]
        grants = [(w.grant, w.revision) for w in found if isinstance(w, Permitted)]
        named = [(grant, n) for grant, n in grants if grant is not None]
        grant, revision = named[0] if named else ("", 0)
        return cls(grant, revision, resource, fields)


@define
class _Batch:
    """Records counted since an instant."""

    since: datetime = field(converter=aware)
    last: float
    count: int = 0


class Tally:
    """Counts the releases of one access; threads may share it.

    Args:
        ledger: Where they are written.
        school: Whose data it is.
        app: Who receives it.
        recording: When they are written.
        clock: Gives the instants that are written.
        elapsed: Gives seconds that never run backwards.
        patience: How long to wait for the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        school: str,
        app: str,
        recording: Recording,
        clock: Clock,
        elapsed: Callable[[], float],
        patience: Patience,
    ) -> None:
        self._ledger = ledger
        self._stream = disclosure_stream(school)
        self._app = app
        self._recording = recording
        self._is_first = recording.records == 0
        self._within = recording.within.total_seconds()
        self._clock = clock
        self._elapsed = elapsed
        self._patience = patience
        self._lock = Lock()
        self._open: dict[Released, _Batch] = {}
        self._left = recording.records
        self._due = float("inf")
        self._unwritten = unwritten_of(ledger, self._stream)
        self._turn = self._counted = 0

    def add(self, released: Released, now: float) -> bool:
        """Count one record about to be released, and tell whether to `write` first.

        Args:
            released: What it is released under.
            now: The seconds that *elapsed* gives.

        Raises:
            UnrecordedError: Too much is not written down; it must not be released.
        """
        if self._is_first:
            return True
        with self._lock:
            if self._unwritten.is_refused and released.grant:
                self._count_refused()
            batch = self._open.get(released)
            if batch is None:
                batch = self._start(released, now)
            batch.count += 1
            batch.last = now
            self._left -= 1
            return self._left <= 0 or now >= self._due

    def write(self, released: Released, now: float) -> None:
        """Write what `add` said is due; see `writing`."""
        waited(self.writing(released, now))

    def writing(self, released: Released, now: float) -> Steps[None]:
        """Yield the steps until everything due is written, or cannot be.

        Args:
            released: What the last record counted is released under.
            now: When it was counted.

        Raises:
            LedgerError: It had to be written first and could not be; it must
                not be released then.
        """
        if self._is_first:
            only = _Batch(self._clock(), now, 1)
            event = self._event(released, only, only.since)
            yield from self._unwritten.first(self._ledger, event, self._patience)
            return
        try:
            yield from self.flushing()
        except Exception:  # the ledger's own trouble; the gate closes on its own
            _LOG.warning("%s: not written yet; the next batch will try", self._stream)
            with self._lock:
                self._due = self._elapsed() + self._within

    def flushing(self) -> Steps[None]:
        """Yield the steps until everything that was counted is written.

        Raises:
            LedgerError: It is not; what is written next comes with it.
        """
        # Another one in a process that was forked since.
        self._unwritten = unwritten_of(self._ledger, self._stream)
        with self._lock:
            self._hand_over()
        yield from self._unwritten.written(self._ledger, self._patience)

    def is_full(self) -> bool:
        """Tell whether nothing may be released by a grant, and begin to write that."""
        most = self._recording.unrecorded
        if self._unwritten.is_full(most):
            self._unwritten.retry(self._ledger, self._patience)
        return self._unwritten.is_full(most)

    def _count_refused(self) -> None:
        """Count a record while the ledger refuses; see `Unwritten.count`."""
        self._unwritten.count(self._recording.unrecorded)
        if self._turn != self._unwritten.turns:
            self._turn, self._counted = self._unwritten.turns, 0
        self._counted += 1

    def _start(self, released: Released, now: float) -> _Batch:
        if not self._open:
            self._due = min(self._due, now + self._within)
        batch = self._open[released] = _Batch(self._clock(), now)
        return batch

    def _hand_over(self) -> None:
        """Put what was counted where it is written, and count from zero."""
        at, now = self._clock(), self._elapsed()
        events = [
            self._event(r, b, max(b.since, at - timedelta(seconds=now - b.last)))
            for r, b in self._open.items()
        ]
        is_known = self._turn == self._unwritten.turns
        self._unwritten.put(events, self._counted if is_known else 0)
        self._open.clear()
        self._counted = 0
        self._left, self._due = self._recording.records, float("inf")

    def _event(self, released: Released, batch: _Batch, at: datetime) -> Disclosed:
        return Disclosed(
            app=self._app,
            grant=released.grant,
            revision=released.revision,
            resource=released.resource,
            fields=released.fields,
            count=batch.count,
            since=batch.since,
            at=at,
        )


class Deferred:
    """Counts as a `Tally` does, and writes where a coroutine can wait for it.

    Args:
        tally: What counts.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._due: list[tuple[Released, float]] = []

    def add(self, released: Released, now: float) -> bool:
        """Count one record about to be released; see `Tally.add`."""
        return self._tally.add(released, now)

    def write(self, released: Released, now: float) -> None:
        """Have what is due written by `settle`, before the record is given out."""
        self._due.append((released, now))

    async def settle(self) -> None:
        """Write what is due; see `Tally.writing`."""
        due, self._due = self._due, []
        for each in due:
            await waited_async(self._tally.writing(*each))
