"""The recipes on the page about showing the pages work, in each framework it names."""

import asyncio
import re
from itertools import count
from pathlib import Path
from sys import modules
from types import ModuleType

import django
import httpx
import pytest
from django import conf
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path as django_route
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ..scene import APP, SCHOOL, Scene

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "show-the-pages.md"
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HTML = re.compile(r"^```html\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r'name="(scopegate_csrf|shown)" value="([^"]+)"')
USER = {"id": "dana", "name": "Dana Head", "role": "Headteacher", "schools": [SCHOOL]}
PLACE = f"/consent/schools/{SCHOOL}/apps/{APP}"


@pytest.fixture(scope="module")
def recipes():
    """Give what the page's code defines."""
    found: dict[str, object] = {"__name__": "recipes"}
    exec("\n".join(CODE.findall(PAGE.read_text(encoding="utf-8"))), found)  # noqa: S102
    return found


@pytest.fixture
def scene():
    """Give a connected school and an app that asks."""
    return Scene()


def journey(get, post):
    """Authorise as a browser does; return the statuses and the last page."""
    first = get(f"{PLACE}/request", {})
    shown = dict(FIELD.findall(first[1]))["shown"]
    ticked = {"shown": shown, "tick": "students.dob", "answer": "authorise"}
    second = get(f"{PLACE}/request/check", ticked)
    form = dict(FIELD.findall(second[1])) | {"tick": "students.dob"}
    third = post(f"{PLACE}/request/authorise", form)
    return [first[0], second[0], third[0]], third[1]


def decided(scene):
    """Return who authorised what."""
    grant = scene.consent().current
    return grant and (grant.actor.id, sorted(grant.ticked))


def starlette_browser(app):
    """Return a browser for an ASGI app, signed in by a route of the test's own."""

    async def sign_in(request):
        request.session["user"] = USER
        return PlainTextResponse("signed in")

    app.router.routes.append(Route("/sign-in", sign_in))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


def test_starlette(recipes, scene):
    """In Starlette the pages stand where they are mounted, for who is signed in."""
    app = recipes["service"](scene.register)

    async def play():
        async with starlette_browser(app) as browser:
            before = await browser.get(f"{PLACE}/request")
            await browser.get("/sign-in")
            page = await browser.get(f"{PLACE}/request")
            shown = dict(FIELD.findall(page.text))["shown"]
            query = {"shown": shown, "tick": "students.dob"}
            check = await browser.get(f"{PLACE}/request/check", params=query)
            form = dict(FIELD.findall(check.text)) | {"tick": "students.dob"}
            done = await browser.post(f"{PLACE}/request/authorise", data=form)
            return [before.status_code, check.status_code, done.status_code]

    assert asyncio.run(play()) == [401, 200, 303]
    assert decided(scene) == ("dana", ["students.dob"])


def test_flask(recipes, scene):
    """In Flask the pages are at the route, for people who are signed in."""
    app = recipes["flask_service"](scene.register)
    browser = app.test_client()

    def get(place, query):
        answer = browser.get(place, query_string=query)
        return answer.status_code, answer.text

    def post(place, form):
        answer = browser.post(place, data=form)
        return answer.status_code, answer.headers["Location"]

    before = get(f"{PLACE}/request", {})
    with browser.session_transaction() as session:
        session["user"] = USER
    statuses, place = journey(get, post)

    assert (before[0], statuses) == (401, [200, 200, 303])
    assert place.startswith(f"/consent/schools/{SCHOOL}/receipts/")
    assert decided(scene) == ("dana", ["students.dob"])


_names = count()


@pytest.fixture
def django_browser(recipes, scene):
    """Give a browser for a Django project of the recipe's routes, and a way in."""
    if not conf.settings.configured:
        conf.settings.configure(
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="of the test",  # noqa: S106 - signs nothing that stays
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
            ],
        )
        django.setup()

    def sign_in(request):
        request.session["user"] = USER
        return HttpResponse("signed in")

    urls = ModuleType(f"recipes_urls_{next(_names)}")
    urls.urlpatterns = [
        *recipes["django_routes"](scene.register),
        django_route("sign-in", sign_in),
    ]
    modules[urls.__name__] = urls
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(conf.settings, "ROOT_URLCONF", urls.__name__, raising=False)
        transport = httpx.WSGITransport(WSGIHandler())
        with httpx.Client(transport=transport, base_url="http://testserver") as browser:
            yield browser
    del modules[urls.__name__]


def test_django(django_browser, scene):
    """In Django the pages are at the routes, for people who are signed in."""

    def get(place, query):
        answer = django_browser.get(place, params=query)
        return answer.status_code, answer.text

    def post(place, form):
        answer = django_browser.post(place, data=form)
        return answer.status_code, answer.headers["Location"]

    before = get(f"{PLACE}/request", {})
    django_browser.get("/sign-in")
    statuses, place = journey(get, post)

    assert (before[0], statuses) == (401, [200, 200, 303])
    assert place.startswith(f"/consent/schools/{SCHOOL}/receipts/")
    assert decided(scene) == ("dana", ["students.dob"])


def test_a_template_of_the_hosts_own(recipes, scene, tmp_path):
    """A host's template of the same name is used, and extends the one that ships."""
    [own] = HTML.findall(PAGE.read_text(encoding="utf-8"))
    (tmp_path / "base.html").write_text(own, encoding="utf-8")
    pages = recipes["our_pages"](scene.register, tmp_path)

    async def ask():
        transport = httpx.ASGITransport(SessionOf(pages))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver"
        ) as browser:
            return await browser.get(f"/schools/{SCHOOL}")

    page = asyncio.run(ask())

    assert '<a href="/sign-out">Sign out</a>' in page.text
    assert '<link rel="stylesheet" href="/static/ours.css">' in page.text
    assert "Example School: who gets what" in page.text


class SessionOf:
    """An ASGI app behind a session in which somebody is signed in."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Pass a request on with the session."""
        await self.app({**scope, "session": {"user": USER}}, receive, send)


def test_a_page_of_the_hosts_own(recipes, scene):
    """The values of a page are enough to draw it by oneself."""
    texts = recipes["our_own_page"](scene.register, SCHOOL, APP, ["students.dob"])

    assert texts["title"] == f"{APP} asks Example School for data"
    assert [key for key, _, is_ticked in texts["optional"] if is_ticked] == [
        "students.dob"
    ]
    assert texts["digest"] == scene.register.present(school=SCHOOL, app=APP).digest
    assert re.fullmatch(r"\d+ of \d+ fields", texts["would receive"])
