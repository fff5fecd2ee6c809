"""The pytest plugin of scopegate: fixtures, which cost nothing until a test asks for one.

It is next to the package and not in it, because pytest loads it in every run,
and loading a part of the package loads all of it. What the fixtures give is part
of `scopegate.testing`, which needs the extra `testing`.
"""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest


def _kit(module: str) -> ModuleType:
    return import_module(f"scopegate.testing.{module}")


@pytest.fixture
def fake_clock() -> object:
    """Return a `FakeClock` that is at `NOON` until a test moves it."""
    return _kit("clock").FakeClock(_kit("permits").NOON)


@pytest.fixture
def no_leak() -> Iterator[object]:
    """Give a `LeakWatch`: tell `watch_for` what must be in no log and no warning.

    A test that gives it nothing to watch for fails.
    """
    with _kit("leak_watch").LeakWatch() as watch:
        yield watch
