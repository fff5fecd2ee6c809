"""The pages of a school that follows closed ones: the same again, in one step."""

from datetime import timedelta

import pytest
from attrs import evolve

from scopegate import Catalogue, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import Authorised, Proposed, Succeeded
from scopegate.ledgers.base import school_stream, successor_stream
from scopegate.testing.permits import NOON

from .scenes import (
    APP,
    DANA,
    OTHER,
    REQUEST,
    SAM,
    SCHOOL,
    STRANGER,
    VAL,
    Scene,
    Visitor,
    table,
)

NEXT = f"/consent/schools/{OTHER}"
PAGE = f"{NEXT}/apps/{APP}/request"
SAME = "Authorise the same as Example School"
TICK = "Tick the boxes as they were there"
LOOKS = Visitor(SAM, OTHER, ())
SECOND = Visitor(SAM, OTHER)


def follow(scene, *closing):
    """Close schools in favour of the next one, and connect that."""
    for school in closing or (SCHOOL,):
        scene.register.close(school=school, actor=DANA, successor=OTHER)
    mis = RecordsAdapter({"school": [{"urn": OTHER, "name": "Next School"}]})
    scene.register.connect(school=OTHER, mis="sims", adapter=mis)
    return scene


def closed(*ticks, **more):
    """Return a scene in which a school has closed that had authorised the app."""
    scene = Scene()
    scene.authorise(*ticks, **more)
    return follow(scene)


def last(scene):
    """Return the last event of the school that follows."""
    return scene.ledger.read(school_stream(OTHER))[-1]


def test_what_was_authorised_moves_by_no_means_but_a_decision():
    """The school that follows sees it and has nothing; to look changes nothing."""
    scene = closed("dob")
    head = scene.browser(STRANGER)
    written = scene.ledger.position(school_stream(OTHER))
    page = head.page(NEXT)
    head.page(f"{PAGE}?from={SCHOOL}")

    assert page.one("h2", id="before").text == "What Example School had authorised 1"
    assert "0 apps have data of this school" in page.main.text
    assert "Follows 100001, which has closed" in page.main.text
    assert scene.register.state(OTHER).consents == {}
    assert scene.ledger.position(school_stream(OTHER)) == written


def test_one_press_authorises_the_same():
    """From the list to the page, with the boxes of before, and by one button to a receipt."""
    scene = closed("dob")
    head = scene.browser(STRANGER)
    links = head.page(NEXT).links
    (address,) = [a for text, a in links.items() if text.startswith("Read and auth")]
    page = head.page(address)
    receipt = head.read(head.click(page, SAME))
    grant = last(scene).grant

    assert page.boxes == {"dob": True, "needs": False, "marks": False}
    assert "Example School had authorised this" in page.main.text
    assert receipt.title == f"Receipt: what {APP} may have"
    assert (grant.school, grant.ticked, grant.actor) == (
        OTHER,
        {"dob"},
        STRANGER.actor,
    )
    assert not head.page(NEXT).all("h2", id="before")
    assert not head.page(f"{NEXT}/apps/{APP}/grant").all("h2", id="again-1")


def test_without_being_asked_no_box_is_ticked():
    """The page as it is otherwise says what was before, and can be filled in so."""
    scene = closed("dob")
    head = scene.browser(STRANGER)
    page = head.page(PAGE)
    filled = head.page(page.links[TICK])
    check = head.read(head.click(filled, "Authorise", ["needs"]))
    back = head.read(head.click(check, "Go back and change"))

    assert not any(page.boxes.values())
    assert filled.boxes["dob"]
    assert back.boxes == {"dob": False, "needs": True, "marks": False}


@pytest.mark.parametrize("named", ["7", "~zz", "", OTHER])
def test_a_school_that_is_not_followed_ticks_nothing(named):
    """The address can name no other school, and none that cannot be spelt."""
    page = closed("dob").browser(STRANGER).page(f"{PAGE}?from={named}")

    assert not any(page.boxes.values())


def test_the_last_day_is_that_of_before():
    """It is written on the page, and in the one step."""
    scene = closed("dob", expires_at=NOON + timedelta(days=10))
    head = scene.browser(STRANGER)
    page = head.page(f"{PAGE}?from={SCHOOL}")
    head.click(page, SAME)

    assert page.one("input", id="until")["value"] == "2 December 2026"
    assert "until 2 December 2026" in page.main.text
    assert last(scene).grant.expires_at == NOON.replace(month=12, day=3, hour=0)


def test_two_people_where_the_school_wants_two():
    """One press proposes it, and one press of another person authorises it."""
    scene = closed("needs")
    scene.register.require_two_people(TwoPersonRule(), school=OTHER, actor=VAL)
    first, second = scene.browser(STRANGER), scene.browser(SECOND)
    head = first.read(first.click(first.page(PAGE), SAME))
    proposed = last(scene)
    page = second.page(PAGE)
    second.click(page, SAME)

    assert isinstance(proposed, Proposed)
    assert "first of two people" in head.one("div", role="status").text
    assert TICK not in page.links
    assert isinstance(last(scene), Authorised)
    assert len(last(scene).grant.decisions) == 2


def test_another_choice_of_the_first_person_is_not_completed_in_one_press():
    """Where the first of two ticked something else, the second confirms that."""
    scene = closed("needs")
    scene.register.require_two_people(TwoPersonRule(), school=OTHER, actor=VAL)
    shown = scene.register.ask(school=OTHER, app=APP)
    scene.register.authorise(shown, actor=DANA, optional=["needs", "dob"])

    assert SAME not in scene.browser(SECOND).page(PAGE).buttons


def people(scene):
    """Return a scene in which the closed school left somebody out."""
    scene.authorise("dob", subjects=Subjects.everyone_except(pupil=["p1"]))


def more_is_asked(scene):
    """Return one in which the app requires by now what was not ticked."""
    scene.authorise("dob")
    required = {"basic", "needs"}
    asked = evolve(REQUEST, required=required, optional={"dob"})
    scene.register.publish(asked)


def for_something_else(scene):
    """Return one in which the app says another purpose by now."""
    scene.authorise("dob")
    scene.register.publish(evolve(REQUEST, purpose="Sell marks"))


def nearly_over(scene):
    """Return one in which it ends today."""
    scene.authorise("dob", expires_at=NOON + timedelta(hours=3))


def new_meaning(scene):
    """Return one in which a field has come to mean more."""
    scene.authorise("dob")
    new = table(policy_version=2)
    new["resource"]["pupil"]["field"]["dob"]["policy_version"] = 2
    scene.use(Catalogue.from_dict(new))


OBSTACLES = {
    people: "It did not cover everyone there",
    more_is_asked: "more than was authorised there",
    for_something_else: "for something else",
    nearly_over: "Its time is over within a day",
    new_meaning: "more than was authorised there",
}


@pytest.mark.parametrize("before", OBSTACLES, ids=lambda found: found.__name__)
def test_what_would_be_more_than_before_takes_a_look(before):
    """There is no button for one step, and the page says why."""
    scene = Scene()
    before(scene)
    follow(scene)
    page = scene.browser(STRANGER).page(PAGE)

    assert OBSTACLES[before] in page.one("h2", id="again-1").parent.text
    assert SAME not in page.buttons
    assert "Authorise" in page.buttons


def test_whom_a_closed_school_left_out_is_said_again_before_a_yes():
    """Also on the page that sums up: the answer covers everyone. No one is named."""
    scene = Scene()
    people(scene)
    follow(scene)
    head = scene.browser(STRANGER)
    page = head.page(PAGE)
    check = head.read(head.click(page, "Authorise"))
    no = head.read(head.click(page, "Decline"))

    assert "Everyone except 1 person" in check.main.text
    assert "this answer covers everyone" in check.main.text
    assert "this answer covers everyone" not in no.main.text
    assert "p1" not in page.main.text + check.main.text


def test_a_box_that_is_not_offered_any_more_is_named():
    """What was ticked there and is not asked here is said, and the rest is the same."""
    scene = Scene()
    scene.authorise("dob", "needs")
    scene.register.publish(evolve(REQUEST, optional={"dob"}))
    follow(scene)
    page = scene.browser(STRANGER).page(PAGE)

    assert "not asked any more: Special needs" in page.main.text
    assert SAME in page.buttons


def test_what_has_ended_there_is_not_offered():
    """A revoked or expired grant of a closed school is not one that was authorised."""
    scene = closed("dob")
    scene.register.revoke(school=SCHOOL, app=APP, actor=DANA)
    page = scene.browser(STRANGER).page(NEXT)

    assert not page.all("h2", id="before")


def test_what_was_decided_here_is_not_offered_again():
    """Another app that was authorised there waits still; the rest is named."""
    scene = Scene()
    scene.authorise("dob")
    scene.register.publish(evolve(REQUEST, app="library"))
    shown = scene.register.ask(school=SCHOOL, app="library")
    scene.register.authorise(shown, actor=DANA)
    follow(scene)
    scene.register.decline(scene.register.ask(school=OTHER, app=APP), actor=DANA)
    head = scene.browser(STRANGER)
    page = head.page(NEXT)
    offered = [text for text in page.links if text.startswith("Read and authorise")]

    assert offered == ["Read and authorise again: library, as Example School had it"]
    assert "Decided on here since, or not asked: gradebook" in page.main.text
    assert SAME not in head.page(PAGE).buttons


def test_two_schools_become_one():
    """What each had authorised is said with its name, and each fills the page in."""
    scene = Scene()
    scene.authorise("dob")
    mis = RecordsAdapter({"school": [{"urn": "100003", "name": "Third School"}]})
    scene.register.connect(school="100003", mis="arbor", adapter=mis)
    shown = scene.register.ask(school="100003", app=APP)
    scene.register.authorise(shown, actor=DANA, optional=["marks"])
    follow(scene, SCHOOL, "100003")
    head = scene.browser(STRANGER)
    page = head.page(NEXT)
    filled = head.page(f"{PAGE}?from=100003")

    assert "What Example School and Third School had authorised 2" in page.main.text
    assert "gradebook at Third School" in page.main.text
    assert filled.boxes == {"dob": False, "needs": False, "marks": True}
    assert {b for b in filled.buttons if "same" in b} == {
        SAME,
        "Authorise the same as Third School",
    }


def test_somebody_who_only_looks_is_offered_no_step():
    """They see what was authorised before, and no button."""
    looker = closed("dob").browser(LOOKS)
    page = looker.page(PAGE)

    assert "Read the request" in " ".join(looker.page(NEXT).links)
    assert "Example School had authorised this" in page.main.text
    assert (SAME in page.buttons, TICK in page.links) == (False, False)


def test_a_school_that_did_not_say_so_is_not_followed():
    """What another stream says of a school that is open, or follows elsewhere, is not shown."""
    scene = Scene()
    scene.authorise("dob")
    mis = RecordsAdapter({"school": [{"urn": OTHER, "name": "Next School"}]})
    scene.register.connect(school=OTHER, mis="sims", adapter=mis)
    said = [Succeeded(SCHOOL, VAL, NOON), Succeeded("7", VAL, NOON)]
    scene.ledger.append(successor_stream(OTHER), said, 0)
    head = scene.browser(STRANGER)

    assert not head.page(NEXT).all("h2", id="before")
    assert not head.page(PAGE).all("h2", id="again-1")
