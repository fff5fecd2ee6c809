"""An adapter that does not block looks up again after it waited, and before it asks."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from attrs import evolve
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.http import AsyncHTTPAdapter
from scopegate.adapters.sql import AsyncSQLAdapter
from scopegate.adapters.steps import Call, Page, Wait
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.testing.strategies import SCHOOL

from .sql_school import CATALOGUE, Tables, filled, student_rows, wanted

STUDENT = Resource("student", "Student", "id", [Field("student.id")])


class Seen:
    """A fetch, and what is looked up of it in turn: `look`, or `ask` for a renewal."""

    def __init__(self, fetch):
        self.turns = []
        self.fetch = evolve(fetch, renewal=self._renew, refreshing=self._look)

    async def _look(self):
        self.turns.append("look")

    def _renew(self) -> Fetch:
        self.turns.append("ask")
        return self.fetch

    @property
    def asked_after_waiting(self):
        """Whether each question but the first came after another look."""
        first, *rest = "".join(self.turns).split("ask")
        return first == "" and len(rest) > 1 and all("look" in turn for turn in rest)


class Parts:
    """An interface that asks twice, and waits, before it has a record."""

    school = None

    def capabilities(self, _):
        """Return that it can do nothing."""
        return NONE

    def steps(self, asking):
        """Yield one page, of two answers."""
        yield from self._ask(asking)
        yield Wait(0)
        found = yield from self._ask(asking)
        yield Page(asking.records(found))

    def total_steps(self, asking):
        """Return the number that the second answer gives."""
        for _ in range(2):
            answer = yield from self._ask(asking)
        return len(asking.records(answer, may_repeat=True))

    def _ask(self, asking):
        return (yield from asking.ask(lambda _: Call("https://mis.example/x")))


class Streamed(httpx.AsyncByteStream):
    """A body that comes as it is read."""

    def __init__(self, body):
        self.body = body

    async def __aiter__(self):
        yield self.body


async def all_of(records: AsyncIterator[object]):
    """Return all records."""
    return [record async for record in records]


def answered(request):
    """Answer as an MIS does that is busy half of the time."""
    answered.count += 1
    status = 503 if answered.count % 2 else 200
    body = Streamed(b'[{"id": 1}]')
    return httpx.Response(status, stream=body, headers={"retry-after": "0"})


@pytest.mark.parametrize("way", ["fetch", "total"])
def test_over_http(way):
    """After every answer and every pause, retries included."""
    seen, answered.count = Seen(Fetch(STUDENT, ["student.id"], "1")), 0

    async def run():
        transport = httpx.MockTransport(answered)
        async with httpx.AsyncClient(transport=transport) as client:
            mis = AsyncHTTPAdapter(Parts(), client)
            if way == "total":
                return await mis.total(seen.fetch)
            return await all_of(mis.fetch(seen.fetch))

    assert asyncio.run(run()) in (1, [{"id": 1}])
    assert seen.asked_after_waiting


def test_in_a_database():
    """After every statement, of which a page with lists takes several."""
    tables = Tables()

    async def run():
        engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
        async with engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
            await connection.run_sync(filled, tables, [student_rows(1)])
        mis = AsyncSQLAdapter(engine, CATALOGUE, tables.mapping(), school=SCHOOL)
        found = await all_of(mis.fetch(seen.fetch))
        await engine.dispose()
        return found

    seen = Seen(wanted())

    assert len(asyncio.run(run())) == 1
    assert seen.asked_after_waiting


def test_a_fetch_of_ones_own_needs_no_look():
    """Without an access behind it there is nothing to look up."""
    fetch = Fetch(STUDENT, ["student.id"], "1")

    assert asyncio.run(fetch.refresh()) is None
    assert fetch.renew() is fetch
