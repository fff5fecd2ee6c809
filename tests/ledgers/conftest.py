"""Other processes, and a PostgreSQL server if there is one."""

import itertools
import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from ..child import Child

NUMBERS = itertools.count()


@pytest.fixture
def child():
    """Give `Child`."""
    return Child


@pytest.fixture(scope="module")
def memory():
    """Give a folder in memory, if there is one: most laws hold on any disk."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture
def new_path(memory):
    """Give a path in memory that no file has yet."""
    return memory / f"{next(NUMBERS)}.db"


class Server:
    """A PostgreSQL server, as somebody else who uses it."""

    def __init__(self, address):
        self.address = address

    def run(self, statement, *values):
        """Carry out a statement, and return its rows."""
        with closing(psycopg.connect(self.address, autocommit=True)) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def server():
    """Give the server, or skip the test; CI asks that it fails instead."""
    address = os.environ.get("SCOPEGATE_TEST_POSTGRES", "")
    problem = "SCOPEGATE_TEST_POSTGRES does not give the address of a PostgreSQL server"
    try:
        if address and Server(address).run("SELECT 1"):
            return Server(address)
    except psycopg.Error:
        problem = "nothing answers at the address in SCOPEGATE_TEST_POSTGRES"
    if os.environ.get("SCOPEGATE_REQUIRE_POSTGRES") == "1":
        pytest.fail(problem)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def shared_schema(server):
    """Give the name of a schema for tests that empty it, which is quicker."""
    name = f"scopegate_shared_{os.getpid()}"
    yield name
    server.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@pytest.fixture
def schema(server):
    """Give the name of a schema of one test's own."""
    name = f"scopegate_test_{os.getpid()}_{next(NUMBERS)}"
    yield name
    server.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")
