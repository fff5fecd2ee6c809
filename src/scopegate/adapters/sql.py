"""`SQLAdapter`: any database that SQLAlchemy reads, a page of records at a time."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, Self

from sqlalchemy import Connection, Dialect, Engine, Result, Select

from ..catalogue import Catalogue
from ..errors import SourceError
from ..resource import Resource
from ._sql_check import checked
from ._sql_errors import meaning_of
from ._sql_levels import Known, Root
from ._sql_mapping import Listed, SQLResource
from ._sql_pages import Ask, Pages, Records, Rows, Steps
from ._sql_statements import count_of
from .base import NONE, Capabilities, Fetch

__all__ = ["AsyncSQLAdapter", "Listed", "SQLAdapter", "SQLResource"]

_LARGEST = 10_000
"""More keys than that some databases do not take in one statement."""


class AsyncConnected(Protocol):
    """An `AsyncConnection` of SQLAlchemy, by what is used of it."""

    async def execute(self, statement: Select[Any], /) -> Result[Any]:
        """Send a statement, and return what it gives, read whole."""
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
        self._roots = checked(resources, catalogue, dialect, school)
        self._school = school
        self._page_size = page_size

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return that it asks for wanted columns only, chooses, sorts and counts.

        What it decides and sorts by depends on the types of the columns.
        """
        root = self._roots.get(resource.name)
        if root is None:
            return NONE
        name, every = resource.name, [leaf.path for leaf in resource.fields]
        return Capabilities(
            projects=True,
            page_size=self._page_size,
            conditions={
                leaf.path: leaf.part.kind.comparisons
                for leaf in root.level.all_leaves()
                if isinstance(leaf.part, Known)
            },
            orders=root.orders,
            totals=True,
            searches=[f"{name}.{path}" for path in root.search] or None,
            changes=None if root.changed is None else every,
        )

    def _steps(self, wanted: Fetch) -> Steps:
        root = self._roots.get(wanted.resource.name)
        return iter(()) if root is None else Pages(root, wanted, self._page_size).steps()

