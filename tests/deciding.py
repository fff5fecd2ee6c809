"""A scene for tests of decisions: a register, a school to connect, an app that asks."""

from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing import School

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


class Scene(School):
    """A school that is to be connected, and an app that is to ask."""

    def __init__(self):
        super().__init__(CATALOGUE, app=APP)
        self.ledger = MemoryLedger()  # where it is not connected yet
        self.use(CATALOGUE)

    def shown(self):
        """Connect, publish and present."""
        self.connect()
        self.register.publish(REQUEST)
        return self.ask()

    def granted(self, **choice):
        """Connect, publish, present and authorise."""
        return self.register.authorise(self.shown(), actor=DANA, **choice)

    def events(self):
        """Return the names of the school's events, in order."""
        return [type(event).__name__ for event in super().events()]

    def on(self, catalogue=CATALOGUE, **more):
        """Return another register, on the same ledger and clock."""
        return ConsentRegister(catalogue, self.ledger, clock=self.clock, **more)
