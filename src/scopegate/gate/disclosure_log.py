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
    ) -> None:
        self._ledger = ledger
        self._stream = disclosure_stream(school)
        self._app = app
        self._recording = recording
        self._within = recording.within.total_seconds()
        self._clock = clock
        self._elapsed = elapsed
        self._lock = Lock()
        self._open: dict[Released, _Batch] = {}
        self._left = recording.records
        self._due = float("inf")

    def add(self, released: Released, now: float) -> None:
        """Count one record that is about to be released.

        Args:
            released: What it is released under.
            now: The seconds that *elapsed* gives.

        Raises:
            LedgerError: It had to be written first and could not be; it must
                not be released then.
        """
        if self._recording.records == 0:
            only = _Batch(self._clock(), now, 1)
            self._append([self._event(released, only, only.since)])
            return
        with self._lock:
            batch = self._open.get(released)
            if batch is None:
                batch = self._start(released, now)
            batch.count += 1
            batch.last = now
            self._left -= 1
            is_due = self._left <= 0 or now >= self._due
        if is_due:
            self._try()

    def flush(self) -> None:
        """Write what was counted; what cannot be written still counts.

        Raises:
            LedgerError: It could not be written.
        """
        with self._lock:
            if not self._open:
                return
            at, now = self._clock(), self._elapsed()
            ended = [
                (r, b, max(b.since, at - timedelta(seconds=now - b.last)))
                for r, b in self._open.items()
            ]
            self._append([self._event(*each) for each in ended])
            self._open.clear()
            self._reset(float("inf"))

    def _try(self) -> None:
        """Write what is due; where that fails, wait for the next time it is."""
        try:
            self.flush()
        except Exception:  # the ledger's own trouble; the gate closes on its own
            _LOG.warning("%s: not written yet; the next batch will try", self._stream)
            with self._lock:
                self._reset(self._elapsed() + self._within)

    def _start(self, released: Released, now: float) -> _Batch:
        if not self._open:
            self._due = now + self._within
        batch = self._open[released] = _Batch(self._clock(), now)
        return batch

    def _reset(self, due: float) -> None:
        self._left, self._due = self._recording.records, due

    def _append(self, events: list[Disclosed]) -> None:
        self._ledger.append(self._stream, events, None)

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
