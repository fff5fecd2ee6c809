"""What a file holds: exactly the tables that scopegate made, or it is refused.

SQLite runs what a file says: its triggers, and the expressions of its views, checks
and indexes. So the schema is compared as the text that it is, before anything in it
is used.
"""

from collections.abc import Sequence

from ...errors import DamagedLedgerError, UnfitLedgerError
from .._sql.schema import SQLITE, missing_versions
from .._sql.strangers import Stranger, told
from .file import Connection

APPLICATION_ID = 0x53634774
"""Says in the file's header that it is a ledger of scopegate (`ScGt`)."""

STATEMENTS = SQLITE.statements()

INNOCENT = frozenset(
    {
        "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
        "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
        "CREATE TABLE sqlite_sequence(name,seq)",
    }
)
"""What SQLite itself makes: by ANALYZE, and for a table that was dropped since."""

_HEAD = 3  # the columns that a statement repeats for each event
_MUCH = 2**26  # up to here it is not worth asking how large the file is
_RECORD = SQLITE.step(1)[0]
_KINDS = ("table", "index", "view", "trigger")
_SCHEMA = "SELECT type, name, sql FROM sqlite_master"
_NOT_OURS = "its tables are not as scopegate made them"
_ADVICE = "; drop it, or restore the file from a copy"


def rows(
    connection: Connection, statement: str, *values: object
) -> list[Sequence[object]]:
    """Return all rows that a statement gives, so that it holds no lock any more."""
    return list(connection.execute(statement, values))


def held_rows(
    ledger: str, connection: Connection, statement: str, *values: object
) -> list[Sequence[object]]:
    """Return all rows that a statement gives, in no more memory than the file takes.

    What each row repeats of the head is kept once.

    Raises:
        DamagedLedgerError: Pages are linked so that they give more than the file holds.
    """
    found: list[Sequence[object]] = []
    size = 0
    head: Sequence[object] = ()
    for row in connection.execute(statement, values):
        last = row[-1]
        size += len(last) if isinstance(last, bytes | str) else 0
        if size > _MUCH and size > _file_size(connection):
            problem = "its pages are linked so that they give more than the file holds"
            raise DamagedLedgerError(ledger, problem)
        head = head if row[:_HEAD] == head else row[:_HEAD]
        found.append((*head, *row[_HEAD:]))
    return found


def _file_size(connection: Connection) -> int:
    """Return the size of the file; while a statement gives rows, it does not grow."""
    ((pages,),) = rows(connection, "PRAGMA page_count")
    ((size,),) = rows(connection, "PRAGMA page_size")
    return int(str(pages)) * int(str(size))


def missing(ledger: str, connection: Connection) -> range:
    """Return the schema versions still to be made; ask within a transaction.

    Raises:
        UnfitLedgerError: The file is another program's, or a newer scopegate's; or
            it holds more than scopegate made.
        DamagedLedgerError: Its tables are not as scopegate made them.
    """
    ((owner,),) = rows(connection, "PRAGMA application_id")
    found = held_rows(ledger, connection, _SCHEMA)
    if owner == 0 and not found:
        return missing_versions(ledger, ())
    if owner != APPLICATION_ID:
        problem = "it belongs to another program; give another path"
        raise UnfitLedgerError(ledger, problem)
    texts = {sql for _, _, sql in found}
    versions = _versions(connection) if _RECORD in texts else []
    if not versions:
        raise DamagedLedgerError(ledger, _NOT_OURS)
    left = missing_versions(ledger, versions)
    ours = {sql for v in range(1, left.start) for sql in SQLITE.step(v)}
    if not texts.issuperset(ours):
        raise DamagedLedgerError(ledger, _NOT_OURS)
    known = ours | INNOCENT
    problem = told(_stranger(*each[:2]) for each in found if each[2] not in known)
    if problem:
        raise UnfitLedgerError(ledger, problem + _ADVICE)
    return left


def _versions(connection: Connection) -> list[object]:
    return [version for (version,) in rows(connection, STATEMENTS.versions)]


def _stranger(kind: object, name: object) -> Stranger:
    return Stranger(str(kind) if kind in _KINDS else "entry", str(name))


def version_of(connection: Connection) -> object:
    """Return the number that SQLite counts up at each change of the schema."""
    ((number,),) = rows(connection, "PRAGMA schema_version")
    return number
