"""By every way by which records leave they are held to the same, and no copy is kept."""

import asyncio
import logging

import pytest

from scopegate import Query, ScopegateError
from scopegate.gate.wrap import Fetching
from scopegate.http import Guard
from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.http.requests import GuardHTTPAdapter
from scopegate.ledgers.base import disclosure_stream, school_stream
from scopegate.testing.leaks import assert_no_leak
from scopegate.testing.strategies import SCHOOL

from ..model_mis import AsyncModel
from .claims import Stage, must, thread
from .mis import BASE, TAKES
from .naive import Naive
from .variants import Indexing
from .world import CANARY, PERMITTED, RELEASED, pupils


def _guarded(stage, name, **asked):
    function = getattr(stage.vendor, name)
    return stage.access.guard(function, resource="pupil", arguments=TAKES)(**asked)


def _client(stage, name):
    fetching = Fetching("pupil", TAKES)
    return getattr(stage.access.guard_client(stage.vendor, {name: fetching}), name)()


def _data(response):
    return response.json()["data"]


async def _listed(records):
    return [record async for record in records]


def _read_async(stage):
    mis = AsyncModel(stage.mis.records)
    return asyncio.run(_listed(stage.access.read_async(mis, Query("pupil"))))


async def _get_async(stage):
    async with stage.gate.async_client(stage.access, stage.web) as client:
        return await client.get("/pupils")


def _get_by_session(stage):
    with stage.gate.session(stage.access, stage.web) as client:
        return client.get(f"{BASE}/pupils")


def _filter(stage):
    return [stage.access.filter("pupil", record) for record in stage.mis.records]


def _filter_many(stage):
    return list(stage.access.filter_many("pupil", stage.mis.records))


FRONTS = {
    "read": lambda s: s.read(),
    "read_async": _read_async,
    "filter": _filter,
    "filter_many": _filter_many,
    "guard": lambda s: _guarded(s, "pupils"),
    "guard, one by one": lambda s: list(_guarded(s, "each_pupil")),
    "guard, not blocking": lambda s: asyncio.run(_guarded(s, "pupils_async")),
    "guard_client": lambda s: _client(s, "pupils"),
    "guard_client, one by one": lambda s: list(_client(s, "each_pupil")),
    "guard_client, not blocking": lambda s: asyncio.run(_client(s, "pupils_async")),
    "httpx": lambda s: _data(s.client.get("/pupils")),
    "requests": lambda s: _data(_get_by_session(s)),
    "httpx, not blocking": lambda s: _data(asyncio.run(_get_async(s))),
    "httpx, by cursor": lambda s: _data(s.client.get("/cursors")),
    "httpx, OneRoster": lambda s: _data(s.client.get("/roster")),
    "httpx, one": lambda s: [_data(s.client.get(f"/pupils/{n}")) for n in range(1, 6)],
}
"""Every way by which records leave."""


@pytest.mark.parametrize("front", FRONTS)
def test_every_front_gives_the_same(gate, front):
    """By whatever way records leave, they are the same records.

    https://github.com/strapi/strapi/issues/10236
    """
    assert FRONTS[front](Stage(gate)) == RELEASED


@pytest.mark.parametrize("front", FRONTS)
def test_a_naive_front_gives_more(front):
    """By each of these ways a naive gate gives what is withheld.

    https://github.com/strapi/strapi/issues/10236
    """
    given = FRONTS[front](Stage(Naive, records=_mixed()))

    with pytest.raises(AssertionError, match="holds secret 1"):
        assert_no_leak(given, [CANARY])


def _mixed():
    """Return pupils whose contacts are of several shapes, each of which JSON has."""
    odd = [[{"name": CANARY}], {"name": {"dob": CANARY}}, CANARY, [[CANARY]]]
    return [{**record, "contacts": odd, "home": [CANARY]} for record in pupils()]


@thread("strapi/strapi #10236", naive=Naive, says="holds secret 1")
def test_strapi_10236(gate):
    """By every way the mixed elements of a list are held to the same fields.

    https://github.com/strapi/strapi/issues/10236
    """
    expected = [{**record, "contacts": [{}]} for record in RELEASED]
    for front, ask in FRONTS.items():
        scene = Stage(gate, (*PERMITTED, "contacts", "guarded"), records=_mixed())
        found = ask(scene)
        assert_no_leak(found, [CANARY])
        must(found == expected, f"by {front} it differs")


@thread("strapi/strapi #26182", naive=Naive, says="the client behind it is reached")
def test_strapi_26182(gate):
    """A guarded client leads to nothing but its guarded methods.

    https://github.com/strapi/strapi/issues/26182
    """
    scene = Stage(gate)
    client = scene.access.guard_client(scene.vendor, {"pupils": Fetching("pupil")})
    for name in ("token", "records", "each_pupil", "session"):
        reached = getattr(client, name, None)
        must(reached is None, "the client behind it is reached")
    for name in ("__wrapped__", "__self__", "unwrapped", "function"):
        must(not hasattr(client.pupils, name), "the method behind it is reached")


# Copies on the side


class _Keeper(logging.Handler):
    """Keeps all that is logged."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.kept = []

    def emit(self, record):
        """Keep a record."""
        self.kept.append(record)


@pytest.fixture
def logged():
    """All that is logged by anybody, at any level."""
    keeper, root = _Keeper(), logging.getLogger()
    names = ("", "scopegate", "httpx", "httpcore", "requests", "urllib3", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(keeper)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield keeper.kept
    root.removeHandler(keeper)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize("front", FRONTS)
def test_no_front_keeps_a_copy(gate, logged, front):
    """By no way does a withheld value get into a log, a note or the ledger.

    https://github.com/meilisearch/strapi-plugin-meilisearch/pull/703
    """
    scene = Stage(gate)
    found = FRONTS[front](scene)
    scene.access.close()

    streams = (school_stream(SCHOOL), disclosure_stream(SCHOOL))
    events = [scene.ledger.read(stream) for stream in streams]
    assert_no_leak([found, logged, scene.access.notes, events], [CANARY])


@thread(
    "meilisearch/strapi-plugin-meilisearch PR #703",
    naive=Indexing,
    says="holds secret 1",
)
def test_meilisearch_703(gate):
    """Nothing that sees a record before the gate does keeps it for others.

    https://github.com/meilisearch/strapi-plugin-meilisearch/pull/703
    """
    keeper, logger = _Keeper(), logging.getLogger("scopegate")
    before = logger.level
    logger.addHandler(keeper)
    logger.setLevel(logging.DEBUG)
    try:
        scene, seen = Stage(gate), []
        kept = lambda response: seen.append((response.read(), response.headers))  # noqa: E731
        scene.client.event_hooks = {"response": [kept]}
        response = scene.client.get("/pupils")
        scene.read()
        _guarded(scene, "pupils")
    finally:
        logger.setLevel(before)
        logger.removeHandler(keeper)
    shown = [seen, response, response.history, response.extensions, keeper.kept]
    assert_no_leak(shown, [CANARY])


def test_what_fails_keeps_no_copy(gate, logged):
    """What an MIS raises shows a record, and what the caller gets of it does not.

    https://github.com/meilisearch/strapi-plugin-meilisearch/pull/703
    """

    def fail(*_, **__):
        raise ValueError(pupils())

    scene, errors = Stage(gate), []
    scene.mis.chosen = scene.vendor.pupils = scene.web.answer = fail
    for front in ("read", "guard", "guard, one by one", "guard_client", "httpx"):
        with pytest.raises(ScopegateError) as caught:
            FRONTS[front](scene)
        errors.append(caught.value)

    for error in errors:
        error.__traceback__ = None  # its frames hold the test's own records
    assert_no_leak([errors, [e.__context__ for e in errors], logged], [CANARY])


# What there is

ENFORCED = {
    "count": "test_prisma1_711",
    "count_async": "test_matrix",
    "close_async": "closes",
    "filter_async": "test_matrix",
    "count_by": "test_opensearch_1579",
    "count_by_async": "test_matrix",
    "filter": "FRONTS",
    "filter_many": "FRONTS",
    "guard": "FRONTS",
    "guard_client": "FRONTS",
    "read": "FRONTS",
    "read_async": "FRONTS",
    "releaser": "what `read` and `filter` are made of",
}
"""The public methods of `Access` by which something of a record leaves."""
BESIDE = {
    *("app", "close", "explain", "notes", "permit", "school"),
}
"""Those by which nothing of any record does."""


def test_every_method_is_enforced_or_gives_nothing(gate):
    """A public method of an access is one that is tested here, or gives no record.

    https://github.com/hapifhir/hapi-fhir/pull/6854
    """
    access = Stage(gate).access
    public = {name for name in dir(access) if not name.startswith("_")}

    assert public == ENFORCED.keys() | BESIDE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Guard, {"ahead", "exchange", "limits", "refusals"}),
        (GuardTransport, {"close", "handle_request"}),
        (AsyncGuardTransport, {"aclose", "handle_async_request"}),
        (GuardHTTPAdapter, {"close", "send"}),
    ],
)
def test_a_guard_has_one_way_out(kind, expected):
    """A guard of a client has one method by which records leave, and no other.

    https://github.com/hapifhir/hapi-fhir/pull/6854
    """
    made = {"limits"} if kind is Guard else set()
    public = {name for name in dir(kind) if not name.startswith("_")} | made

    assert public == expected
