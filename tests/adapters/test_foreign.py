"""Calling what is not ours: `foreign`."""

import asyncio

import pytest

from scopegate.adapters._asking.foreign import Foreign
from scopegate.errors import PathError, SourceError

CANARY = "c4n4ry"


X = Foreign("x", "failed with", "look at it")


def _raise(error):
    raise error


async def _raise_async(error):
    raise error


async def _give_async(error):
    yield 1
    raise error


class _Unclosable:
    """What gives two items, and shows a value when it is closed."""

    def __init__(self):
        self.left = [1, 2]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self):
        """Fail."""
        raise ValueError(CANARY)


class _Bare:
    """An asynchronous iterator that cannot be closed."""

    def __init__(self):
        self.left = [1, 2]

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop(0)


def _give(error):
    yield 1
    raise error


async def _all(items):
    return [item async for item in items]


WAYS = {
    "told": lambda error: X.told(lambda: _raise(error)),
    "told_async": lambda error: asyncio.run(X.told_async(lambda: _raise_async(error))),
    "each": lambda error: list(X.each(lambda: _give(error))),
    "each, at once": lambda error: list(X.each(lambda: _raise(error))),
    "each_async": lambda error: asyncio.run(
        _all(X.each_async(lambda: _give_async(error)))
    ),
    "each_async, at once": lambda error: asyncio.run(
        _all(X.each_async(lambda: _raise(error)))
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_foreign_error_leaves_nothing_behind(way):
    """What is raised instead has neither the text nor a way to the error caught."""
    with pytest.raises(SourceError) as caught:
        way(KeyError(CANARY))

    error = caught.value
    assert (str(error), error.__cause__, error.__context__) == (
        "x: failed with `KeyError`; look at it",
        None,
        None,
    )


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_our_own_error_passes(way):
    """An error of ours shows nothing on its own, and is let through."""
    ours = PathError("a", "b")

    with pytest.raises(PathError) as caught:
        way(ours)

    assert caught.value is ours


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_ends_the_program_is_not_swallowed(way):
    """An interrupt goes on as what it is."""
    with pytest.raises(KeyboardInterrupt):
        way(KeyboardInterrupt())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_our_own_error_leads_back_to_nothing(way):
    """What it was raised over may show records, and hangs on it no longer."""
    ours = PathError("a", "b")
    ours.__cause__ = ours.__context__ = KeyError(CANARY)

    with pytest.raises(PathError) as caught:
        way(ours)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


class _UnclosableAsync(_Bare):
    """What gives two items without blocking, and shows a value when it is closed."""

    async def aclose(self):
        """Fail."""
        raise ValueError(CANARY)


@pytest.mark.parametrize(
    "way",
    [
        lambda: list(X.each(_Unclosable)),
        lambda: asyncio.run(_all(X.each_async(_UnclosableAsync))),
    ],
    ids=["each", "each_async"],
)
def test_what_cannot_be_closed_is_logged_by_its_kind(way, caplog):
    """What was given stays so, and nothing of the failure is shown."""
    assert way() == [1, 2]

    [record] = caplog.records
    assert record.getMessage() == "`x`: failed with `ValueError` when it was closed"


def test_what_does_not_fail_is_given():
    """Without an error everything is passed on, closable or not."""
    assert X.told(lambda: 7) == 7
    assert list(X.each(lambda: [1, 2])) == [1, 2]
    assert asyncio.run(_all(X.each_async(_Bare))) == [1, 2]
