"""The time of the school, whatever the clock of the browser shows."""

from datetime import UTC, datetime

import pytest

from .stage import APP, SCHOOL
from .steps import REQUEST_PAGE, press

pytestmark = pytest.mark.slow

LATE = datetime(2027, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight in London


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Europe/London"])
def test_a_last_day_is_that_of_the_school(stage, enter, zone):
    """Wherever the browser is, a last day is read, said and shown in the school's time.

    Fails on the release before: it was that of UTC.
    """
    stage.clock.go_on(LATE - stage.clock())
    page = enter(stage.url, "dana", REQUEST_PAGE, timezone_id=zone)
    last_day = page.get_by_label("Last day")
    last_day.fill("1/7/27")
    status = press(page, "Authorise")
    problem = page.locator("#until-problem").inner_text()
    page.get_by_label("Last day").fill("31st Aug 2027")
    press(page, "Authorise")
    checked = page.locator("[aria-labelledby=on-record]").inner_text()
    press(page, "Authorise")
    receipt = page.locator("main").inner_text()

    assert (status, problem) == (422, "That day is over: give today, or a later day")
    for seen in (checked, receipt):
        assert "The end of 31 August 2027 (BST)" in seen
    assert "2 July 2027, 00:30 BST" in receipt
    (grant,) = stage.register.state(SCHOOL).consent(APP).revisions
    assert grant.grant.expires_at == datetime(2027, 8, 31, 23, tzinfo=UTC)
