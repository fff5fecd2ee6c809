"""The people whom a school listed, checked against its MIS, by keyboard alone."""

import pytest

from scopegate import Subjects

from .stage import APP, SCHOOL
from .test_stops import go

pytestmark = pytest.mark.slow


def test_a_school_learns_that_its_list_names_no_one(stage, enter):
    """Someone who cannot use a mouse, or scripts, never learns that an entry is wrong."""
    stage.authorise(subjects=Subjects.everyone_except(student=[103]))
    place = f"/schools/{SCHOOL}/apps/{APP}"
    page = enter(stage.url, "dana", place, java_script_enabled=False)
    before = page.locator("main").inner_text()

    go(page, "Check against the MIS")
    after = page.locator("main").inner_text()

    assert "Not checked against the MIS" in before
    assert "1 not found" in after
    assert "the person meant is not left out" in after
