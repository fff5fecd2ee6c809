"""`SQLAdapter`: any database that SQLAlchemy reads, a page of records at a time."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, Self

from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..catalogue.resource import Resource
from ..errors import SourceError
from ..extras import needs
from ._sql.check import sound_mapping
from ._sql.errors import meaning_of
from ._sql.levels import Known
from ._sql.mapping import Listed, SQLResource
from ._sql.pages import Ask, Pages, Rows, Steps
from ._sql.statements import count_of
from .base import NONE, Capabilities, Fetch

with needs("sql"):
    from sqlalchemy import Connection, Dialect, Engine, Result, Select

__all__ = ["AsyncSQLAdapter", "Listed", "SQLAdapter", "SQLResource"]

_READ_ONLY = {"postgresql_readonly": True}
_LARGEST = 10_000
"""The most keys in one statement; some databases do not take more."""


class AsyncConnected(Protocol):
    """An `AsyncConnection` of SQLAlchemy: the methods that are used."""

    async def execute(self, statement: Select[Any], /) -> Result[Any]:
        """Send a statement, and return its result, read whole."""
        ...


class AsyncConnecting(Protocol):
    """An `AsyncEngine` of SQLAlchemy, which cannot be named without greenlet."""

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""
        ...

    def connect(self) -> AbstractAsyncContextManager[AsyncConnected]:
        """Return a connection."""
        ...

    def execution_options(self, **options: Any) -> Self:
        """Return an engine with these options."""
        ...


class _Mapped:
    """A checked mapping, and what it can do; what the two adapters share."""

    def __init__(
        self,
        dialect: Dialect,
        catalogue: Catalogue,
        resources: Mapping[str, SQLResource],
        school: str | None,
        page_size: int,
    ) -> None:
        if not 1 <= page_size <= _LARGEST:
            message = f"`page_size` is from 1 to {_LARGEST}, not {page_size}"
            raise ValueError(message)
        self._roots = sound_mapping(resources, catalogue, dialect, school)
        self._school = school
        self._page_size = page_size

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return its capabilities: wanted columns only, choosing, sorting, counting.

        What it decides and sorts by depends on the types of the columns.
        """
        root = self._roots.get(resource.name)
        if root is None:
            return NONE
        every = [leaf.path for leaf in resource.fields]
        return Capabilities(
            projects=True,
            page_size=self._page_size,
            conditions={
                leaf.path: leaf.part.kind.comparisons
                for leaf in root.level.all_leaves()
                if isinstance(leaf.part, Known)
            },
            orders=root.orders.keys(),
            totals=True,
            searches=[leaf.path for leaf in root.search] or None,
            changes=None if root.changed is None else every,
        )

    def _steps(self, wanted: Fetch) -> Steps:
        root = self._roots.get(wanted.resource.name)
        if root is not None:
            yield from Pages(root, wanted, self._page_size).steps()

    def _counting(self, wanted: Fetch) -> Ask | None:
        root = self._roots.get(wanted.resource.name)
        return None if root is None else Ask(count_of(root, wanted.renew()))


@checked
class SQLAdapter(_Mapped):
    """Serves what SQLAlchemy reads of a database; threads may share it.

    A statement names the columns of fields that are wanted, keys, and what finds
    rows: `where`, `school`, the conditions of joins. Each page is read in a
    transaction of its own, read-only where the database is PostgreSQL, so that
    nothing stays open while records are given out; records that are added,
    changed or removed meanwhile may be in it or not. By key, no record comes twice and
    none that was there throughout is missing; by `order_by`, a record whose place
    changed may come twice or be missing. Time limits are the engine's.

    Args:
        bind: An engine; or a connection, whose transaction is then the caller's,
            and which threads must not share. Either stays the caller's to close.
        catalogue: The catalogue of the fields that are mapped.
        resources: Where each resource is; see `SQLResource`.
        school: Where the database holds several schools, the one to serve. None:
            it holds one, and the gate finds out which.
        page_size: The most records read at once; up to 10,000.

    Raises:
        FaultsError: The mapping does not hold together; names every fault.
        ValueError: The page size is out of range.
    """

    def __init__(
        self,
        bind: Engine | Connection,
        catalogue: Catalogue,
        resources: Mapping[str, SQLResource],
        *,
        school: str | None = None,
        page_size: int = 500,
    ) -> None:
        super().__init__(bind.dialect, catalogue, resources, school, page_size)
        self._bind = (
            bind
            if isinstance(bind, Connection)
            else bind.execution_options(**_READ_ONLY)
        )

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`.

        Raises:
            SourceError: The database cannot be read, or not any further; names the
                resource and the page.
        """
        for step in self._steps(wanted):
            if isinstance(step, Ask):
                step.rows = self._rows(step, wanted.resource)
            else:
                yield from step

    def total(self, wanted: Fetch) -> int:
        """Return the number of records; see `Counting.total`.

        Raises:
            SourceError: The database cannot be read.
        """
        step = self._counting(wanted)
        return 0 if step is None else _number(self._rows(step, wanted.resource))

    def _rows(self, step: Ask, resource: Resource) -> Rows:
        try:
            if isinstance(self._bind, Connection):
                return [*map(tuple, self._bind.execute(step.statement))]
            with self._bind.connect() as connection:
                return [*map(tuple, connection.execute(step.statement))]
        except Exception as error:  # its text shows the statement, so it is not shown
            problem = meaning_of(error)
        raise SourceError(resource.name, problem, page=step.page)


@checked
class AsyncSQLAdapter(_Mapped):
    """Serves what `SQLAdapter` does, without blocking; tasks may share it.

    Args:
        engine: An `AsyncEngine`. The other arguments are those of `SQLAdapter`.
    """

    def __init__(
        self,
        engine: AsyncConnecting,
        catalogue: Catalogue,
        resources: Mapping[str, SQLResource],
        *,
        school: str | None = None,
        page_size: int = 500,
    ) -> None:
        super().__init__(engine.dialect, catalogue, resources, school, page_size)
        self._engine = engine.execution_options(**_READ_ONLY)

    async def fetch(self, wanted: Fetch) -> AsyncGenerator[object]:
        """Yield the records of a resource; see `SQLAdapter.fetch`."""
        for step in self._steps(wanted):
            if isinstance(step, Ask):
                step.rows = await self._rows(step, wanted.resource)
                await wanted.refresh()
            else:
                for record in step:
                    yield record

    async def total(self, wanted: Fetch) -> int:
        """Return the number of records; see `SQLAdapter.total`."""
        step = self._counting(wanted)
        return 0 if step is None else _number(await self._rows(step, wanted.resource))

    async def _rows(self, step: Ask, resource: Resource) -> Rows:
        try:
            async with self._engine.connect() as connection:
                return [*map(tuple, await connection.execute(step.statement))]
        except Exception as error:  # as above
            problem = meaning_of(error)
        raise SourceError(resource.name, problem, page=step.page)


def _number(rows: Rows) -> int:
    ((number,),) = rows
    return int(number)
