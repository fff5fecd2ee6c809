"""`PostgresLedger`: events on a server, for services on several machines."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from time import sleep
from typing import TypeVar

from .._base.secret import Secret
from .._base.values import EMPTY
from ..arguments import checked
from ..consent.events import Event
from ..errors import DamagedLedgerError, UnfitLedgerError, UnreachableLedgerError
from ..extras import needs
from ..proofs.merkle import Frontier
from ._postgres.connection import server_at
from ._postgres.errors import NOTHING, UNKNOWN, is_transient, translated
from ._postgres.session import TRIES, Session
from ._postgres.tables import strangers
from ._sql.ledger import SQLLedger
from ._sql.owned import Owned
from ._sql.rows import NOT_KEPT, Stream, bodies_of, rows_behind
from ._sql.schema import postgres
from ._sql.strangers import told

with needs("postgres"):
    import psycopg

T = TypeVar("T")

TIMEOUT = timedelta(seconds=5)

_ADVICE = "; drop it, or give the ledger a schema of its own"
_FIRST_PAUSE_SECONDS = 0.005  # doubled each time others interfered


class _AgainError(Exception):
    """The server undid a transaction that may work when it is tried again."""


@checked
class PostgresLedger(SQLLedger[Session]):
    """A ledger in a PostgreSQL database, or behind a pooling proxy.

    It keeps one connection, and makes a new one when that breaks.

    Args:
        conninfo: The address, `postgresql://user:password@host:5432/name` or any
            other form of libpq; the password is never shown.
        timeout: How long a statement may take, a lock be waited for, and a
            connection be tried (at least 2 seconds); and how long a thread waits for
            the others.
        schema: Where its tables are; made, with them, if it is missing.

    Raises:
        ValueError: *schema* is not small letters, digits and underscores.
        UnfitLedgerError: The server would lose what it acknowledged, or a newer
            scopegate made the tables.
        DamagedLedgerError: The tables are not as scopegate made them.
        UnreachableLedgerError: The server does not answer, or refuses.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        timeout: timedelta = TIMEOUT,
        schema: str = "scopegate",
    ) -> None:
        address = Secret(conninfo)
        del conninfo  # a frame that an error leaves holds no password
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
            message = "a schema is named with small letters, digits and underscores"
            raise ValueError(message)
        self._server = server_at(address, timeout.total_seconds())
        self._name = self._server.name
        self._schema = schema
        self._dialect = postgres(schema)
        self._statements = self._dialect.statements()
        self._owned = Owned(self._name, self._opened, timeout.total_seconds())
        with self._owned.held():
            pass  # what is wrong with the server is said now

    def append(
        self,
        stream: str,
        events: Sequence[Event],
        expected: int | None,
        *,
        seen: Mapping[str, int] = EMPTY,
    ) -> int:
        """Append all of *events*, or none; see `Ledger.append`."""
        bodies = bodies_of(events)
        of = Stream(self._name, stream)
        others = [(Stream(self._name, name), at) for name, at in seen.items()]
        if not bodies:
            for other, at in others:
                other.expect(at, self.position(other.name))
            return of.expect(expected, self.position(stream))

        def write(session: Session) -> int:
            heads = self._locked_heads(session, of, [other for other, _ in others])
            head = heads[of.key]
            of.expect(expected, head.size)
            for other, at in others:
                other.expect(at, heads[other.key].size)
            return self._put(session, of, head, bodies)

        return self._written(write)

    def faults(self) -> Iterator[str]:
        """Yield a sentence on all that scopegate did not make in the ledger's schema.

        Raises:
            UnreachableLedgerError: The server does not answer.
        """
        problem = self._written(self._problem)
        return iter([problem] if problem else [])

    def _opened(self) -> Session:
        connection = self._server.connect()
        try:
            session = Session(self._server, connection)
            session.migrate(self._dialect, self._schema)
            session.begin()
            problem = self._problem(session)
            session.undo()
            if problem:
                raise UnfitLedgerError(self._name, problem + _ADVICE)
        except psycopg.Error as error:
            connection.close()
            raise translated(self._name, error) from None
        except BaseException:
            connection.close()
            raise
        return session

    def _problem(self, session: Session) -> str:
        return told(strangers(session, self._dialect, self._schema))

    def _put(
        self, session: Session, of: Stream, head: Frontier, bodies: Sequence[bytes]
    ) -> int:
        """Write events behind *head*, read them back, and return the new position."""
        written, new = rows_behind(head, bodies)
        for row in written:
            session.write(self._statements.put_event, of.key, *row)
        values = of.key, of.encoded, new.size, new.to_bytes()
        session.write(self._statements.put_head, *values)
        found = session.rows(self._statements.read, of.key, head.size)
        return of.confirm(new, written, found)

    def _locked_heads(
        self, session: Session, of: Stream, others: Sequence[Stream]
    ) -> Mapping[int, Frontier]:
        """Return heads by their key, which no other writer can change meanwhile.

        The locks are taken in the order of the keys, so that no two writers wait for
        each other; that of a stream which is only looked at is shared.
        """
        looks = dict.fromkeys(others, self._statements.watch)
        asked = looks | {of: self._statements.lock}
        return {
            each.key: self._locked_head(session, each, asked[each])
            for each in sorted(asked, key=lambda each: each.key)
        }

    def _locked_head(self, session: Session, of: Stream, lock: str) -> Frontier:
        """Return a stream's head; one that was never written gets one to lock."""
        found = session.rows(lock, of.key)
        if not found:
            session.rows(self._statements.add_head, of.key, of.encoded, b"")
            found = session.rows(lock, of.key)
        return of.head(found[0]) if found else of.fail(NOT_KEPT)

    def _asked(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        def ask(session: Session) -> list[tuple[object, ...]]:
            try:
                return session.rows(statement, *values)
            except psycopg.Error as error:
                raise self._failure(session, error) from None

        return self._tried(ask)

    def _written(self, write: Callable[[Session], T]) -> T:
        """Return the result of *write*, in a transaction that was committed."""

        def attempt(session: Session) -> T:
            outcome = NOTHING
            try:
                session.begin()
                result = write(session)
                outcome = UNKNOWN
                session.commit()
            except psycopg.Error as error:
                raise self._failure(session, error, outcome) from None
            except BaseException as error:
                session.undo()
                if isinstance(error, DamagedLedgerError):
                    self._owned.drop()  # the next use looks at the tables again
                raise
            return result

        return self._tried(attempt)

    def _tried(self, attempt: Callable[[Session], T]) -> T:
        pause = _FIRST_PAUSE_SECONDS
        for _ in range(TRIES):
            with suppress(_AgainError), self._owned.held() as session:
                return attempt(session)
            sleep(pause)
            pause *= 2
        problem = f"others keep getting in the way{NOTHING}; try again"
        raise UnreachableLedgerError(self._name, problem)

    def _failure(
        self, session: Session, error: psycopg.Error, outcome: str = ""
    ) -> Exception:
        """Return the error to raise for *error*, and make the session usable again."""
        was_lost = session.is_lost
        session.undo()
        if session.is_lost:
            self._owned.drop()
        # The server itself undoes what broke before COMMIT was sent.
        if is_transient(error) or (was_lost and outcome != UNKNOWN):
            return _AgainError()
        return translated(self._name, error, outcome)
