"""Connections to PostgreSQL that wait for nothing for ever."""

import math
from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar

import psycopg
from attrs import frozen
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from ...errors import UnfitLedgerError, UnreachableLedgerError
from .errors import NoAnswerError

T = TypeVar("T")

_SCHEME = "postgresql://"
_GRACE_SECONDS = 1.0  # the server's own answer, which is certain, is to come first


class BoundedConnection(psycopg.Connection[TupleRow]):
    """A connection that gives up on an answer after `longest_wait` seconds."""

    longest_wait = 0.0

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        """Return the result of *gen*; psycopg waits for every answer here."""
        until = monotonic() + self.longest_wait
        return super().wait(_bounded(gen, until), *args, **kwargs)


def _bounded(gen: PQGen[T], until: float) -> Generator[Any, Any, T]:
    try:
        state = next(gen)
        while True:
            ready = yield state  # at the latest after psycopg's own interval
            if monotonic() > until:
                raise NoAnswerError
            state = gen.send(ready)
    except StopIteration as stop:
        result: T = stop.value
        return result


@frozen
class Server:
    """Where a ledger is, and how long it may take to answer.

    Attributes:
        name: The address without user and password, as errors show it.
        conninfo: The address as it was given; never shown.
        seconds: How long a statement may take, and a connection to be made.
    """

    name: str
    conninfo: str
    seconds: float

    def connect(self) -> BoundedConnection:
        """Return a new connection.

        Raises:
            UnreachableLedgerError: There is no answer, or a refusal.
        """
        try:
            connection = BoundedConnection.connect(
                self.conninfo,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=math.ceil(self.seconds),
            )
        except psycopg.Error as error:
            raise UnreachableLedgerError(self.name, self._reason(error)) from None
        connection.longest_wait = self.seconds + _GRACE_SECONDS
        return connection

    def _reason(self, error: psycopg.Error) -> str:
        reason = " ".join(str(error).split())
        password = conninfo_to_dict(self.conninfo).get("password")
        return reason.replace(str(password), "***") if password else reason


def named(conninfo: str) -> str:
    """Return a server's address without user and password.

    Raises:
        UnfitLedgerError: It is not an address.
    """
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.Error:  # its text may hold the password
        problem = "its address cannot be read; write postgresql://user@host:5432/name"
        raise UnfitLedgerError(_SCHEME, problem) from None
    host, port = given.get("host", "localhost"), given.get("port", 5432)
    return f"{_SCHEME}{host}:{port}/{given.get('dbname', '')}"
