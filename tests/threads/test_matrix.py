"""Every part of a query, for a withheld field anywhere, on every path through the gate."""

import asyncio
from datetime import UTC, datetime

import pytest
from attrs import frozen

from scopegate import Condition, Query, QueryRefusedError
from scopegate.adapters.base import Capabilities
from scopegate.errors import (
    ArgumentRefusedError,
    PathError,
    RouteRefusedError,
    UnsupportedQueryError,
)
from scopegate.gate.wrap import Fetching

from ..model_mis import AsyncModel, Model
from .claims import Observation, Stage
from .mis import BASE
from .naive import Naive
from .variants import Sanitising
from .world import PERMITTED, THERE, classes, pupils

KINDS = (
    QueryRefusedError,
    RouteRefusedError,
    ArgumentRefusedError,
    PathError,
    UnsupportedQueryError,
)
NOWHERE = "zzzz"
"""A value that is above those of all pupils."""


@frozen
class Position:
    """Where a withheld field stands.

    Attributes:
        path: Its full path, or what looks like one.
        branch: What holds it.
        word: How the vendor's client and the MIS call it.
        there: A value that some pupil has.
    """

    path: str
    branch: str
    word: str
    there: str

    @property
    def home(self) -> str:
        """The resource it is of."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name in OneRoster."""
        return self.path.partition(".")[2].replace("[]", "")

    @property
    def url(self) -> str:
        """Where the MIS gives its records."""
        return "/classes" if self.home == "class" else "/roster"

    def records(self, *, turned: bool) -> list[dict]:
        """Return the records of a school."""
        make = classes if self.home == "class" else pupils
        return make(turned=turned)


_BORN = THERE["dob"]
POSITIONS = {
    "own": Position("pupil.dob", "pupil.dob", "dob", _BORN),
    "nested": Position("pupil.home.town", "pupil.home", "town", THERE["town"]),
    "in a list": Position(
        *("pupil.contacts[].name", "pupil.contacts[]", "contacts", THERE["contacts"])
    ),
    "of another record": Position(
        *("class.students[].dob", "class.students[].classes[]", "students", _BORN)
    ),
    "in another spelling": Position("pupil.DOB", "pupil.Dob", "dob", _BORN),
}
SINCE = {NOWHERE: datetime(3000, 1, 1, tzinfo=UTC)}
CHANNELS = {
    "where": lambda at, value: {"where": [Condition(at.path, ">=", value)]},
    "order_by": lambda at, value: {"order_by": [at.path]},
    "group_by": lambda at, value: {"group_by": [at.path]},
    "select": lambda at, value: {"select": [at.path]},
    "expand": lambda at, value: {"select": [at.branch]},
    "search": lambda at, value: {"search": value},
    "after": lambda at, value: {"order_by": [at.path], "after": [value]},
    "changed_since": lambda at, value: {
        "changed_since": SINCE.get(value, datetime(2015, 3, 1, tzinfo=UTC))
    },
}
"""The parts of a query that a withheld field may be named by, or looked at."""
PARAMETERS = {
    "where": lambda at, value: {"filter": f"{at.name}>='{value}'"},
    "order_by": lambda at, value: {"sort": at.name},
    "order_by, down": lambda at, value: {"sort": at.name, "orderBy": "desc"},
    "group_by": lambda at, value: {"groupBy": at.name},
    "aggregate": lambda at, value: {"max": at.name},
    "select": lambda at, value: {"fields": at.name},
    "expand": lambda at, value: {"include": at.branch.partition(".")[2]},
    "search": lambda at, value: {"search": value},
    "after": lambda at, value: {"sort": at.name, "cursor": value},
    "changed_since": lambda at, value: {"changed_since": value},
    "unknown": lambda at, value: {f"{at.word}_gte": value},
}
"""The same over HTTP, and what is none of a query."""


async def _listed(records):
    return [record async for record in records]


def _query(way):
    def ask(stage, channel, at, value):
        query = Query(at.home, **CHANNELS[channel](at, value))
        return way(stage.access, stage.mis, query)

    return ask


def _called(way):
    def ask(stage, channel, at, value):
        name = {"where": at.word, "order_by": "sort"}.get(channel, channel)
        takes = {} if channel == "unknown" else {name: at.path}
        fetching = Fetching(at.home, takes)
        return way(stage, fetching, {name: at.word if name == "sort" else value})

    return ask


def _guarded(stage, name, fetching):
    function, takes = getattr(stage.vendor, name), fetching.arguments
    return stage.access.guard(function, resource=fetching.resource, arguments=takes)


def _client(stage, name, fetching):
    return getattr(stage.access.guard_client(stage.vendor, {name: fetching}), name)


def _sent(way):
    def ask(stage, channel, at, value):
        response = way(stage, at.url, PARAMETERS[channel](at, value))
        return response.status_code, response.content

    return ask


async def _get_async(stage, url, params):
    async with stage.gate.async_client(stage.access, stage.web) as client:
        return await client.get(url, params=params)


def _get_by_session(stage, url, params):
    with stage.gate.session(stage.access, stage.web) as client:
        return client.get(f"{BASE}{url}", params=params)


WAYS = {
    "read": _query(lambda access, mis, query: list(access.read(mis, query))),
    "count": _query(lambda access, mis, query: access.count(mis, query)),
    "count_by": _query(lambda access, mis, query: dict(access.count_by(mis, query))),
    "read_async": _query(
        lambda access, mis, query: asyncio.run(_listed(access.read_async(mis, query)))
    ),
    "count_async": _query(
        lambda access, mis, query: asyncio.run(access.count_async(mis, query))
    ),
    "count_by_async": _query(
        lambda access, mis, query: asyncio.run(access.count_by_async(mis, query))
    ),
    "guard": _called(lambda s, how, asked: _guarded(s, "pupils", how)(**asked)),
    "guard, one by one": _called(
        lambda s, how, asked: list(_guarded(s, "each_pupil", how)(**asked))
    ),
    "guard, not blocking": _called(
        lambda s, how, asked: asyncio.run(_guarded(s, "pupils_async", how)(**asked))
    ),
    "guard_client": _called(lambda s, how, asked: _client(s, "pupils", how)(**asked)),
    "guard_client, not blocking": _called(
        lambda s, how, asked: asyncio.run(_client(s, "pupils_async", how)(**asked))
    ),
    "httpx": _sent(lambda s, url, params: s.client.get(url, params=params)),
    "httpx, not blocking": _sent(lambda *asked: asyncio.run(_get_async(*asked))),
    "requests": _sent(_get_by_session),
}
"""Every path through the gate by which something can be asked."""
_HTTP = ("httpx", "httpx, not blocking", "requests")


def channels_of(way):
    """Return the channels that a path has."""
    if way in _HTTP:
        return tuple(PARAMETERS)
    return (*CHANNELS, "unknown") if way.startswith("guard") else tuple(CHANNELS)


def check(gate, way, channel, position):
    """Assert that a cell of the matrix is refused unasked, and tells nothing.

    Alike for a value that is there, one that is not, and another school.
    """
    at = POSITIONS[position]
    scopes = (*PERMITTED, "classes")
    able = Capabilities(searches=[at.path], changes=[at.path])
    model = AsyncModel if way.endswith("_async") else Model
    seen = [
        Observation.of(
            Stage(gate, scopes, records=records, able=able, model=model),
            lambda stage, value=value: WAYS[way](stage, channel, at, value),
        )
        for value, records in (
            (at.there, at.records(turned=False)),
            (NOWHERE, at.records(turned=False)),
            (at.there, at.records(turned=True)),
        )
    ]
    for other in seen[1:]:
        seen[0].alike(other, "of them")
    seen[0].outcome.must_refuse(seen[0].asked, KINDS)


CELLS = [(way, channel) for way in WAYS for channel in channels_of(way)]


@pytest.mark.parametrize(("way", "channel"), CELLS)
def test_no_way_uses_a_withheld_field(gate, way, channel):
    """A withheld field is refused in this part of a query, on this path, wherever it is."""
    for position in POSITIONS:
        check(gate, way, channel, position)


# What does not pass it

TOLD = ("own", "nested", "in a list", "of another record")
"""Where a condition reveals a field; in another spelling the gate itself finds none."""


def failures(gate, way):
    """Return what the check says of a gate: of conditions anywhere, and of the rest."""
    cells = [("where", position) for position in POSITIONS]
    cells += [(channel, "own") for channel in channels_of(way) if channel != "where"]
    found = {}
    for cell in cells:
        with pytest.raises(AssertionError) as caught:
            check(gate, way, *cell)
        found[cell] = str(caught.value)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_naive_gate_fails(way):
    """On every path a naive gate answers, and tells by a condition what it hides."""
    found = failures(Naive, way)

    assert {p for c, p in found if "outcome" in found[c, p] and c == "where"} >= {*TOLD}


@pytest.mark.parametrize("way", ["read", "count", "count_by", "guard", "httpx"])
def test_sanitising_gate_fails(way):
    """A gate that drops what it must not ask answers what it must refuse."""
    found = failures(Sanitising, way)

    assert found["where", "own"] == "it was answered"
