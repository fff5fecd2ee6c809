"""Connections to PostgreSQL that wait for nothing for ever."""

import math
import re
from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar

import psycopg
from attrs import frozen
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from psycopg.rows import TupleRow

from ..._base.secret import Secret
from ...errors import UnfitLedgerError, UnreachableLedgerError
from .errors import NoAnswerError

T = TypeVar("T")

_SCHEME = "postgresql://"
_ANY_SCHEME = re.compile(r"\s*postgres(ql)?([+]\w+)?://", re.IGNORECASE)
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
        conninfo: The address as libpq takes it.
        seconds: How long a statement may take, and a connection to be made.
    """

    name: str
    conninfo: Secret[str]
    seconds: float

    def connect(self) -> BoundedConnection:
        """Return a new connection.

        Raises:
            UnreachableLedgerError: There is no answer, or a refusal.
        """
        try:
            connection = BoundedConnection.connect(
                self.conninfo.value,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=math.ceil(self.seconds),
                client_encoding="utf8",  # whatever the server has: texts are texts
            )
        except psycopg.Error as error:
            reason = self._reason(error)
        except ValueError:  # Python cannot look up a host of that name
            reason = "its host cannot be looked up; correct the address"
        else:
            connection.longest_wait = self.seconds + _GRACE_SECONDS
            return connection
        # Here, so that nothing leads to psycopg's error: its frames have the address.
        raise UnreachableLedgerError(self.name, reason)

    def _reason(self, error: psycopg.Error) -> str:
        reason = " ".join(str(error).split())
        for secret in _secrets(self.conninfo):
            reason = reason.replace(secret, "***")
        return reason


def server_at(address: Secret[str], seconds: float) -> Server:
    """Return the server at an address, in any form that libpq or SQLAlchemy takes.

    Raises:
        UnfitLedgerError: It is not an address; nothing of it is shown.
    """
    conninfo = Secret(libpq_form(address.value))
    name = _name(conninfo)
    if name is None:
        problem = (
            "its address cannot be read; write postgresql://user@host:5432/name,"
            " with `%40` for an `@` in a password, and `%2F` for a `/`"
        )
        raise UnfitLedgerError(_SCHEME, problem)
    return Server(name, conninfo, seconds)


def libpq_form(address: str) -> str:
    """Return an address as libpq reads it; SQLAlchemy's names a driver as well."""
    scheme = _ANY_SCHEME.match(address)
    return f"{_SCHEME}{address[scheme.end() :]}" if scheme else address


def _name(conninfo: Secret[str]) -> str | None:
    """Return an address without user and password, or None if it is not one.

    A password that is not escaped cuts an address elsewhere, and would be shown as a
    host, a port or a name.
    """
    try:
        given = conninfo_to_dict(conninfo.value)
    except (psycopg.Error, ValueError):  # their text may hold the password
        return None
    host, port = given.get("host", "localhost"), given.get("port", 5432)
    name = f"{host}:{port}/{given.get('dbname', '')}"
    is_whole = re.fullmatch(r"[0-9,]*", str(port)) and "@" not in name
    return f"{_SCHEME}{name}" if is_whole else None


def _secrets(conninfo: Secret[str]) -> list[str]:
    """Return the passwords and keys in an address, as libpq marks them."""
    known = {o.keyword.decode(): o.dispchar for o in Conninfo.get_defaults()}
    hidden = {n for n, mark in known.items() if mark == b"*" or n.startswith("scram")}
    given = conninfo_to_dict(conninfo.value)
    return [str(given[name]) for name in hidden & given.keys() if given[name]]
