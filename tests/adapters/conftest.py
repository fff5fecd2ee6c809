"""A client that blocks; and a PostgreSQL server, if there is one, for SQLAlchemy."""

import os

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from ..ledgers.conftest import server  # noqa: F401 - a fixture, found by its name
from .driving import client
from .sql_school import (
    IN_MEMORY,
    Tables,
    disposing,
    filled,
    student_rows,
)


def url_of(address):
    """Return the address of a server as SQLAlchemy takes it."""
    return address.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session", autouse=True)
def engines_of_modules_disposed():
    """Dispose of what was opened for more than one test, last of all."""
    with disposing():
        yield


@pytest.fixture(autouse=True)
def engines_of_a_test_disposed():
    """Dispose of what a test opened when it ends."""
    with disposing():
        yield


@pytest.fixture(scope="session")
def college_in_memory():
    """Give an engine, and the tables in a SQLite database in memory."""
    engine, tables = create_engine(**IN_MEMORY), Tables()
    tables.metadata.create_all(engine)
    yield engine, tables
    engine.dispose()


@pytest.fixture(scope="session")
def college(server):  # noqa: F811 - the fixture above
    """Give an engine, and the tables in a schema of their own."""
    schema = f"scopegate_college_{os.getpid()}"
    server.run(f"CREATE SCHEMA {schema}")
    engine = create_engine(url_of(server.address), poolclass=NullPool)
    tables = Tables(schema)
    tables.metadata.create_all(engine)
    yield engine, tables
    engine.dispose()
    server.run(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def pupils(college):
    """Give an engine of the server, its tables, and three committed students."""
    engine, tables = college
    with engine.begin() as connection:
        filled(connection, tables, [student_rows(n, forename="d") for n in (1, 2, 3)])
    yield engine, tables
    with engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())


@pytest.fixture
def line():
    """A client that blocks."""
    with client() as line:
        yield line
