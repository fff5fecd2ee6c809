"""The laws that hold for every channel: every adapter, and every guard.

Real servers in another process play the MIS, so what they were asked can be
compared byte for byte, and counted.
"""

import logging
from contextlib import ExitStack

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import Catalogue
from scopegate.errors import AccessDeniedError, ScopegateError
from scopegate.testing import School, assert_no_leak

from ..ledgers.conftest import server  # noqa: F401 - a fixture, found by its name
from .channels import CHANNELS, connecting
from .mis import COUNT, SCHOOL

CANARY = "c4n4ry-Zed"
FEW = settings(
    max_examples=max(5, settings().max_examples // 10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""Each example asks a server twice."""

SECRETS = st.text(max_size=40) | st.sampled_from(
    ["7", "true", "null", '"', "</", "é", CANARY]
)


class Story:
    """A school that is connected, and an app that has asked it for pupils."""

    def __init__(self, name, source):
        self.channel, self.source = CHANNELS[name], source

    def begin(self, secret="", *, authorise=True):
        """Connect the school, and let it authorise; return an access."""
        self.source.hold(secret)
        catalogue = Catalogue.builtin(self.channel.mis.catalogue)
        self.school = School(catalogue, connecting(self.source), key=SCHOOL)
        self.connected_with = self.source.asked()
        self.school.publish(self.channel.mis.scope)
        if authorise:
            self.school.authorise()
        return self.school.open()

    def read(self, access):
        """Return all that the channel gives."""
        return self.channel.read(access, self.source)


LOCAL = {"records", "files", "OneRoster bundle", "SQLite", "PostgreSQL"}
"""The channels at which no one is asked over HTTP."""


@pytest.fixture(scope="module", params=CHANNELS)
def opened(request, tmp_path_factory):
    """Give the name of each channel in turn, and its MIS."""
    yield from _open(request, tmp_path_factory)


@pytest.fixture(scope="module", params=[n for n in CHANNELS if n not in LOCAL])
def opened_over_http(request, tmp_path_factory):
    """Give the name of each channel over HTTP in turn, and its MIS."""
    yield from _open(request, tmp_path_factory)


def _open(request, tmp_path_factory):
    name = request.param
    address = request.getfixturevalue("server").address if name == "PostgreSQL" else ""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("channel")
        yield name, CHANNELS[name].source(stack, folder, address)


@pytest.fixture
def story(opened):
    """Give a story at one channel."""
    return Story(*opened)


class _Told(logging.Handler):
    """Keeps everything that is logged."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        """Keep a line, as a formatter would print it."""
        self.lines.append((record.name, record.levelname, self.format(record)))


def observed(opened, secret, faults=()):
    """Return everything that anybody can see of reading a world, as text."""
    told, logger = _Told(), logging.getLogger("scopegate")
    story = Story(*opened)
    logger.addHandler(told)
    level, logger.level = logger.level, logging.DEBUG
    found, failure = [], None
    try:
        with story.begin(secret) as access:
            if faults:
                story.source.hold(secret, *faults)
            try:
                found.extend(story.read(access))
            except Exception as error:
                failure = error
            notes = access.notes
    finally:
        logger.removeHandler(told)
        logger.level = level
    return {
        "asked": story.source.asked(),
        "given": found,
        "notes": notes,
        "logs": told.lines,
        "failure": (
            type(failure).__name__,
            str(failure),
            repr(vars(failure or told))
            if failure and isinstance(failure, ScopegateError)
            else "",
        ),
    }, failure


def test_all_pupils_come_without_what_was_not_authorised(story):
    """Every channel gives every pupil, with the secret nowhere."""
    with story.begin(CANARY) as access:
        found = list(story.read(access))

    assert (
        len([one for one in found if "status" not in one or "headers" not in one])
        == COUNT
    )
    assert_no_leak(found, [CANARY])


@FEW
@given(secrets=st.tuples(SECRETS, SECRETS))
def test_what_is_withheld_makes_no_difference(opened, secrets):
    """Two MISs that agree on what is released see the same and give the same.

    Requests, records, headers, bodies, notes, log lines and exceptions are
    equal byte for byte.
    """
    (left, _), (right, _) = (observed(opened, secret) for secret in secrets)

    assert left == right
    assert left["failure"][0] == "NoneType"


def test_before_a_grant_nothing_but_the_public_scope_is_asked(story):
    """Until the school authorises, the MIS sees what connects it and no more."""
    with story.begin(authorise=False) as access, pytest.raises(AccessDeniedError):
        list(story.read(access))

    # A token that a client fetches gives no data, and serves the public scope too.
    assert [one for one in story.source.asked() if not _is_token(one)] == [
        one for one in story.connected_with if not _is_token(one)
    ]


def test_after_a_revocation_nothing_more_is_asked_and_nothing_more_comes(story):
    """Revoked while the first page is read, no further page is asked for."""
    with story.begin() as access:
        records = story.read(access)
        next(records)
        before = story.source.asked()
        story.school.revoke()
        more = []
        with pytest.raises(AccessDeniedError):
            more.extend(rest for rest in records if "headers" not in rest)

    # A client over a guarded transport holds a page that was delivered before.
    assert len(more) <= (
        1
        if "httpx" in str(story.channel.read) or "requests" in str(story.channel.read)
        else 0
    )
    assert story.source.asked() == before


def _is_token(asked):
    """Tell whether what was asked is a token."""
    return isinstance(asked, dict) and asked["path"] == "/oauth/token"


FAULTS = [
    {"kind": "reset"},
    {"kind": "status:500", "canary": CANARY},
    {"kind": "malformed"},
    {"kind": "truncated"},
    {"kind": "gzip_bomb", "megabytes": 20},
    {"kind": "duplicate_keys", "canary": CANARY},
]
MORE_FAULTS = [
    {"kind": "timeout"},
    {"kind": "cut"},
    {"kind": "html", "canary": CANARY},
    {"kind": "bad_gzip"},
    {"kind": "unknown_encoding"},
    {"kind": "long_string"},
    {"kind": "deep"},
    {"kind": "nan"},
    {"kind": "huge_number"},
    {"kind": "array_for_object"},
    {"kind": "bad_utf8"},
]
"""What may go wrong with the second page."""


@pytest.mark.parametrize(
    "fault",
    [*FAULTS, *(pytest.param(fault, marks=pytest.mark.slow) for fault in MORE_FAULTS)],
    ids=lambda fault: fault["kind"],
)
def test_a_fault_is_told_clearly_and_shows_nothing(opened_over_http, fault):
    """Everything before is delivered, and the error names the place and no value."""
    channel = CHANNELS[opened_over_http[0]]
    seen, failure = observed(
        opened_over_http, CANARY, [{**fault, "at": channel.second}]
    )

    assert_no_leak([seen, failure], [CANARY])
    is_theirs = isinstance(failure, httpx.HTTPError | OSError)
    is_named = "student" in str(failure) and "page" in str(failure)
    assert is_named or is_theirs or not channel.reads_strictly
