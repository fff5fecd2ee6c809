"""A connected school, an app that asks, and a clock: where most stories begin."""

from collections.abc import AsyncIterator
from datetime import timedelta

from scopegate import AccessRequest, Actor, Catalogue, Gate
from scopegate.adapters.base import NONE
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing import School

SCHOOL, APP = "100001", "gradebook"
DANA, SAM = Actor("Dana Head", role="Headteacher"), Actor("Sam Deputy", role="Deputy")
VENDOR = Actor("Val Vendor", role="Data lead")
CATALOGUE = Catalogue.builtin("assembly")
REQUEST = AccessRequest(APP, "Record marks", {"students.basic"}, {"students.dob"})
PUPILS = [
    {"id": n, "first_name": f"Ada {n}", "last_name": "Zed", "dob": "2014-02-11"}
    for n in range(1, 9)
]
RECORDS = {"school": [{"urn": SCHOOL, "name": "Example School"}], "student": PUPILS}


class AsyncRecords:
    """Records that are given without blocking."""

    def __init__(self, records=RECORDS, school=None):
        self.records, self.school, self.given = records, school, 0

    def capabilities(self, resource):
        """Return that it gives whole records."""
        return NONE

    async def fetch(self, wanted) -> AsyncIterator[object]:
        """Yield the records of a resource, counting them."""
        for record in self.records.get(wanted.resource.name, ()):
            self.given += 1
            yield record


class Unreachable(MemoryLedger):
    """A ledger that stops answering when it is told to."""

    def __init__(self):
        super().__init__()
        self.down = None
        self.asked = 0

    def _answer(self):
        self.asked += 1
        if self.down is not None:
            raise self.down

    def head(self, stream):
        """Return the head, or fail."""
        self._answer()
        return super().head(stream)

    def bodies(self, stream, after=0):
        """Return the events as they are kept, or fail."""
        self._answer()
        return super().bodies(stream, after)

    def append(self, stream, events, expected, **more):
        """Append, or fail."""
        self._answer()
        return super().append(stream, events, expected, **more)


class Scene(School):
    """A school, an app's published request, and a ledger that can fail."""

    def __init__(self, ledger=None, **gate):
        ledger = Unreachable() if ledger is None else ledger
        super().__init__(CATALOGUE, RECORDS, app=APP, ledger=ledger)
        if gate:
            usual = {"clock": self.clock, "elapsed": self.clock.elapsed}
            self.gate = Gate(CATALOGUE, ledger, **usual | gate)
        self.register.publish(REQUEST)

    def authorise(self, *optional, **more):
        """Let the school authorise, with the boxes named ticked."""
        return super().authorise(optional=optional, **more)

    def pass_time(self, **by):
        """Let time pass."""
        self.clock.go_on(timedelta(**by))
