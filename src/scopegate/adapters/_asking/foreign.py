"""Calling what is not ours: what it raises is reported by its kind, not by its text.

The text of an exception, and what hangs on it, may show records. So what is
raised instead is raised where no exception is being dealt with, and what of our
own comes through foreign code leads back to none.
"""

import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from typing import TypeVar

from attrs import frozen

from ...errors import ScopegateError, SourceError

T = TypeVar("T")

_LOG = logging.getLogger("scopegate.adapters")


@frozen
class Foreign:
    """Something that is not ours, and what is said where it fails.

    Attributes:
        place: What it is called in errors.
        fails: The words before the kind of a failure, such as `failed with`.
        advice: What to do about it.
    """

    place: str
    fails: str
    advice: str

    def failed(self, kind: str) -> SourceError:
        """Return the error to raise in place of one of *kind*."""
        return SourceError(self.place, f"{self.fails} `{kind}`; {self.advice}")

    def told(self, ask: Callable[[], T]) -> T:
        """Return the result of *ask*.

        Raises:
            SourceError: It raised; names the kind of the error.
            ScopegateError: One of our own that it raised, cut off from its cause.
        """
        try:
            return ask()
        except Exception as error:
            failure = _kind_of(error)
        raise self.failed(failure)

    async def told_async(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return the awaited result of *ask*; otherwise as `told`."""
        try:
            return await ask()
        except Exception as error:
            failure = _kind_of(error)
        raise self.failed(failure)

    def each(self, ask: Callable[[], Iterable[T]]) -> Generator[T]:
        """Yield the items of *ask*, lazily, and close them, however that ends."""
        found: Iterator[T] | None = None
        try:
            found = iter(ask())
            for item in found:  # noqa: UP028 - it would close it before `finally`
                yield item
            return
        except Exception as error:
            failure = _kind_of(error)
        finally:
            self._close(found)
        raise self.failed(failure)

    async def each_async(
        self, ask: Callable[[], AsyncIterable[T]]
    ) -> AsyncGenerator[T]:
        """Yield the items of *ask* as `each` does, without blocking."""
        found: AsyncIterator[T] | None = None
        try:
            found = aiter(ask())
            async for item in found:
                yield item
            return
        except Exception as error:
            failure = _kind_of(error)
        finally:
            await self._close_async(found)
        raise self.failed(failure)

    def _close(self, found: object) -> None:
        """End what gives items, so that no connection is left open behind it."""
        try:
            close = getattr(found, "close", None)
            if close is not None:
                close()
        except Exception as error:  # what is under way, or was given, says more
            self._log_unclosed(error)

    async def _close_async(self, found: object) -> None:
        """End what gives items without blocking, as `_close` does."""
        try:
            close = getattr(found, "aclose", None)
            if close is not None:
                await close()
        except Exception as error:  # as above
            self._log_unclosed(error)

    def _log_unclosed(self, error: Exception) -> None:
        kind = type(error).__name__
        _LOG.warning("`%s`: %s `%s` when it was closed", self.place, self.fails, kind)


def _kind_of(error: Exception) -> str:
    """Return the name of an error's kind, since its text may show records.

    One of ours is raised again, cut off from its cause, such as a request that failed.
    """
    if not isinstance(error, ScopegateError):
        return type(error).__name__
    error.__cause__ = error.__context__ = None
    raise error
