"""What a school can stop and lift, in words: offered exactly where the register does it."""

import pytest
from hypothesis import given, strategies as st

from scopegate import ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.state import SchoolState
from scopegate.errors import DecisionError
from scopegate.ledgers.base import school_stream
from scopegate.pages.desk import Desk
from scopegate.pages.stops import Deed, stamp_of, stops_of
from scopegate.testing.strategies import APPS, SCHOOLS

from .worlds import APP, CATALOGUE, DANA, FEWER, SCHOOL, World, histories

AT = {"school": SCHOOL, "actor": DANA}
HERE = SCHOOLS[0]


def do(register, deed, app):
    """Let a register do a deed at the school."""
    at = {"school": HERE, "actor": DANA}
    match deed:
        case Deed.PAUSE:
            register.pause(**at, app=app or None)
        case Deed.RESUME:
            register.resume(**at, app=app or None)
        case Deed.DISCONNECT:
            register.disconnect(**at)
        case Deed.CONNECT:
            mis = RecordsAdapter({"school": [{"urn": HERE, "name": "Again"}]})
            register.connect(**at, mis="arbor", adapter=mis)
        case Deed.CLOSE:
            register.close(**at, successor="9")


@FEWER
@given(histories(), st.sampled_from(Deed), st.sampled_from(["", *APPS]))
def test_what_is_offered_is_done_and_what_is_not_is_refused(history, deed, app):
    """A deed that is open changes the school; one that is not changes nothing."""
    ledger, now = history
    register = ConsentRegister(CATALOGUE, ledger, clock=lambda: now)
    state, stream = register.state(HERE), school_stream(HERE)
    if deed not in {Deed.PAUSE, Deed.RESUME}:
        app = ""
    if app not in {"", *state.consents}:
        return  # no one knows the app
    was_open, size = deed.is_open(state, app), ledger.position(stream)
    try:
        do(register, deed, app)
    except DecisionError:
        assert not was_open
    else:
        is_connecting = deed is Deed.CONNECT
        assert (ledger.position(stream) > size) is was_open or is_connecting
        assert deed.is_done(register.state(HERE), app)


@FEWER
@given(histories(), st.sampled_from(Deed), st.sampled_from(["", *APPS]))
def test_every_page_of_a_deed_can_be_read(history, deed, app):
    """Whatever has happened, it has a title, what it means, and a way to leave it be."""
    ledger, now = history
    if deed not in {Deed.PAUSE, Deed.RESUME}:
        app = ""
    desk = Desk(ConsentRegister(CATALOGUE, ledger, clock=lambda: now))
    page = desk.stop(HERE, deed, app)

    assert page.title
    assert page.means
    assert page.label
    assert page.keep
    if page.lifts:
        assert page.lifts.stamp == stamp_of(deed.lifted(desk.state(HERE), app))


def test_a_school_of_which_nothing_is_known_can_only_be_paused():
    """It has nothing to disconnect, to connect again, or to close."""
    is_open = {deed for deed in Deed if deed.is_open(SchoolState())}

    assert is_open == {Deed.PAUSE}


@pytest.mark.parametrize("deed", Deed)
def test_a_deed_has_its_words(deed):
    """The link to it says what it is for the whole school."""
    assert len(deed.label) > 10


def test_stops_in_words():
    """By whom, when, why, what that means, and what lifts each."""
    world = World()
    world.authorise("dob")
    world.register.pause(**AT, app=APP, reason="a look")
    alone = Desk(world.register).card(SCHOOL, APP).pause
    world.register.pause(**AT)
    world.register.disconnect(**AT)
    stopped, paused = stops_of(world.register.state(SCHOOL))
    world.register.close(**AT)
    (closed,) = stops_of(world.register.state(SCHOOL))
    world.register.close(**AT, successor="2")
    (final,) = stops_of(world.register.state(SCHOOL))

    assert alone.sentence == (
        "gradebook was paused by Dana Head, Headteacher, 23 November 2026, 12:00 GMT."
    )
    assert (alone.reason, alone.label) == ("a look", "Let it go on")
    assert [view.what for view in (stopped, paused, closed)] == [
        "The school was disconnected",
        "All apps were paused",
        "The school was closed",
    ]
    assert [view.label for view in (stopped, paused, closed, final)] == [
        "Connect the school again",
        "Let all apps go on",
        "Name the school that follows",
        "",
    ]
    assert [view.means for view in (stopped, paused, final)] == [
        "Nothing flows until it is connected again.",
        "Only public data about the school flows until that is lifted.",
        "Nothing flows under its number any more.",
    ]
    assert final.successor == "2"


def test_a_page_says_what_it_is_about():
    """An app's page its scopes, a school's page its MIS and who has something."""
    world = World()
    desk = Desk(world.register)
    nothing = desk.stop(SCHOOL, Deed.PAUSE, APP)
    world.authorise("dob")

    assert nothing.facts == (("It may have", "Only public data"),)
    assert desk.stop(SCHOOL, Deed.PAUSE, APP).facts == (
        ("It may have", "Basic, Births"),
    )
    assert desk.stop(SCHOOL, Deed.PAUSE).facts == (("Authorised apps", APP),)
    assert desk.stop(SCHOOL, Deed.CLOSE).facts == (
        ("MIS", "arbor"),
        ("Authorised apps", APP),
    )
    world.register.close(**AT)
    assert desk.stop(SCHOOL, Deed.CLOSE).facts == ()


def test_a_closed_school_that_was_never_connected_has_only_its_number():
    """Its page and its title still come."""
    world = World()
    world.register.pause(school="7", actor=DANA)
    page = Desk(world.register).stop("7", Deed.CLOSE)

    assert (page.title, page.mis) == ("Close 7", "")
    assert page.facts == (("Authorised apps", "None"),)
