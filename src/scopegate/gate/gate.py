"""`Gate`: where accesses to school data are opened."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from .._base.values import Clock, aware, seconds_awake, utc_now
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..consent.disclosures import IN_BATCHES, Recording
from ..consent.standing import connection_of
from ..consent.state import SchoolState
from ..ledgers.base import Ledger
from .access import Access
from .crew import Patience, Steps, waited, waited_async
from .current_permit import Watch
from .disclosure_log import Tally

_LOG = logging.getLogger("scopegate.gate")


@checked
class Gate:
    """Opens accesses: for one school and app, exactly what is authorised.

    Args:
        catalogue: The catalogue in force.
        ledger: Where decisions are kept, and what was released is written.
        clock: Gives the present instant, aware, in any zone. One that steps back, or
            shows an hour twice, revives nothing: the gate never lets time run
            backwards.
        max_staleness: For how long an answer of the ledger is good, from before it was
            asked for. A decision of another process holds after that at the latest,
            and when the ledger does not answer, only public data flows after that.
            Decisions of this process hold at once. Zero asks before every record.
        max_wait: How long anyone waits for the ledger at most. One asks, and all who
            wait share the answer; after that time only public data flows, and for
            `max_staleness` no one waits again.
        recording: When releases are written to the ledger.
        elapsed: Gives seconds that never run backwards, for `max_staleness`.

    Raises:
        ValueError: *max_staleness* is below zero, or *max_wait* is not above it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock = utc_now,
        max_staleness: timedelta = timedelta(seconds=1),
        max_wait: timedelta = timedelta(seconds=2),
        recording: Recording = IN_BATCHES,
        elapsed: Callable[[], float] = seconds_awake,
    ) -> None:
        if max_staleness < timedelta():
            message = "`max_staleness` is at least 0; 0 asks before every record"
            raise ValueError(message)
        if max_wait <= timedelta():
            message = "`max_wait` must be above 0; no answer arrives at once"
            raise ValueError(message)
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._patience = Patience(
            max_staleness.total_seconds(), max_wait.total_seconds()
        )
        self._recording = recording
        self._elapsed = elapsed
        self._latest: datetime | None = None
        self._lock = Lock()

    def open(self, *, school: str, app: str) -> Access:
        """Return the app's access to the school's data, to be used as a context.

        A school that is not connected, or that has decided nothing on the app, is not
        an error: nothing flows, or only public data, and the log says so.

        Raises:
            LedgerError: The ledger cannot be read, or does not answer in time.
        """
        return waited(self._opening(school, app))

    async def open_async(self, *, school: str, app: str) -> Access:
        """Return the same as `open`, for `async with`, holding no event loop.

        Raises:
            LedgerError: As `open` does.
        """
        return await waited_async(self._opening(school, app))

    def _opening(self, school: str, app: str) -> Steps[Access]:
        tally = Tally(
            self._ledger,
            school=school,
            app=app,
            recording=self._recording,
            clock=self.now,
            elapsed=self._elapsed,
            patience=self._patience,
        )
        watch = Watch(
            self._catalogue,
            self._ledger,
            clock=self.now,
            elapsed=self._elapsed,
            patience=self._patience,
            tally=tally,
            school=school,
            app=app,
        )
        view = yield from watch.opened()
        _log_what_is_missing(view.known.state, school, app)
        return Access(self._catalogue, watch, tally)

    def now(self) -> datetime:
        """Return the present instant, never before one it returned earlier."""
        with self._lock:
            now = aware(self._clock())
            if self._latest is None or now > self._latest:
                self._latest = now
            return self._latest


def _log_what_is_missing(state: SchoolState, school: str, app: str) -> None:
    """Log why little or nothing may flow: either name may be spelt wrong."""
    if connection_of(state, school) is None:
        _LOG.warning("`%s` has no connection: nothing flows to `%s`", school, app)
    elif app not in state.consents:
        _LOG.info(
            "`%s` has decided nothing on `%s`: only public data flows", school, app
        )
