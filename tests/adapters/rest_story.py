"""A connected school, an app that was authorised, and an MIS read over HTTP."""

import logging
from urllib.parse import unquote_plus, urlsplit

from scopegate.adapters.base import Fetch
from scopegate.errors import ScopegateError
from scopegate.testing import School

from .driving import chain

SCHOOL = "100001"
CANARY = "c4n4ry-Zed"
LARGE = "the answer is larger than 8,388,608 bytes; ask for smaller pages"
UNREADABLE = "the answer is not JSON that can be read; tell the MIS's operator"
TOLD_ALIKE = {
    "cut": "the connection to the MIS broke off; try again later",
    "reset": "the connection to the MIS broke off; try again later",
    "malformed": UNREADABLE,
    "html": UNREADABLE,
    "truncated": UNREADABLE,
    "utf16": UNREADABLE,
    "bad_utf8": UNREADABLE,
    "deep": UNREADABLE,
    "nan": UNREADABLE,
    "huge_number": UNREADABLE,
    "duplicate_keys": "the answer has an object with one key twice; tell the MIS's operator",
    "long_string": LARGE,
    "gzip_bomb": LARGE,
    "bad_gzip": "the answer is cut short; try again later",
    "redirect": "the MIS answers from elsewhere (302); correct the address",
    "same_page": "the page is the same as an earlier one; the MIS does not end",
    "status:400": "the MIS does not understand what was asked (400); check its version",
    "status:500": "the MIS answered with status 500; try again later",
}
"""The problem that a reader is told, by the kind of fault, alike for every interface."""


class Nobody:
    """A server that is not asked."""

    url = "http://mis.example"


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
