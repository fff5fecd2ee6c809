"""Counting released records, all and by group: a count reveals only what is released.

A count that an MIS gives counts withheld records too. So it is asked for only where
none can be withheld; otherwise what is released is read and counted.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing, closing

from ..adapters._asking.pull import told, told_async
from ..adapters.base import Adapter, AsyncAdapter, AsyncCounting, Counting, Fetch
from ..errors import SourceError
from .drive import arranged_async, taken
from .reading import Reading
from .release import Ahead

Groups = Mapping[tuple[object, ...], int]
"""The number of records under each combination of the values grouped by."""


def count(reading: Reading, adapter: Adapter) -> int:
    """Return the number of records the query of *reading* would give."""
    wanted = reading.renew()
    if reading.may_ask_total and isinstance(adapter, Counting):
        total = told(wanted.resource.name, lambda: adapter.total(wanted))
        reading.check()
        if reading.may_ask_total:  # still: what it counts may flow, all of it
            return _number(wanted, total)
    with closing(taken(reading, adapter)) as records:
        found = sum(1 for _ in reading.arrange(records))
    reading.check_count()
    return found


def count_by(reading: Reading, adapter: Adapter) -> Groups:
    """Return the number of records under each group of the query."""
    with closing(taken(reading, adapter)) as records:
        groups = Counter(map(reading.group, reading.arrange(records)))
    reading.check_count()
    return groups


async def count_async(ahead: Ahead, reading: Reading, adapter: AsyncAdapter) -> int:
    """Return the same as `count`, from an adapter that does not block."""
    await ahead.look()
    wanted = reading.renew()
    if reading.may_ask_total and isinstance(adapter, AsyncCounting):
        total = await told_async(wanted.resource.name, lambda: adapter.total(wanted))
        await ahead.look()
        reading.check()
        if reading.may_ask_total:  # as above
            return _number(wanted, total)
    found = 0
    async with aclosing(arranged_async(ahead, reading, adapter)) as records:
        async for _ in records:
            found += 1
    await ahead.look()
    reading.check_count()
    return found


async def count_by_async(
    ahead: Ahead, reading: Reading, adapter: AsyncAdapter
) -> Groups:
    """Return the same as `count_by`, from an adapter that does not block."""
    groups = Counter[tuple[object, ...]]()
    async with aclosing(arranged_async(ahead, reading, adapter)) as records:
        async for released in records:
            groups[reading.group(released)] += 1
            await ahead.settle()
    await ahead.look()
    reading.check_count()
    return groups


def _number(wanted: Fetch, total: object) -> int:
    """Return the count of an adapter.

    Raises:
        SourceError: It is not a number of records.
    """
    if type(total) is int and total >= 0:
        return total
    problem = "the adapter gave no number of records; look at it in the adapter's tests"
    raise SourceError(wanted.resource.name, problem)
