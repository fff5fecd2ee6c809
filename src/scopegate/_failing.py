"""Calling what is not ours: what it raises is told by its kind and never by its text.

The text of an exception, and what hangs on it, may show records. So the error
that is raised instead is raised where no exception is being dealt with: nothing
leads from it to the one that was caught.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
)
from typing import TypeVar

from .errors import ScopegateError

T = TypeVar("T")

Failed = Callable[[str], ScopegateError]
"""Makes the error to raise, given the kind of what was raised."""


def told(ask: Callable[[], T], failed: Failed) -> T:
    """Return what *ask* returns.

    Raises:
        ScopegateError: What it raised, or else what *failed* makes of it.
    """
    try:
        return ask()
    except ScopegateError:
        raise
    except Exception as error:  # its text may show records, so it is not shown
        failure = type(error).__name__
    raise failed(failure)


async def told_async(ask: Callable[[], Awaitable[T]], failed: Failed) -> T:
    """Return what *ask* gives when it is awaited; otherwise as `told`.

    Raises:
        ScopegateError: As `told` does.
    """
    try:
        return await ask()
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    raise failed(failure)


def each(ask: Callable[[], Iterable[T]], failed: Failed) -> Iterator[T]:
    """Yield what *ask* gives, lazily; otherwise as `told`.

    Raises:
        ScopegateError: As `told` does.
    """
    try:
        yield from ask()
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    else:
        return
    raise failed(failure)


async def each_async(
    ask: Callable[[], AsyncIterable[T]], failed: Failed
) -> AsyncGenerator[T]:
    """Yield what *ask* gives, lazily, and end it when no more is wanted.

    Raises:
        ScopegateError: As `told` does.
    """
    try:
        found = ask()
        try:
            async for item in found:
                yield item
        finally:
            close = getattr(found, "aclose", None)
            if close is not None:
                await close()
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    else:
        return
    raise failed(failure)
