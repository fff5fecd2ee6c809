"""What guards every page: forms, headers, methods, addresses, and what fails behind."""

import logging
import re

import pytest

from scopegate.errors import UnreachableLedgerError
from scopegate.web import Asked

from .reading import Page
from .scenes import APP, DEPUTY, HEAD, LOOKER, SCHOOL, TRUST, VENDOR, Scene
from .test_strangers import ADDRESSES, DEEDS

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
GRANTED_1 = [("grant", "grant-1"), ("revision", "1")]
DEED_FIELDS = [("untick", "dob"), ("answer", "authorise")]


class BrokenError(Exception):
    """What no one expects."""


def fail(*_):
    """Fail as no one expects."""
    raise BrokenError


def granted(**more):
    """Return a scene with a grant, and what waits besides it."""
    scene = Scene(**more)
    scene.authorise("dob")
    return scene


def every_answer(scene):
    """Yield the answer to every address, asked in every way, by several people."""
    for visitor in (HEAD, LOOKER, TRUST, VENDOR, None):
        browser = scene.browser(visitor)
        for address in ["", *ADDRESSES, f"apps/{APP}", f"apps/{APP}/grants.json", "x"]:
            for method in ("GET", "HEAD", "POST", "DELETE"):
                if visitor is HEAD or method == "GET":
                    yield browser.ask(method, f"/consent/{address}")
        yield browser.get("/consent/static/scopegate.css")
        yield browser.get("/consent/static/scopegate.js")


# Headers, and what a page holds


def test_every_answer_bears_the_guarding_headers():
    """Whatever is asked for and comes of it, nothing inline runs, frames or is kept."""
    answers = list(every_answer(granted()))

    assert {a.status for a in answers} == {200, 303, 401, 403, 404, 405, 409}
    for answer in answers:
        names = [name.lower() for name, _ in answer.headers]
        assert len(names) == len(set(names))
        assert {name: answer.header(name) for name in HEADERS} == HEADERS


def test_only_what_is_the_same_for_everybody_may_be_kept():
    """No browser and no proxy keeps a page; the style sheet and the script it may."""
    for answer in every_answer(granted()):
        kept = answer.header("cache-control")
        is_file = re.match("text/(css|javascript)", answer.header("content-type"))
        assert kept == ("public, max-age=300" if is_file else "no-store")


def test_no_page_holds_anything_inline():
    """No style, no handler, no script but the one that is a file, and no base."""
    pages = [
        Page(a.body)
        for a in every_answer(granted())
        if a.header("content-type").startswith("text/html") and a.body
    ]

    assert len(pages) > 30
    for page in pages:
        assert not page.all("style", "base", "iframe", "object", "embed")
        assert [e["src"] for e in page.all("script")] == [
            "/consent/static/scopegate.js"
        ]
        assert page.one("script").text == ""
        names = {name for e in page.descendants for name in e.attributes}
        assert not [n for n in names if n == "style" or n.startswith("on")]


def test_every_address_on_a_page_is_below_the_mount():
    """Links, forms and files all lead to where the pages are mounted."""
    for answer in every_answer(granted(root="/a/b")):
        if answer.header("content-type").startswith("text/html"):
            for element in Page(answer.body).descendants:
                for name in {"href", "src", "action", "formaction"} & set(
                    element.attributes
                ):
                    assert element[name].startswith(("/a/b/", "#main"))


def test_the_length_is_told_and_a_head_has_no_body():
    """A HEAD has the headers of the GET, its length too, and nothing else."""
    head = granted().browser()
    head.token()
    for address in ADDRESSES:
        got = head.get(f"/consent/{address}")
        asked = head.ask("HEAD", f"/consent/{address}")
        assert got.header("content-length") == str(len(got.body))
        assert (asked.status, asked.headers, asked.body) == (
            got.status,
            got.headers,
            b"",
        )


# Addresses and methods


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "get", ""])
def test_other_methods_are_refused(method):
    """Other methods than GET, HEAD and POST are a 405 for a page, otherwise a 404."""
    head = granted().browser()
    found = {head.ask(method, f"/consent/{address}").status for address in ADDRESSES}

    assert found == {405}
    assert head.ask(method, "/consent/nowhere").status == 404
    assert head.ask(method, "/consent/static/scopegate.css").status == 404


def has_page(deed):
    """Tell whether what is posted has a page of the same address."""
    return deed in {"revoke", "pause", "resume"}


def test_a_page_is_got_and_a_deed_is_posted():
    """A deed cannot be got, nor a page posted."""
    scene = granted()
    head = scene.browser()
    gets = [head.get(scene.app(deed)).status for deed in DEEDS if not has_page(deed)]

    assert set(gets) == {405}
    assert head.post(scene.home()).status == 405
    assert head.post(scene.app("request")).status == 405


@pytest.mark.parametrize(
    "path",
    ["", "x", "//", "/schools", "/schools/", "/schools//", f"/schools/{SCHOOL}/",
     f"/schools/{SCHOOL}/x", f"/schools/{SCHOOL}\n", f"/schools/~31{SCHOOL[1:]}",
     f"/schools/%31{SCHOOL[1:]}", f"/schools/{SCHOOL}/../{SCHOOL}", "/static/",
     "/static/x", "/static/../site.py", "/static/scopegate.css/", "/static/site.py",
     f"/schools/{SCHOOL}/receipts/grant-1/x", f"/schools/{SCHOOL}/receipts/grant-1/9",
     f"/schools/{SCHOOL}/receipts/grant-9/1",
     f"/schools/{SCHOOL}/receipts/grant-1/{'9' * 10}", "\ud800", "/schools/\udcff",
     f"/schools/{SCHOOL}/apps/x/grants", "/apps", "/apps/"],
)  # fmt: skip
def test_what_is_no_address_is_a_404(path):
    """Other spellings of an address, and addresses of nothing, lead nowhere."""
    scene = granted()
    answer = scene.site.answer(Asked("GET", path, "/consent", host=HEAD))

    assert answer.status == 404
    assert Page(answer.body).title == "Page not found"


def test_a_revision_of_thousands_of_digits_is_a_404():
    """A number that Python would refuse to read is not a revision, and no fault."""
    scene = granted()
    address = scene.home(f"receipts/grant-1/{'9' * 5_000}")

    assert scene.browser().get(address).status == 404


@pytest.mark.parametrize("name", ["next", "done", "root", "url", "return_to", "link"])
def test_no_parameter_leads_to_another_site(name):
    """Redirects are to addresses of ours whatever the address and the form say."""
    evil, seen = "https://evil.example//\r\nX: y", 0
    for address in ["", *ADDRESSES]:
        head = granted().browser()
        fields = [(name, evil), *DEED_FIELDS]
        for answer in (
            head.get(f"/consent/{address}?{name}={evil}"),
            head.post(f"/consent/{address}", *fields, *GRANTED_1),
        ):
            assert "evil" not in str(answer.headers) + answer.body.decode("latin-1")
            if answer.status == 303:
                seen += 1
                assert answer.header("location").startswith("/consent/schools/")
    assert seen > 2


# Forms


def forged(scene):
    """Return a way to send a form that is right except for what is given."""
    head = scene.browser()
    token = head.token()

    def send(deed, cookie=f"scopegate_csrf={token}", posted=token, **headers):
        asked = Asked(
            "POST",
            scene.app(deed).removeprefix(scene.root),
            scene.root,
            form=[("scopegate_csrf", posted), *DEED_FIELDS, *scene.held()],
            headers={"cookie": cookie, **headers},
            origin="https://mis.example",
            host=HEAD,
        )
        return scene.site.answer(asked)

    return send


OTHERS = "0" * 43
FORGERIES = {
    "no cookie": {"cookie": ""},
    "no token": {"posted": ""},
    "neither": {"cookie": "", "posted": ""},
    "both empty": {"cookie": "scopegate_csrf=", "posted": ""},
    "a short one of their own": {"cookie": "scopegate_csrf=x", "posted": "x"},
    "another visitor's token": {"posted": OTHERS},
    "another visitor's cookie": {"cookie": f"scopegate_csrf={OTHERS}"},
    "a token that is not a text": {"posted": "\ud800" * 43},
    "one that is not ASCII": {"cookie": f"scopegate_csrf={'é' * 43}", "posted": "é" * 43},
    "another site": {"sec-fetch-site": "cross-site"},
    "a sister site": {"sec-fetch-site": "same-site"},
    "an address typed": {"sec-fetch-site": "none"},
    "another origin": {"origin": "https://evil.example"},
    "no origin": {"origin": "null"},
    "another port": {"origin": "https://mis.example:444"},
    "in the clear": {"origin": "http://mis.example"},
    "both, at odds": {
        "origin": "https://mis.example",
        "sec-fetch-site": "cross-site",
    },
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_form_of_another_site_does_nothing(forgery, deed):
    """Without the visitor's own token, or from elsewhere, nothing is decided."""
    scene = granted()
    send, before = forged(scene), scene.written()
    answer = send(deed, **FORGERIES[forgery])

    assert (answer.status, scene.written()) == (403, before)
    assert Page(answer.body).title == "Please send that again"


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://mis.example"}, {"sec-fetch-site": "same-origin"},
     {"sec-fetch-site": "same-origin", "origin": "null"}],
)  # fmt: skip
def test_a_form_of_a_page_is_taken(headers):
    """With the token, and nothing said against it, the form does what it says."""
    scene = granted()

    assert forged(scene)("revoke", **headers).status == 303
    assert scene.events("Revoked") == ["Revoked"]


def test_a_token_is_kept_and_is_nobody_elses():
    """A visitor keeps one token; two visitors have two; the cookie is for us alone."""
    scene = Scene()
    one, two = scene.browser(), scene.browser(DEPUTY)
    first = one.get(scene.app("request"))
    again = one.get(scene.app("request"))
    kept = first.header("set-cookie")

    assert one.token() != two.token()
    assert again.header("set-cookie") == ""
    assert re.fullmatch(
        "scopegate_csrf=[A-Za-z0-9_-]{43};"
        " Path=/consent; HttpOnly; SameSite=Strict; Secure",
        kept,
    )


@pytest.mark.parametrize(
    "cookie", ["scopegate_csrf=x", f"scopegate_csrf={'é' * 43}", ""]
)
def test_what_is_no_token_is_replaced(cookie):
    """A cookie that we never gave is not used, and another one is given."""
    scene = Scene()
    asked = Asked("GET", "/nowhere", headers={"cookie": cookie}, host=HEAD)
    answer = scene.site.answer(asked)

    assert re.match(
        "scopegate_csrf=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$",
        answer.header("set-cookie"),
    )


# What fails behind


def test_an_authority_that_fails_lets_nobody_in(caplog):
    """Whatever the host raises: a page that tells nothing, a line in the log, no deed."""
    scene = granted()
    before = scene.written()
    scene.site._authority = type("Failing", (), {"visitor": fail})()
    answers = [scene.browser().ask(m, scene.app("revoke")) for m in ("GET", "POST")]

    assert ([a.status for a in answers], scene.written()) == ([500, 500], before)
    assert Page(answers[0].body).title == "That did not work"
    assert "BrokenError" not in answers[0].body.decode()
    assert [r.levelname for r in caplog.records] == ["ERROR", "ERROR"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_ledger_that_does_not_answer_is_said_to(address, caplog):
    """A page for people, a line in the log, and nothing decided."""
    scene = granted()
    scene.browser().get(scene.home())
    scene.ledger.down = UnreachableLedgerError("ledger", "secret place is away")
    head = scene.browser()
    answers = [head.get(f"/consent/{address}"), head.post(f"/consent/{address}")]
    scene.ledger.down = None

    assert {a.status for a in answers} <= {405, 503}
    assert 503 in {a.status for a in answers}
    assert "secret" not in str([a.body for a in answers]) + caplog.text
    assert "the ledger cannot be used: UnreachableLedgerError" in caplog.text
    assert scene.events("Revoked", "Amended", "Declined") == []


def test_a_page_that_fails_says_so_and_no_more(caplog, monkeypatch):
    """A fault of ours is a 500 for people, and its cause is in the log only."""
    scene = granted()
    monkeypatch.setattr(scene.site._desk, "school", fail)
    answer = scene.browser().get(scene.home())

    assert (answer.status, Page(answer.body).title) == (500, "That did not work")
    assert "BrokenError" not in answer.body.decode()
    assert "BrokenError" in caplog.text


def test_a_page_that_cannot_be_drawn_at_all_is_answered(caplog, tmp_path):
    """Where the host's own frame fails, so would the page that says it: plain text."""
    (tmp_path / "base.html").write_text("{{ nothing.of_the_kind }}")
    caplog.set_level(logging.ERROR)
    scene = granted(site={"templates": tmp_path})
    head = scene.browser()
    answers = [head.get(scene.home()), head.get("/consent/schools/9")]

    assert {(a.status, a.header("content-type"), a.body) for a in answers} == {
        (
            500,
            "text/plain; charset=utf-8",
            b"Something went wrong here. Nothing was decided. Try again later.",
        )
    }
    assert {name: answers[0].header(name) for name in HEADERS} == HEADERS
    assert "not even the page of an error can be drawn" in caplog.text
