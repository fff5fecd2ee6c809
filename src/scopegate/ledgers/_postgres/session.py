"""A connection to PostgreSQL made ready: durable transactions, tables of this version.

Only what every server knows that speaks the protocol is relied on, and nothing
that a session keeps: a pooling proxy may give each transaction another one.
"""

import math

import psycopg
from psycopg.pq import TransactionStatus

from ..._base.values import utc_now
from ...errors import DamagedLedgerError, UnfitLedgerError, UnreachableLedgerError
from .._sql.rows import NOT_KEPT
from .._sql.schema import Dialect, missing_versions
from .connection import BoundedConnection, Server
from .errors import NOTHING, is_conflict, is_missing, is_statement_pool

TRIES = 5
"""How often a step is tried when other processes interfere."""

# The more exact answer is to come first, and the server's before our giving up.
_TIMEOUTS = (("lock_timeout", 0), ("statement_timeout", 500))

_DURABLE = frozenset({"on", "remote_apply"})  # when an answer means that it is kept


class Session:
    """A connection to one server, and how a durable transaction begins there.

    Args:
        server: The server.
        connection: A connection to it.

    Raises:
        UnfitLedgerError: The server would lose what it acknowledged, or a proxy
            before it takes no transactions.
    """

    def __init__(self, server: Server, connection: BoundedConnection) -> None:
        self._server = server
        self._connection = connection
        for setting in ("fsync", "full_page_writes"):
            if self._setting(setting) == "off":
                problem = f"the server runs with `{setting} = off`; switch it on"
                raise UnfitLedgerError(server.name, problem)
        self._begin = self._begin_statement()
        self.begin()  # what a write would be refused for is said now
        self.undo()

    @property
    def is_lost(self) -> bool:
        """Whether the connection can no longer be used."""
        return self._connection.closed

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows that a statement gives, none if it gives none."""
        cursor = self._connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def write(self, statement: str, *values: object) -> None:
        """Carry out a statement that writes one row.

        Raises:
            DamagedLedgerError: The server did not write one.
        """
        cursor = self._connection.execute(statement.encode(), values)
        if cursor.rowcount != 1:
            raise DamagedLedgerError(self._server.name, NOT_KEPT)

    def begin(self) -> None:
        """Begin a transaction, and read back that its commit will be durable.

        Raises:
            UnfitLedgerError: It would not be, or cannot begin.
        """
        try:
            cursor = self._connection.execute(self._begin)
        except psycopg.Error as error:
            if not is_statement_pool(error):
                raise
            problem = (
                "a proxy before it pools single statements; have it pool transactions"
            )
            raise UnfitLedgerError(self._server.name, problem) from None
        while cursor.nextset():
            pass
        ((level,),) = cursor
        if level not in _DURABLE:
            problem = f"the server keeps `synchronous_commit = {level}`; set it to on"
            raise UnfitLedgerError(self._server.name, problem)

    def commit(self) -> None:
        """Commit what was begun; when this returns it is durable."""
        self.rows("COMMIT")

    def undo(self) -> None:
        """Leave no trace of what was begun; lose the connection if need be."""
        status = self._connection.info.transaction_status
        try:
            if status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
                self.rows("ROLLBACK")
            elif status != TransactionStatus.IDLE:
                self.close()
        except psycopg.Error:
            self.close()

    def migrate(self, dialect: Dialect, schema: str) -> None:
        """Make the tables that are missing in *schema*.

        Raises:
            UnfitLedgerError: A newer scopegate wrote them.
            DamagedLedgerError: Their record is not whole.
            UnreachableLedgerError: Others keep getting in the way.
        """
        for _ in range(TRIES):
            missing = missing_versions(self._server.name, self._versions(dialect))
            if not missing:
                return
            try:
                self._make(missing, dialect, schema)
            except psycopg.Error as error:
                self.undo()
                if not is_conflict(error):
                    raise
        problem = f"others keep making its tables{NOTHING}; try again"
        raise UnreachableLedgerError(self._server.name, problem)

    def _make(self, missing: range, dialect: Dialect, schema: str) -> None:
        known = "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s"
        self.begin()
        if not self.rows(known, schema):
            self.rows(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        for version in missing:
            for statement in dialect.step(version):
                self.rows(statement)
            record = dialect.statements().record
            self.rows(record, version, utc_now().isoformat())
        self.commit()

    def _versions(self, dialect: Dialect) -> list[object]:
        try:
            found = self.rows(dialect.statements().versions)
        except psycopg.Error as error:
            if not is_missing(error):
                raise
            return []
        return [version for (version,) in found]

    def _begin_statement(self) -> bytes:
        """Return the statements that begin a transaction and ask if it is durable.

        A server that does not know a setting keeps its own promises.
        """
        milliseconds = math.ceil(self._server.seconds * 1000)
        # A trigger that waits for COMMIT would act after all was read back.
        parts = ["BEGIN ISOLATION LEVEL READ COMMITTED; SET CONSTRAINTS ALL IMMEDIATE"]
        if self._setting("search_path") is not None:
            parts.append("SET LOCAL search_path = pg_catalog")
        for setting, more in _TIMEOUTS:
            if self._setting(setting) is not None:
                parts.append(f"SET LOCAL {setting} = {milliseconds + more}")
        level = self._setting("synchronous_commit")
        if level is None:
            return "; ".join([*parts, "SELECT 'on'"]).encode()
        wanted = level if level in _DURABLE else "on"
        parts.append(f"SET LOCAL synchronous_commit = {wanted}")
        return "; ".join([*parts, "SHOW synchronous_commit"]).encode()

    def _setting(self, name: str) -> str | None:
        """Return a setting of the server, or None if it does not know it."""
        try:
            ((value,),) = self.rows(f"SHOW {name}")
        except (psycopg.ProgrammingError, psycopg.NotSupportedError):
            return None
        return str(value)
