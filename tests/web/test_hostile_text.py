"""Text that others supply is shown as text: no page, file, header or log takes it for more."""

import csv
import io
import json
import re
import unicodedata
import zipfile
from functools import cache

import pytest
from attrs import evolve
from hypothesis import given

from scopegate import AccessRequest, Actor, Catalogue
from scopegate._base.likeness import tidy
from scopegate._base.values import is_clean, printable
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.request import Terms
from scopegate.testing.strategies import texts
from scopegate.web import Visitor
from scopegate.web.addresses import Addresses

from ..pages.worlds import FEWER
from .reading import Page
from .scenes import Scene, table

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of a tag": '"><img src=x onerror=alert(1)>',
    "single quotes": "' onmouseover='alert(1)",
    "end of a title": "</title></textarea></style><svg/onload=alert(1)>",
    "template": "{{7*7}}{% raw %}${7*7}#{7*7}",
    "entity": "&lt;b&gt;&amp;&#60;",
    "comment": "<!--",
    "javascript": "javascript:alert(1)",
    "up": "../../../etc/passwd",
    "quoted slash": "%2F%2e%2e%2F",
    "slash": "/",
    "query": "?done=revoked#main",
    "tilde": "~2F~",
    "backslash": "\\u202e\\",
    "formula": "=cmd|' /C calc'!A0",
    "right to left": "\u202eevitan\u202c\u2066x\u2069",
    "invisible": "a\u200bb\u200d\ufeffc",
    "separators": "a\u2028b\u2029c",
    "long": "x" * 10_000,
    "wide": "学校" * 40,
    "combining": "Z̴̢̛͔̭͘" * 20,
}
TURNING = {"Cc", "Cs", "Cf", "Zl", "Zp"}
TEXTS = HOSTILE.values()


class Story:
    """A school and an app, one hostile text in everything that anybody can name."""

    def __init__(self, text):
        self.text, self.app, school = text, f"app{text}", f"school{text}"
        self.dana = Actor(f"Dana{text}", role=f"Head{text}", id=f"dana{text}")
        self.sam = Actor(f"Sam{text}", role=f"Deputy{text}", id=f"sam{text}")
        request = AccessRequest(
            self.app,
            f"Marks{text}",
            {"basic"},
            {"dob", "needs", "marks"},
            {"basic": f"Needed{text}", "dob": f"Birthdays{text}"},
            terms=Terms(f"Kept{text}", f"Basis{text}", text or "x"),
        )
        self.scene = Scene(
            request,
            catalogue=Catalogue.from_dict(table(text)),
            school=school,
            name=f"Example{text}",
            permissions=(),
            site={"service": f"Service{text}"},
            new_id=lambda: f"grant{text}",
        )
        self.case = {"school": school, "app": self.app}
        self.head = self.scene.browser(Visitor(self.dana, school))
        self.trust = self.scene.browser(Visitor(self.dana, (school, f"other{text}")))
        self.vendor = self.scene.browser(Visitor(self.dana, apps=(self.app, "b")))
        self.at = Addresses("/consent")

    def page(self, part=""):
        """Return the answer to a page of the app at the school."""
        return self.head.get(self.at.app(**self.case, part=part))

    def home(self, part=""):
        """Return the answer to a page of the school."""
        return self.head.get(self.at.school(self.case["school"], part))

    def receipt(self, part=""):
        """Return the answer to the receipt, or to a file of it."""
        grant = f"grant{self.text}"
        return self.head.get(self.at.receipt(self.case["school"], grant, 1, part))

    def answers(self):
        """Yield what is answered in the course of a year, with a name for it."""
        yield from self._asked()
        yield from self._authorised()
        yield from self._ended()

    def _asked(self):
        register, head = self.scene.register, self.head
        rule = TwoPersonRule()
        register.require_two_people(rule, school=self.case["school"], actor=self.dana)
        page = head.read(self.page("request"))
        yield "request", self.page("request")
        yield "check", head.click(page, "Authorise", ["dob", "needs"])
        yield "check to decline", head.click(page, "Decline")
        both = ["dob", "needs"]
        shown = register.ask(**self.case)
        register.authorise(shown, actor=self.sam, optional=both)
        yield "app that waits", self.page()
        yield "request that waits", self.page("request")
        wrong = head.read(head.click(page, "Authorise", ["needs"]))
        yield "other ticks", head.click(wrong, "Authorise")
        right = head.read(head.click(page, "Authorise", both))
        head.click(right, "Authorise")

    def _authorised(self):
        register = self.scene.register
        yield "school", self.home()
        yield "app", self.page()
        for part in ("grant", "revoke", "grant/check?shown=x&tick=x"):
            yield part, self.page(part)
        yield "receipt", self.receipt()
        yield "receipt.txt", self.receipt("receipt.txt")
        yield "receipt.zip", self.receipt("receipt.zip")
        asks = evolve(self.scene.request, purpose=f"More{self.text}", reasons={})
        register.publish(asks)
        shown = register.ask(**self.case)
        yield "request for more", self.page("request")
        register.decline(shown, actor=self.sam, reason=f"No{self.text}")
        self.scene.pass_days(91)
        yield "app unread", self.page()

    def _ended(self):
        address = self.at.app(**self.case, part="revoke")
        reason = ("reason", f"Enough{self.text}")
        self.head.post(address, *self.scene.held(), reason)
        yield "school ended", self.home()
        yield "app ended", self.page()
        yield "letter.txt", self.page("deletion-request.txt")
        yield "processing.csv", self.home("processing.csv")
        yield "decided", self.head.post(self.at.app(**self.case, part="grant/decline"))
        yield "schools", self.trust.get("/consent/")
        yield "nothing", self.head.get(self.at.school(f"{self.text}x"))
        yield "apps", self.vendor.get("/consent/")
        yield "vendor", self.vendor.get(self.at.vendor(self.app))
        yield "grants.json", self.vendor.get(self.at.vendor(self.app, "grants.json"))


@cache
def told(text):
    """Return the answers of a story by name."""
    return dict(Story(text).answers())


@cache
def pages(text):
    """Return the pages of a story by name."""
    return {name: Page(told(text)[name].body) for name in PAGES}


PAGES = [
    "request", "check", "check to decline", "app that waits", "request that waits",
    "other ticks", "school", "app", "grant", "revoke", "grant/check?shown=x&tick=x",
    "receipt", "request for more", "app unread", "school ended", "app ended",
    "decided", "schools", "nothing", "apps", "vendor",
]  # fmt: skip
STATUS = {"other ticks": 409, "grant/check?shown=x&tick=x": 409, "decided": 409}
FILES = ["receipt.txt", "receipt.zip", "letter.txt", "processing.csv", "grants.json"]
by_text = pytest.mark.parametrize("text", TEXTS, ids=HOSTILE)


@by_text
def test_the_story_is_told_whatever_the_text(text):
    """Each page and file comes, with the same status as for a harmless text."""
    found = {name: answer.status for name, answer in told(text).items()}

    assert found == {n: STATUS.get(n, 404 if n == "nothing" else 200) for n in found}
    assert {*found} == {*PAGES, *FILES}


@by_text
def test_no_page_takes_a_text_for_markup(text):
    """Every page has just the tags and attributes that it has for a harmless text."""
    found, harmless = pages(text), pages("x" * min(len(text), 90))
    for name in PAGES:
        one, other = found[name], harmless[name]
        assert one.kinds - {("title", "")} == other.kinds, name
        tags = [{e.tag for e in page.descendants} for page in (one, other)]
        assert tags[0] == tags[1], name


@by_text
def test_every_text_is_shown_as_it_is(text):
    """It stands on the pages as its own characters, and what turns a text as an escape."""
    found = {name: page.text for name, page in pages(text).items()}
    seen = " ".join(printable(text).split())

    for word in ("Marks", "Needed", "Birthdays", "Kept", "Basis", "Basic", "Births"):
        assert f"{word}{seen}" in found["request"]
    for page in ("Who is at the school", "Pupil's name", "Date of birth", "Photo"):
        assert f"{page}{seen}" in found["request"]
    assert printable(tidy(f"Example{text}")) in found["request"]
    assert f"Dana{seen}, Head{seen}" in found["app"]
    assert f"No{seen}" in found["app unread"]
    assert f"app{seen}" in found["vendor"]
    assert f"Service{seen}" in found["nothing"]


@by_text
def test_nothing_turns_or_breaks_what_is_read(text):
    """Pages and files hold no control character but line ends, and nothing that turns."""
    for name, answer in told(text).items():
        if name != "receipt.zip":
            known = {"\n", "\r", "\ufeff"} if name == "processing.csv" else {"\n"}
            body = answer.body.decode()
            assert (
                not {c for c in set(body) if unicodedata.category(c) in TURNING} - known
            )


@by_text
def test_no_address_on_a_page_is_made_of_a_text(text):
    """Whatever the names, links and forms lead below the mount and are spelt plainly."""
    for page in pages(text).values():
        for element in page.descendants:
            for attribute in ("href", "action", "formaction", "src"):
                if address := element[attribute]:
                    assert re.fullmatch(
                        r"(/consent[A-Za-z0-9_~./-]*)?(#[a-z]+)?", address
                    )
                    assert "/../" not in address


@by_text
def test_no_header_is_made_of_a_text(text):
    """A name ends no header and is not a header; a file is saved under a plain name."""
    for name, answer in told(text).items():
        for header, value in answer.headers:
            assert re.fullmatch("[A-Za-z-]+", header)
            assert value.isascii()
            assert value.isprintable()
        if name in FILES:
            kind = "inline" if name == "grants.json" else "attachment"
            stem = r"[A-Za-z0-9_~-]+\.(txt|zip|csv|json)"
            value = answer.header("content-disposition")
            assert re.fullmatch(f'{kind}; filename="{stem}"', value)


@by_text
def test_files_can_be_read_by_what_they_are_for(text):
    """CSV has its columns and no formula, JSON is JSON, a zip has our names only."""
    answers = told(text)
    rows = [
        *csv.reader(io.StringIO(answers["processing.csv"].body.decode("utf-8-sig")))
    ]
    packed = zipfile.ZipFile(io.BytesIO(answers["receipt.zip"].body))
    granted = json.loads(answers["grants.json"].body)

    assert {len(row) for row in rows} == {23}
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@")]
    assert sorted(packed.namelist()) == [
        "event.json",
        "presentation.json",
        "receipt.jsonld",
        "receipt.tlog-proof",
        "receipt.txt",
    ]
    assert json.loads(packed.read("presentation.json"))["purpose"] == f"Marks{text}"
    assert [*granted] == ["authorization_details"]


@pytest.mark.parametrize(
    "text", [HOSTILE["right to left"], HOSTILE["separators"], HOSTILE["invisible"]]
)
def test_no_log_takes_a_text_for_a_line(text, caplog):
    """What is logged of names stays one printable line for each thing."""
    caplog.set_level("INFO")
    story = Story(text)
    story.head.get(story.at.school(f"other{text}"))

    lines = [r.getMessage() for r in caplog.records if r.name == "scopegate.web"]
    assert len(lines) == 1
    assert not {c for line in lines for c in line if unicodedata.category(c) in TURNING}


@FEWER
@given(texts())
def test_no_text_at_all_is_markup(text):
    """The same holds of whatever may be published."""
    one = Page(Scene(_request(text)).browser().get("/consent/schools/100001").body)
    other = Page(Scene(_request("x")).browser().get("/consent/schools/100001").body)

    assert one.kinds == other.kinds


def _request(text):
    return AccessRequest(f"a{text}", f"b{text}", {"basic"}, terms=Terms(contact="x"))


@pytest.mark.parametrize("text", ["\x00", "a\r\nSet-Cookie: x=1", "\x1b[31m", "\ud800"])
def test_what_no_text_may_hold_gets_nowhere(text):
    """Control characters and halves of characters are in no name that an MIS gives."""
    scene = Scene(name=f"Example{text}")
    page = scene.browser().page(scene.home())

    assert not is_clean(text)
    assert page.title == "100001: who gets what"


@pytest.mark.parametrize("text", ["\x00", "a\r\nb", "\x1b[31m", "\ud800", "\u202e"])
def test_a_form_and_an_address_may_hold_anything(text):
    """Whatever is sent as a tick, a digest or a reason, the answer is a page."""
    scene = Scene()
    head = scene.browser()
    page = head.page(scene.app("request"))
    shown = page.one("input", name="shown")["value"]
    fields = [("tick", text), ("shown", text), ("reason", text), ("answer", text)]
    stale = head.post(scene.app("request/authorise"), *fields)
    done = head.post(
        scene.app("request/decline"), ("shown", shown), ("reason", f"a{text}b")
    )

    assert (stale.status, done.status) == (409, 303)
    assert "no longer" in Page(stale.body).text.lower()
    assert head.page(scene.app()).text.count("Declined") >= 1


def test_a_catalogue_of_control_characters_is_shown_as_escapes():
    """Where a catalogue of one's own has them in its texts, pages and files have escapes."""
    scene = Scene(catalogue=Catalogue.from_dict(table("\x1b[31m\r\n\x00")))
    head = scene.browser()
    scene.authorise("dob")
    bodies = [
        head.get(address).body.decode()
        for address in (
            scene.app("grant"),
            scene.app(),
            scene.home(),
            scene.home("receipts/grant-1/1"),
            scene.home("receipts/grant-1/1/receipt.txt"),
        )
    ]

    for body in bodies:
        assert r"Basic\x1b[31m\r\n\x00" in body
        assert not {c for c in set(body) if unicodedata.category(c) in TURNING} - {"\n"}
