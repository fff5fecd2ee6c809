"""What the tests of the app's side share: a catalogue with every snag, and its cases."""

from datetime import timedelta

from hypothesis import HealthCheck, settings, strategies as st

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.consent.request import Terms
from scopegate.register.case import Case
from scopegate.testing import School
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import APPS, SCHOOLS, memory_ledgers

SCHOOL, APP = "100001", "gradebook"
DANA = Actor("Dana Head", role="Headteacher")
TABLE = {
    "id": "snags",
    "version": "1",
    "policy_version": 1,
    "resource": {
        "school": {
            "title": "School",
            "key": "urn",
            "field": {
                "urn": {"title": "URN", "sensitivity": "public"},
                "name": {"title": "Name", "sensitivity": "public"},
            },
        },
        "pupil": {
            "title": "Pupils",
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "field": {
                "id": {"title": "Id"},
                "name": {"title": "Name"},
                "dob": {"title": "Date of birth"},
                "needs": {"title": "Needs", "sensitivity": "special"},
                "leaver": {"kind": "boolean"},
                "photo": {},
            },
        },
        "staff": {"key": "id", "field": {"id": {"title": "Staff id"}}},
    },
    "scope": {
        "school": {
            "title": "The school",
            "sensitivity": "public",
            "fields": ["school.urn", "school.name"],
        },
        "basic": {"title": "Basic", "fields": ["pupil.id", "pupil.name"]},
        "names": {"title": "Names", "fields": ["pupil.name"]},  # within basic
        "dob": {"title": "Births", "fields": ["pupil.dob"], "includes": ["basic"]},
        "needs": {"title": "Needs", "fields": ["pupil.needs", "pupil.name"]},
        "leavers": {"title": "Leavers"},  # opens rows, and holds no field
        "old": {  # opens rows too; its fields are not in the order of their names
            "title": "Old names",
            "fields": ["pupil.name", "pupil.dob"],
        },
        "staff": {"fields": ["staff.id"]},  # has no title
        "siblings": {"title": "Siblings", "includes": ["basic"]},  # no field of its own
    },
    "joint": [{"scopes": ["dob", "needs"], "fields": ["pupil.photo"]}],
    "rows": [
        {"resource": "pupil", "scope": "leavers", "where": {"leaver": True}},
        {"resource": "pupil", "scope": "old", "where": {"leaver": False}},
    ],
    "mis": {"arbor": {"needs": ["Needs"]}},
}
CATALOGUE = Catalogue.from_dict(TABLE)
REQUEST = AccessRequest(
    APP,
    "Record marks",
    {"basic"},
    {"dob", "needs", "leavers"},
    terms=Terms("one year", "public task", "dpo@example.org"),
)
FEWER = settings(
    max_examples=max(1, settings().max_examples // 5),
    deadline=None,
    suppress_health_check=list(HealthCheck),  # a whole history for each example
)


class World(School):
    """A school that is connected, and an app that asks."""

    def __init__(self, request=REQUEST, catalogue=CATALOGUE, permissions=None):
        super().__init__(catalogue, app=APP, permissions=permissions)
        self.asks(request)

    def on(self, catalogue):
        """Return a register of a catalogue on the same ledger, and use it."""
        self.use(catalogue)
        return self.register

    def asks(self, request):
        """Let an app ask for something else."""
        self.register.publish(request)

    def authorise(self, *optional, **more):
        """Let the school authorise, with the boxes named ticked."""
        return super().authorise(optional=optional, **more)

    def pass_days(self, days):
        """Let days pass."""
        self.clock.go_on(timedelta(days=days))

    def case(self, app=APP):
        """Return the app's case now."""
        return case_of(self.catalogue, self.ledger, SCHOOL, app, self.clock())


def case_of(catalogue, ledger, school, app, now):
    """Return the case that a ledger holds of an app at a school."""
    register = ConsentRegister(catalogue, ledger)
    state, published = register.state(school), register.published(app)
    return Case(catalogue, state, published, school, app, now)


def flowing(catalogue, ledger, case):
    """Return what the gate lets flow, by no way that the pages use."""
    gate = Gate(catalogue, ledger, clock=lambda: case.now)
    with gate.open(school=case.school, app=case.app) as access:
        return access.permit.fields


@st.composite
def histories(draw):
    """Draw a ledger with a history on the catalogue of snags, and an instant."""
    ledger = draw(memory_ledgers(CATALOGUE))
    return ledger, NOON + timedelta(days=draw(st.sampled_from([0, 1, 3, 60])))


def cases_of(ledger, now, school=SCHOOLS[0]):
    """Return the case of each app at one school."""
    return [case_of(CATALOGUE, ledger, school, app, now) for app in APPS]
