"""The pages as an ASGI app: mounted anywhere, with any form, in the host's own frame."""

import asyncio
import re
from threading import Event

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from scopegate import ConsentRegister
from scopegate.ledgers.memory import MemoryLedger
from scopegate.web import consent_app
from scopegate.web.asgi import MOST_BYTES, MOST_FIELDS

from .reading import Page
from .scenes import APP, CATALOGUE, HEAD, SCHOOL, Scene
from .test_guards import HEADERS

BASE = "https://mis.example"
FORM = "application/x-www-form-urlencoded"


class Host:
    """A host service that lets in anyone with its header."""

    def __init__(self):
        self.seen = []

    def visitor(self, asked):
        """Return the head teacher, if the host's own request says so."""
        self.seen.append(asked)
        return HEAD if asked.host.headers.get("x-who") == "dana" else None


def asgi(scene, root="/consent", **more):
    """Return the pages as an app, mounted at a path in another."""
    host = Host()
    pages = consent_app(scene.register, authority=host, **more)
    app = pages if root == "" else Starlette(routes=[Mount(root, pages)])
    app.host = host
    return app


def asked(app, *requests, who="dana"):
    """Return the answers to some requests, asked one after the other by one browser."""

    async def run():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
        headers = {"x-who": who, "sec-fetch-site": "same-origin"}
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE, headers=headers
        ) as client:
            return [await request(client) for request in requests]

    return asyncio.run(run())


def get(address):
    """Return a request for a page."""
    return lambda client: client.get(address)


def post(address, **more):
    """Return a posted form, with the token that the client has."""

    async def send(client):
        token = client.cookies.get("scopegate_csrf", "")
        fields = {"scopegate_csrf": token, **more}
        return await client.post(address, data=fields)

    return send


def raw(address, content, kind=FORM):
    """Return a posted body as it is."""
    return lambda client: client.post(
        address, content=content, headers={"content-type": kind}
    )


MOUNTS = ["", "/consent", "/a/b", "/two words", "/学校", "/schools"]


@pytest.mark.parametrize("root", MOUNTS)
def test_the_pages_work_wherever_they_are_mounted(root):
    """A decision step by step over HTTP: every address, the cookie, every redirect."""
    scene = Scene()
    app, at = asgi(scene, root), httpx.URL(BASE + root).raw_path.decode().rstrip("/")

    async def story(client):
        first = await client.get(f"{at}/")
        assert first.headers["location"] == f"{at}/schools/{SCHOOL}"
        page = Page((await client.get(f"{at}/schools/{SCHOOL}/apps/{APP}")).text)
        (link,) = [a["href"] for a in page.all("a") if a["href"].endswith("request")]
        page = Page((await client.get(link)).text)
        _, address, fields = page.sent("Authorise", ["dob"])
        page = Page((await client.get(address, params=fields)).text)
        _, address, fields = page.sent("Authorise")
        done = await client.post(address, data=dict(fields))
        receipt = await client.get(done.headers["location"])
        files = [e["href"] for e in page.all("link")] + [
            e["src"] for e in page.all("script")
        ]
        return [done, receipt, *[await client.get(file) for file in files]]

    ((done, receipt, *files),) = asked(app, story)

    assert [done.status_code, receipt.status_code] == [303, 200]
    assert {file.status_code for file in files} == {200}
    assert "You have authorised it." in receipt.text
    assert scene.events() == ["Connected", "Presented", "Authorised"]
    assert app.host.seen[0].root == at


def test_the_cookie_is_for_the_mount_alone():
    """A host's other pages are not sent our cookie."""
    (answer,) = asked(asgi(Scene(), "/two words"), get("/two words/x"))

    assert re.fullmatch(
        "scopegate_csrf=[A-Za-z0-9_-]{43}; Path=/two%20words; HttpOnly;"
        " SameSite=Strict; Secure",
        answer.headers["set-cookie"],
    )


def test_the_host_says_who_is_there_by_its_own_request():
    """The authority is given Starlette's request; whom it does not know is a 401."""
    app = asgi(Scene())
    (known,) = asked(app, get("/consent/"))
    (unknown,) = asked(app, get("/consent/"), who="nobody")

    assert (known.status_code, unknown.status_code) == (303, 401)
    assert app.host.seen[0].host.url.path == "/consent/"
    assert app.host.seen[0].origin == BASE


def test_what_was_asked_is_handed_over_as_it_was():
    """Parameters and fields come in order, decoded, each as often as it was sent."""
    app = asgi(Scene())
    asked(
        app,
        get("/consent/x~2Fy?tick=a%20b&tick=%C3%A9&tick="),
        raw("/consent/x", b"tick=a+b&tick=%C3%A9&tick=&empty"),
    )
    one, two = app.host.seen

    assert (one.method, one.path) == ("GET", "/x~2Fy")
    assert one.query == (("tick", "a b"), ("tick", "é"), ("tick", ""))
    assert two.form == (("tick", "a b"), ("tick", "é"), ("tick", ""), ("empty", ""))
    assert (one.form, two.query) == ((), ())


@pytest.mark.parametrize(
    "path", ["/consent/schools/~2F", "/consent/%2e%2e/x", "/consent//x"]
)
def test_no_spelling_of_a_path_leads_elsewhere(path):
    """What servers decode before us is a 404, and the log of the host has no fault."""
    (answer,) = asked(asgi(Scene()), get(path))

    assert answer.status_code == 404


# Forms


async def _parts(size):
    for _ in range(size // 1000):
        yield b"x" * 1000
    yield b"x" * (size % 1000)


TOO_LARGE = {
    "by its length": b"x" * (MOST_BYTES + 1),
    "without a length": _parts,
    "by its fields": b"a=&" * MOST_FIELDS + b"a=",
}
LARGE = {
    "by its length": b"x" * MOST_BYTES,
    "by its fields": b"&".join([b"a="] * MOST_FIELDS),
}


@pytest.mark.parametrize("way", TOO_LARGE)
def test_a_form_that_is_too_large_is_refused(way):
    """No one can make the service read more than a form of ours has."""
    scene = Scene()
    content = TOO_LARGE[way]
    content = content(MOST_BYTES + 1) if callable(content) else content
    (answer,) = asked(asgi(scene), raw(f"{scene.app('revoke')}", content))

    assert answer.status_code == 413
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.text == "the form is too large"


@pytest.mark.parametrize("way", LARGE)
def test_a_form_that_is_just_small_enough_is_read(way):
    """A form at the bound is looked at, and refused for want of its token."""
    scene = Scene()
    (answer,) = asked(asgi(scene), raw(scene.app("revoke"), LARGE[way]))

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", FORM),
        (b"\xff\xfe=\xe9&scopegate_csrf=\xff", FORM),
        ("scopegate_csrf=é".encode("utf-16"), f"{FORM}; charset=utf-16"),
        (b"%&=%zz&%ff=%C3&&==;", FORM),
        (b"scopegate_csrf=%00&\x00=\x00", FORM),
        (b'{"scopegate_csrf": "x"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
    ],
)  # fmt: skip
def test_a_form_in_any_encoding_is_answered(content, kind):
    """What cannot be read as one of our forms does nothing, and no fault is met."""
    scene = Scene()
    scene.authorise("dob")
    _, answer = asked(
        asgi(scene), get(scene.app()), raw(scene.app("revoke"), content, kind)
    )

    assert (answer.status_code, scene.events("Revoked")) == (403, [])


def test_a_form_with_any_text_does_what_it_says():
    """A reason in any script is written down as it was sent."""
    scene = Scene()
    scene.authorise("dob")
    _, answer = asked(
        asgi(scene),
        get(scene.app()),
        post(
            scene.app("revoke"), **dict(scene.held()), reason="不再使用 – naïve & <b>"
        ),
    )

    assert answer.status_code == 303
    assert "不再使用 – naïve & <b>" in scene.browser().page(scene.app()).text


def test_other_methods_and_a_head_over_http():
    """A HEAD has no body and the length of the page; other methods are a 405."""
    app = asgi(Scene())
    page, head, put = asked(
        app,
        get(f"/consent/schools/{SCHOOL}"),
        lambda client: client.head(f"/consent/schools/{SCHOOL}"),
        lambda client: client.put(f"/consent/schools/{SCHOOL}"),
    )

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(page.content))
    assert put.status_code == 405


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scopegate.css", "text/css; charset=utf-8"),
        ("scopegate.js", "text/javascript; charset=utf-8"),
    ],
)
def test_files_are_for_anybody(name, kind):
    """What pages load needs no one signed in, and the host is not asked who it is."""
    app = asgi(Scene())
    (answer,) = asked(app, get(f"/consent/static/{name}"), who="nobody")

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert len(answer.content) > 100
    assert app.host.seen == []


# The host's own threads


class Stuck(MemoryLedger):
    """A ledger that answers nothing until it is told to."""

    def __init__(self):
        super().__init__()
        self.go_on, self.waiting = Event(), 0
        self.go_on.set()

    def head(self, stream):
        """Return the head, when that is allowed."""
        self.waiting += 1
        assert self.go_on.wait(60)
        self.waiting -= 1
        return super().head(stream)


def test_pages_that_wait_hold_no_thread_of_the_hosts():
    """While the ledger is stuck the host's own pages that block are answered.

    Fails on the release before: 40 pages took every thread that the host had.
    """
    scene = Scene()
    scene.ledger = Stuck()
    register = ConsentRegister(CATALOGUE, scene.ledger)
    register.connect(school=SCHOOL, mis="arbor", adapter=scene.mis)
    host, most = Host(), []

    def ping(_):
        most.append(scene.ledger.waiting)
        return PlainTextResponse("pong")

    pages = consent_app(register, authority=host)
    app = Starlette(routes=[Mount("/consent", pages), Route("/ping", ping)])

    async def story(client):
        scene.ledger.go_on.clear()
        address = f"/consent/schools/{SCHOOL}"
        asking = [asyncio.create_task(client.get(address)) for _ in range(60)]
        while scene.ledger.waiting < 10:
            await asyncio.sleep(0.01)
        try:
            answer = await asyncio.wait_for(client.get("/ping"), 30)
        finally:
            scene.ledger.go_on.set()
        return answer.text, {page.status_code for page in await asyncio.gather(*asking)}

    assert asked(app, story) == [("pong", {200})]
    assert most == [10]


def test_pages_need_a_thread():
    """Without one no page would ever be made."""
    with pytest.raises(ValueError, match="at least 1"):
        consent_app(Scene().register, authority=Host(), threads=0)


# The host's own frame


def test_the_hosts_templates_replace_and_extend_ours(tmp_path):
    """A file of the same name is used instead of ours, and may extend ours; values come."""
    (tmp_path / "base.html").write_text(
        '{% extends "@scopegate/base.html" %}'
        "{% block footer %}<p>Ask {{ helpdesk }}</p>{% endblock %}"
    )
    (tmp_path / "message.html").write_text(
        '{% extends "base.html" %}{% block main %}<h1>Ours: {{ title }}</h1>{% endblock %}'
    )
    app = asgi(
        Scene(),
        templates=tmp_path,
        values={"helpdesk": "<help@mis.example>"},
        service="My MIS",
    )
    page, nothing = asked(
        app, get(f"/consent/schools/{SCHOOL}"), get("/consent/nothing")
    )
    page, nothing = Page(page.text), Page(nothing.text)

    assert page.one("footer").text == "Ask <help@mis.example>"
    assert page.title == "Example School: who gets what"
    assert page.one("header").one("a").text == "My MIS"
    assert (nothing.title, nothing.one("footer").text) == (
        "Ours: Page not found",
        "Ask <help@mis.example>",
    )


def test_the_apps_that_may_ask_are_the_hosts_affair():
    """`apps_of` is asked for the school, and an app that it leaves out is not there."""
    schools = []

    def apps_of(school):
        schools.append(school)
        return ()

    scene = Scene()
    (answer,) = asked(asgi(scene, apps_of=apps_of), get(scene.app()))

    assert (answer.status_code, schools) == (404, [SCHOOL])
