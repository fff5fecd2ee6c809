"""A connected school, an app that was authorised, and an MIS read over HTTP."""

import logging
from urllib.parse import unquote_plus, urlsplit

from scopegate import AccessRequest, Actor, ConsentRegister, Gate, Subjects
from scopegate.adapters.base import Fetch
from scopegate.errors import ScopegateError
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON

from .driving import chain

APP, SCHOOL = "gradebook", "100001"
DANA = Actor("Dana Head", role="Headteacher")
CANARY = "c4n4ry-Zed"
EVERYONE = Subjects.everyone()


class Story:
    """A school that is connected and has authorised an app, by a clock set by hand."""

    def __init__(self, catalogue, adapter, *scopes, subjects=EVERYONE):
        self.clock, self.ledger, self.adapter = FakeClock(NOON), MemoryLedger(), adapter
        self.register = ConsentRegister(catalogue, self.ledger, clock=self.clock)
        self.gate = Gate(
            catalogue, self.ledger, clock=self.clock, elapsed=self.clock.elapsed
        )
        self.register.connect(school=SCHOOL, mis="arbor", adapter=adapter)
        basic, *optional = scopes
        self.register.publish(AccessRequest(APP, "Record marks", {basic}, optional))
        shown = self.register.present(school=SCHOOL, app=APP)
        self.register.authorise(shown, optional=optional, actor=DANA, subjects=subjects)

    def narrow(self, *optional):
        """Let the school take back all optional scopes but these."""
        shown = self.register.present_grant(school=SCHOOL, app=APP)
        self.register.amend(shown, optional=optional, actor=DANA)

    def revoke(self):
        """Let the school revoke."""
        self.register.revoke(school=SCHOOL, app=APP, actor=DANA)

    def open(self):
        """Open an access."""
        return self.gate.open(school=SCHOOL, app=APP)


def fetch_of(catalogue, resource, *names, **more):
    """Return a fetch of some fields of a resource, by default of them all."""
    home = catalogue.resource(resource)
    paths = [f"{resource}.{name}" for name in names] or [f.path for f in home.fields]
    return Fetch(home, paths, SCHOOL, **more)


def lines(server):
    """Return what the MIS was asked: each address with its query, decoded."""
    return [unquote_plus(entry["path"]) for entry in server.log()]


def paths(server):
    """Return the addresses that the MIS was asked for, without their queries."""
    return [urlsplit(entry["path"]).path for entry in server.log()]


class Heard(logging.Handler):
    """Everything that our loggers are told while it listens."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.told = []

    def emit(self, record):
        """Keep what a record says, and from where."""
        self.told.append((record.name, record.levelname, record.getMessage()))

    def __enter__(self):
        self.logger = logging.getLogger("scopegate")
        self.level = self.logger.level
        self.logger.setLevel(logging.DEBUG)
        self.logger.addHandler(self)
        return self

    def __exit__(self, *_):
        self.logger.removeHandler(self)
        self.logger.setLevel(self.level)


def observed(server, story, asked, *, count=False):
    """Return all that a caller and an MIS can say about one query."""
    found, error = [], None
    with Heard() as heard, story.open() as access:
        try:
            if count:
                found.append(access.count(story.adapter, asked))
            else:
                found.extend(access.read(story.adapter, asked))
        except ScopegateError as raised:
            error = chain(raised)
        notes = access.notes
    return found, error, notes, heard.told, server.log()
