"""An adapter made for one law, asked the same way whether it blocks or not."""

import asyncio
import inspect
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    contextmanager,
)
from typing import Any, Protocol, TypeAlias, TypeVar

from ...adapters._asking.school_check import prove_school, prove_school_async
from ...adapters.base import Adapter, AsyncAdapter, AsyncCounting, Counting, Fetch
from ...catalogue.catalogue import Catalogue
from ...gate.access import Access
from ...gate.count import Groups
from ...records.query import Query
from ..strategies import SCHOOL

T = TypeVar("T")

Records = Mapping[str, list[dict[str, object]]]
"""For each resource its records, in the catalogue's shape."""

A = TypeVar("A", bound=Adapter)
B = TypeVar("B", bound=AsyncAdapter)

Made: TypeAlias = A | AbstractContextManager[A]
"""An adapter, or a context manager that gives one."""

AsyncMade: TypeAlias = B | AbstractContextManager[B] | AbstractAsyncContextManager[B]
"""An adapter that does not block, or a context manager that gives one."""


class Source(Protocol):
    """An adapter, asked without awaiting anything; what it raises is let through."""

    @property
    def adapter(self) -> Adapter | AsyncAdapter:
        """The adapter itself."""
        ...

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records that it gives."""
        ...

    def total(self, wanted: Fetch) -> int:
        """Return the total that it reports."""
        ...

    def prove(self, catalogue: Catalogue) -> str:
        """Return the name of the school that its public record proves."""
        ...

    def together(self, fetches: Sequence[Fetch]) -> list[list[object]]:
        """Return the records for several fetches at the same time."""
        ...

    def read(self, access: Access, query: Query) -> Iterator[dict[str, object]]:
        """Yield the records that an access reads of it."""
        ...

    def count(self, access: Access, query: Query) -> int:
        """Return the number of records an access counts."""
        ...

    def count_by(self, access: Access, query: Query) -> Groups:
        """Return the number of records an access counts by group."""
        ...


def end(records: Iterator[object]) -> bool:
    """Close an iterator, and tell whether it is one that can be closed."""
    close = getattr(records, "close", None)
    return close is not None and close() is not False


class Blocking:
    """An adapter that blocks; see `Source`."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records that it gives."""
        return self.adapter.fetch(wanted)

    def total(self, wanted: Fetch) -> int:
        """Return the total that it reports."""
        assert isinstance(self.adapter, Counting)
        return self.adapter.total(wanted)

    def prove(self, catalogue: Catalogue) -> str:
        """Return the name of the school that its public record proves."""
        return prove_school(self.adapter, catalogue, SCHOOL)

    def together(self, fetches: Sequence[Fetch]) -> list[list[object]]:
        """Return the records that it gives to several threads."""
        with ThreadPoolExecutor(len(fetches)) as pool:
            return list(pool.map(lambda wanted: list(self.fetch(wanted)), fetches))

    def read(self, access: Access, query: Query) -> Iterator[dict[str, object]]:
        """Yield the records that an access reads of it."""
        yield from access.read(self.adapter, query)

    def count(self, access: Access, query: Query) -> int:
        """Return the number of records an access counts."""
        return access.count(self.adapter, query)

    def count_by(self, access: Access, query: Query) -> Groups:
        """Return the number of records an access counts by group."""
        return access.count_by(self.adapter, query)


class _Stream(Iterator[T]):
    """The records of an asynchronous iterator, one at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, of: AsyncIterator[T]) -> None:
        self._loop, self._of = loop, of

    def __next__(self) -> T:
        try:
            return self._loop.run_until_complete(_next(self._of))
        except StopAsyncIteration:
            pass
        raise StopIteration

    def close(self) -> bool:
        """Close the iterator, and tell whether it is one that can be closed."""
        return self._loop.run_until_complete(_closed(self._of))


async def _next(records: AsyncIterator[T]) -> T:
    return await anext(records)


async def _closed(records: AsyncIterator[object]) -> bool:
    close = getattr(records, "aclose", None)
    if close is not None:
        await close()
    return close is not None


async def _all(records: AsyncIterator[T]) -> list[T]:
    return [record async for record in records]


class NotBlocking:
    """An adapter that does not block, driven by a loop of its own; see `Source`."""

    def __init__(self, adapter: AsyncAdapter, loop: asyncio.AbstractEventLoop) -> None:
        self.adapter, self.loop = adapter, loop

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records that it gives."""
        return _Stream(self.loop, self.adapter.fetch(wanted))

    def total(self, wanted: Fetch) -> int:
        """Return the total that it reports."""
        assert isinstance(self.adapter, AsyncCounting)
        return self.loop.run_until_complete(self.adapter.total(wanted))

    def prove(self, catalogue: Catalogue) -> str:
        """Return the name of the school that its public record proves."""
        proof = prove_school_async(self.adapter, catalogue, SCHOOL)
        return self.loop.run_until_complete(proof)

    def together(self, fetches: Sequence[Fetch]) -> list[list[object]]:
        """Return the records that it gives to several tasks."""

        async def gathered() -> list[list[object]]:
            asked = (_all(self.adapter.fetch(wanted)) for wanted in fetches)
            return await asyncio.gather(*asked)

        return self.loop.run_until_complete(gathered())

    def read(self, access: Access, query: Query) -> Iterator[dict[str, object]]:
        """Yield the records that an access reads of it."""
        return _Stream(self.loop, access.read_async(self.adapter, query))

    def count(self, access: Access, query: Query) -> int:
        """Return the number of records an access counts."""
        return self.loop.run_until_complete(access.count_async(self.adapter, query))

    def count_by(self, access: Access, query: Query) -> Groups:
        """Return the number of records an access counts by group."""
        return self.loop.run_until_complete(access.count_by_async(self.adapter, query))

    def left_open(self, wanted: Fetch, count: int) -> list[AsyncGenerator[Any]]:
        """Return the generators that are open after a fetch was closed midway."""
        return self.loop.run_until_complete(self._left_open(wanted, count))

    async def _left_open(self, wanted: Fetch, count: int) -> list[AsyncGenerator[Any]]:
        started: list[Any] = []
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=started.append)
        try:
            records = self.adapter.fetch(wanted)
            for _ in range(count):
                await anext(records)
            await _closed(records)
        finally:
            sys.set_asyncgen_hooks(*hooks)
        return [found for found in started if found.ag_frame is not None]


@contextmanager
def blocking(make: Callable[[], Made[A]]) -> Iterator[Source]:
    """Give an adapter that blocks, closed in the end."""
    with ExitStack() as stack:
        made = make()
        adapter: Adapter
        if isinstance(made, AbstractContextManager):
            adapter = stack.enter_context(made)
        else:
            adapter = made
            stack.callback(getattr(made, "close", lambda: None))
        yield Blocking(adapter)


@contextmanager
def not_blocking(make: Callable[[], AsyncMade[B]]) -> Iterator[Source]:
    """Give an adapter that does not block and a loop for it, both closed in the end."""
    with asyncio.Runner() as runner:
        loop, stack = runner.get_loop(), AsyncExitStack()
        adapter = loop.run_until_complete(_entered(make, stack))
        try:
            yield NotBlocking(adapter, loop)
        finally:
            loop.run_until_complete(stack.aclose())


async def _entered(
    make: Callable[[], AsyncMade[B]], stack: AsyncExitStack
) -> AsyncAdapter:
    """Return the adapter, with *stack* left to close it."""
    made = make()
    if isinstance(made, AbstractAsyncContextManager):
        return await stack.enter_async_context(made)
    if isinstance(made, AbstractContextManager):
        return stack.enter_context(made)
    stack.push_async_callback(_close, made)
    return made


async def _close(adapter: AsyncAdapter) -> None:
    """Close an adapter that can be closed, whether that is awaited or not."""
    found = getattr(adapter, "aclose", None) or getattr(adapter, "close", None)
    ended = found() if found is not None else None
    if inspect.isawaitable(ended):
        await ended
