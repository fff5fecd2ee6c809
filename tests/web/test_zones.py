"""Every page, and every file of one, is in the time of the school and says so."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scopegate import AccessRequest
from scopegate.consent.connection import Connection
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import Connected
from scopegate.gate.gate import Gate
from scopegate.ledgers.base import school_stream

from .reading import Page
from .scenes import APP, DANA, DEPUTY, SAM, SCHOOL, TRUST, VENDOR, Scene

LATE = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight in London
NOWHERE = "Mars/Utopia"
NAMES = {
    "Europe/London": {"GMT", "BST"},
    "Asia/Tokyo": {"JST"},
    "America/St_Johns": {"NST", "NDT"},
    "Asia/Kathmandu": {"UTC+0545"},
    NOWHERE: {"UTC"},
}
"""What the time of each zone is called, in winter and in summer."""
TIME = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?( [A-Z]+(?:\+\d+)?)?\b")
END = re.compile(r"[Tt]he end of \d+ \w+ \d{4}( \([A-Z]+(?:\+\d+)?\))?")
LAST_DAY = {"expires_at": LATE + timedelta(days=400)}


def scene_of(zone):
    """Return a school in a zone that authorised, read, and is asked for more."""
    scene = Scene(zone=None if zone == NOWHERE else zone)
    if zone == NOWHERE:
        now = scene.clock()
        connection = Connection(SCHOOL, "arbor", "Example School", now, zone=zone)
        connected = Connected(connection, now)
        scene.ledger.append(school_stream(SCHOOL), [connected], None)
    scene.clock.go_on(LATE - scene.clock())
    scene.authorise("dob", **LAST_DAY)
    gate = Gate(scene.register.catalogue, scene.ledger, clock=scene.clock)
    with gate.open(school=SCHOOL, app=APP) as access:
        access.filter("pupil", {"id": 1, "name": "Ada", "dob": "2014-02-11"})
    return scene


def asked_for_more(zone):
    """Return such a school, where one of two people has authorised more."""
    scene = scene_of(zone)
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)
    scene.register.publish(AccessRequest(APP, "More", {"basic", "needs"}, {"dob"}))
    scene.authorise("dob", actor=SAM)
    return scene


def revoked(zone):
    """Return such a school that has revoked."""
    scene = scene_of(zone)
    scene.revoke()
    return scene


def expired(zone):
    """Return such a school whose grant has expired."""
    scene = scene_of(zone)
    scene.pass_days(401)
    return scene


def texts(scene):
    """Yield each page and file of a scene as text: its address, and what it says."""
    paths = [
        (TRUST, f"{scene.root}/"),
        (DEPUTY, scene.home()),
        (DEPUTY, scene.app()),
        (DEPUTY, scene.app("request")),
        (DEPUTY, scene.app("grant")),
        (DEPUTY, scene.app("deletion-request.txt")),
        (DEPUTY, scene.home("receipts/grant-1/1")),
        (VENDOR, f"{scene.root}/apps/{APP}"),
    ]
    for visitor, path in paths:
        browser = scene.browser(visitor)
        answer = browser.get(path)
        while answer.status == 303:
            answer = browser.get(answer.header("location"))
        if answer.status == 200:
            yield path, re.sub(r"<[^>]+>", " ", answer.body.decode())


@pytest.mark.parametrize("story", [scene_of, asked_for_more, revoked, expired])
@pytest.mark.parametrize("zone", NAMES)
def test_every_time_says_its_zone(zone, story):
    """No page or file shows a time of day without the name of the time it is in.

    That is the time of the school; where the machine has no such zone it is UTC.
    Fails on the release before: every one was in UTC.
    """
    found = set()
    for path, text in texts(story(zone)):
        names = {n.strip(" ()") for n in (*TIME.findall(text), *END.findall(text))}
        assert names <= NAMES[zone], path
        found |= names

    assert found == NAMES[zone]


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Tokyo"])
def test_a_last_day_ends_at_midnight_where_the_school_is(zone):
    """Written on the page, it ends the grant there, and reads as that day again.

    Fails on the release before: it ended at midnight in UTC.
    """
    scene = Scene(zone=zone)
    scene.clock.go_on(LATE - scene.clock())
    browser = scene.browser()
    page = browser.page(scene.app("request"))
    check = browser.read(browser.click(page, "Authorise", [], until="31.8.27"))
    receipt = browser.read(browser.click(check, "Authorise"))
    ends = scene.register.state(SCHOOL).consent(APP).current.expires_at

    assert ends.astimezone(ZoneInfo(zone)).isoformat()[:16] == "2027-09-01T00:00"
    for seen in (check, receipt):
        assert "The end of 31 August 2027 (" in seen.main.text
    assert f"the end of that day, {zone} time" in page.main.text


@pytest.mark.parametrize(("zone", "is_over"), [("Europe/London", True), ("UTC", False)])
def test_a_day_is_over_when_it_is_over_where_the_school_is(zone, is_over):
    """At half past midnight on 2 July in London, 1 July is yesterday, and not in UTC.

    Fails on the release before: yesterday was taken as the last day.
    """
    scene = Scene(zone=zone)
    scene.clock.go_on(LATE - scene.clock())
    browser = scene.browser()
    page = browser.page(scene.app("request"))
    answer = browser.click(page, "Authorise", [], until="1 July 2027")

    assert answer.status == (422 if is_over else 200)
    assert ("That day is over" in Page(answer.body).main.text) is is_over
