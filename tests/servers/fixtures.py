"""The fixtures of a module that talks to one server."""

import pytest

from .client import running


def serving(kind, records):
    """Return two fixtures of a module: its one server, and that with fresh *records*.

    The second has no faults, no options and an empty log:

        running_server, server = serving("wonde", RECORDS)
    """

    @pytest.fixture(scope="module")
    def running_server():
        """One server for all tests of a module."""
        with running(kind) as server:
            yield server

    @pytest.fixture
    def server(running_server):
        """The server, with its records and nothing else told."""
        running_server.reset()
        running_server.serve(records)
        return running_server

    return running_server, server
