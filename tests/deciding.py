"""A scene for tests of decisions: a register, a school to connect, an app that asks."""

from itertools import count

from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.permits import NOON

SCHOOL, APP = "100001", "gradebook"
DANA, SAM = Actor("Dana Head", role="Headteacher"), Actor("Sam Deputy")
CATALOGUE = Catalogue.builtin("assembly")
REQUEST = AccessRequest(
    APP,
    "Record and share marks",
    {"students.basic"},
    {"students.emails", "students.dob"},
    {"students.dob": "Birthday reminders"},
)
MORE = evolve(REQUEST, required={"students.basic", "students.gender"})
MIS = RecordsAdapter({"school": [{"urn": SCHOOL, "name": "Example School"}]})


class Scene:
    """A register on a ledger of its own, with a clock that is set by hand."""

    def __init__(self):
        self.now = NOON
        self.ledger = MemoryLedger()
        ids = count(1)
        self.register = ConsentRegister(
            CATALOGUE,
            self.ledger,
            clock=lambda: self.now,
            new_id=lambda: f"grant-{next(ids)}",
        )

    def connect(self):
        """Connect the school."""
        return self.register.connect(school=SCHOOL, mis="arbor", adapter=MIS)

    def shown(self):
        """Connect, publish and present."""
        self.connect()
        self.register.publish(REQUEST)
        return self.present()

    def present(self):
        """Present what there is to decide."""
        return self.register.present(school=SCHOOL, app=APP)

    def granted(self, **choice):
        """Connect, publish, present and authorise."""
        return self.register.authorise(self.shown(), actor=DANA, **choice)

    def events(self):
        """Return the names of the school's events, in order."""
        events = self.ledger.read(school_stream(SCHOOL))
        return [type(event).__name__ for event in events]

    def consent(self):
        """Return what the school decided on the app."""
        return self.register.state(SCHOOL).consent(APP)

    def on(self, catalogue):
        """Return the register of another catalogue, on the same ledger and clock."""
        return ConsentRegister(catalogue, self.ledger, clock=lambda: self.now)
