"""Two windows, two people, two schools: who may, who was first, and what is stale."""

import logging
import re
from datetime import timedelta

import pytest

from scopegate.catalogue.field import Sensitivity
from scopegate.consent.decision import TwoPersonRule

from .stage import APP, DANA, LATER, SAM, SCHOOL
from .steps import (
    APP_PAGE,
    DOB,
    EMAILS,
    METHOD,
    REQUEST_PAGE,
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
NO_MORE = "There is nothing to decide here any more"


# A page that is out of date


@pytest.mark.parametrize("is_checked", [False, True], ids=["request", "check"])
def test_a_page_out_of_date_is_refused_kindly(stage, enter, is_checked):
    """It says so, keeps the ticks that are offered still, and decides with them."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    box(page, DOB).check()
    box(page, EMAILS).check()
    if is_checked:
        to_check(page)
    stage.register.publish(LATER)

    status = press(page, "Authorise")

    changed, gone = notices(page)
    assert status == 409
    assert "has changed since you opened this page" in changed
    assert EMAILS in gone
    assert DOB not in gone
    assert ticked(page) == {DOB}
    assert decisions(stage) == []

    to_check(page)
    press(page, "Authorise")

    (shown,) = stage.shown()  # to look was not recorded, and what was decided on is
    assert notices(page) == ["You have authorised it."]
    assert decisions(stage) == [("Authorised", DANA, METHOD, shown.digest, {DOB})]


@pytest.mark.parametrize("is_checked", [False, True], ids=["request", "check"])
def test_the_record_follows_the_ticks_on_a_page_that_was_refused(
    stage, enter, is_checked
):
    """Even where a page out of date was answered, a tick redraws the record."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    if is_checked:
        to_check(page)
    stage.register.publish(LATER)
    press(page, "Authorise")

    box(page, DOB).check()
    page.get_by_text("receive 5 of").wait_for()

    assert "receive 5 of" in count(page)


def test_a_tick_on_a_page_out_of_date_leaves_the_record_as_it_was(stage, enter):
    """A record of another page is not put into this one."""
    page = enter(stage.url, "dana", REQUEST_PAGE)
    stage.register.publish(LATER)
    before = page.locator("#preview").inner_text()

    with page.expect_response(re.compile("request[?]")):
        box(page, DOB).check()
    page.wait_for_load_state("networkidle")

    assert page.locator("#preview").inner_text() == before


# Two windows, and two people


def test_of_two_windows_of_one_person_the_first_decides(stage, enter):
    """The second is told who decided what and when, and adds nothing."""
    first = enter(stage.url, "dana", REQUEST_PAGE)
    second = first.context.new_page()
    second.goto(stage.url + REQUEST_PAGE)
    to_check(first, DOB)
    to_check(second, EMAILS)
    press(first, "Authorise")

    status = press(second, "Authorise")

    told = second.locator("main").inner_text()
    (shown,) = stage.shown()
    assert status == 409
    assert heading(second) == NO_MORE
    assert "Authorised, revision 1 by Dana Head, Headteacher, 23 November 2026" in told
    assert decisions(stage) == [("Authorised", DANA, METHOD, shown.digest, {DOB})]


@pytest.mark.parametrize("answer", ["Authorise", "Decline"])
def test_of_two_people_the_first_decides(stage, enter, answer):
    """The second is told who decided what, whatever the second wanted."""
    dana = enter(stage.url, "dana", REQUEST_PAGE)
    sam = enter(stage.url, "sam", REQUEST_PAGE)
    to_check(dana, answer="Decline")
    to_check(sam, DOB, answer=answer)
    press(dana, "Decline")

    status = press(sam, answer)

    (shown,) = stage.shown()
    told = sam.locator("main").inner_text()
    assert status == 409
    assert heading(sam) == NO_MORE
    assert "Declined by Dana Head, Headteacher, 23 November 2026" in told
    assert decisions(stage) == [("Declined", DANA, METHOD, shown.digest, set())]


def test_two_people_authorise_where_the_school_wants_two(stage, enter):
    """The first proposes and cannot be the second; the second sees it and says yes."""
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    stage.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    dana = enter(stage.url, "dana", REQUEST_PAGE)
    to_check(dana, DOB)
    warned = notices(dana)
    press(dana, "Authorise")
    proposed = notices(dana)

    dana.goto(stage.url + REQUEST_PAGE)
    to_check(dana, EMAILS)
    status = press(dana, "Authorise")

    assert "You are the first" in warned[0]
    assert "first of two people" in proposed[0]
    assert status == 409
    assert "Nothing was decided" in notices(dana)[0]
    assert "a second person must" in notices(dana)[0]

    stage.clock.go_on(timedelta(days=1))
    sam = enter(stage.url, "sam")
    press(sam, f"Read and decide on {APP}")
    seen = sam.locator("[aria-labelledby=waiting]").inner_text()
    for scope in (DOB, EMAILS):
        box(sam, scope).set_checked(scope == DOB)
    to_check(sam)
    press(sam, "Authorise")

    (shown,) = stage.shown()
    assert (
        "Authorised on 23 November 2026, 12:00 GMT by Dana Head, Headteacher." in seen
    )
    assert notices(sam) == ["You have authorised it."]
    assert "Sam Deputy" in sam.locator("[aria-labelledby=who]").inner_text()
    assert decisions(stage) == [
        ("Proposed", DANA, METHOD, shown.digest, {DOB}),
        ("Authorised", SAM, METHOD, shown.digest, {DOB}),
    ]


def test_a_second_person_with_other_ticks_is_told_which(stage, enter):
    """Nothing is decided, and the boxes come back as the first person ticked them."""
    rule = TwoPersonRule(Sensitivity.PERSONAL)
    stage.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    stage.authorise(DOB)
    sam = enter(stage.url, "sam", REQUEST_PAGE)
    to_check(sam, EMAILS)

    status = press(sam, "Authorise")

    assert status == 409
    assert "chose other ticks" in notices(sam)[0]
    assert ticked(sam) == {DOB}
    assert [line[0] for line in decisions(stage)] == ["Proposed"]


# Those who must not


GETS = [
    f"/schools/{SCHOOL}",
    f"/schools/{SCHOOL}/processing.csv",
    APP_PAGE,
    f"{APP_PAGE}/deletion-request.txt",
    f"{APP_PAGE}/request",
    f"{APP_PAGE}/grant",
    f"{APP_PAGE}/request/check",
    f"{APP_PAGE}/grant/check",
    f"{APP_PAGE}/revoke",
    f"/schools/{SCHOOL}/receipts/grant-1/1",
    f"/schools/{SCHOOL}/receipts/grant-1/1/receipt.txt",
    f"/schools/{SCHOOL}/receipts/grant-1/1/receipt.zip",
    f"/apps/{APP}",
    f"/apps/{APP}/grants.json",
]
POSTS = [
    f"{APP_PAGE}/{part}/{answer}"
    for part in ("request", "grant")
    for answer in ("authorise", "decline")
] + [f"{APP_PAGE}/revoke", f"{APP_PAGE}/narrow"]

POST_FORM = """(address) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  document.body.append(form);
  form.submit();
}"""


def test_people_of_another_school_find_no_page_of_this_one(stage, enter, caplog):
    """Every address is a 404 that tells nothing, and a line in the log."""
    grant = stage.authorise(DOB)
    page = enter(stage.url, "alex")
    absent = page.goto(f"{stage.url}/nothing/here").text()
    caplog.set_level(logging.WARNING, logger="scopegate.web")
    assert (grant.id, grant.revision) == ("grant-1", 1)

    found = {}
    for path in GETS:
        answer = page.context.request.get(stage.url + path)
        found["GET " + path] = answer.status, answer.text() == absent
    for path in POSTS:
        answer = page.context.request.post(stage.url + path, form={"tick": DOB})
        found["POST " + path] = answer.status, answer.text() == absent

    lines = [r.getMessage() for r in caplog.records if r.name == "scopegate.web"]
    assert found == dict.fromkeys(found, (404, True))
    assert len(found) == len(GETS) + len(POSTS)
    assert lines == [
        f"404 for `alex`, who must not see `{path}`" for path in GETS + POSTS
    ]
    assert decisions(stage)[1:] == []


def test_who_may_only_look_sees_everything_and_decides_nothing(stage, enter):
    """There is no button, no showing is recorded, and a form sent all the same is 403."""
    page = enter(stage.url, "lou")

    press(page, APP)
    press(page, "Read the request")

    assert box(page, DOB).is_disabled()
    assert button(page, "Authorise").count() == 0
    assert stage.shown() == []

    token = page.context.cookies(stage.url)
    csrf = next(one["value"] for one in token if one["name"] == "scopegate_csrf")
    answer = page.context.request.post(
        f"{stage.url}{REQUEST_PAGE}/authorise", form={"scopegate_csrf": csrf}
    )

    assert answer.status == 403
    assert "cannot decide for this school" in answer.text()
    assert decisions(stage) == []


def test_a_form_that_no_page_of_ours_made_does_nothing(stage, enter):
    """Without the text that the cookie has it is refused, and told what to do."""
    stage.authorise(DOB)
    page = enter(stage.url, "dana")

    with page.expect_navigation() as navigation:
        page.evaluate(POST_FORM, f"{stage.url}{APP_PAGE}/revoke")

    assert navigation.value.status == 403
    assert heading(page) == "Please send that again"
    assert [line[0] for line in decisions(stage)] == ["Authorised"]


def test_people_of_both_schools_are_shown_both(stage, enter):
    """A visitor of several schools begins at a list that leads to each."""
    stage.connect("100002", "Next School")
    page = enter(stage.url, "tia")

    links = page.locator("main table a").all_inner_texts()
    press(page, "Next School")

    assert links == ["Example School", "Next School"]
    assert heading(page) == "Next School: who gets what"
