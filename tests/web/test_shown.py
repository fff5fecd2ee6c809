"""What is shown is what is decided on: every word of it, nothing else, no tick."""

import re

import pytest
from attrs import evolve
from hypothesis import assume, given, strategies as st

from scopegate import Catalogue
from scopegate._base.values import printable
from scopegate.consent.presentation import every_field
from scopegate.consent.request import Terms
from scopegate.testing.strategies import memory_ledgers, requests, texts

from ..pages.worlds import FEWER
from .scenes import APP, CATALOGUE, REQUEST, SCHOOL, Scene, table

ASKED = requests(CATALOGUE, apps=st.just(APP))
NOT_STATED = "The app does not say"
WORDS = texts().filter(str.strip)


def flat(text):
    """Return a text as a reader sees it: escapes for what turns it, runs of spaces as one."""
    return " ".join(printable(text).split())


def shown_to(scene):
    """Return what the school is shown."""
    return scene.register.present(**scene.case())


def in_full(shown):
    """Yield every text that is on a page on its own."""
    yield shown.purpose
    terms = shown.terms
    for text in (terms.retention, terms.lawful_basis, terms.contact):
        yield text or NOT_STATED
    scopes = (*shown.required, *shown.optional)
    for scope in scopes:
        yield scope.title or scope.key
        yield from (scope.description, scope.reason)
    for leaf in (*every_field(scopes, shown.joint), *shown.dropped):
        yield leaf.title or leaf.path


def in_part(shown):
    """Yield every text that is on a page among other words."""
    yield shown.school_name or shown.school
    yield shown.app
    titles = {s.key: s.title or s.key for s in (*shown.required, *shown.optional)}
    for scope in (*shown.required, *shown.optional):
        yield from (titles.get(key, key) for key in scope.includes)
        yield from scope.writes
    for rule in shown.joint:
        yield from (titles.get(key, key) for key in rule.scopes)
    if shown.grant:
        yield f"{shown.grant.id}, revision {shown.grant.revision}"


def without_digests(answer):
    """Return a page without the digest, which would tell any two apart."""
    return re.sub(rb"[0-9a-f]{64}", b"", answer.body)


@FEWER
@given(ASKED, texts(), texts())
def test_every_word_that_is_decided_on_is_on_the_page(request, name, text):
    """Each text of the presentation is there, as text, in full."""
    catalogue = Catalogue.from_dict(table(text))
    scene = Scene(request, name=name, catalogue=catalogue)
    page = scene.browser().page(scene.app("request"))
    shown = shown_to(scene)
    nodes = {" ".join(node.split()) for node in page.texts} | {""}

    assert {flat(text) for text in in_full(shown)} <= nodes
    assert not [t for t in in_part(shown) if flat(t) not in page.text]
    assert [*page.boxes] == [scope.key for scope in shown.optional]


@FEWER
@given(memory_ledgers(CATALOGUE), st.booleans())
def test_so_it_is_in_any_history(ledger, of_grant):
    """Whatever has happened, a page that can be decided on shows all of it, and its digest."""
    scene = Scene()
    scene.ledger = ledger
    scene.use(CATALOGUE)
    page = "grant" if of_grant else "request"
    head = scene.browser()
    answer = head.get(scene.app(page))
    assume(answer.status in {200, 303})
    page = head.read(answer)
    look = scene.register.present_grant if of_grant else scene.register.present
    shown = look(**scene.case())
    nodes = {" ".join(node.split()) for node in page.texts} | {""}
    current = scene.register.state(SCHOOL).consent(APP).current
    held = current.ticked if shown.asking == "amendment" else ()

    assert {flat(text) for text in in_full(shown)} <= nodes
    assert page.one("input", name="shown")["value"] == shown.digest
    assert page.boxes == {s.key: s.key in held for s in shown.optional}


CHANGES = {
    "purpose": lambda text: {"purpose": text},
    "retention": lambda text: {"terms": Terms(text, "b", "c")},
    "basis": lambda text: {"terms": Terms("a", text, "c")},
    "contact": lambda text: {"terms": Terms("a", "b", text)},
    "reason for a required scope": lambda text: {"reasons": {"basic": text}},
    "reason for an optional scope": lambda text: {"reasons": {"needs": text}},
}


@pytest.mark.parametrize("change", CHANGES)
@FEWER
@given(WORDS, WORDS)
def test_pages_differ_where_a_text_of_the_app_does(change, one, other):
    """No two texts of an app look the same, wherever it wrote them."""
    assume(printable(one) != printable(other))
    pages = []
    for text in (one, other):
        scene = Scene(evolve(REQUEST, **CHANGES[change](text)))
        pages.append(without_digests(scene.browser().get(scene.app("request"))))

    assert pages[0] != pages[1]


def changed(table_, place, text):
    """Return a catalogue with one of its texts changed."""
    *way, last = place
    found = table_
    for step in way:
        found = found[step]
    found[last] = text
    return Catalogue.from_dict(table_)


PLACES = [
    ("scope", "basic", "title"),
    ("scope", "basic", "description"),
    ("scope", "needs", "title"),
    ("scope", "needs", "description"),
    ("resource", "pupil", "field", "name", "title"),
    ("resource", "pupil", "field", "needs", "title"),
    ("resource", "pupil", "field", "photo", "title"),
    ("resource", "pupil", "title"),
    ("resource", "pupil", "field", "dob", "sensitivity"),
]


@pytest.mark.parametrize("place", PLACES, ids=".".join)
def test_pages_differ_where_a_text_of_the_catalogue_does(place):
    """A title, a description or a weight that is another makes another page."""
    pages = []
    for text in ("personal", "special"):
        scene = Scene(catalogue=changed(table(), place, text))
        pages.append(without_digests(scene.browser().get(scene.app("request"))))

    assert pages[0] != pages[1]


@FEWER
@given(
    ASKED,
    st.sets(st.sampled_from(["dob", "needs", "marks", "basic", "school", "x", ""])),
)
def test_a_box_is_ticked_where_the_visitor_ticked_it(request, ticks):
    """None of its own accord; what is ticked and not offered is left out."""
    scene = Scene(request)
    head = scene.browser()
    query = "&".join(f"tick={tick}" for tick in sorted(ticks))
    plain = head.page(scene.app("request"))
    page = head.page(f"{scene.app('request')}?shown=x&{query}")

    assert not any(plain.boxes.values())
    assert page.boxes == {key: key in ticks for key in request.optional}


def test_the_steps_carry_the_ticks_and_the_digest_along():
    """Page, check and back again: the same boxes, and the digest of what is shown."""
    scene = Scene()
    head = scene.browser()
    page = head.page(scene.app("request"))
    check = head.read(head.click(page, "Authorise", ["dob", "marks"]))
    back = head.read(head.click(check, "Go back"))
    preview = head.read(head.click(back, "Show the record", ["needs"]))
    digest = shown_to(scene).digest

    assert {e["value"] for e in check.all("input", name="shown")} == {digest}
    assert back.boxes == {"dob": True, "needs": False, "marks": True}
    assert preview.boxes == {"dob": False, "needs": True, "marks": False}
    assert scene.events() == ["Connected"]


def test_the_page_before_the_decision_sums_it_up():
    """What flows, what is left empty, who decides, on what terms."""
    scene = Scene()
    head = scene.browser()
    check = head.read(head.click(head.page(scene.app("request")), "Authorise", ["dob"]))
    lists = [[li.one("strong").text for li in check.all("li") if li.all("strong")]]
    lists.append([li.text for li in check.all("li") if "·" not in li.text])

    assert check.title == "Check your answer"
    assert lists[0] == ["Basic", "Births"]
    assert {"Special needs 1 field", "Marks 0 fields"} <= {*lists[1]}
    for text in ("Dana Head, Headteacher", REQUEST.purpose, *_terms(REQUEST.terms)):
        assert text in [dd.text for dd in check.all("dd")]


def test_what_is_not_checked_against_the_mis_account_is_said():
    """On the request and on the dashboard, until it is known what the account may do."""
    words = "Not checked against the account's permissions: no one has said"
    unknown, known = Scene(), Scene(permissions=["Needs"])

    for scene, is_said in ((unknown, True), (known, False)):
        for address in (scene.app("request"), scene.home()):
            page = scene.browser().page(address)
            assert (words in page.main.text) is is_said


def test_the_page_before_declining_says_that_nothing_changes():
    """Declining is summed up in as few steps, and asks for no reason that must be given."""
    scene = Scene()
    head = scene.browser()
    check = head.read(head.click(head.page(scene.app("request")), "Decline"))

    assert "You are about to decline what gradebook asks." in check.main.text
    assert "required" not in check.one("textarea").attributes


def test_a_scope_of_an_odd_key_can_be_ticked():
    """What a form sends back is the very key, also one that no page shows as it is."""
    key = '"><b>\u202edob&amp;'
    odd = table()
    odd["scope"][key] = {"fields": ["pupil.dob"]}
    scene = Scene(
        evolve(REQUEST, optional={key}, reasons={}), catalogue=Catalogue.from_dict(odd)
    )
    head = scene.browser()
    page = head.page(scene.app("request"))
    check = head.read(head.click(page, "Authorise", [key]))
    assert head.read(head.click(check, "Go back")).boxes == {key: True}
    answer = head.click(check, "Authorise")
    grant = scene.register.state(SCHOOL).consent(APP).current
    scene.pass_days(91)
    page = head.page(scene.app())
    head.click(page, "Untick")

    assert (answer.status, grant.ticked) == (303, {key})
    assert scene.register.state(SCHOOL).consent(APP).current.ticked == set()


def _terms(terms):
    return terms.retention, terms.lawful_basis, terms.contact
