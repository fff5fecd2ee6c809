"""The whole way of a school's stops, by keyboard alone and with scripts off."""

import pytest

from scopegate.evidence.audit import verify
from scopegate.ledgers.base import school_stream

from .stage import APP, DANA, OTHER, SCHOOL
from .steps import DOB, address, heading, notices, press, ticked
from .test_journeys import tab_to

pytestmark = pytest.mark.slow

HOME, NEXT = f"/schools/{SCHOOL}", f"/schools/{OTHER}"
ALEX = "Alex Next"


def go(page, name):
    """Go to a link or a button by Tab, and press Enter there."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def kinds(stage, school=SCHOOL):
    """Return what happened at a school since it was connected first, by name."""
    read = stage.ledger.read(school_stream(school))
    return [type(event).__name__ for event in read]


def tag(page):
    """Return the situation of an app as its page has it."""
    return page.locator("main .tag").first.inner_text()


def test_a_school_stops_lifts_closes_and_its_successor_authorises(stage, enter):
    """Pause, resume, stop, connect again, close, and one step at the school that follows."""
    stage.authorise(DOB)
    page = enter(stage.url, "dana", f"{HOME}/apps/{APP}", java_script_enabled=False)

    go(page, f"Pause it: {APP}")
    tab_to(page, "Why (you may leave this empty)")
    page.keyboard.type("a look into it")
    go(page, "Pause it")
    paused = (tag(page), notices(page)[0])
    go(page, "Let it go on")
    go(page, "Let it go on")
    resumed = tag(page)
    go(page, "Example School")
    go(page, "Disconnect the school")
    go(page, "Disconnect")
    stopped = notices(page)
    go(page, "Connect the school again")
    go(page, "Connect again")
    connected = page.locator("#authorised").inner_text()
    go(page, "Close the school for good")
    tab_to(page, "Number of the school that follows (you may leave this empty)")
    page.keyboard.type(OTHER)
    go(page, "Go on")
    go(page, "Close the school for good")
    closed = notices(page)

    assert paused[0] == "Paused"
    assert paused[1].startswith("It is paused.")
    assert resumed == "Authorised"
    assert stopped[0].startswith("The school is disconnected.")
    assert connected == "Has data of this school 1"
    assert closed[0].startswith("The school is closed.")
    assert kinds(stage)[-5:] == [
        "Paused",
        "Resumed",
        "Disconnected",
        "Connected",
        "Closed",
    ]

    stage.connect(OTHER, "Next School")
    page = enter(stage.url, "alex", NEXT, java_script_enabled=False)
    go(page, f"Read and authorise again: {APP}, as Example School had it")
    filled = ticked(page)
    go(page, "Authorise the same as Example School")

    grant = stage.ledger.read(school_stream(OTHER))[-1].grant
    assert filled == {DOB}
    assert heading(page) == f"Receipt: what {APP} may have"
    assert (grant.school, grant.ticked, grant.actor.name) == (OTHER, {DOB}, ALEX)
    assert kinds(stage, OTHER) == ["Connected", "Presented", "Authorised"]
    assert verify(stage.ledger).faults == ()


def test_all_apps_pause_and_go_on_together(stage, enter):
    """One deed stops all of them and one lets them go on, by mouse too."""
    stage.authorise(DOB)
    page = enter(stage.url, "dana", HOME)

    press(page, "Pause all apps")
    press(page, "Pause all apps")
    paused = page.locator(".card .tag").all_inner_texts()
    press(page, "Let all apps go on")
    press(page, "Let all apps go on")

    assert paused == ["Paused with all apps"]
    assert page.locator(".card .tag").all_inner_texts() == ["Authorised"]
    assert address(page) == stage.url + HOME
    events = stage.ledger.read(school_stream(SCHOOL))[-2:]
    assert [(type(e).__name__, e.app, e.actor) for e in events] == [
        ("Paused", "", DANA),
        ("Resumed", "", DANA),
    ]
