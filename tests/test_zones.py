"""In whatever zone the clocks of a service are set, it decides and releases the same."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen
from hypothesis import example, given, settings, strategies as st

from scopegate import AccessRequest, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.disclosures import Recording
from scopegate.errors import ScopegateError
from scopegate.ledgers.base import disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger

from .web.scenes import APP, DANA, SAM, SCHOOL, table
from .zones import ZONES, around

CATALOGUE = Catalogue.from_dict(table())
PUPIL = {"id": 1, "name": "Ada", "dob": "2014-02-11"}
REQUEST = AccessRequest(APP, "Record marks", {"basic"}, {"dob"})
MIS = RecordsAdapter({"school": [{"urn": SCHOOL, "name": "Example School"}]})
ACTIONS = ("read", "authorise", "authorise", "amend", "decline", "revoke", "settle")
MINUTES = st.integers(-4, 12).map(lambda n: 15 * n)


@frozen
class Step:
    """What somebody does some minutes later, and when what it makes is to end."""

    action: str
    actor: object
    later: int
    ends: int | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(ACTIONS),
        st.sampled_from([DANA, SAM]),
        MINUTES,
        st.none() | MINUTES,
    ),
    max_size=8,
)


class Service:
    """A register and a gate whose clocks are set to a zone."""

    def __init__(self, zone, now, *, two_people):
        self.zone, self.now = ZoneInfo(zone), now
        self.ledger = MemoryLedger()
        self.register = ConsentRegister(
            CATALOGUE,
            self.ledger,
            clock=self.clock,
            new_id=lambda: "grant",
            decide_within=timedelta(hours=2),
        )
        self.gate = Gate(
            CATALOGUE,
            self.ledger,
            clock=self.clock,
            max_staleness=timedelta(0),
            recording=Recording.before_release(),
            elapsed=lambda: 0.0,
        )
        self.register.connect(school=SCHOOL, mis="arbor", adapter=MIS)
        if two_people:
            rule = TwoPersonRule("personal", days=1)
            self.register.require_two_people(rule, school=SCHOOL, actor=DANA)
        self.register.publish(REQUEST)
        self.access = self.gate.open(school=SCHOOL, app=APP)

    def clock(self):
        """Return the present instant as a clock of the zone shows it."""
        return self.now.astimezone(self.zone)

    def take(self, step):
        """Return what comes of a step, and what then flows."""
        self.now += timedelta(minutes=step.later)
        try:
            self._act(step)
            said = ""
        except ScopegateError as error:
            said = str(error)
        return said, self.flows()

    def flows(self):
        """Return what flows to an access that was open already, and to a new one."""
        with self.gate.open(school=SCHOOL, app=APP) as fresh:
            both = self.access.filter("pupil", PUPIL), fresh.filter("pupil", PUPIL)
        return both, self.register.state(SCHOOL).consent(APP).status_at(
            self.clock(), self.register.published(APP)
        )

    def _act(self, step):
        ends = None if step.ends is None else self.now + timedelta(minutes=step.ends)
        choice = {
            "actor": step.actor,
            "expires_at": ends and ends.astimezone(self.zone),
        }
        names = {"school": SCHOOL, "app": APP}
        match step.action:
            case "authorise":
                self.register.authorise(self.register.present(**names), **choice)
            case "amend":
                shown = self.register.present_grant(**names)
                self.register.amend(shown, **choice)
            case "decline":
                shown = self.register.present(**names)
                self.register.decline(shown, actor=step.actor)
            case "revoke":
                self.register.revoke(**names, actor=step.actor)
            case "settle":
                self.register.settle(SCHOOL)

    def written(self):
        """Return all that the ledger holds of the school."""
        streams = (school_stream(SCHOOL), disclosure_stream(SCHOOL))
        return [self.ledger.bodies(stream) for stream in streams]


BEFORE = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # an hour before clocks go back
FLOWS_ON = [
    Step("authorise", DANA, 55, 15),  # until 01:10 UTC
    Step("read", DANA, 20, None),  # at 01:15 UTC, which is 01:15 for the second time
]


@settings(deadline=None)
@example(case=("Europe/London", BEFORE), steps=FLOWS_ON, two_people=False)
@given(
    case=st.sampled_from(ZONES).flatmap(lambda z: st.tuples(st.just(z), around(z))),
    steps=STEPS,
    two_people=st.booleans(),
)
def test_the_zone_of_a_clock_changes_nothing(case, steps, two_people):
    """The same is decided, refused, released and written as with clocks in UTC.

    Fails on the release before: in the hour that comes twice an expired grant flowed
    on, and what had lapsed could be authorised.
    """
    zone, now = case
    local = Service(zone, now, two_people=two_people)
    utc = Service("UTC", now, two_people=two_people)

    assert [local.take(step) for step in steps] == [utc.take(step) for step in steps]
    assert local.written() == utc.written()


@pytest.mark.parametrize("minutes", [1, 15, 45, 59])
def test_an_expired_grant_does_not_flow_in_the_hour_that_comes_twice(minutes):
    """Clocks in London show 01:10 twice; a grant to the first of them ends with it.

    Fails on the release before: the pupil flowed for up to an hour.
    """
    service = Service("Europe/London", BEFORE, two_people=False)
    service.now += timedelta(minutes=55)
    service.register.authorise(
        service.register.present(school=SCHOOL, app=APP),
        actor=DANA,
        expires_at=BEFORE + timedelta(minutes=70),
    )
    flowed, _ = service.flows()
    service.now = BEFORE + timedelta(minutes=70 + minutes)

    flows, _ = service.flows()

    assert flowed == ({"id": 1, "name": "Ada"},) * 2
    assert flows == (None, None)


@pytest.mark.parametrize("zone", ["Europe/London", "America/Havana", "Asia/Beirut"])
def test_the_clock_of_a_gate_goes_on_through_the_hour_that_comes_twice(zone):
    """Its instants are in UTC, and each is that of the clock.

    Fails on the release before: the clock of the gate stood still for an hour.
    """
    service = Service(zone, BEFORE, two_people=False)

    for minutes in range(0, 180, 15):
        service.now = BEFORE + timedelta(minutes=minutes)
        assert service.gate.now() == service.register.now() == service.now
        assert service.gate.now().tzinfo is UTC
