"""`Reading`: one query under way, without I/O, and the few lines that drive it.

Written once for every way to ask an MIS: what drives it fetches, and nothing
else.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from itertools import islice
from math import inf
from typing import Protocol

from attrs import evolve

from ._gating import check_query, selected
from .adapters.base import (
    Adapter,
    AsyncAdapter,
    Capabilities,
    Fetch,
    pulled,
    pulled_async,
)
from .condition import Condition
from .errors import SourceError
from .permit import Permit
from .projection import Plan, Projection, compile_plan, compile_projection
from .query import Query, Rank


class Releasing(Protocol):
    """What a reading needs of the access it belongs to."""

    @property
    def permit(self) -> Permit:
        """What may flow at this instant; the same object while nothing changes."""
        ...

    def release(
        self, resource: str, record: object
    ) -> tuple[Permit, dict[str, object] | None]:
        """Return what may flow now of a record, or None, and the permit that says so."""
        ...

    def disclose(
        self, permit: Permit, resource: str, select: frozenset[str] | None = None
    ) -> None:
        """Count a record released under *permit* that is now given out."""
        ...

    def fetch_for(
        self, permit: Permit, resource: str, wanted: Iterable[str] | None = None
    ) -> Fetch:
        """Return what an adapter is asked for to serve *permit*."""
        ...


class Reading:
    """Reading without I/O: what to fetch, whether to go on, what to give out.

    Whatever drives it asks `check` before it asks the MIS for more, hands each
    record to `take`, and each record that has waited to `confirm`.

    Args:
        access: Whose permit it is read under.
        query: What is asked.
        able: What the MIS interface can do; the reading does the rest.
    """

    def __init__(self, access: Releasing, query: Query, able: Capabilities) -> None:
        self._access = access
        self._able = able
        self.query = query
        self.is_sorted = bool(query.order_by) and able.sorts_by(query.order_by)
        self._start()
        self._used = self.permit
        self._plans = {Plan.of(self.permit, query.resource)}

    @property
    def may_ask_total(self) -> bool:
        """Whether what the MIS counts is exactly what the query would give."""
        is_whole = self._able.totals and not self.query.chooses
        return is_whole and not self.permit.cuts(self.query.resource)

    def check(self) -> None:
        """Raise unless the query may still be asked."""
        if self._access.permit is not self.permit:
            self._start()
            self._note(self.permit)

    def renew(self) -> Fetch:
        """Return what may be asked of the MIS now; see `Fetch.renew`."""
        self.check()
        return self.wanted

    def take(self, record: object) -> dict[str, object] | None:
        """Return what may flow now of a record of the MIS, or None."""
        self.check()
        permit, released = self._access.release(self.query.resource, record)
        if permit is not self._used:
            # It may be one that no check has seen: decided, and taken back since.
            self._note(permit)
        return released

    def confirm(self, released: dict[str, object]) -> dict[str, object] | None:
        """Return what may still flow of a released record, or None, and count it.

        A record that had to be sorted has waited: if anything was decided since
        the first of them was taken, what was released is filtered once more.
        """
        confirmed: dict[str, object] | None = released
        if self.query.order_by:  # else it was taken, and checked, just now
            self.check()
            self._used = self.permit
            if len(self._plans) > 1:
                project = compile_projection(self.permit, self.query.resource)
                confirmed = project(released)
        if confirmed is not None and self._narrow is not None:
            confirmed = self._narrow(confirmed)
        if confirmed is not None:
            resource = self.query.resource
            self._access.disclose(self._used, resource, self._chosen)
        return confirmed

    def arrange(
        self, released: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        """Yield released records that are wanted, in order, up to the limit."""
        if not self.is_sorted:
            return self.query.arrange(released)
        kept = filter(self.query.passes, self._in_order(released))
        return islice(kept, self.query.limit)

    def keep_order(self, last: Rank | None, record: dict[str, object]) -> Rank:
        """Return the rank of *record*, which must not come before *last*.

        Raises:
            SourceError: The MIS does not sort as its adapter says.
        """
        rank = self.query.rank(record)
        if last is not None and rank < last:
            problem = (
                "the records are not in the order asked for"
                "; take `orders` from the adapter's capabilities"
            )
            raise SourceError(self.query.resource, problem)
        return rank

    def _in_order(
        self, released: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        last: Rank | None = None
        for record in released:
            last = self.keep_order(last, record)
            yield record

    def _note(self, permit: Permit) -> None:
        """Keep what records may have been released by."""
        self._used = permit
        self._plans.add(Plan.of(permit, self.query.resource))

    def _start(self) -> None:
        """Decide the query under the permit of this instant."""
        permit, query = self._access.permit, self.query
        check_query(permit, query, self._able)
        chosen = selected(permit, query.select) if query.select else None
        self.permit, self._chosen = permit, chosen
        self._narrow = _narrowing(permit, query.resource, chosen)
        self.wanted = self._fetch()

    def _fetch(self) -> Fetch:
        """Return what the MIS is asked for: of the query all that it can do."""
        query, chosen = self.query, self._chosen
        needed = None if chosen is None else chosen.union(query.fields)
        asked = self._access.fetch_for(self.permit, query.resource, needed)
        where = tuple(c for c in query.where if self._able.decides(c))
        return evolve(
            asked,
            where=where,
            order_by=query.order_by if self.is_sorted else (),
            limit=query.limit if self._decides_all(where) else None,
            search=query.search,
            changed_since=query.changed_since,
            renewal=self.renew,
        )

    def _decides_all(self, where: tuple[Condition, ...]) -> bool:
        """Tell whether every record the MIS gives is likely to be wanted."""
        query = self.query
        is_ordered = self.is_sorted or not query.order_by
        is_chosen = where == query.where and query.after is None
        return is_ordered and is_chosen and "" not in self.permit.cuts(query.resource)


def _narrowing(
    permit: Permit, resource: str, chosen: frozenset[str] | None
) -> Projection | None:
    """Return what leaves of a released record only the *chosen* fields."""
    if chosen is None:
        return None
    return compile_plan(Plan.narrow(permit, resource, chosen))


def drive(reading: Reading, adapter: Adapter) -> Iterator[dict[str, object]]:
    """Read an adapter that blocks: the only I/O there is in reading."""
    for released in reading.arrange(taken(reading, adapter)):
        confirmed = reading.confirm(released)
        if confirmed is not None:
            yield confirmed


def taken(reading: Reading, adapter: Adapter) -> Iterator[dict[str, object]]:
    """Yield what may flow of each record, not yet chosen, ordered or counted."""
    records = pulled(adapter, reading.wanted)
    reading.check()
    for record in records:
        released = reading.take(record)
        if released is not None:
            yield released
        reading.check()


async def drive_async(
    reading: Reading, adapter: AsyncAdapter
) -> AsyncIterator[dict[str, object]]:
    """Read an adapter that does not block, as `drive` reads one that does."""
    async with aclosing(_arranged(reading, adapter)) as arranged:
        async for released in arranged:
            confirmed = reading.confirm(released)
            if confirmed is not None:
                yield confirmed


async def _arranged(
    reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    """Yield what `Reading.arrange` does, asking for no record beyond the limit."""
    query, given = reading.query, 0
    if query.limit == 0:
        return
    async with aclosing(taken_async(reading, adapter)) as records:
        if query.order_by and not reading.is_sorted:
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
    """Return what `Query.arrange` does, holding few more than the limit."""
    held: list[dict[str, object]] = []
    enough = inf if query.limit is None else 2 * query.limit + 100
    async for released in records:
        held.append(released)
        if len(held) > enough:
            held = list(query.arrange(held))
    return list(query.arrange(held))


async def taken_async(
    reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    """Yield what `taken` does, of an adapter that does not block."""
    async with aclosing(pulled_async(adapter, reading.wanted)) as records:
        reading.check()
        async for record in records:
            released = reading.take(record)
            if released is not None:
                yield released
            reading.check()
