"""The people whom a school listed, checked against its MIS from the pages."""

import pytest

from scopegate import Subjects
from scopegate.adapters.records import RecordsAdapter

from .scenes import APP, DEPUTY, LOOKER, SCHOOL, VENDOR, Scene

BUTTON = "Check against the MIS"


def mis(*pupils):
    """Return the MIS of the school, with some pupils."""
    rows = [{"id": pupil} for pupil in pupils]
    return RecordsAdapter({"school": [{"urn": SCHOOL}], "pupil": rows})


def scene_with(*pupils, subjects=None):
    """Return a scene whose host gives the pages an MIS, and whose school left out 7."""
    scene = Scene(site={"mis_of": {SCHOOL: mis(*pupils)}.__getitem__})
    scene.authorise(subjects=subjects or Subjects.everyone_except(pupil=["7", "8"]))
    return scene


def checked(scene):
    """Return the page after somebody has asked the MIS on it."""
    dana = scene.browser()
    return dana.read(dana.click(dana.page(scene.app()), BUTTON))


@pytest.mark.parametrize("part", [Scene.app, Scene.home])
def test_it_is_said_until_people_are_checked(part):
    """A school is not told that its list was never looked up, or is told for ever."""
    scene = scene_with("7", "8")
    assert "Not checked against the MIS" in scene.browser().page(part(scene)).text
    checked(scene)
    page = scene.browser().page(part(scene)).text
    assert "Checked against the MIS" in page
    assert "2 found" in page
    assert "Not checked against the MIS" not in page


def test_an_entry_that_names_nobody_is_said():
    """A school is not told that an entry of its list names no pupil."""
    page = checked(scene_with("7", "80"))
    assert "1 found, 1 not found" in page.text
    assert "The MIS knows no one by 1 entry" in page.text
    assert "the person meant is not left out" in page.text


def test_an_entry_that_is_only_alike_is_said():
    """A school is not told that it leaves out somebody whom it did not name."""
    page = checked(scene_with("007", "8"))
    assert "1 found, 1 only alike" in page.text
    assert "Everyone who is alike is left out" in page.text


def test_a_list_of_those_to_let_in_is_said_to_cover_no_one_else():
    """A school is told that somebody is left out where they are not let in."""
    page = checked(scene_with("007", "9", subjects=Subjects.only(pupil=["7", "8"])))
    assert "1 only alike, 1 not found" in page.text
    assert "No one who is only alike is covered" in page.text
    assert "the person meant is not covered" in page.text


def test_people_who_are_all_known_need_no_advice():
    """A school is warned of nothing."""
    page = checked(scene_with("7", "8"))
    assert "slip" not in page.text


def test_a_list_of_no_one_is_not_spoken_of():
    """A school that left no one out reads about a check."""
    page = scene_with("7", subjects=Subjects.everyone()).browser().page(Scene().app())
    assert "the MIS" not in page.text


def test_the_history_tells_of_a_check():
    """A check leaves no line in what happened."""
    page = checked(scene_with("7"))
    assert "The people listed were checked against the MIS" in page.text


def test_without_an_mis_there_is_no_button():
    """A button is shown that can do nothing, or its address does something."""
    scene = Scene(site={"mis_of": None})
    scene.authorise(subjects=Subjects.everyone_except(pupil=["7"]))
    dana = scene.browser()
    page = dana.page(scene.app())
    assert "Not checked against the MIS" in page.text
    assert BUTTON not in page.text
    assert dana.post(scene.app("people")).status == 404


def test_only_somebody_who_decides_may_ask():
    """Somebody who may only look makes the MIS be read."""
    scene = scene_with("7")
    lou = scene.browser(LOOKER)
    assert BUTTON not in lou.page(scene.app()).text
    assert lou.post(scene.app("people")).status == 403
    assert "PeopleChecked" not in scene.events()


def test_a_register_that_gives_no_authority_is_heard():
    """The MIS is read for somebody whom the register does not let decide."""
    scene = Scene(
        site={"mis_of": {SCHOOL: mis("7")}.__getitem__},
        authority=lambda actor, *_: actor.id != "sam",
    )
    scene.authorise(subjects=Subjects.everyone_except(pupil=["7"]))
    assert scene.browser(DEPUTY).post(scene.app("people")).status == 403


def test_an_mis_that_fails_changes_nothing():
    """People count as missing because the MIS failed."""

    class Failing(RecordsAdapter):
        def fetch(self, wanted):
            raise OSError

    scene = Scene(site={"mis_of": lambda _: Failing({})})
    scene.authorise(subjects=Subjects.everyone_except(pupil=["7"]))
    answer = scene.browser().post(scene.app("people"))
    assert answer.status == 502
    assert b"The MIS cannot be read" in answer.body
    assert "PeopleChecked" not in scene.events()


def test_an_app_sees_nothing_of_it():
    """The page of an app differs by whether the people of its grant were checked."""
    pages = []
    for ask in (checked, lambda scene: None):
        scene = scene_with("7")
        ask(scene)
        val = scene.browser(VENDOR)
        address = f"{scene.root}/apps/{APP}"
        pages.append((val.page(address).text, val.get(f"{address}/grants.json").body))
    assert pages[0] == pages[1]
