"""Every state has its page, and on it the one thing to do; following that works."""

from datetime import timedelta

import pytest

from scopegate import Catalogue, Subjects
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import Presented
from scopegate.ledgers.base import school_stream
from scopegate.pages.situation import Situation
from scopegate.testing.permits import NOON

from .scenes import (
    APP,
    CATALOGUE,
    DANA,
    LATER,
    LOOKER,
    OTHER,
    SAM,
    SCHOOL,
    VAL,
    Ledger,
    Scene,
    table,
)

DECIDE = "Read the request and decide"
CONFIRM = "Read what waits for a second person"
CHANGE = "Change what it may have"
AGAIN = "Open the request again"
LIST = "Read what is withheld, and why"
RESUME, RESUME_ALL = "Let it go on", "Let all apps go on"
CONNECT = "Connect the school again"
REVOKE = f"Revoke access for {APP}"


def scene_with(*ticks, **more):
    """Return a scene in which the app has a grant."""
    scene = Scene(**more)
    scene.authorise(*ticks)
    return scene


def changed(*fields):
    """Return the catalogue with fields that have come to mean more."""
    new = table(policy_version=2)
    for name in fields:
        new["resource"]["pupil"]["field"][name]["policy_version"] = 2
    return Catalogue.from_dict(new)


def waiting_change(scene):
    """Let the first of two people change the grant."""
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=VAL)
    shown = scene.register.present_grant(**scene.case())
    scene.register.amend(shown, actor=SAM, optional=["needs"])
    return scene


def not_connected():
    """The school was never connected."""
    scene = Scene()
    scene.ledger = Ledger()
    scene.use(CATALOGUE)
    scene.register.publish(scene.request)
    return scene


def disconnected():
    """The school has disconnected, and has nothing authorised."""
    scene = Scene()
    scene.register.disconnect(school=SCHOOL, actor=DANA)
    return scene


def disconnected_with_a_grant():
    """The school has disconnected, and a grant would count again if it had not."""
    scene = scene_with("dob")
    scene.register.disconnect(school=SCHOOL, actor=DANA)
    return scene


def closed():
    """The school has closed, and had decided nothing."""
    scene = Scene()
    scene.register.close(school=SCHOOL, actor=DANA, successor=OTHER)
    return scene


def closed_with_a_grant():
    """The school has closed, and had authorised the app; no one has ended that."""
    scene = paused()
    scene.register.close(school=SCHOOL, actor=DANA)
    return scene


def paused():
    """The school has paused the app."""
    scene = scene_with("dob")
    scene.register.pause(**scene.case(), actor=DANA, reason="a look into it")
    return scene


def paused_while_more_is_asked():
    """The school has paused the app, which asks for something else meanwhile."""
    scene = paused()
    scene.register.publish(LATER)
    return scene


def paused_while_a_change_waits():
    """The school has paused the app, and the first of two people has changed its grant."""
    scene = waiting_change(scene_with("dob"))
    scene.register.pause(**scene.case(), actor=DANA)
    return scene


def paused_without_a_grant():
    """The school has paused an app that has nothing yet."""
    scene = Scene()
    scene.register.pause(**scene.case(), actor=DANA)
    return scene


def all_paused():
    """The school has paused all apps, and this one alone as well."""
    scene = paused()
    scene.register.pause(school=SCHOOL, actor=DANA)
    return scene


def lists_people_of_another_mis():
    """The school has changed its MIS, and the grant leaves somebody out."""
    scene = Scene()
    scene.authorise("dob", subjects=Subjects.everyone_except(pupil=["1"]))
    scene.register.connect(school=SCHOOL, mis="sims", adapter=scene.mis)
    return scene


def not_asked():
    """The app may ask and does not."""
    return Scene(None, site={"apps_of": lambda school: [APP]})


def new():
    """The app asks, and no one has looked."""
    return Scene()


def awaiting():
    """It was shown."""
    scene = Scene()
    scene.put()
    return scene


def awaiting_second():
    """The first of two people has authorised it."""
    scene = Scene()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=VAL)
    scene.authorise("needs", actor=SAM)
    return scene


def awaiting_second_to_change():
    """The first of two people has changed the grant."""
    return waiting_change(scene_with("dob"))


def awaiting_second_to_change_while_more_is_asked():
    """A change waits, and the app asks for something else too."""
    scene = waiting_change(scene_with("dob"))
    scene.register.publish(LATER)
    return scene


def awaiting_second_to_change_while_nothing_is_asked():
    """A change waits, and the app has taken its request back."""
    scene = waiting_change(scene_with("dob"))
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def change_that_waited_too_long():
    """No one confirmed a change in time."""
    scene = waiting_change(scene_with("dob"))
    scene.pass_days(15)
    return scene


def authorised():
    """The school has authorised it."""
    return scene_with("dob")


def authorised_while_nothing_is_asked():
    """The school has authorised it, and the app has taken its request back."""
    scene = scene_with("dob")
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def authorised_and_declined_more():
    """The school has authorised it, and declined what was asked since."""
    scene = scene_with("dob")
    scene.register.publish(LATER)
    scene.register.decline(scene.put(), actor=DANA)
    return scene


def more_asked():
    """The app asks for something else by now."""
    scene = scene_with("dob")
    scene.register.publish(LATER)
    return scene


def more_asked_after_a_decline():
    """It asks for something else again, which no one has looked at."""
    scene = authorised_and_declined_more()
    scene.register.publish(scene.request)
    return scene


def stopped_in_part():
    """One of the fields has come to mean more."""
    scene = scene_with("dob")
    scene.use(changed("dob"))
    return scene


def stopped_in_part_while_nothing_is_asked():
    """So it is, and the app has taken its request back."""
    scene = authorised_while_nothing_is_asked()
    scene.use(changed("dob"))
    return scene


def stopped_wholly():
    """All fields have come to mean more, which is not written down yet."""
    scene = scene_with("dob")
    scene.use(changed("dob", "id", "name"))
    return scene


def invalidated():
    """That is written down."""
    scene = stopped_wholly()
    scene.register.settle(SCHOOL)
    return scene


def invalidated_while_nothing_is_asked():
    """All has stopped, and the app has taken its request back."""
    scene = authorised_while_nothing_is_asked()
    scene.use(changed("dob", "id", "name"))
    return scene


def declined():
    """The school has declined."""
    scene = Scene()
    scene.register.decline(scene.put(), actor=DANA)
    return scene


def lapsed():
    """No one decided in time, which is not written down yet."""
    scene = Scene(decide_within=timedelta(days=3))
    scene.put()
    scene.pass_days(3)
    return scene


def lapsed_and_written():
    """That is written down."""
    scene = lapsed()
    scene.register.settle(SCHOOL)
    return scene


def cancelled():
    """The app has taken back what was shown."""
    scene = awaiting()
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def cancelled_and_written():
    """That is written down."""
    scene = cancelled()
    scene.register.settle(SCHOOL)
    return scene


def cancelled_before_anybody_looked():
    """The app has taken back what no one has seen."""
    scene = Scene()
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def declined_and_cancelled():
    """The school has declined, and the app has taken its request back."""
    scene = declined()
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def revoked():
    """The school has revoked."""
    scene = scene_with("dob")
    scene.revoke()
    return scene


def revoked_while_nothing_is_asked():
    """The school has revoked, and the app has taken its request back."""
    scene = revoked()
    scene.register.cancel(app=APP, actor=VAL)
    return scene


def revoked_and_asked_anew():
    """The school has revoked, and the app asks for something else."""
    scene = revoked()
    scene.register.publish(LATER)
    return scene


def relinquished():
    """The app has given it back."""
    scene = scene_with("dob")
    scene.register.relinquish(**scene.case(), actor=VAL)
    return scene


def expired():
    """Its time is over, which is not written down yet."""
    scene = Scene()
    scene.authorise("dob", expires_at=NOON + timedelta(days=2))
    scene.pass_days(2)
    return scene


def expired_and_written():
    """That is written down."""
    scene = expired()
    scene.register.settle(SCHOOL)
    return scene


STATES = {
    not_connected: (Situation.NOT_CONNECTED, {}),
    disconnected: (Situation.DISCONNECTED, {CONNECT: "school/connect"}),
    disconnected_with_a_grant: (
        Situation.DISCONNECTED,
        {CONNECT: "school/connect", REVOKE: "revoke"},
    ),
    closed: (Situation.CLOSED, {}),
    closed_with_a_grant: (Situation.CLOSED, {REVOKE: "revoke"}),
    paused: (
        Situation.PAUSED,
        {RESUME: "resume", CHANGE: "grant", REVOKE: "revoke"},
    ),
    paused_while_more_is_asked: (
        Situation.PAUSED,
        {RESUME: "resume", DECIDE: "request", REVOKE: "revoke"},
    ),
    paused_while_a_change_waits: (
        Situation.PAUSED,
        {RESUME: "resume", CONFIRM: "grant", REVOKE: "revoke"},
    ),
    paused_without_a_grant: (Situation.NEW, {RESUME: "resume", DECIDE: "request"}),
    all_paused: (
        Situation.ALL_PAUSED,
        {RESUME_ALL: "school/resume", CHANGE: "grant", REVOKE: "revoke"},
    ),
    lists_people_of_another_mis: (
        Situation.IDENTIFIERS_CHANGED,
        {LIST: "grant", REVOKE: "revoke"},
    ),
    not_asked: (Situation.NOT_ASKED, {}),
    new: (Situation.NEW, {DECIDE: "request"}),
    awaiting: (Situation.AWAITING, {DECIDE: "request"}),
    awaiting_second: (Situation.AWAITING_SECOND, {CONFIRM: "request"}),
    awaiting_second_to_change: (
        Situation.AWAITING_SECOND,
        {CONFIRM: "grant", REVOKE: "revoke"},
    ),
    awaiting_second_to_change_while_more_is_asked: (
        Situation.AWAITING_SECOND,
        {CONFIRM: "grant", REVOKE: "revoke"},
    ),
    awaiting_second_to_change_while_nothing_is_asked: (
        Situation.AWAITING_SECOND,
        {CONFIRM: "grant", REVOKE: "revoke"},
    ),
    change_that_waited_too_long: (
        Situation.AUTHORISED,
        {CHANGE: "grant", REVOKE: "revoke"},
    ),
    authorised: (Situation.AUTHORISED, {CHANGE: "grant", REVOKE: "revoke"}),
    authorised_while_nothing_is_asked: (
        Situation.AUTHORISED,
        {CHANGE: "grant", REVOKE: "revoke"},
    ),
    authorised_and_declined_more: (
        Situation.AUTHORISED,
        {CHANGE: "grant", REVOKE: "revoke"},
    ),
    more_asked: (Situation.MORE_ASKED, {DECIDE: "request", REVOKE: "revoke"}),
    more_asked_after_a_decline: (
        Situation.MORE_ASKED,
        {DECIDE: "request", REVOKE: "revoke"},
    ),
    stopped_in_part: (Situation.CHANGED, {DECIDE: "request", REVOKE: "revoke"}),
    stopped_in_part_while_nothing_is_asked: (
        Situation.CHANGED,
        {CHANGE: "grant", REVOKE: "revoke"},
    ),
    stopped_wholly: (Situation.INVALIDATED, {DECIDE: "request", REVOKE: "revoke"}),
    invalidated: (Situation.INVALIDATED, {AGAIN: "ask"}),
    invalidated_while_nothing_is_asked: (Situation.INVALIDATED, {REVOKE: "revoke"}),
    declined: (Situation.DECLINED, {AGAIN: "ask"}),
    lapsed: (Situation.LAPSED, {AGAIN: "ask"}),
    lapsed_and_written: (Situation.LAPSED, {AGAIN: "ask"}),
    cancelled: (Situation.CANCELLED, {}),
    cancelled_and_written: (Situation.CANCELLED, {}),
    cancelled_before_anybody_looked: (Situation.CANCELLED, {}),
    declined_and_cancelled: (Situation.CANCELLED, {}),
    revoked: (Situation.REVOKED, {AGAIN: "ask"}),
    revoked_while_nothing_is_asked: (Situation.REVOKED, {}),
    revoked_and_asked_anew: (Situation.NEW, {DECIDE: "request"}),
    relinquished: (Situation.RELINQUISHED, {AGAIN: "ask"}),
    expired: (Situation.EXPIRED, {AGAIN: "ask"}),
    expired_and_written: (Situation.EXPIRED, {AGAIN: "ask"}),
}
STEPS = {"request", "grant", "revoke"}
LIFTS = {RESUME: "resume", RESUME_ALL: "school/resume", CONNECT: "school/connect"}
by_state = pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)


def steps(page):
    """Return what a page leads to that can decide something, by the words of the link."""
    ends = {text: part_of(href) for text, href in page.links.items()}
    again = {AGAIN: "ask"} if AGAIN in page.buttons else {}
    known = STEPS | {*LIFTS.values()}
    return again | {text: end for text, end in ends.items() if end in known}


def part_of(href):
    """Return the part of an app's page, or of the school's, that an address leads to."""
    end = href.rpartition("/")[2]
    return end if "/apps/" in href else f"school/{end}"


def address(scene, part):
    """Return the address of such a part."""
    of_school = part.removeprefix("school/")
    return scene.app(part) if of_school == part else scene.home(of_school)


def test_every_situation_is_among_these():
    """No situation is left out."""
    assert {situation for situation, _ in STATES.values()} == set(Situation)


@by_state
def test_a_page_says_where_things_stand_and_what_to_do_next(state):
    """In words, with the one thing that makes sense, and revoking where there is a grant."""
    scene, (situation, offered) = state(), STATES[state]
    page = scene.browser().page(scene.app())

    assert situation.label in {e.text for e in page.main.all("strong")}
    assert situation.sentence in page.main.text
    assert steps(page) == offered
    assert [
        b for b in page.buttons if not b.startswith(("Untick", "Check", AGAIN))
    ] == []


@by_state
def test_what_is_offered_works(state):
    """Each link leads to a page that can be answered, and answering it is taken."""
    for part in STATES[state][1].values():
        scene = state()
        head = scene.browser()
        if part == "ask":
            page = head.read(head.click(head.page(scene.app()), AGAIN))
        else:
            page = head.page(address(scene, part))
        if part == "revoke":
            answer = head.click(page, "Revoke access")
        elif part in LIFTS.values():
            answer = head.click(page, page.buttons[0])
        else:
            ticks = ["needs"] if page.boxes.get("needs") is not None else ["dob"]
            check = head.read(head.click(page, page.yes, ticks))
            answer = head.click(check, check.yes)
        assert answer.status == 303
        assert head.read(answer).main.all("div", role="status")


@pytest.mark.parametrize(
    "state",
    [state for state, (_, offered) in STATES.items() if not offered],
    ids=lambda state: state.__name__,
)
def test_where_nothing_is_offered_nothing_can_be_done(state):
    """What no link leads to is refused, also for who knows the address."""
    scene = state()
    head, before = scene.browser(), scene.written()
    answers = [head.get(scene.app(part)) for part in STEPS]
    answers += [head.post(scene.app(f"{part}/authorise")) for part in STEPS]

    assert {answer.status for answer in answers} <= {404, 409}
    assert scene.written() == before


@by_state
def test_a_school_sees_the_same_at_a_glance(state):
    """The dashboard says the same, and leads on where somebody is to decide."""
    scene, (situation, offered) = state(), STATES[state]
    page = scene.browser().page(scene.home())
    card = next(li for li in page.all("li") if li.all("h3"))
    found = {a.text: a["href"].rpartition("/")[2] for a in card.all("a")}
    beneath = {DECIDE, CONFIRM} & {*offered} if situation.is_stopped else {*offered}
    part = next((offered[text] for text in beneath - {REVOKE, *LIFTS}), None)

    assert situation.label in {e.text for e in card.all("strong")}
    assert found.get(f"Read and decide on {APP}") == (
        part if situation.is_waiting or situation.is_stopped else None
    )
    assert (REVOKE in found) is (REVOKE in offered)


@by_state
def test_a_looker_is_told_the_same_and_offered_no_deed(state):
    """A visitor who only looks sees where things stand, and what is asked if any."""
    scene, (situation, offered) = state(), STATES[state]
    page = scene.browser(LOOKER).page(scene.app())
    told = {AGAIN: "request"}
    deeds = {CHANGE, REVOKE, *LIFTS}
    readable = [told.get(t, p) for t, p in offered.items() if t not in deeds]

    assert situation.sentence in page.main.text
    assert [*steps(page).values()] == readable
    assert page.buttons == []


@pytest.mark.parametrize(
    ("state", "has_letter"),
    [
        (new, False),
        (authorised, False),
        (disconnected_with_a_grant, False),
        (revoked, True),
        (relinquished, True),
        (expired, True),
        (invalidated, True),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_there_is_a_letter_where_a_grant_has_ended(state, has_letter):
    """The draft that asks for deletion is there, and linked, exactly then."""
    scene = state()
    head = scene.browser()
    links = head.page(scene.app()).links.values()
    answer = head.get(scene.app("deletion-request.txt"))

    assert (scene.app("deletion-request.txt") in links) is has_letter
    assert answer.status == (200 if has_letter else 404)
    if has_letter:
        assert answer.header("content-disposition") == (
            f'attachment; filename="deletion-request-{APP}.txt"'
        )


RECEIPTS = {
    authorised: "Authorised, as of",
    revoked: "Revoked on 23 November 2026, 12:00 GMT by Dana Head, Headteacher",
    relinquished: "Relinquished on 23 November 2026, 12:00 GMT by Val Vendor",
    expired: "Expired on 25 November 2026, 12:00 GMT",
    expired_and_written: "Expired on 25 November 2026, 12:00 GMT",
    invalidated: "Invalidated on 23 November 2026, 12:00 GMT",
}


@pytest.mark.parametrize("state", RECEIPTS, ids=lambda state: state.__name__)
def test_a_receipt_says_how_the_grant_stands(state):
    """Of each end of a grant the receipt says when and by whom; it leads to revoking."""
    scene = state()
    page = scene.browser().page(scene.home("receipts/grant-1/1"))
    is_live = state is authorised

    assert any(e.text.startswith(RECEIPTS[state]) for e in page.all("dd"))
    assert (REVOKE in page.links) is is_live


def test_a_receipt_of_a_revision_that_was_superseded():
    """The earlier revision keeps its receipt, which says that a later one holds."""
    scene = scene_with("dob")
    head = scene.browser()
    head.authorise("needs", part="grant")
    old = head.page(scene.home("receipts/grant-1/1"))
    new = head.page(scene.home("receipts/grant-1/2"))

    assert any(e.text.startswith("Superseded on") for e in old.all("dd"))
    assert any(e.text.startswith("Authorised, as of") for e in new.all("dd"))
    assert (REVOKE in old.links, REVOKE in new.links) == (False, True)


def test_a_scope_that_the_catalogue_lost_is_said_to_be_unknown():
    """A request that names what the catalogue no longer has cannot be shown; all else can."""
    scene = Scene()
    lost = table()
    del lost["scope"]["marks"]
    scene.use(Catalogue.from_dict(lost))
    head = scene.browser()
    page = head.page(scene.app("request"), 409)

    assert page.title == "This cannot be shown now"
    assert "unknown scope `marks`" in page.main.text
    assert head.page(scene.app()).title == APP
    assert head.page(scene.home()).title == "Example School: who gets what"


def test_a_receipt_that_cannot_be_proven_is_not_made():
    """Where the ledger lacks what was shown, that is said, and all other pages come."""
    scene = scene_with("dob")
    events = [
        event
        for event in scene.ledger.read(school_stream(SCHOOL))
        if not isinstance(event, Presented)
    ]
    scene.ledger = Ledger()
    scene.ledger.append(school_stream(SCHOOL), events, 0)
    scene.use(CATALOGUE)
    head = scene.browser()
    page = head.page(scene.home("receipts/grant-1/1"), 500)

    assert page.title == "This receipt cannot be made"
    assert "the ledger has nothing the school was shown" in page.main.text
    assert head.page(scene.app()).title == APP
    assert head.page(scene.home()).title == "Example School: who gets what"
    assert head.get(scene.app("grant")).status == 409
    assert head.get(scene.home("processing.csv")).status == 200


@pytest.mark.parametrize("done", ["authorised", "amended"])
def test_a_receipt_of_what_has_ended_does_not_say_that_it_was_just_made(done):
    """The notice after a decision is there while what it says is true."""
    scene = scene_with("dob")
    head, address = scene.browser(), scene.home(f"receipts/grant-1/1?done={done}")
    before = head.page(address).main.all("div", role="status")
    scene.revoke()
    after = head.page(address).main.all("div", role="status")

    assert (len(before), after) == (1, [])


def test_a_record_of_processing_opens_in_a_spreadsheet():
    """It begins with the mark by which spreadsheets know its encoding."""
    scene = scene_with("dob")
    answer = scene.browser().get(scene.home("processing.csv"))

    assert answer.body.startswith(b'\xef\xbb\xbf"Controller",')
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    assert answer.header("content-disposition") == (
        f'attachment; filename="record-of-processing-{SCHOOL}.csv"'
    )
