"""`scopegate serve --demo` lets a browser look at the made-up year, as anybody in it."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

from scopegate import Catalogue
from scopegate.cli.demo import site
from scopegate.cli.demo.site import DEFAULT, demo_app
from scopegate.consent.events import Authorised
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.samples.year.people import FREYA, LUDDERBY, PEOPLE
from scopegate.samples.year.year import DemoYear
from scopegate.testing.permits import NOON

ASKED = f"/consent/schools/{LUDDERBY.key}/apps/lunch-till/request"


class Page(HTMLParser):
    """A page's tags with their attributes, and who is selected."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def all(self, tag):
        """Return the attributes of every such tag."""
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def selected(self):
        """Who the page says one is."""
        return [o["value"] for o in self.all("option") if "selected" in o]

    @property
    def hidden(self):
        """What a form of the page sends of itself."""
        found = [i for i in self.all("input") if i.get("type") == "hidden"]
        return {i["name"]: i["value"] for i in found}


def visit(app, *steps):
    """Return the last answer to a browser that takes steps, and follows redirects."""

    async def go():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://demo.test", follow_redirects=True
        ) as client:
            for step in steps:
                answer = await step(client)
        return answer

    return asyncio.run(go())


def get(path, **more):
    """Return the step that opens an address."""
    return lambda client: client.get(path, **more)


def become(person, **more):
    """Return the step that makes one somebody."""
    return lambda client: client.post("/person", data={"person": person}, **more)


@pytest.fixture(scope="module")
def app():
    """Return the demo, which no one decides in."""
    return demo_app(MemoryLedger(), clock=lambda: NOON)


def test_first_page_is_that_of_the_trusts_data_lead(app):
    """The root leads to the pages, where one is the trust's data lead at first."""
    answer = visit(app, get("/"))

    page = Page(answer.text)
    assert (answer.url.path, page.selected) == ("/consent/", [DEFAULT.id])


@pytest.mark.parametrize("person", [p.actor.id for p in PEOPLE])
def test_one_can_be_anybody(app, person):
    """The person chosen is the visitor from then on, and there is a page for them."""
    answer = visit(app, become(person), get("/"))

    assert (answer.status_code, Page(answer.text).selected) == (200, [person])


def test_everybody_can_be_chosen_by_a_label(app):
    """The choice lists all twelve people, and has a label of its own."""
    page = Page(visit(app, get("/")).text)

    (select,) = page.all("select")
    assert [o["value"] for o in page.all("option")] == [p.actor.id for p in PEOPLE]
    assert select["id"] in [label.get("for") for label in page.all("label")]


def test_somebody_unknown_is_nobody_else(app):
    """A name that no one has changes nothing, posted or in a cookie."""
    posted = visit(app, become("freya.underhill"), become("nobody"), get("/consent/"))
    kept = visit(app, get("/", headers={"Cookie": "demo_person=nobody"}))

    assert Page(posted.text).selected == ["freya.underhill"]
    assert Page(kept.text).selected == [DEFAULT.id]


def test_cookie_is_for_this_site_only(app):
    """No script can read who one is, and no other site can send it."""
    answer = visit(app, become("freya.underhill", follow_redirects=False))

    told = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict"} <= {part.strip() for part in told.split(";")}


def test_other_sites_cannot_choose(app):
    """A form that another site sends does not make one somebody else."""
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    answer = visit(app, become("freya.underhill", headers=elsewhere))

    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_every_page_says_that_nobody_is_real(app):
    """The banner is on the pages, also on one that is not there."""
    pages = [visit(app, get(path)) for path in ("/", ASKED, "/consent/nothing")]

    assert [p.status_code for p in pages] == [200, 200, 404]
    assert all("no school, app or person here is real" in page.text for page in pages)


def test_bar_needs_neither_script_nor_style_of_its_own(app):
    """The page keeps to its policy: what it loads is a file of this site."""
    answer = visit(app, get("/"))
    page = Page(answer.text)
    links = page.all("link")
    files = [link["href"] for link in links if link["rel"] == "stylesheet"]

    assert not [attrs for _, attrs in page.tags if "style" in attrs]
    assert "unsafe" not in answer.headers["content-security-policy"]
    kinds = [visit(app, get(file)).headers["content-type"] for file in files]
    assert kinds == ["text/css; charset=utf-8"] * 2


def test_one_can_decide():
    """Who decides on a page has decided: the ledger has it by that name."""
    ledger = MemoryLedger()
    app = demo_app(ledger)

    async def decide(client):
        shown = Page((await client.get(ASKED)).text).hidden["shown"]
        query = {"shown": shown, "tick": "students.photo", "answer": "authorise"}
        form = Page((await client.get(f"{ASKED}/check", params=query)).text).hidden
        return await client.post(f"{ASKED}/authorise", data=form)

    answer = visit(app, become(FREYA.id), decide)

    *_, last = ledger.read(school_stream(LUDDERBY.key))
    assert (answer.status_code, type(last)) == (200, Authorised)
    assert (last.grant.actor, last.grant.ticked) == (FREYA, {"students.photo"})


# The command


@pytest.fixture
def stopped(monkeypatch):
    """Let no time pass: no year is played, and Ctrl-C is pressed after one look."""
    seen = []

    def serve(server, sockets):
        answer = visit(server.config.app, get("/"))
        seen.append((answer.status_code, sockets[0].getsockname()[1]))
        raise KeyboardInterrupt

    year = DemoYear(Catalogue.builtin("assembly"))
    monkeypatch.setattr(site, "play_year", lambda *_args, **_more: year)
    monkeypatch.setattr(site.Server, "run", serve)
    return seen


def test_says_where_it_is_and_how_to_stop(run, stopped):
    """The address that is printed is the one that is served, and Ctrl-C ends with 0."""
    result = run("serve", "--demo", "--port", 0)

    ((status, port),) = stopped
    address, who, *_, last = result.stdout.splitlines()
    assert (result.exit_code, address) == (0, f"http://127.0.0.1:{port}/")
    assert (who[:22], last) == ("You are Oriel Danvers,", "Press Ctrl-C to stop.")
    assert status == 200


def test_nothing_is_kept_unless_asked_for(run, stopped, tmp_path, monkeypatch):
    """The ledger's folder is gone once it has ended, and without --export not named."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    result = run("serve", "--demo", "--port", 0)

    assert ([*tmp_path.iterdir()], "--ledger" in result.stdout) == ([], False)


def test_command_that_is_told_works_on_the_ledger_kept(run, stopped, tmp_path):
    """With --export the ledger is kept, and a command to try on it is printed."""
    told = run("serve", "--demo", "--port", 0, "--export", tmp_path).stdout

    (line,) = [x.split() for x in told.splitlines() if x.startswith("  scopegate ")]
    assert line[1:3] == ["page", "dashboard"]
    assert Path(line[line.index("--ledger") + 1]) == tmp_path / "demo-year.db"
    assert (tmp_path / "demo-year.db").is_file()


def test_ledger_that_is_there_is_left(run, stopped, tmp_path):
    """--export refuses a folder that has such a ledger, and leaves it as it is."""
    (tmp_path / "demo-year.db").write_text("mine")

    result = run("serve", "--demo", "--port", 0, "--export", tmp_path)

    assert (result.exit_code, stopped) == (2, [])
    assert (tmp_path / "demo-year.db").read_text() == "mine"


def test_address_of_ipv6_is_in_brackets(run, stopped):
    """An address with colons is printed as a browser takes it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("needs IPv6")

    result = run("serve", "--demo", "--host", "::1", "--port", 0)

    assert re.match(r"http://\[::1\]:[0-9]+/\n", result.stdout)


def test_without_demo_it_says_what_to_mount(run):
    """It serves nothing of one's own, and says what does."""
    result = run("serve")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "made-up year only" in result.stderr
    assert "mount `scopegate.web.consent_app`" in result.stderr


def test_port_in_use_is_one_sentence(run, stopped):
    """A port that is taken is named, before anything is played."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = run("serve", "--demo", "--port", port)

    *_, last = result.stderr.splitlines()
    assert (result.exit_code, stopped, "playing" in result.stderr) == (2, [], False)
    assert last == f"Error: port {port} of `127.0.0.1` is in use; name another"


@pytest.mark.parametrize("host", ["203.0.113.1", "é" * 64], ids=["other", "long"])
def test_address_of_another_machine_is_one_sentence(run, stopped, host):
    """An address that is not of this machine, or none at all, is named."""
    result = run("serve", "--demo", "--host", host)

    told = " ".join(result.stderr.split())
    assert (result.exit_code, stopped) == (2, [])
    assert f"Error: port 8000 of `{host}` cannot be listened on" in told


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_program_serves_until_ctrl_c(tmp_path, run):
    """As a program it plays the year, answers, ends with 0, and leaves a sound ledger."""
    command = ["-m", "scopegate", "serve", "--demo", "--port", "0", "--export"]
    with subprocess.Popen(  # noqa: S603 - all arguments are made here
        [sys.executable, *command, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        address = running.stdout.readline().strip()
        with urlopen(address) as answer:  # noqa: S310 - it is our own
            home = answer.read().decode()
        with urlopen(f"{address.rstrip('/')}{ASKED}") as answer:  # noqa: S310
            asked = answer.read().decode()
        running.send_signal(signal.SIGINT)
        _, complaint = running.communicate(timeout=60)

    assert ("Your schools" in home, "lunch-till asks" in asked) == (True, True)
    assert (running.returncode, complaint.count("\n")) == (0, 1)
    assert run("ledger", "verify", "--ledger", tmp_path / "demo-year.db").exit_code == 0
