"""`Gate`: where accesses to school data are opened."""

from datetime import datetime
from threading import Lock

from ._types import Clock, utc_now
from .access import Access
from .catalogue import Catalogue
from .ledgers.base import Ledger


class Gate:
    """Opens accesses: for one school and app, exactly what is authorised.

    Args:
        catalogue: The catalogue in force.
        ledger: Where decisions are kept.
        clock: Gives the present instant. One that steps back revives nothing:
            the gate never lets time run backwards.
    """

    def __init__(
        self, catalogue: Catalogue, ledger: Ledger, *, clock: Clock = utc_now
    ) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._latest: datetime | None = None
        self._lock = Lock()

    def open(self, *, school: str, app: str) -> Access:
        """Return the app's access to the school's data, to be used as a context.

        A school and app without a grant is no error: only public data flows.
        """
        return Access(self._catalogue, self._ledger, self.now, school=school, app=app)

    def now(self) -> datetime:
        """Return the present instant, never before one it returned earlier."""
        with self._lock:
            now = self._clock()
            if self._latest is None or now > self._latest:
                self._latest = now
            return self._latest
