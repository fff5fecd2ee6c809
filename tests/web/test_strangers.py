"""Who may see and who may decide: a stranger learns nothing, a looker writes nothing."""

import logging

import pytest

from scopegate import Actor
from scopegate.web import Visitor

from .scenes import APP, DANA, LOOKER, OTHER, SCHOOL, STRANGER, TRUST, VENDOR, Scene

PAGES = ["", "processing.csv", "receipts/grant-1/1"]
PAGES += ["receipts/grant-1/1/receipt.txt", "receipts/grant-1/1/receipt.zip"]
APP_PAGES = ["", "/deletion-request.txt", "/request", "/grant", "/request/check"]
APP_PAGES += ["/grant/check", "/revoke", "/pause", "/resume"]
STOPS = ["pause", "resume", "disconnect", "connect", "close"]
PAGES += [*STOPS, "close/check"]
DEEDS = ["request/authorise", "request/decline", "grant/authorise", "grant/decline"]
DEEDS += ["revoke", "narrow", "pause", "resume"]
ADDRESSES = [f"schools/{SCHOOL}/{page}".rstrip("/") for page in PAGES]
ADDRESSES += [f"schools/{SCHOOL}/apps/{APP}{page}" for page in APP_PAGES]
ADDRESSES += [
    f"schools/{SCHOOL}/apps/{APP}/{deed}"
    for deed in DEEDS
    if f"/{deed}" not in APP_PAGES
]
METHODS = ["GET", "HEAD", "POST", "PUT"]


def granted():
    """Return a scene in which the app has a grant, so that every page is there."""
    scene = Scene()
    scene.authorise("dob")
    return scene


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_another_school_is_answered_as_one_that_does_not_exist(address, method, caplog):
    """To the byte, by every route and method; and the log says who asked for what."""
    scene = granted()
    stranger = scene.browser(STRANGER)
    form = [("scopegate_csrf", stranger.token())]
    nowhere = stranger.ask(method, f"/consent/{address.replace(SCHOOL, '7')}", form)
    caplog.clear()
    before = scene.written()
    answer = stranger.ask(method, f"/consent/{address}", form)

    assert (answer, answer.status, scene.written()) == (nowhere, 404, before)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", f"404 for `alex`, who must not see `/{address}`")
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("part", ["", "/grants.json"])
def test_another_app_is_answered_as_one_that_does_not_exist(part, method):
    """Of an app's own side only its vendor learns that there is one."""
    scene = granted()
    stranger = scene.browser(STRANGER)
    stranger.token()
    answer = stranger.ask(method, f"/consent/apps/{APP}{part}")

    assert answer == stranger.ask(method, f"/consent/apps/nothing{part}")
    assert answer.status == 404


def test_a_vendor_sees_its_app_and_no_school():
    """A vendor's first page is its app's own side; every page of a school is a 404."""
    vendor = granted().browser(VENDOR)

    assert vendor.get("/consent/").header("location") == f"/consent/apps/{APP}"
    assert vendor.page(f"/consent/apps/{APP}").title == f"{APP} at its schools"
    assert vendor.get(f"/consent/apps/{APP}/grants.json").status == 200
    assert {vendor.get(f"/consent/{address}").status for address in ADDRESSES} == {404}


def test_a_school_does_not_see_an_apps_own_side():
    """The app's situation at other schools is not shown to a school."""
    assert granted().browser().get(f"/consent/apps/{APP}").status == 404


def test_somebody_without_a_school_or_an_app_is_told_so():
    """The first page of a visitor for whom there is nothing says it, and links nowhere."""
    page = granted().browser(Visitor(Actor("Nic New"))).page("/consent/")

    assert (page.title, page.links) == (
        "Your apps",
        {},
    )
    assert "There is no school that you decide for" in page.main.text


def test_somebody_who_is_not_signed_in_is_told_so_everywhere():
    """Without a visitor every address, even an unknown one, is the same 401."""
    nobody = granted().browser(None)
    nobody.token()
    answers = {nobody.get(f"/consent/{a}") for a in [*ADDRESSES, "", "nowhere"]}

    assert {answer.status for answer in answers} == {401}
    assert len(answers) == 1
    assert "Signed in as" not in answers.pop().body.decode()


@pytest.mark.parametrize("deed", DEEDS)
def test_a_looker_decides_nothing(deed):
    """A visitor who may only see a school is refused, and nothing happens."""
    scene = granted()
    looker = scene.browser(LOOKER)
    before = scene.written()
    answer = looker.post(scene.app(deed), ("shown", "x"), ("untick", "dob"))

    assert (answer.status, scene.written()) == (403, before)
    assert looker.read(answer, 403).title == "You cannot decide this"


@pytest.mark.parametrize("page", ["request/check", "grant/check", "revoke", "pause"])
def test_a_looker_is_not_asked_to_confirm(page):
    """The steps before a decision are for those who may decide."""
    scene = granted()

    assert scene.browser(LOOKER).get(scene.app(page)).status == 403


@pytest.mark.parametrize("has_grant", [False, True])
def test_a_looker_sees_and_leaves_no_trace(has_grant):
    """All pages can be looked at; that is not put on record, and no button is there."""
    scene = granted() if has_grant else Scene()
    looker, before = scene.browser(LOOKER), scene.written()
    pages = [looker.page(scene.home()), looker.page(scene.app())]
    pages.append(looker.page(scene.app("grant" if has_grant else "request")))

    assert scene.written() == before
    assert [b for page in pages for b in page.buttons if "Show" not in b] == []
    assert not any("evoke" in text for page in pages for text in page.links)


def test_a_looker_sees_the_grant_as_it_is():
    """On the page of a grant the boxes are ticked as the grant has them, also for them."""
    scene = granted()
    boxes = scene.browser(LOOKER).page(scene.app("grant")).boxes

    assert boxes == {"dob": True, "needs": False, "marks": False}


def test_a_visitor_decides_for_some_of_the_schools_they_see():
    """`decides_for` is asked for each school, and counts only within `schools`."""
    visitor = Visitor(DANA, (SCHOOL, OTHER), (SCHOOL, "7"))

    assert [visitor.may_see(s) for s in (SCHOOL, OTHER, "7")] == [True, True, False]
    assert [visitor.may_decide(s) for s in (SCHOOL, OTHER, "7")] == [True, False, False]


def test_the_registers_own_authority_is_asked_as_well():
    """Where the register refuses somebody whom the host lets in, nothing is decided."""
    scene = Scene(authority=lambda actor, school, at: actor.id != "dana")
    sam = scene.browser(Visitor(Actor("Sam", id="sam"), SCHOOL))
    dana = scene.browser()
    answer = dana.authorise("dob")
    assert (answer.status, scene.events("Authorised")) == (403, [])

    check = sam.read(sam.click(sam.page(scene.app("request")), "Authorise", ["dob"]))
    assert sam.click(check, "Authorise").status == 303
    before = scene.events("Revoked", "Amended")
    ends = [
        dana.post(scene.app("revoke"), *scene.held()).status,
        dana.post(scene.app("narrow"), *scene.held(), ("untick", "dob")).status,
    ]

    assert (ends, scene.events("Revoked", "Amended")) == ([403, 403], before)


def test_the_first_page_of_one_school_is_the_school():
    """A visitor of one school is led to it; a visitor of several chooses."""
    scene = granted()
    first = scene.browser().get("/consent/")
    page = scene.browser(TRUST).page("/consent/")

    assert (first.status, first.header("location")) == (303, scene.home())
    assert page.links == {
        "Example School": scene.home(),
        OTHER: f"/consent/schools/{OTHER}",
    }


@pytest.mark.parametrize("apps", [(), ("library",)])
def test_an_app_that_may_not_ask_a_school_is_not_there(apps):
    """The host says which apps may ask; of another there is no page, and no decision."""
    scene = Scene(site={"apps_of": lambda school: apps})
    head = scene.browser()
    answers = [
        head.get(scene.app()),
        head.get(scene.app("request")),
        head.post(scene.app("request/authorise")),
    ]

    assert [answer.status for answer in answers] == [404, 404, 404]
    assert scene.events() == ["Connected"]


def test_an_app_that_has_a_grant_is_there_also_where_it_may_not_ask_now():
    """What was authorised can be seen and revoked, whatever the host says by now."""
    scene = Scene(site={"apps_of": lambda school: ()})
    scene.authorise("dob")
    head = scene.browser()

    assert head.page(scene.app()).title == APP
    assert head.post(scene.app("revoke"), *scene.held()).status == 303
    assert scene.events("Revoked") == ["Revoked"]


def test_a_visitors_name_cannot_forge_a_line_of_the_log(caplog):
    """What is logged of an address and a person stays one line."""
    caplog.set_level(logging.WARNING)
    evil = Visitor(Actor("Eve\u2028x", id=""), SCHOOL)
    Scene().browser(evil).get("/consent/schools/a\r\nERROR b")

    (line,) = [r.getMessage() for r in caplog.records]
    assert line == r"404 for `Eve\u2028x`, who must not see `/schools/a\r\nERROR b`"
