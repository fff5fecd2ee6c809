"""`Reading`: one query under way, without I/O, and the few lines that drive it.

Written once for every way to ask an MIS: what drives it fetches, and nothing
else.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Protocol

from .adapters.base import Adapter, AsyncAdapter, Fetch
from .errors import AccessDeniedError, QueryRefusedError
from .permit import Permit
from .projection import Plan, compile_projection
from .query import Query

_LOG = logging.getLogger(__name__)


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

    def disclose(self, permit: Permit, resource: str) -> None:
        """Count a record released under *permit* that is now given out."""
        ...

    def fetch_for(self, permit: Permit, resource: str) -> Fetch:
        """Return what an adapter is asked for to serve *permit*."""
        ...


class Reading:
    """Reading without I/O: what to fetch, whether to go on, what to give out.

    Whatever drives it asks `check` before it asks the MIS for more, hands each
    record to `take`, and each record that has waited to `confirm`.
    """

    def __init__(self, access: Releasing, query: Query) -> None:
        self._access = access
        self.query = query
        self.permit = self._gated()
        self.wanted = access.fetch_for(self.permit, query.resource)
        self._used = self.permit
        self._plans = {Plan.of(self.permit, query.resource)}

    def check(self) -> None:
        """Raise unless the query may still be asked."""
        if self._access.permit is not self.permit:
            self.permit = self._gated()
            self._note(self.permit)

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
                confirmed = compile_projection(self.permit, self.query.resource)(
                    released
                )
        if confirmed is not None:
            self._access.disclose(self._used, self.query.resource)
        return confirmed

    def _note(self, permit: Permit) -> None:
        """Keep what records may have been released by."""
        self._used = permit
        self._plans.add(Plan.of(permit, self.query.resource))

    def _gated(self) -> Permit:
        """Return the permit of this instant if the query may be asked under it."""
        permit, resource = self._access.permit, self.query.resource
        if not permit.fields_of(resource):
            _LOG.info(
                "`%s` is denied to `%s` at `%s`", resource, permit.app, permit.school
            )
            raise AccessDeniedError(resource, permit)
        if refused := set(self.query.fields) - permit.fields:
            raise QueryRefusedError(resource, refused)
        return permit


def drive(reading: Reading, adapter: Adapter) -> Iterator[dict[str, object]]:
    """Read an adapter that blocks: the only I/O there is in reading."""
    for released in reading.query.arrange(_taken(reading, adapter)):
        confirmed = reading.confirm(released)
        if confirmed is not None:
            yield confirmed


def _taken(reading: Reading, adapter: Adapter) -> Iterator[dict[str, object]]:
    records = iter(adapter.fetch(reading.wanted))
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
    """Yield what `Query.arrange` does, asking for no record beyond the limit."""
    query, given = reading.query, 0
    if query.order_by:
        async with aclosing(_taken_async(reading, adapter)) as taken:
            held = [released async for released in taken]
        for released in query.arrange(held):
            yield released
        return
    if query.limit == 0:
        return
    async with aclosing(_taken_async(reading, adapter)) as taken:
        async for released in taken:
            if query.admits(released):
                given += 1
                yield released
                if given == query.limit:
                    return


async def _taken_async(
    reading: Reading, adapter: AsyncAdapter
) -> AsyncGenerator[dict[str, object]]:
    records = adapter.fetch(reading.wanted)
    reading.check()
    async for record in records:
        released = reading.take(record)
        if released is not None:
            yield released
        reading.check()
