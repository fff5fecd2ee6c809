"""Where the browser's tests play: people of two schools, and a server for their pages."""

import socket
import threading
from datetime import UTC, datetime
from itertools import count

import uvicorn
from attrs import evolve
from starlette.routing import Mount, Router

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.events import Presented
from scopegate.consent.request import Terms
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.samples.year.records import made_up_mis
from scopegate.samples.year.year import play_year
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON
from scopegate.web import Visitor, consent_app

SCHOOL, OTHER, APP = "100001", "100002", "gradebook"
PAUSED, STOPPED = "100003", "100004"
CATALOGUE = Catalogue.builtin("assembly")
DANA = Actor("Dana Head", role="Headteacher", id="dana")
SAM = Actor("Sam Deputy", role="Deputy", id="sam")
PEOPLE = {
    "dana": Visitor(DANA, SCHOOL),
    "sam": Visitor(SAM, SCHOOL),
    "lou": Visitor(Actor("Lou Looker", role="Governor", id="lou"), SCHOOL, ()),
    "alex": Visitor(Actor("Alex Next", role="Headteacher", id="alex"), OTHER),
    "tia": Visitor(Actor("Tia Trust", role="Data lead", id="tia"), (SCHOOL, OTHER)),
    "una": Visitor(
        Actor("Una Union", role="Data lead", id="una"), (SCHOOL, OTHER, PAUSED, STOPPED)
    ),
}
"""Who may be at the pages; the cookie `who` says which of them it is."""

REQUEST = AccessRequest(
    APP,
    "Record and share marks",
    {"students.basic"},
    {"students.emails", "students.dob"},
    {"students.dob": "Birthday reminders"},
    terms=Terms("Until the end of the year", "Public task", "dpo@example.org"),
)
LATER = evolve(REQUEST, optional={"students.dob", "students.gender"})
"""What the app asks in its next version: one box stays, one goes, one comes."""

YEAR_ENDS = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)


class Server:
    """One port of this machine, in a thread, at which any number of sites can be put."""

    def __init__(self):
        self._router, self._count = Router(), count(1)
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            self._router,
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        listening = {"sockets": [self._socket]}
        self._thread = threading.Thread(target=self._server.run, kwargs=listening)
        self._thread.start()

    def put(self, app):
        """Serve *app* below a path of its own, and return its address."""
        root = f"/{next(self._count)}"
        self._router.routes.append(Mount(root, app))
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{root}"

    def close(self):
        """Stop, and let go of the port."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class People:
    """An `Authority` that believes the cookie `who`."""

    def __init__(self, people):
        self._people = people

    def visitor(self, asked):
        """Return the visitor, or None for a person it does not know."""
        return self._people.get(asked.cookie("who"))


class Stage:
    """A register and its pages on a server, with a clock set by hand."""

    def __init__(self, server, ledger, catalogue=CATALOGUE, *, has_mis=True):
        self.clock, self.ledger = FakeClock(NOON), ledger
        ids = count(1)
        self.register = ConsentRegister(
            catalogue, ledger, clock=self.clock, new_id=lambda: f"grant-{next(ids)}"
        )
        self._mis = {}
        self.url = server.put(
            consent_app(
                self.register,
                authority=People(PEOPLE),
                mis_of=self._mis.__getitem__ if has_mis else None,
            )
        )

    def connect(self, school=SCHOOL, name="Example School", mis="arbor"):
        """Connect a school."""
        self._mis[school] = RecordsAdapter({"school": [{"urn": school, "name": name}]})
        self.register.connect(school=school, mis=mis, adapter=self._mis[school])

    def present(self, app=APP, school=SCHOOL):
        """Show a school what there is to decide."""
        return self.register.ask(school=school, app=app)

    def authorise(self, *optional, app=APP, school=SCHOOL, actor=DANA, **more):
        """Let a school authorise, with the boxes named ticked."""
        shown = self.present(app, school)
        return self.register.authorise(shown, optional=optional, actor=actor, **more)

    def events(self):
        """Return what happened at the school, its connection and showings apart."""
        read = self.ledger.read(school_stream(SCHOOL))
        return [event for event in read if _is_decision(event)]

    def shown(self):
        """Return what the school was shown, the oldest first."""
        read = self.ledger.read(school_stream(SCHOOL))
        return [event.presentation for event in read if isinstance(event, Presented)]


def _is_decision(event):
    return type(event).__name__ not in {"Connected", "Presented", "TwoPersonRuleSet"}


class Year:
    """The made-up year and its pages; there is enough of everything."""

    def __init__(self, server):
        ledger = MemoryLedger()
        year = play_year(ledger, now=YEAR_ENDS)
        self.register = ConsentRegister(
            year.catalogue,
            ledger,
            clock=lambda: YEAR_ENDS,
            authority=year.may_decide,
            decide_within=year.decide_within,
        )
        people = {
            one.actor.id: Visitor(one.actor, one.schools, one.decides_for, one.apps)
            for one in year.people
        }
        mis_of = made_up_mis().__getitem__
        self.url = server.put(
            consent_app(self.register, authority=People(people), mis_of=mis_of)
        )
