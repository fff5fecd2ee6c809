"""Asking an adapter, whose failures are told by their kind; see `foreign`."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TypeVar

from ..base import Adapter, AsyncAdapter, Fetch
from .foreign import Foreign

T = TypeVar("T")


def pulled(adapter: Adapter, wanted: Fetch) -> Generator[object]:
    """Yield what *adapter* gives, and close what gives it, however that ends.

    Raises:
        SourceError: It failed; names the resource and the kind of the failure.
    """
    return _adapter(wanted.resource.name).each(lambda: adapter.fetch(wanted))


def pulled_async(adapter: AsyncAdapter, wanted: Fetch) -> AsyncGenerator[object]:
    """Yield what `pulled` does, of an adapter that does not block."""
    return _adapter(wanted.resource.name).each_async(lambda: adapter.fetch(wanted))


def told(place: str, ask: Callable[[], T]) -> T:
    """Return what an adapter tells when it is asked about *place*, a resource.

    Raises:
        SourceError: It failed; names the place and the kind of the failure.
    """
    return _adapter(place).told(ask)


async def told_async(place: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Return what `told` does, of an adapter that does not block."""
    return await _adapter(place).told_async(ask)


def _adapter(place: str) -> Foreign:
    return Foreign(
        place, "the adapter failed with", "look at it in the adapter's tests"
    )
