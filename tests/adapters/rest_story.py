"""A connected school, an app that was authorised, and an MIS read over HTTP."""

import logging
from urllib.parse import unquote_plus, urlsplit

from scopegate.adapters.base import Fetch
from scopegate.errors import ScopegateError
from scopegate.testing import School

from .driving import chain

SCHOOL = "100001"
CANARY = "c4n4ry-Zed"


class Story(School):
    """A school that has authorised an app: the first scope and, ticked, the others."""

    def __init__(self, catalogue, adapter, basic, *optional, subjects=None):
        super().__init__(catalogue, adapter)
        self.authorise(basic, optional=optional, subjects=subjects)


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
                found.append(access.count(story.mis, asked))
            else:
                found.extend(access.read(story.mis, asked))
        except ScopegateError as raised:
            error = chain(raised)
        notes = access.notes
    return found, error, notes, heard.told, server.log()
