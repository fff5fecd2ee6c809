"""What a test module leaves open fails it: connections, files, sockets, event loops."""

import gc
import sqlite3
import sys
import warnings
from functools import partial
from sqlite3 import dbapi2

import httpx
import pytest
from httpx._client import ClientState


class WarningConnection(sqlite3.Connection):
    """A connection to SQLite that warns as those of Python 3.13 do."""

    def __del__(self):
        try:
            self.total_changes  # noqa: B018 - a closed connection raises
        except sqlite3.ProgrammingError:
            return
        message = f"unclosed database in {self!r}"
        warnings.warn(message, ResourceWarning, source=self, stacklevel=1)


if sys.version_info < (3, 13):
    dbapi2.connect = sqlite3.connect = partial(
        sqlite3.connect, factory=WarningConnection
    )


def _warn_unless_closed(self):
    if self._state is ClientState.OPENED:
        warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=1)


# Of a client that asked somebody and was not closed httpx does not warn.
httpx.Client.__del__ = httpx.AsyncClient.__del__ = _warn_unless_closed


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open():
    """Find what the tests of a module left open while pytest still names the module.

    Python warns of it when it is thrown away, and here a warning is an error. What
    is part of a circle is thrown away at any later time, in a test of another
    module. What lasts for longer than a module is not looked at again: that keeps
    it quick.
    """
    yield
    gc.collect()
    gc.freeze()
