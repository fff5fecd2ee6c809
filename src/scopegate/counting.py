"""Counting released records, all and by group: a count tells only of what is released.

A count that an MIS gives counts withheld records too. So it is asked for only
where none can be withheld, and else what is released is read and counted.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from itertools import islice

from .adapters.base import (
    Adapter,
    AsyncAdapter,
    AsyncCounting,
    Counting,
    told,
    told_async,
)
from .reading import Reading, taken, taken_async

Groups = Mapping[tuple[object, ...], int]
"""How many records there are under each combination of the values grouped by."""


def count(reading: Reading, adapter: Adapter) -> int:
    """Return how many records the query of *reading* would give."""
    if reading.may_ask_total and isinstance(adapter, Counting):
        wanted = reading.renew()
        return told(wanted.resource, lambda: adapter.total(wanted))
    return sum(count_by(reading, adapter).values())


def count_by(reading: Reading, adapter: Adapter) -> Groups:
    """Return how many records there are under each group of the query."""
    query = reading.query
    chosen = islice(filter(query.passes, taken(reading, adapter)), query.limit)
    return Counter(map(query.group, chosen))


async def count_async(reading: Reading, adapter: AsyncAdapter) -> int:
    """Return what `count` does, of an adapter that does not block."""
    if reading.may_ask_total and isinstance(adapter, AsyncCounting):
        wanted = reading.renew()
        return await told_async(wanted.resource, lambda: adapter.total(wanted))
    return sum((await count_by_async(reading, adapter)).values())


async def count_by_async(reading: Reading, adapter: AsyncAdapter) -> Groups:
    """Return what `count_by` does, of an adapter that does not block."""
    query, counts, given = reading.query, Counter[tuple[object, ...]](), 0
    if query.limit == 0:
        return counts
    async with aclosing(taken_async(reading, adapter)) as records:
        async for record in records:
            if query.passes(record):
                counts[query.group(record)] += 1
                given += 1
                if given == query.limit:
                    break
    return counts
