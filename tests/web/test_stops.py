"""The pages on which a school stops the flow, lets it go on, and closes for good."""

import pytest

from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.events import Closed, Connected, Disconnected, Paused, Resumed
from scopegate.ledgers.base import school_stream
from scopegate.pages.stops import stamp_of

from .scenes import (
    APP,
    DANA,
    DEPUTY,
    LOOKER,
    OTHER,
    SAM,
    SCHOOL,
    TRUST,
    Ledger,
    Scene,
    Visitor,
)

AT = {"school": SCHOOL, "actor": DANA}
CLOSE = "Close the school for good"


def granted(**more):
    """Return a scene in which the app has a grant."""
    scene = Scene(**more)
    scene.authorise("dob")
    return scene


def last(scene):
    """Return the last event of the school."""
    return scene.ledger.read(school_stream(SCHOOL))[-1]


def statuses(page):
    """Return what a page says was just done."""
    return [notice.text for notice in page.main.all("div", role="status")]


def paused(scene):
    """Let the school pause the app."""
    scene.register.pause(**AT, app=APP)


def all_paused(scene):
    """Let the school pause all apps."""
    scene.register.pause(**AT)


def disconnected(scene):
    """Let the school disconnect."""
    scene.register.disconnect(**AT)


def as_it_is(scene):
    """Leave a scene as it is."""


DEEDS = {
    "apps/gradebook/pause": (as_it_is, "Pause it", Paused, "It is paused."),
    "apps/gradebook/resume": (paused, "Let it go on", Resumed, "It goes on."),
    "pause": (as_it_is, "Pause all apps", Paused, "All apps are paused."),
    "resume": (all_paused, "Let all apps go on", Resumed, "All apps go on"),
    "disconnect": (as_it_is, "Disconnect", Disconnected, "is disconnected"),
    "connect": (disconnected, "Connect again", Connected, "is connected again"),
    "close/check": (as_it_is, CLOSE, Closed, "The school is closed."),
}
by_deed = pytest.mark.parametrize("deed", DEEDS)


@by_deed
def test_a_deed_is_one_event_of_its_person_with_their_reason(deed):
    """It is done in the visitor's name, once however often the form is sent, and said."""
    before, button, kind, notice = DEEDS[deed]
    scene = granted()
    before(scene)
    head = scene.browser(DEPUTY)
    page = head.page(scene.home(deed))
    answers = [
        head.click(page, button, reason="because\r\n\u202eof it") for _ in range(3)
    ]
    event = last(scene)

    assert [answer.status for answer in answers] == [303] * 3
    assert (type(event), event.actor) == (kind, SAM)
    assert getattr(event, "reason", "because of it") == "because of it"
    assert scene.events(kind.__name__)[-1:] == [kind.__name__]
    assert notice in " ".join(statuses(head.read(answers[-1])))


@by_deed
def test_looking_at_what_a_deed_means_does_nothing(deed):
    """The page writes nothing, and leads back."""
    before, _, _, _ = DEEDS[deed]
    scene = granted()
    before(scene)
    written = scene.written()
    page = scene.browser().page(scene.home(deed))

    assert scene.written() == written
    assert any(text.startswith("Leave") for text in page.links)


@by_deed
def test_a_deed_is_for_those_who_may_decide(deed):
    """Neither a visitor who may only look, nor whom the register refuses, does it."""
    before, button, _, _ = DEEDS[deed]
    scene = granted(authority=lambda actor, school, at: actor.id != "sam")
    before(scene)
    written, sam = scene.written(), scene.browser(DEPUTY)
    looker = scene.browser(LOOKER)
    refused = sam.click(sam.page(scene.home(deed)), button)
    posted = looker.post(scene.home(deed.removesuffix("/check")))

    assert looker.get(scene.home(deed)).status == 403
    assert (refused.status, posted.status, scene.written()) == (403, 403, written)


@by_deed
def test_a_deed_that_was_done_meanwhile_is_not_offered(deed):
    """Its page says so, and the form that was open before leads to how things are."""
    before, button, _, _ = DEEDS[deed]
    scene = granted()
    before(scene)
    head = scene.browser()
    page = head.page(scene.home(deed))
    head.click(page, button, successor=OTHER)
    written = scene.written()

    assert head.page(scene.home(deed), 409).title == (
        "There is nothing to do here any more"
    )
    assert head.click(page, button).status == 303
    assert scene.written() == written


@pytest.mark.parametrize("deed", ["pause", "resume", "disconnect", "connect"])
def test_a_closed_school_stops_and_starts_nothing(deed):
    """What is sent to one is refused, in words."""
    scene = granted()
    scene.register.close(**AT)
    written, head = scene.written(), scene.browser()

    assert head.post(scene.home(deed)).status == 409
    assert head.get(scene.home(deed)).status == 409
    assert scene.written() == written


LIFTS = {
    "apps/gradebook/resume": (paused, "Let it go on"),
    "resume": (all_paused, "Let all apps go on"),
}


@pytest.mark.parametrize("deed", LIFTS)
def test_a_form_lifts_the_stop_that_it_was_made_for_and_no_later_one(deed):
    """One that was made meanwhile, by somebody else, is shown first."""
    stop, button = LIFTS[deed]
    scene = granted()
    stop(scene)
    head = scene.browser()
    page = head.page(scene.home(deed))
    head.click(page, button)
    scene.pass_days(1)
    stop(scene)
    again = head.read(head.click(page, button), 409)

    assert "It has been stopped again" in again.one("div", role="alert").text
    assert "24 November 2026" in again.main.text
    assert scene.register.state(SCHOOL).pauses
    assert head.click(again, button).status == 303


def test_an_app_goes_on_although_all_were_paused_later():
    """Its form is made for the pause of all, and refused as stale however often."""
    scene = granted()
    paused(scene)
    scene.pass_days(1)
    all_paused(scene)
    head = scene.browser()
    head.read(head.click(head.page(scene.app("resume")), "Let it go on"))

    assert isinstance(last(scene), Resumed)
    assert last(scene).app == APP


def test_what_is_let_go_on_is_not_said_to_flow_while_all_apps_are_paused():
    """The notice after a deed is there only while it is true."""
    scene = granted()
    paused(scene)
    all_paused(scene)
    head = scene.browser()
    page = head.read(head.click(head.page(scene.app("resume")), "Let it go on"))

    assert statuses(page) == []
    assert "All apps were paused" in page.main.text
    assert statuses(head.page(f"{scene.home()}?done=resume")) == []
    assert statuses(head.page(f"{scene.home()}?done=nothing")) == []


def test_a_school_connects_again_over_the_interface_of_the_host():
    """As it was connected before: the same MIS, and what its account may do."""
    scene = granted(permissions=["Needs"])
    disconnected(scene)
    head = scene.browser()
    page = head.page(scene.home("connect"))
    head.click(page, "Connect again")
    made = scene.register.state(SCHOOL).connection

    assert "arbor" in page.main.text
    assert (made.mis, made.permissions) == ("arbor", {"Needs"})


def test_without_an_interface_a_page_says_who_connects_the_school_again():
    """It has no button, and what is sent to it does nothing."""
    scene = granted(site={"mis_of": None, "service": "Westmarch data"})
    disconnected(scene)
    head = scene.browser()
    page = head.page(scene.home("connect"))
    written = scene.written()

    assert "Ask those who run Westmarch data" in page.main.text
    assert page.buttons == []
    stop = ("stop", stamp_of(scene.register.state(SCHOOL).stopped))
    found = head.read(head.post(scene.home("connect"), stop), 409)
    assert found.title == page.title
    assert scene.written() == written


class Down(RecordsAdapter):
    """An MIS that does not answer."""

    def fetch(self, wanted):
        """Fail."""
        raise OSError


OTHERS = {
    "of another school": RecordsAdapter({"school": [{"urn": OTHER}]}),
    "of no school": RecordsAdapter({"school": []}),
    "not there": Down({}),
}


@pytest.mark.parametrize("mis", OTHERS.values(), ids=OTHERS)
def test_an_mis_that_does_not_prove_its_school_lifts_no_stop(mis):
    """Where it serves another, does not say which, or is down, that is said."""
    scene = granted()
    disconnected(scene)
    scene.mis = mis
    written, head = scene.written(), scene.browser()
    page = head.page(scene.home("connect"))
    found = head.read(head.click(page, "Connect again"), 409)

    assert "The school was not connected" in found.one("div", role="alert").text
    assert scene.written() == written


class Busy(Ledger):
    """A ledger to which somebody else writes first, once."""

    meanwhile = None

    def append(self, stream, events, expected, **more):
        """Append, after what happens meanwhile."""
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return super().append(stream, events, expected, **more)


def test_somebody_was_quicker():
    """What they did is what holds, and the page that follows says so."""
    scene = granted()
    kept = scene.ledger.read(school_stream(SCHOOL))
    asked = scene.ledger.read(f"app/{APP}")
    scene.ledger = Busy()
    scene.ledger.append(school_stream(SCHOOL), kept, 0)
    scene.ledger.append(f"app/{APP}", asked, 0)
    scene.use(scene.register.catalogue)
    head = scene.browser()
    page = head.page(scene.home("disconnect"))
    scene.ledger.meanwhile = lambda: scene.register.disconnect(school=SCHOOL, actor=SAM)
    answer = head.click(page, "Disconnect")

    assert answer.status == 303
    assert last(scene).actor == SAM
    assert scene.events("Disconnected") == ["Disconnected"]


# Closing


def test_who_follows_is_checked_before_a_school_closes():
    """The number is shown again on the page that closes, and is on record then."""
    scene = granted()
    head = scene.browser()
    page = head.page(scene.home("close"))
    check = head.read(head.click(page, "Go on", successor=f" {OTHER} "))
    head.click(check, CLOSE, reason="We merge")

    assert "It cannot be undone." in check.main.text
    assert OTHER in check.main.text
    assert (last(scene).successor, last(scene).reason) == (OTHER, "We merge")
    assert scene.register.predecessors(school=OTHER) == (SCHOOL,)


@pytest.mark.parametrize("step", ["close/check", "close"])
def test_a_school_cannot_follow_itself(step):
    """Neither step takes its own number, and both keep what was written."""
    scene = granted()
    head, written = scene.browser(), scene.written()
    address = f"{scene.home(step)}?successor={SCHOOL}"
    fields = [("successor", SCHOOL), ("stop", "")]
    if step == "close":
        answer = head.post(scene.home(step), *fields)
    else:
        answer = head.get(address)
    page = head.read(answer, 422)

    assert "A school cannot follow itself" in page.one("div", role="alert").text
    assert page.one("input", id="successor")["value"] == SCHOOL
    assert page.one("input", id="successor")["aria-invalid"] == "true"
    assert scene.written() == written


def test_who_follows_is_named_later_and_once():
    """A closed school without one is asked for it, and then for nothing any more."""
    scene = granted()
    scene.register.close(**AT)
    head = scene.browser()
    address = head.page(scene.home()).links["Name the school that follows"]
    page = head.page(address)
    none = head.read(head.click(page, "Go on"), 422)
    check = head.read(head.click(page, "Go on", successor=OTHER))
    done = head.read(head.click(check, "Name it"))
    other = head.post(scene.home("close"), ("successor", "7"))

    assert page.title == "Name the school that follows Example School"
    assert "Write the number" in none.one("div", role="alert").text
    assert f"It is followed by {OTHER}" in done.main.text
    assert "Name the school that follows" not in done.links
    assert head.get(scene.home("close")).status == 409
    assert head.get(scene.home("close/check")).status == 409
    assert other.status == 303
    assert scene.register.state(SCHOOL).closed.successor == OTHER


def test_a_form_to_close_closes_nothing_that_was_closed_meanwhile():
    """A school that has closed since the page was opened is only shown again."""
    scene = granted()
    head = scene.browser()
    check = head.page(f"{scene.home('close/check')}?successor=7")
    scene.register.close(school=SCHOOL, actor=SAM)
    page = head.read(head.click(check, CLOSE), 409)

    assert page.title == "Name the school that follows Example School"
    assert scene.register.state(SCHOOL).closed.successor == ""


def test_grants_of_a_closed_school_can_be_revoked():
    """What counts nowhere any more can still be ended, and asked to be deleted."""
    scene = granted()
    scene.register.close(**AT)
    head = scene.browser()
    page = head.read(head.click(head.page(scene.app("revoke")), "Revoke access"))

    assert scene.events("Revoked") == ["Revoked"]
    assert "The school has closed" in page.main.text


@pytest.mark.parametrize("stop", ["disconnect", "close"])
@pytest.mark.parametrize("part", ["request", "grant"])
def test_nothing_is_decided_while_no_data_can_be_asked_for(stop, part):
    """The page of a request says why, and leads to where that can change."""
    scene = granted()
    getattr(scene.register, stop)(**AT)
    page = scene.browser().page(scene.app(part), 409)

    assert page.title == "This cannot be decided now"
    assert page.links["See how things stand"] == scene.home()
    assert scene.browser().page(scene.app()).main.all("p")[1].text in page.main.text


def test_a_page_to_decide_on_says_that_the_app_is_paused():
    """What is decided counts, and flows later; the page of a grant says so."""
    scene = granted()
    paused(scene)
    page = scene.browser().page(scene.app("grant"))

    assert "gradebook was paused by Dana Head" in page.main.text
    assert "stays as it is until you decide" in page.main.text


def test_a_school_sees_its_successor_where_it_may():
    """The number is a link for those who may see that school too."""
    scene = granted()
    scene.register.close(**AT, successor=OTHER)

    assert OTHER not in scene.browser().page(scene.home()).links
    assert scene.browser(TRUST).page(scene.home()).links[OTHER] == (
        f"/consent/schools/{OTHER}"
    )


def test_an_apps_own_side_tells_no_more_than_a_refusal_does():
    """Neither who stopped it nor why, nor whether other apps are paused with it."""
    scene = granted()
    vendor = scene.browser(Visitor(SAM, apps=APP))
    told = []
    for stop in (paused, all_paused, disconnected):
        stop(scene)
        told.append(vendor.page(f"/consent/apps/{APP}").main.text)

    assert told[0] == told[1]
    assert "The school has paused the app" in told[0]
    assert "Not connected" in told[2]
    assert "Dana" not in " ".join(told)
