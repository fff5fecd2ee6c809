"""A connected school, an app that asks, and a clock: where most stories begin."""

from collections.abc import AsyncIterator
from datetime import timedelta

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.base import NONE
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON

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

    def position(self, stream):
        """Return the position, or fail."""
        self._answer()
        return super().position(stream)

    def read(self, stream, after=0):
        """Return the events, or fail."""
        self._answer()
        return super().read(stream, after)

    def append(self, stream, events, expected):
        """Append, or fail."""
        self._answer()
        return super().append(stream, events, expected)


class Scene:
    """A connected school, an app's published request, and a clock set by hand."""

    def __init__(self, ledger=None, **gate):
        self.clock = FakeClock(NOON)
        self.ledger = Unreachable() if ledger is None else ledger
        self.register = ConsentRegister(CATALOGUE, self.ledger, clock=self.clock)
        gate = {"clock": self.clock, "elapsed": self.clock.elapsed} | gate
        self.gate = Gate(CATALOGUE, self.ledger, **gate)
        self.mis = RecordsAdapter(RECORDS)
        self.register.connect(school=SCHOOL, mis="arbor", adapter=self.mis)
        self.register.publish(REQUEST)

    def present(self):
        """Return what the school is to be shown."""
        return self.register.present(school=SCHOOL, app=APP)

    def authorise(self, *optional, **more):
        """Let the school authorise, with the boxes named ticked."""
        return self.register.authorise(
            self.present(), optional=optional, actor=DANA, **more
        )

    def revoke(self):
        """Let the school revoke."""
        self.register.revoke(school=SCHOOL, app=APP, actor=DANA)

    def open(self):
        """Open an access."""
        return self.gate.open(school=SCHOOL, app=APP)

    def pass_time(self, **by):
        """Let time pass."""
        self.clock.go_on(timedelta(**by))
