"""What a closed school had authorised, to the one that follows: the same, and no more."""

from hypothesis import given, settings

from scopegate import ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.lifecycle import GrantStatus
from scopegate.consent.state import SchoolState
from scopegate.errors import DecisionError
from scopegate.pages.before import Again, Before
from scopegate.pages.desk import Desk
from scopegate.pages.ending import Ending
from scopegate.testing.strategies import APPS, SCHOOLS

from .worlds import CATALOGUE, DANA, FEWER, histories

MANY = settings(FEWER, max_examples=settings().max_examples)
OLD, NEXT = SCHOOLS[0], "900009"
MIS = RecordsAdapter({"school": [{"urn": NEXT, "name": "Next School"}]})


def followed(history):
    """Return a register, and its desk, where one school has closed for the next."""
    ledger, now = history
    register = ConsentRegister(CATALOGUE, ledger, clock=lambda: now)
    if register.state(OLD) != SchoolState():
        register.close(school=OLD, actor=DANA, successor=NEXT)
    register.connect(school=NEXT, mis="arbor", adapter=MIS)
    return register, Desk(register)


@FEWER
@given(histories())
def test_what_is_shown_of_before_is_what_is_in_force_there(history):
    """Each app with a grant that has not ended at the closed school, and no other."""
    _, desk = followed(history)
    held = [app for app in APPS if desk.case(OLD, app).grant]

    assert [one.app for one in desk.before(NEXT)] == sorted(held)
    assert {one.school for one in desk.before(NEXT)} <= {OLD}
    page = desk.school(NEXT)
    assert {*page.to_authorise_again} <= {*page.before}
    assert len(page.predecessors) == bool(held)


@MANY
@given(histories())
def test_one_step_authorises_nothing_more_than_before(history):
    """Where no obstacle is named, the new grant is within the one of the closed school."""
    register, desk = followed(history)
    for app in APPS:
        here = desk.case(NEXT, app)
        try:
            shown = here.to_show()
        except DecisionError:
            continue
        for again in desk.again(shown):
            assert again.ticked <= shown.offered
            if again.obstacle:
                assert again.obstacle[0].isupper()
                continue
            old = desk.case(OLD, app).consent.latest
            ends = Ending.read(again.last_day, here.now, here.state.zone)
            register.ask(school=NEXT, app=app)
            register.authorise(
                desk.case(NEXT, app).to_show(),
                actor=DANA,
                optional=again.ticked,
                expires_at=ends.expires_at,
            )
            grant = register.state(NEXT).consent(app).current
            if grant is not None:
                assert old.status is GrantStatus.AUTHORISED
                assert grant.is_within(old.grant, old.live_fields(CATALOGUE))
                assert shown.means(grant.ticked) <= old.shown.means(old.grant.ticked)


@FEWER
@given(histories())
def test_before_and_again_agree(history):
    """The list and the page of a request say the same of the closed school."""
    _, desk = followed(history)
    for one in desk.before(NEXT):
        here = desk.case(NEXT, one.app)
        old = desk.case(OLD, one.app)
        assert one == Before.of(old, here)
        try:
            shown = here.to_show()
        except DecisionError:
            continue
        found = desk.again(shown)
        is_its_own = shown.grant is not None
        assert found == (() if is_its_own else (Again.of(old, here, shown),))
