"""`SQLiteLedger`: events in one file, durable before `append` returns.

The settings are chosen for power loss, not for speed: a rollback journal, and
`synchronous = EXTRA`, which also syncs the folder once the journal is removed.
Each is read back, since SQLite takes no notice of a setting that it does not know.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from os import PathLike, fspath
from pathlib import Path

from .._base.values import EMPTY
from ..arguments import checked
from ..consent.events import Event
from ..errors import DamagedLedgerError, UnfitLedgerError
from ..proofs.merkle import Frontier
from ._sql.ledger import SQLLedger
from ._sql.owned import OPENING, Owned
from ._sql.rows import LONGEST, NOT_KEPT, Stream, bodies_of, rows_behind
from ._sqlite.errors import (
    UNKNOWN_CODE,
    Outcome,
    is_busy,
    of_commit,
    of_reading,
    of_writing,
    translated,
)
from ._sqlite.file import (
    Connection,
    OpenFile,
    check_header,
    check_name,
    is_address,
    make_private,
)
from ._sqlite.open import apply_settings, check_unchanged, migrate
from ._sqlite.tables import STATEMENTS, held_rows, missing, rows

BUSY_TIMEOUT = timedelta(seconds=5)

_PATH = "path"
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST + 2**20,  # a row is more than its event
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 2**16,  # a schema is read before it is looked at
}


@checked
class SQLiteLedger(SQLLedger[OpenFile]):
    """A ledger in a SQLite file on a local disk, for one or several processes.

    Args:
        path: The file, made if it is missing; its folder must exist.
        busy_timeout: How long to wait while another process writes, and for as
            long again while other threads do.

    Raises:
        UnfitLedgerError: The file is something else, or cannot be kept safe.
        DamagedLedgerError: The file is damaged.
        UnreachableLedgerError: The file cannot be opened, or is locked.
    """

    def __init__(
        self, path: str | PathLike[str], *, busy_timeout: timedelta = BUSY_TIMEOUT
    ) -> None:
        if is_address(fspath(path)):
            del path  # nothing of it is shown
            problem = "this is the address of a server; use PostgresLedger"
            raise UnfitLedgerError(_PATH, problem)
        self._name = fspath(path)
        check_name(self._name)
        self._path = Path(self._name).absolute()
        self._statements = STATEMENTS
        self._busy_ms = busy_timeout // timedelta(milliseconds=1)
        self._owned = Owned(self._name, self._opened, busy_timeout.total_seconds())
        with self._owned.held():
            pass  # what is wrong with the file is said now

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
        with self._owned.held() as file, self._transaction(file):
            check_unchanged(self._name, file)
            head = self._expect(file, of, expected)
            for other, position in seen.items():
                self._expect(file, Stream(self._name, other), position)
            return self._put(file, of, head, bodies) if bodies else head.size

    def faults(self) -> Iterator[str]:
        """Yield the faults that SQLite finds in the whole file, a sentence each.

        Takes time in proportion to the file, during which nothing can be written.

        Raises:
            DamagedLedgerError: The file is too damaged to be examined.
            UnreachableLedgerError: The file cannot be read, or is locked.
        """
        with self._owned.held() as file, self._transaction(file, "BEGIN", of_reading):
            try:
                missing(self._name, file)
            except UnfitLedgerError as error:  # what SQLite would run is not looked at
                return iter([error.problem])
            found = [str(row[0]) for row in rows(file, "PRAGMA integrity_check")]
        return (sentence for sentence in found if sentence != "ok")

    # The seam: the next three are all that is known of the driver. A test puts
    # another one here, with a file system of its own beneath it.

    _sqlite_version: tuple[int, ...] = sqlite3.sqlite_version_info

    def _open_connection(self, uri: str) -> Connection:
        """Return a connection that begins no transaction on its own."""
        make_private(self._path)
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False
        )
        for limit, most in _LIMITS.items():
            connection.setlimit(limit, most)
        return connection

    def _code_of(self, error: BaseException) -> int | None:
        """Return SQLite's result code, or None if the error is not the driver's."""
        # Python cannot decode a value, or SQLite's own sentence with a damaged name.
        if not isinstance(error, sqlite3.Error | UnicodeDecodeError):
            return None
        return getattr(error, "sqlite_errorcode", UNKNOWN_CODE)

    def _opened(self) -> OpenFile:
        with self._translating():
            with OPENING:
                check_header(self._path, self._sqlite_version)
                connection = self._open_connection(f"{self._path.as_uri()}?mode=rwc")
                file = OpenFile(self._path, connection)
            try:
                apply_settings(self._name, file, self._busy_ms)
                migrate(self._name, file, self._transaction)
            except BaseException:
                file.close()
                raise
            return file

    def _expect(
        self, connection: Connection, of: Stream, expected: int | None
    ) -> Frontier:
        """Return the head of a stream, if it is where a writer expected it."""
        (found,) = rows(connection, STATEMENTS.head, of.key)
        head = of.head(found)
        of.expect(expected, head.size)
        return head

    def _put(
        self, file: OpenFile, of: Stream, head: Frontier, bodies: Sequence[bytes]
    ) -> int:
        """Write events behind *head*, read them back, and return the new position."""
        written, new = rows_behind(head, bodies)
        before = _changes(file)
        for row in written:
            rows(file, STATEMENTS.put_event, of.key, *row)
        values = of.key, of.encoded, new.size, new.to_bytes()
        rows(file, STATEMENTS.put_head, *values)
        if _changes(file) - before != len(written) + 1:
            of.fail(NOT_KEPT)
        return of.confirm(new, written, rows(file, STATEMENTS.read, of.key, head.size))

    def _asked(self, statement: str, *values: object) -> list[Sequence[object]]:
        with self._owned.held() as connection, self._translating():
            return held_rows(self._name, connection, statement, *values)

    @contextmanager
    def _transaction(
        self,
        connection: Connection,
        begin: str = "BEGIN IMMEDIATE",
        outcome: Outcome = of_writing,
    ) -> Iterator[None]:
        """Commit what is done within, or leave no trace of it."""
        with self._translating(outcome):
            rows(connection, begin)
        try:
            with self._translating(outcome):
                yield
            with self._translating(of_commit):
                rows(connection, "COMMIT")
        except BaseException as error:
            self._undo(connection)
            if isinstance(error, DamagedLedgerError | UnfitLedgerError):
                self._owned.drop()  # the next use looks at the file again
            raise

    def _undo(self, connection: Connection) -> None:
        try:
            rows(connection, "ROLLBACK")
        except Exception:  # SQLite undid it already; or closing the file will
            self._owned.drop()

    @contextmanager
    def _translating(self, outcome: Outcome = of_reading) -> Iterator[None]:
        """Say what went wrong in the words of `Ledger`."""
        try:
            yield
        except Exception as error:
            code = self._code_of(error)
            if code is None:
                raise
            if not is_busy(code):
                self._owned.drop()  # the next use looks at the file again
            # What has no code is a text that cannot be decoded, and is shown.
            cause = None if code == UNKNOWN_CODE else error
            raise translated(self._name, code, outcome(code)) from cause


def _changes(connection: Connection) -> int:
    """Return the number of rows changed so far, by triggers too."""
    ((count,),) = rows(connection, "SELECT total_changes()")
    return int(str(count))
