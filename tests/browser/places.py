"""Every page there is, and how to get there: by an address, and by what is clicked."""

from attrs import evolve, frozen

from scopegate import AccessRequest, Actor, Catalogue, Subjects
from scopegate.errors import UnreachableLedgerError
from scopegate.ledgers.memory import MemoryLedger
from scopegate.web.addresses import spelt

from ..scene import Unreachable
from .stage import (
    APP,
    CATALOGUE,
    DANA,
    OTHER,
    PAUSED,
    REQUEST,
    SCHOOL,
    STOPPED,
    Stage,
)

HOSTILE = "<script>alert(1)</script> \u202e" + "unbroken" * 40
"""What upsets a page that takes texts as they come, or cannot break a long word."""

LONG = "marks & <i>more</i>/" + "unbroken" * 12


@frozen
class Place:
    """A page.

    Attributes:
        site: Which of the sites it is of.
        who: Who is there.
        path: The address at which they begin.
        clicks: What they click after that, as selectors.
        title: How the page's heading begins.
    """

    site: str
    who: str
    path: str
    title: str
    clicks: tuple[str, ...] = ()

    def __str__(self):
        """Return the page's name."""
        path = self.path.replace(spelt(LONG), "LONG")
        return " ".join((self.site, self.who, path, *self.clicks))

    def enter(self, sites, enter, **options):
        """Go there, and return the page."""
        page = enter(sites[self.site], self.who, self.path, **options)
        for selector in self.clicks:
            with page.expect_navigation():
                page.locator(selector).first.click()
        title = page.locator("h1").inner_text()
        assert title.startswith(self.title), title
        return page


LUDDERBY, MARROWBY, FENNICK = (
    f"/schools/{number}" for number in (999901, 999902, 999903)
)
YES, NO = 'button[value="authorise"]', 'button[value="decline"]'
HOSTILE_APP = f"/schools/{SCHOOL}/apps/{spelt(LONG)}"
ORIEL = "oriel.danvers"


def _year(path, title, *clicks, who=ORIEL):
    return Place("year", who, path, title, clicks)


def _odd(path, title, *clicks, who="dana"):
    return Place("odd", who, path, title, clicks)


def _stops(school, path, title, *clicks, who="una"):
    return Place("stops", who, f"/schools/{school}{path}", title, clicks)


DEEDS = (
    ("/pause", "Pause all apps"),
    ("/disconnect", "Disconnect Paused School"),
    ("/close", "Close Paused School"),
    (f"/close/check?successor={OTHER}", "Close Paused School"),
    (f"/close/check?successor={PAUSED}", "Close Paused School"),
)

MAIN = (
    _year("/", "Your schools"),
    _year(LUDDERBY, "Ludderby Vale Academy"),
    _year(f"{LUDDERBY}/apps/gradebook", "gradebook"),
    _year(f"{LUDDERBY}/apps/lunch-till/request", "lunch-till asks"),
    _year(f"{LUDDERBY}/apps/library-desk/request", "library-desk asks"),
    _year(f"{LUDDERBY}/apps/gradebook/grant", "Change what gradebook"),
    _year(
        f"{LUDDERBY}/apps/lunch-till/request/check?shown=old&tick=gone", "lunch-till"
    ),
    _year(f"{LUDDERBY}/apps/lunch-till/request", "Check your answer", YES),
    _year(f"{LUDDERBY}/apps/lunch-till/request", "Check your answer", NO),
    _year(f"{LUDDERBY}/apps/gradebook/revoke", "Revoke access for gradebook"),
    _year(f"{LUDDERBY}/apps/gradebook", "Receipt", 'a[href*="/receipts/"]'),
    _year("/apps/library-desk", "library-desk at its schools", who="hester.quill"),
    _year("/nothing/here", "Page not found"),
    _odd(f"/schools/{SCHOOL}", "<script>"),
    _odd(f"{HOSTILE_APP}/request", "marks & <i>"),
)
"""One page of each kind, and two whose texts upset pages."""

REST = (
    _year(LUDDERBY, "Ludderby Vale Academy", who="anwen.castle"),
    _year(FENNICK, "Fennick Cross High School"),
    # An app in each other situation
    _year(f"{LUDDERBY}/apps/gradebook", "gradebook", who="anwen.castle"),
    _year(f"{LUDDERBY}/apps/lesson-planner", "lesson-planner"),
    _year(f"{LUDDERBY}/apps/library-desk", "library-desk"),
    _year(f"{LUDDERBY}/apps/lunch-till", "lunch-till"),
    _year(f"{LUDDERBY}/apps/next-steps", "next-steps"),
    _year(f"{MARROWBY}/apps/gradebook", "gradebook"),
    _year(f"{MARROWBY}/apps/lesson-planner", "lesson-planner"),
    _year(f"{MARROWBY}/apps/next-steps", "next-steps"),
    _year(f"{FENNICK}/apps/library-desk", "library-desk"),
    _year(f"{FENNICK}/apps/lunch-till", "lunch-till"),
    _year(f"{FENNICK}/apps/next-steps", "next-steps"),
    _odd(f"/schools/{SCHOOL}/apps/changed", "changed"),
    _odd(f"/schools/{SCHOOL}/apps/invalidated", "invalidated"),
    _odd(f"/schools/{OTHER}/apps/changed", "changed", who="tia"),
    _odd(HOSTILE_APP, "marks & <i>"),
    # What is asked and decided, by others and of another kind
    _year(f"{LUDDERBY}/apps/lunch-till/request", "lunch-till asks", who="anwen.castle"),
    _year(f"{FENNICK}/apps/lunch-till/request", "lunch-till asks"),
    _year(f"{LUDDERBY}/apps/library-desk/request", "Check your answer", NO),
    _year(f"{LUDDERBY}/apps/gradebook/grant", "Check your answer", YES),
    _odd(f"{HOSTILE_APP}/request", "Check your answer", NO),
    _year(f"{MARROWBY}/apps/gradebook", "Receipt", 'a[href*="/receipts/"]'),
    # What a school has stopped, and can stop
    _stops(PAUSED, "", "Paused School"),
    *(_stops(PAUSED, *one) for one in DEEDS),
    _stops(PAUSED, f"/apps/{APP}", APP),
    _stops(PAUSED, f"/apps/{APP}/resume", f"Let {APP} go on"),
    _stops(PAUSED, f"/apps/{APP}/grant", f"Change what {APP}"),
    _stops(PAUSED, "/apps/library-desk", "library-desk"),
    _stops(PAUSED, "/apps/library-desk/grant", "Change what library-desk"),
    _stops(STOPPED, "", "Stopped School"),
    _stops(STOPPED, "/connect", "Connect Stopped School again"),
    _stops(STOPPED, "/resume", "Let all apps go on"),
    _stops(STOPPED, f"/apps/{APP}", APP),
    _stops(STOPPED, f"/apps/{APP}/request", "This cannot be decided now"),
    Place("bare", "dana", f"/schools/{SCHOOL}/connect", "Connect Bare School again"),
    # A school that has closed, and the one that follows it
    _stops(SCHOOL, "", "Closed School"),
    _stops(SCHOOL, "/pause", "There is nothing to do here"),
    _stops(OTHER, "", "Next School"),
    _stops(OTHER, f"/apps/{APP}/request?from={SCHOOL}", f"{APP} asks"),
    _stops(OTHER, "/apps/library-desk/request", "library-desk asks"),
    _stops(OTHER, "/apps/library-desk/request", "Check your answer", YES),
    # What else says one thing
    _year(LUDDERBY, "You are not signed in", who="nobody"),
    _year(f"{LUDDERBY}/apps/gradebook/revoke", "You cannot", who="anwen.castle"),
    _year(f"{LUDDERBY}/apps/gradebook/request/check", "There is nothing to decide"),
    Place("down", "dana", f"/schools/{SCHOOL}", "Not available"),
)


def put_odd(server):
    """Serve a school where what rarely happens has, and one that is not connected."""
    ledger = MemoryLedger()
    stage = Stage(server, ledger)
    stage.connect(name=HOSTILE)
    for app in ("changed", "invalidated"):
        request = AccessRequest(app, "Take marks", {"students.basic"}, {"students.dob"})
        stage.register.publish(request)
    stage.authorise(app="invalidated")
    stage.authorise("students.dob", app="changed", actor=Actor(HOSTILE, HOSTILE))
    stage.register.publish(
        evolve(REQUEST, app=LONG, purpose=HOSTILE, reasons={"students.dob": HOSTILE})
    )
    return Stage(server, ledger, _with_new_meanings()).url


def put_stops(server):
    """Serve schools that have stopped an app, all of it, and themselves for another."""
    stage = Stage(server, MemoryLedger())
    names = {
        SCHOOL: "Closed School",
        PAUSED: "Paused School",
        STOPPED: "Stopped School",
    }
    some = Subjects.everyone_except(student=[1])
    stage.register.publish(REQUEST)
    lending = evolve(REQUEST, app="library-desk", purpose="Lend books to pupils")
    stage.register.publish(lending)
    for school, name in names.items():
        stage.connect(school, name)
        stage.authorise("students.dob", school=school)
        stage.authorise(app="library-desk", school=school, subjects=some)
    stage.connect(PAUSED, names[PAUSED], mis="sims")
    at = {"actor": DANA, "reason": "We look into it."}
    stage.register.pause(school=PAUSED, app=APP, **at)
    stage.register.pause(school=STOPPED, **at)
    stage.register.disconnect(school=STOPPED, **at)
    stage.register.close(school=SCHOOL, successor=OTHER, **at)
    stage.connect(OTHER, "Next School")
    return stage.url


def put_bare(server):
    """Serve a school that has disconnected, by a host without an interface to its MIS."""
    stage = Stage(server, MemoryLedger(), has_mis=False)
    stage.connect(name="Bare School")
    stage.register.disconnect(school=SCHOOL, actor=DANA)
    return stage.url


def _with_new_meanings():
    """Return the catalogue in which the fields of a scope have come to mean more."""
    table = CATALOGUE.to_dict()
    table["policy_version"] = 2
    for path in CATALOGUE.scope("students.basic").fields:
        resource, _, local = path.partition(".")
        table["resource"][resource]["field"][local]["policy_version"] = 2
    return Catalogue.from_dict(table)


def put_down(server):
    """Serve a school whose ledger has stopped answering."""
    ledger = Unreachable()
    stage = Stage(server, ledger)
    stage.connect()
    ledger.down = UnreachableLedgerError("consent.db", "gone")
    return stage.url
