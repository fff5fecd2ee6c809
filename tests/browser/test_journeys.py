"""The whole way, from being asked to having revoked, in a real browser."""

from datetime import timedelta

import pytest

from scopegate.evidence.audit import verify

from .stage import APP, DANA, SCHOOL
from .steps import (
    APP_PAGE,
    DOB,
    EMAILS,
    METHOD,
    REQUEST_PAGE,
    address,
    box,
    button,
    count,
    decisions,
    heading,
    notices,
    press,
    ticked,
    to_check,
)

pytestmark = pytest.mark.slow

FOCUSED = r"""() => {
  const it = document.activeElement, style = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  return {
    name: (it.labels?.[0] ?? it).textContent.trim().replace(/\s+/g, " "),
    isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""


def expected(stage):
    """Return the decisions of a journey: one box ticked, and revoked later."""
    (shown,) = stage.shown()
    return [
        ("Authorised", DANA, METHOD, shown.digest, {DOB}),
        ("Revoked", DANA, METHOD),
    ]


def test_a_school_decides_by_mouse(stage, enter):
    """What is clicked is what is on record: a tick, the page's digest, the method."""
    page = enter(stage.url, "dana")

    press(page, f"Read and decide on {APP}")
    box(page, DOB).click()
    press(page, "Authorise")
    flows, stays = page.locator("ul.check").all_inner_texts()
    press(page, "Authorise")

    assert "Student Date of Birth" in flows
    assert "Student Emails" in stays
    assert notices(page) == ["You have authorised it."]
    assert address(page).endswith(f"/schools/{SCHOOL}/receipts/grant-1/1")

    press(page, "Example School")

    assert page.locator("#authorised").inner_text() == "Has data of this school 1"

    press(page, f"Revoke access for {APP}")
    press(page, f"Revoke access for {APP}")

    assert "nothing but public data" in notices(page)[0]
    assert decisions(stage) == expected(stage)
    assert verify(stage.ledger).faults == ()


def tab_to(page, name, key="Tab"):
    """Press Tab until the focus is on *name*, and see it at every stop."""
    for _ in range(60):
        page.keyboard.press(key)
        stop = page.evaluate(FOCUSED)
        assert stop["isOutlined"], stop
        assert stop["isInView"], stop
        if stop["name"] == name:
            return
    raise AssertionError(f"no stop is called {name}")


def go(page, name):
    """Go to a link or a button by Tab, and press Enter there."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_school_decides_by_keyboard_alone(stage, enter):
    """Tab, Shift+Tab, Space and Enter are enough, and every stop shows the focus."""
    page = enter(stage.url, "dana")

    go(page, f"Read and decide on {APP}")
    tab_to(page, "Student Emails")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    tab_to(page, "Student Date of Birth", "Shift+Tab")
    page.keyboard.press("Space")
    go(page, "Authorise")
    go(page, "Authorise")
    receipt = notices(page)
    go(page, "Example School")
    go(page, f"Revoke access for {APP}")
    go(page, f"Revoke access for {APP}")

    assert receipt == ["You have authorised it."]
    assert decisions(stage) == expected(stage)


def test_a_link_leads_past_the_frame(stage, enter):
    """The first stop of a page is a link that takes the focus to its content."""
    page = enter(stage.url, "dana")

    page.keyboard.press("Tab")
    first = page.evaluate(FOCUSED)["name"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert first == "Skip to the content"
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_school_decides_without_scripts(stage, enter):
    """No step needs a script, and a button shows the record with the ticks."""
    page = enter(stage.url, "dana", java_script_enabled=False)
    press(page, f"Read and decide on {APP}")

    before = count(page)
    box(page, DOB).check()
    untouched = count(page)
    press(page, "Show the record with these ticks")

    assert before == untouched
    assert "receive 4 of" in before
    assert "receive 5 of" in count(page)
    assert ticked(page) == {DOB}

    press(page, "Authorise")
    press(page, "Go back and change")

    assert ticked(page) == {DOB}

    press(page, "Authorise")
    press(page, "Authorise")
    press(page, f"Revoke access for {APP}")
    press(page, f"Revoke access for {APP}")

    assert decisions(stage) == expected(stage)


def test_a_tick_redraws_the_record_in_its_place(stage, enter):
    """With scripts the record follows the boxes; neither page nor focus moves."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    page.evaluate("window.isSame = true")
    birth = page.locator("#preview tr", has_text="Date of birth")
    before = count(page), birth.locator("td").all_inner_texts()

    box(page, DOB).click()
    page.get_by_text("receive 5 of").wait_for()

    after = birth.locator("td").all_inner_texts()
    assert "receive 4 of" in before[0]
    assert before[1] == ["11 February 2014", "nothing"]
    assert after == ["11 February 2014"] * 2
    assert page.evaluate("window.isSame")
    assert page.evaluate("document.activeElement.value") == DOB

    box(page, DOB).click()
    page.get_by_text("receive 4 of").wait_for()

    assert birth.locator("td").all_inner_texts() == before[1]


def test_going_back_decides_nothing_again(stage, enter):
    """Back after authorising, a page says how things stand and offers no button."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    to_check(page, DOB)
    press(page, "Authorise")

    page.go_back()

    text = page.locator("main").inner_text()
    assert heading(page) == "There is nothing to decide here any more"
    assert "Authorised, revision 1 by Dana Head, Headteacher" in text
    assert page.locator("main button").count() == 0
    assert len(decisions(stage)) == 1


def test_a_second_click_decides_nothing_again(stage, enter):
    """A double click is one decision, and ends at its receipt."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    to_check(page, DOB)

    button(page, "Authorise").dblclick()
    page.wait_for_url("**/receipts/**")

    assert notices(page) == ["You have authorised it."]
    assert len(decisions(stage)) == 1


SEND_AT_ONCE = """() => {
  const form = document.querySelector("form[method=post]");
  const body = new URLSearchParams(new FormData(form));
  const send = () => fetch(form.action, { method: "POST", body });
  return Promise.all(Array.from({ length: 6 }, send))
    .then(all => all.map(it => [it.status, it.url]));
}"""


def receipt_of(stage, done):
    """Return where the last decision is to be read, with what is said there of it."""
    grant = stage.events()[-1].grant
    place = f"{grant.id}/{grant.revision}?done={done}"
    return f"{stage.url}/schools/{SCHOOL}/receipts/{place}"


def test_a_form_sent_many_times_at_once_is_one_decision(stage, enter):
    """However often the same answer comes in together, each sees the receipt."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    to_check(page, DOB, EMAILS)

    answers = page.evaluate(SEND_AT_ONCE)

    receipt = receipt_of(stage, "authorised")
    (shown,) = stage.shown()
    assert answers == [[200, receipt]] * 6
    assert decisions(stage) == [
        ("Authorised", DANA, METHOD, shown.digest, {DOB, EMAILS})
    ]


def test_changing_many_times_at_once_is_changing_once(stage, enter):
    """However often the same change comes in together, it makes one revision."""
    stage.authorise(DOB)
    page = enter(stage.url, "dana", f"{APP_PAGE}/grant")
    to_check(page, EMAILS, answer="Change it")

    answers = page.evaluate(SEND_AT_ONCE)

    receipt = receipt_of(stage, "amended")
    _, change = decisions(stage)
    assert answers == [[200, receipt]] * 6
    assert (change[0], change[-1]) == ("Amended", {DOB, EMAILS})


def test_unticking_many_times_at_once_is_unticking_once(stage, enter):
    """However often what is not read is unticked together, it makes one revision."""
    stage.authorise(DOB, EMAILS)
    stage.clock.go_on(timedelta(days=100))
    page = enter(stage.url, "dana", APP_PAGE)

    answers = page.evaluate(SEND_AT_ONCE)

    receipt = receipt_of(stage, "amended")
    _, change = decisions(stage)
    assert answers == [[200, receipt]] * 6
    assert (change[0], change[-1]) == ("Amended", set())


def test_declining_many_times_at_once_is_declining_once(stage, enter):
    """However often the same no comes in together, it is on record once."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    to_check(page, answer="Decline")

    answers = page.evaluate(SEND_AT_ONCE)

    (shown,) = stage.shown()
    assert answers == [[200, f"{stage.url}{APP_PAGE}?done=declined"]] * 6
    assert decisions(stage) == [("Declined", DANA, METHOD, shown.digest, set())]


def test_revoking_many_times_at_once_is_revoking_once(stage, enter):
    """However often the same stop comes in together, it is on record once."""
    stage.authorise(DOB)
    page = enter(stage.url, "dana", f"{APP_PAGE}/revoke")

    answers = page.evaluate(SEND_AT_ONCE)

    assert answers == [[200, f"{stage.url}{APP_PAGE}?done=revoked"]] * 6
    assert decisions(stage)[1:] == [("Revoked", DANA, METHOD)]
