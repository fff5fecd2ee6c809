"""A SQLite file made ready: settings that took, and tables of this version."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from ..._base.values import utc_now
from ...errors import UnfitLedgerError
from .._sql.schema import SQLITE
from .file import Connection, OpenFile
from .tables import APPLICATION_ID, STATEMENTS, missing, rows, version_of

SETTINGS: Sequence[tuple[str, str, object]] = (
    ("mmap_size", "0", 0),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("synchronous", "EXTRA", 3),
    ("journal_mode", "DELETE", "delete"),
)
"""Each setting, what it is set to, and what must be read back."""

Transaction = Callable[[Connection], AbstractContextManager[None]]


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


def migrate(ledger: str, file: OpenFile, transaction: Transaction) -> None:
    """Make the tables that are missing.

    Args:
        ledger: The ledger, as errors name it.
        file: A file with its settings applied.
        transaction: Begins a transaction that writes.

    Raises:
        UnfitLedgerError: The file is another program's, or a newer scopegate's; or
            it holds more than scopegate made.
        DamagedLedgerError: Its tables are not as scopegate made them.
    """
    rows(file, "BEGIN")
    left = missing(ledger, file)
    file.schema_version = version_of(file)
    rows(file, "COMMIT")
    if not left:
        return
    with transaction(file):
        for version in missing(ledger, file):  # another process may have
            rows(file, f"PRAGMA application_id = {APPLICATION_ID}")
            for statement in SQLITE.step(version):
                rows(file, statement)
            rows(file, STATEMENTS.record, version, utc_now().isoformat())
        file.schema_version = version_of(file)


def check_unchanged(ledger: str, file: OpenFile) -> None:
    """Check that the tables are as they were; ask within a transaction.

    Raises:
        LedgerError: They are not, as `missing` says.
    """
    version = version_of(file)
    if version != file.schema_version:
        missing(ledger, file)
        file.schema_version = version
