"""A SQLite file made ready: settings that took, and tables of this version."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from ..._base.values import utc_now
from ...errors import DamagedLedgerError, UnfitLedgerError
from .._sql.schema import SQLITE, missing_versions
from .file import Connection

APPLICATION_ID = 0x53634774
"""Says in the file's header that it is a ledger of scopegate (`ScGt`)."""

SETTINGS: Sequence[tuple[str, str, object]] = (
    ("mmap_size", "0", 0),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("synchronous", "EXTRA", 3),
    ("journal_mode", "DELETE", "delete"),
)
"""Each setting, what it is set to, and what must be read back."""

STATEMENTS = SQLITE.statements()

Transaction = Callable[[Connection], AbstractContextManager[None]]


def rows(
    connection: Connection, statement: str, *values: object
) -> list[Sequence[object]]:
    """Return all rows that a statement gives, so that it holds no lock any more."""
    return list(connection.execute(statement, values))


def apply_settings(ledger: str, connection: Connection, busy_ms: int) -> None:
    """Set what makes a write durable, and read it back.

    Raises:
        UnfitLedgerError: A setting did not take.
    """
    rows(connection, f"PRAGMA busy_timeout = {busy_ms}")
    for setting, value, wanted in SETTINGS:
        rows(connection, f"PRAGMA {setting} = {value}")
        found = [tuple(row) for row in rows(connection, f"PRAGMA {setting}")]
        # A SQLite that was built without memory mapping has no answer to give.
        if found != [(wanted,)] and (found or setting != "mmap_size"):
            problem = f"SQLite did not take `{setting} = {value}`; use another build"
            raise UnfitLedgerError(ledger, problem)


def migrate(ledger: str, connection: Connection, transaction: Transaction) -> None:
    """Make the tables that are missing.

    Args:
        ledger: The ledger, as errors name it.
        connection: A connection with its settings applied.
        transaction: Begins a transaction that writes.

    Raises:
        UnfitLedgerError: The file is another program's, or a newer scopegate's.
        DamagedLedgerError: Its tables are not as scopegate made them.
    """
    rows(connection, "BEGIN")
    missing = _missing(ledger, connection)
    rows(connection, "COMMIT")
    if not missing:
        return
    with transaction(connection):
        for version in _missing(ledger, connection):  # another process may have
            rows(connection, f"PRAGMA application_id = {APPLICATION_ID}")
            for statement in SQLITE.step(version):
                rows(connection, statement)
            rows(connection, STATEMENTS.record, version, utc_now().isoformat())


def _missing(ledger: str, connection: Connection) -> range:
    """Return the schema versions still to be made; ask within a transaction."""
    ((owner,),) = rows(connection, "PRAGMA application_id")
    tables = {sql for (sql,) in rows(connection, "SELECT sql FROM sqlite_master")}
    if owner == 0 and not tables:
        return missing_versions(ledger, ())
    if owner != APPLICATION_ID:
        problem = "it belongs to another program; give another path"
        raise UnfitLedgerError(ledger, problem)
    versions = [version for (version,) in rows(connection, STATEMENTS.versions)]
    missing = missing_versions(ledger, versions)
    if any(not tables.issuperset(SQLITE.step(v)) for v in range(1, missing.start)):
        problem = "its tables are not as scopegate made them"
        raise DamagedLedgerError(ledger, problem)
    return missing
