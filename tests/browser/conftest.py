"""A browser and a server for the tests of the pages; without a browser they skip."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from scopegate.ledgers.sqlite import SQLiteLedger

from .stage import REQUEST, Server, Stage, Year

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
NO_BROWSER = "no browser: install Chromium, or name it in SCOPEGATE_CHROMIUM"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""What keeps a browser from asking anybody but us."""


def chromium_path():
    """Return where Chromium is, or None."""
    return os.environ.get("SCOPEGATE_CHROMIUM") or shutil.which("chromium")


def needed(found, problem):
    """Return what is needed, or skip the test; CI asks that it fails instead."""
    if found:
        return found
    if os.environ.get("SCOPEGATE_REQUIRE_BROWSER") == "1":
        pytest.fail(problem)
    pytest.skip(problem)


# Of a module and not of the session: while it lasts, Playwright keeps a loop running
# in this thread, and other tests start loops of their own.
@pytest.fixture(scope="module")
def browser():
    """Give a browser, or skip the test."""
    path = needed(chromium_path(), NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """Give the text of axe, or skip the test."""
    problem = "no axe: run `npm ci` in tests/browser"
    return needed(AXE.exists() and AXE.read_text(encoding="utf-8"), problem)


@pytest.fixture(scope="session")
def server():
    """Give a server for every test here."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def stage(server, tmp_path):
    """Give a school that is connected, and an app that asks it for data."""
    ledger = SQLiteLedger(tmp_path / "consent.db")
    stage = Stage(server, ledger)
    stage.connect()
    stage.register.publish(REQUEST)
    yield stage
    ledger.close()


@pytest.fixture(scope="session")
def year(server):
    """Give the made-up year, which no test decides anything in."""
    return Year(server)


@pytest.fixture
def enter(browser):
    """Give what opens a page as somebody, in a browser of theirs.

    Nothing may go wrong there: no error in the console, which is where a violation
    of the policy on content is said, and no request to anybody but the server.
    """
    contexts, wrong = [], []

    def enter(url, who, path="/", **options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(5_000)
        context.add_cookies([{"name": "who", "value": who, "url": url}])
        origin = re.match("http://[^/]+/", url)[0]
        context.on("console", lambda message: wrong.extend(_complaint(message)))
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on("request", lambda asked: wrong.extend(_foreign(asked, origin)))
        page = context.new_page()
        page.goto(url + path)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert wrong == []


def _complaint(message):
    """Yield what the console says is wrong; a status that we mean to give is not."""
    is_status = message.text.startswith("Failed to load resource: the server responded")
    if message.type in {"error", "warning"} and not is_status:
        yield message.text


def _foreign(asked, origin):
    if not asked.url.startswith(origin):
        yield f"asks for {asked.url}"
