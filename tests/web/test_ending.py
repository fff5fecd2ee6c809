"""The last day on the pages: as it is written, checked, decided and confirmed."""

from datetime import UTC, datetime, timedelta

import pytest

from scopegate import Actor, Subjects
from scopegate.consent.decision import TwoPersonRule

from .scenes import APP, DEPUTY, SCHOOL, VAL, Scene

DANA = Actor("Dana Head", role="Headteacher", id="dana")
DAY, END = "31 August 2027", datetime(2027, 8, 31, 23, tzinfo=UTC)


def grant_of(scene):
    """Return the grant that is in force, or None."""
    return scene.register.state(SCHOOL).consent(APP).current


def checked(browser, page, last_day, status=200, answer="Authorise", ticks=("dob",)):
    """Return the page that sums up, with a last day written."""
    return browser.read(
        browser.click(page, answer, list(ticks), until=last_day), status
    )


def test_a_last_day_is_said_again_and_ends_the_grant():
    """The page that sums up has it, the grant ends with it, and the receipt says so."""
    scene = Scene()
    browser = scene.browser()
    check = checked(browser, browser.page(scene.app("request")), DAY)
    receipt = browser.read(browser.click(check, "Authorise"))

    assert "The end of 31 August 2027 (BST)" in check.main.text
    assert grant_of(scene).expires_at == END
    assert "The end of 31 August 2027 (BST)" in receipt.main.text


def test_without_a_last_day_a_grant_has_no_end():
    """An empty field is not an end, and the page that sums up says nothing of one."""
    scene = Scene()
    browser = scene.browser()
    check = checked(browser, browser.page(scene.app("request")), "")
    browser.click(check, "Authorise")

    assert "Until" not in [name.text for name in check.all("dt")]
    assert grant_of(scene).expires_at is None


@pytest.mark.parametrize(
    ("last_day", "problem"),
    [
        ("8/31/2027", "Write the last day as day, month and year"),
        ("2020-01-01", "That day is over"),
        ('"><script>', "Write the last day as day, month and year"),
    ],
)
def test_what_is_no_last_day_is_said_and_decides_nothing(last_day, problem):
    """The page comes back with the ticks, the text as written, and what is wrong."""
    scene = Scene()
    browser = scene.browser()
    page = checked(browser, browser.page(scene.app("request")), last_day, status=422)

    assert problem in page.one("div", role="alert").text
    assert page.one("input", id="until")["value"] == last_day
    assert page.one("input", id="until")["aria-invalid"] == "true"
    assert page.boxes["dob"] is True
    assert grant_of(scene) is None


def test_a_forged_last_day_decides_nothing():
    """The last step looks at it again."""
    scene = Scene()
    browser = scene.browser()
    check = checked(browser, browser.page(scene.app("request")), DAY)
    answer = browser.click(check, "Authorise", until="2020-01-01")

    assert answer.status == 422
    assert grant_of(scene) is None


def test_who_declines_need_not_mend_the_last_day():
    """A no has no last day."""
    scene = Scene()
    browser = scene.browser()
    page = browser.page(scene.app("request"))
    check = checked(browser, page, "tomorrow", answer="Decline", ticks=())
    browser.click(check, "Decline")

    assert scene.events("Declined") == ["Declined"]


def test_a_change_keeps_the_end_unless_another_is_written():
    """Empty leaves the end as it is; a day moves it."""
    scene = Scene()
    scene.authorise("dob", expires_at=END)
    browser = scene.browser()
    kept = checked(browser, browser.page(scene.app("grant")), "", answer="Change it")
    browser.click(kept, "Change it")
    before = grant_of(scene).expires_at
    page = browser.page(scene.app("grant"))
    moved = checked(browser, page, "2028-08-31", answer="Change it", ticks=())
    browser.click(moved, "Change it")

    assert before == END
    assert grant_of(scene).expires_at == END + timedelta(days=366)


def test_the_second_person_confirms_whom_and_until_when_the_first_chose():
    """Both are shown and not asked again, and what both decide is one grant."""
    scene = Scene()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=VAL)
    shown = scene.register.ask(school=SCHOOL, app=APP)
    some = Subjects.everyone_except(pupil=["p1"])
    scene.register.authorise(
        shown, actor=DANA, optional={"needs"}, subjects=some, expires_at=END
    )
    sam = scene.browser(DEPUTY)
    page = sam.page(scene.app("request"))
    check = sam.read(sam.click(page, "Authorise", ["needs"]))
    sam.click(check, "Authorise")

    for seen in (page.main.text, check.main.text):
        assert "Everyone except 1 person whom the school listed" in seen
        assert "The end of 31 August 2027 (BST)" in seen
    assert not page.all("input", id="until")
    assert (grant_of(scene).subjects, grant_of(scene).expires_at) == (some, END)
    assert len(grant_of(scene).decisions) == 2
