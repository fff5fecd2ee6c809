"""Driving a reading: asking an adapter, one that blocks and one that does not."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, closing
from math import inf

from ..adapters._asking.pull import pulled, pulled_async
from ..adapters.base import Adapter, AsyncAdapter
from ..records.query import Query, Rank
from .reading import Reading
from .release import Ahead


def drive(reading: Reading, adapter: Adapter) -> Generator[dict[str, object]]:
    """Read an adapter that blocks: the only I/O there is in reading."""
    with closing(taken(reading, adapter)) as records:
        for released in reading.arrange(records):
            confirmed = reading.confirm(released)
            if confirmed is not None:
                yield confirmed


def taken(reading: Reading, adapter: Adapter) -> Generator[dict[str, object]]:
    """Yield the permitted part of each record, not yet chosen, ordered or counted."""
    with closing(pulled(adapter, reading.renew())) as records:
        for record in records:
            released = reading.take(record)
            if released is not None:
                yield released
            reading.check()
    reading.check()


async def drive_async(
    ahead: Ahead, reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    """Read an adapter that does not block, as `drive` reads one that does."""
    async with aclosing(arranged_async(ahead, reading, adapter)) as arranged:
        async for released in arranged:
            if reading.is_held:  # otherwise it was taken, and looked up for, just now
                await ahead.look()
            confirmed = reading.confirm(released)
            if confirmed is not None:
                await ahead.settle()
                yield confirmed


async def arranged_async(
    ahead: Ahead, reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    """Yield the same as `Reading.arrange`, asking for no record beyond the limit."""
    query, given = reading.query, 0
    if query.limit == 0:
        return
    async with aclosing(taken_async(ahead, reading, adapter)) as records:
        if reading.is_held:
            for released in await _held(query, records):
                yield released
            return
        last: Rank | None = None
        async for released in records:
            if reading.is_sorted:
                last = reading.keep_order(last, released)
            if query.passes(released):
                given += 1
                yield released
                if given == query.limit:
                    return


async def _held(
    query: Query, records: AsyncIterator[dict[str, object]]
) -> list[dict[str, object]]:
    """Return the same as `Query.arrange`, holding few more than the limit."""
    held: list[dict[str, object]] = []
    enough = inf if query.limit is None else 2 * query.limit + 100
    async for released in records:
        held.append(released)
        if len(held) > enough:
            held = list(query.arrange(held))
    return list(query.arrange(held))


async def taken_async(
    ahead: Ahead, reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    """Yield the same as `taken`, from an adapter that does not block."""
    await ahead.look()
    async with aclosing(pulled_async(adapter, reading.renew())) as records:
        async for record in records:
            await ahead.look()
            released = reading.take(record)
            if released is not None:
                yield released
                await ahead.look()
            reading.check()
    await ahead.look()
    reading.check()
