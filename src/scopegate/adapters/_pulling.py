"""Asking an adapter: what it raises is told by its kind and never by its text.

The text of an exception, and what hangs on it, may show records. So what is
raised instead is raised where no exception is being dealt with, and what of our
own goes through an adapter leads back to none.
"""

import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
)
from typing import TypeVar

from ..errors import ScopegateError, SourceError
from .base import Adapter, AsyncAdapter, Fetch

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


def pulled(adapter: Adapter, wanted: Fetch) -> Generator[object]:
    """Yield what *adapter* gives, and close what gives it, however that ends.

    Raises:
        SourceError: It failed; names the resource and the kind of the failure.
    """
    records: Iterator[object] | None = None
    try:
        records = iter(adapter.fetch(wanted))
        for record in records:  # noqa: UP028 - it would close them before `finally`
            yield record
        return
    except ScopegateError as error:
        _bare(error)
        raise
    except Exception as error:  # its text may show records, so it is not shown
        failure = type(error).__name__
    finally:
        _close(wanted.resource.name, records)
    raise _failed(wanted.resource.name, failure)


async def pulled_async(adapter: AsyncAdapter, wanted: Fetch) -> AsyncGenerator[object]:
    """Yield what `pulled` does, of an adapter that does not block.

    Raises:
        SourceError: As `pulled` does.
    """
    records: AsyncIterator[object] | None = None
    try:
        records = aiter(adapter.fetch(wanted))
        async for record in records:
            yield record
        return
    except ScopegateError as error:
        _bare(error)
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    finally:
        await _close_async(wanted.resource.name, records)
    raise _failed(wanted.resource.name, failure)


def told(place: str, ask: Callable[[], T]) -> T:
    """Return what an adapter tells when it is asked about *place*, a resource.

    Raises:
        SourceError: It failed; names the place and the kind of the failure.
    """
    try:
        return ask()
    except ScopegateError as error:
        _bare(error)
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    raise _failed(place, failure)


async def told_async(place: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Return what `told` does, of an adapter that does not block.

    Raises:
        SourceError: As `told` does.
    """
    try:
        return await ask()
    except ScopegateError as error:
        _bare(error)
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    raise _failed(place, failure)


def _bare(error: ScopegateError) -> None:
    """Cut *error* off from what it was raised over, such as a request that failed."""
    error.__cause__ = error.__context__ = None


def _failed(place: str, failure: str) -> SourceError:
    problem = f"the adapter failed with `{failure}`; look at it in the adapter's tests"
    return SourceError(place, problem)


def _close(place: str, records: object) -> None:
    """End what gives records, so that no connection is left open behind it."""
    try:
        close = getattr(records, "close", None)
        if close is not None:
            close()
    except Exception as error:  # what is under way, or was given, says more
        _log_unclosed(place, error)


async def _close_async(place: str, records: object) -> None:
    """End what gives records without blocking, as `_close` does."""
    try:
        close = getattr(records, "aclose", None)
        if close is not None:
            await close()
    except Exception as error:  # as above
        _log_unclosed(place, error)


def _log_unclosed(place: str, error: Exception) -> None:
    kind = type(error).__name__
    _LOG.warning("`%s`: the adapter failed with `%s` when it was closed", place, kind)
