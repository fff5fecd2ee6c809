"""Where events are kept: append-only streams, in memory, in SQLite or in PostgreSQL.

A ledger keeps text and proves that no one changed it. It never sees a record, a
permit or an adapter, and no ledger knows another.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .base import (
        Ledger as Ledger,
        app_stream as app_stream,
        disclosure_stream as disclosure_stream,
        school_stream as school_stream,
        successor_stream as successor_stream,
    )
    from .memory import MemoryLedger as MemoryLedger
    from .postgres import PostgresLedger as PostgresLedger
    from .sqlite import SQLiteLedger as SQLiteLedger
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "base": "Ledger app_stream disclosure_stream school_stream "
            "successor_stream",
            "memory": "MemoryLedger",
            "postgres": "PostgresLedger",
            "sqlite": "SQLiteLedger",
        },
    )
