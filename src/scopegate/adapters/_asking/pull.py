"""Asking an adapter, whose failures are reported by their kind; see `foreign`."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Generator,
    Iterable,
)
from typing import TypeVar

from ...errors import ArgumentError
from ..base import Adapter, AsyncAdapter, Fetch
from .foreign import Foreign

T = TypeVar("T")


def pulled(adapter: Adapter, wanted: Fetch) -> Generator[object]:
    """Yield the records of *adapter*, and close them, however that ends.

    Raises:
        SourceError: It failed; names the resource and the kind of the failure.
    """
    ask = _adapter(wanted.resource.name).each
    return ask(lambda: _blocking(adapter.fetch(wanted)))


def pulled_async(adapter: AsyncAdapter, wanted: Fetch) -> AsyncGenerator[object]:
    """Yield the records as `pulled` does, from an adapter that does not block."""
    ask = _adapter(wanted.resource.name).each_async
    return ask(lambda: _not_blocking(adapter.fetch(wanted)))


def _blocking(found: Iterable[object]) -> Iterable[object]:
    """Return the records of an adapter, unless it is one that does not block."""
    if isinstance(found, AsyncIterable) and not isinstance(found, Iterable):
        problem = "an adapter that blocks, not one that does not"
        read = "read"
        raise ArgumentError(read, [problem], "use `read_async`")
    return found


def _not_blocking(found: AsyncIterable[object]) -> AsyncIterable[object]:
    """Return the records of an adapter, unless it is one that blocks."""
    if isinstance(found, Iterable) and not isinstance(found, AsyncIterable):
        problem = "an adapter that does not block, not one that does"
        read = "read_async"
        raise ArgumentError(read, [problem], "use `read`")
    return found


def told(place: str, ask: Callable[[], T]) -> T:
    """Return an adapter's reply when it is asked about *place*, a resource.

    Raises:
        SourceError: It failed; names the place and the kind of the failure.
    """
    return _adapter(place).told(ask)


async def told_async(place: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Return the reply as `told` does, from an adapter that does not block."""
    return await _adapter(place).told_async(ask)


def _adapter(place: str) -> Foreign:
    return Foreign(
        place, "the adapter failed with", "look at it in the adapter's tests"
    )
