"""Stops that only the school lifts: a disconnection, a pause, the end of a school."""

import pytest
from hypothesis import given

from scopegate import AccessDeniedError, ConsentRegister, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.events import Connected, Disconnected
from scopegate.consent.state import SchoolState
from scopegate.errors import (
    ClosedSchoolError,
    Denial,
    NoAuthorityError,
    NotConnectedError,
    NotPausedError,
    NotPublishedError,
    StoppedError,
)
from scopegate.ledgers.base import successor_stream
from scopegate.policy import Reason
from scopegate.testing.strategies import catalogues, histories

from ..deciding import APP, CATALOGUE, DANA, MIS, SAM, SCHOOL, Scene as Deciding
from ..scene import Scene

AT = {"school": SCHOOL, "actor": DANA}
PUPIL = {"id": 1, "first_name": "Ada"}


def no_one(actor, school, at):
    """Give no one any authority."""
    return False


@pytest.fixture
def held():
    """Return a scene in which pupils flow."""
    scene = Scene()
    scene.authorise()
    return scene


def flows(scene):
    """Return what flows of a pupil, by an access that is opened now."""
    with scene.open() as access:
        return access.filter("student", PUPIL)


def reason(scene, path="student.first_name"):
    """Return why a field is withheld now."""
    return scene.permit().why(path).reason


# The connection


def test_a_redeployment_lifts_no_stop(held):
    """Connecting at the start of a service does not undo what the school said.

    Fails on the release before: everything flowed again, and no one was on record.
    """
    held.register.disconnect(**AT, reason="we stop all")
    again = ConsentRegister(CATALOGUE, held.ledger, authority=no_one)

    with pytest.raises(StoppedError, match="Dana Head"):
        again.connect(school=SCHOOL, mis="arbor", adapter=held.mis)
    with pytest.raises(NoAuthorityError):
        again.connect(school=SCHOOL, mis="arbor", adapter=held.mis, actor=SAM)
    assert flows(held) is None


def test_who_lifts_a_stop_is_on_record(held):
    """The school connects again by somebody with authority, who is named."""
    held.register.disconnect(**AT)
    held.connect(actor=SAM)

    assert flows(held) == PUPIL
    assert [e.actor for e in held.events() if isinstance(e, Connected)] == [None, SAM]


def test_connecting_again_records_nothing_where_nothing_changed():
    """Ten starts of a service, with a stray blank in the MIS's name, are one event."""
    scene = Deciding()
    for mis in ["arbor"] * 5 + ["Arbor", " arbor ", "ARBOR\u200b"]:
        scene.register.connect(school=SCHOOL, mis=mis, adapter=MIS)

    assert scene.events() == ["Connected"]


def test_what_an_account_may_do_is_not_forgotten_by_a_start():
    """Permissions that are not said again are those that are known."""
    scene = Deciding()
    scene.register.connect(
        school=SCHOOL, mis="arbor", adapter=MIS, permissions=["read"], id_space="a"
    )
    scene.register.change_permissions(school=SCHOOL, permissions=["write"])
    scene.register.disconnect(**AT)
    made = scene.register.connect(school=SCHOOL, mis="arbor", adapter=MIS, actor=DANA)

    assert (made.permissions, made.id_space) == ({"write"}, "a")
    other = scene.register.connect(school=SCHOOL, mis="sims", adapter=MIS)
    assert (other.permissions, other.id_space) == (None, "")


# Pauses


def test_a_pause_stops_what_was_authorised_and_nothing_else(held):
    """The app gets public data; its grant stays, and goes on when it is resumed."""
    grant = held.consent().current
    held.register.pause(**AT, app="gradebook", reason="a look into it")
    with held.open() as access, pytest.raises(AccessDeniedError) as caught:
        access.read(held.mis, Query("student"))

    assert caught.value.denial is Denial.PAUSED
    assert reason(held) is Reason.PAUSED
    assert held.permit().why("student.first_name").actor == DANA
    assert held.read(Query("school", select=["school.urn"])) == [{"urn": SCHOOL}]
    held.register.resume(**AT, app="gradebook")
    assert flows(held) == PUPIL
    assert held.consent().current == grant


def test_a_pause_of_all_apps_is_lifted_as_one(held):
    """What was paused together is resumed together, and what alone, alone."""
    held.register.pause(**AT)
    assert reason(held) is Reason.PAUSED
    with pytest.raises(NotPausedError, match="all apps are paused"):
        held.register.resume(**AT, app=held.app)
    held.register.pause(**AT, app=held.app)
    held.register.resume(**AT)
    assert reason(held) is Reason.PAUSED
    with pytest.raises(NotPausedError, match="single apps are paused"):
        held.register.resume(**AT)
    held.register.resume(**AT, app=held.app)
    with pytest.raises(NotPausedError, match="nothing is paused"):
        held.register.resume(**AT)

    assert flows(held) == PUPIL


def test_a_pause_is_one_event_however_often_it_is_said(held):
    """Who paused first stays on record."""
    held.register.pause(**AT, app=held.app)
    held.register.pause(school=SCHOOL, app=held.app, actor=SAM)

    assert [type(e).__name__ for e in held.events()].count("Paused") == 1
    assert held.register.state(SCHOOL).pauses[held.app].actor == DANA


def test_an_app_that_no_one_knows_is_not_paused(held):
    """A name that is spelt wrong stops nothing, and that is said."""
    with pytest.raises(NotPublishedError):
        held.register.pause(**AT, app="gradebok")


@pytest.mark.parametrize("verb", ["pause", "resume", "close"])
def test_a_stop_takes_authority(held, verb):
    """A person without authority neither stops anything nor lifts a stop."""
    register = ConsentRegister(CATALOGUE, held.ledger, authority=no_one)
    before = held.events()

    with pytest.raises(NoAuthorityError):
        getattr(register, verb)(**AT)
    assert held.events() == before


# The end of a school


def test_nothing_flows_under_a_closed_school(held):
    """Neither what was authorised nor public data, nor by a record one has.

    Fails on the release before: a school had no end, and `filter` went on for ever.
    """
    held.register.close(**AT, successor="100009", reason="an academy now")

    assert flows(held) is None
    assert reason(held) is Reason.CLOSED
    assert reason(held, "school.urn") is Reason.CLOSED
    with held.open() as access, pytest.raises(AccessDeniedError) as caught:
        access.read(held.mis, Query("student"))
    assert caught.value.denial is Denial.ENDED


CONNECTING = {"school": SCHOOL, "mis": "arbor", "adapter": MIS, "actor": DANA}
ASKED = {"school": SCHOOL, "app": APP}
DEEDS = {
    "connect": CONNECTING,
    "pause": AT,
    "resume": AT,
    "present": ASKED,
    "present_grant": ASKED,
    "ask": ASKED,
    "close": AT | {"successor": "100008"},
}


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_is_decided_at_a_closed_school(held, deed):
    """The end is final, and the error names the successor."""
    held.register.close(**AT, successor="100009")
    before = held.events()

    with pytest.raises(ClosedSchoolError, match="`100009` follows it"):
        getattr(held.register, deed)(**DEEDS[deed])
    assert held.events() == before


def test_a_successor_sees_whom_it_follows_and_gets_no_grant():
    """Two schools merge into a third, which decides on its own."""
    scene = Deciding()
    scene.granted()
    second = RecordsAdapter({"school": [{"urn": "100002", "name": "Two"}]})
    scene.register.connect(school="100002", mis="arbor", adapter=second)
    scene.register.close(**AT)
    scene.register.close(**AT, successor="100009")
    scene.register.close(**AT, successor="100009")
    scene.register.close(school="100002", actor=SAM, successor="100009")

    found = scene.register.predecessors(school="100009")
    assert found == (SCHOOL, "100002")
    assert scene.register.predecessors(school=SCHOOL) == ()
    assert scene.register.state("100009") == SchoolState()
    assert scene.register.state(SCHOOL).consent(APP).current is not None
    assert len(scene.ledger.read(successor_stream("100009"))) == 2


def test_a_school_that_no_one_knows_is_not_closed():
    """A URN that is spelt wrong closes nothing."""
    with pytest.raises(NotConnectedError):
        Deciding().register.close(**AT)


def test_a_school_does_not_follow_itself(held):
    """The sentence names the school."""
    with pytest.raises(ValueError, match="cannot follow itself"):
        held.register.close(**AT, successor=SCHOOL)


@given(catalogues().flatmap(histories))
def test_a_stop_is_lifted_only_by_somebody_who_is_named(events):
    """In any history a connection that follows a stop names an actor."""
    is_stopped = False
    for event in events:
        if isinstance(event, Connected):
            assert not is_stopped or event.actor is not None
            is_stopped = False
        is_stopped = is_stopped or isinstance(event, Disconnected)
