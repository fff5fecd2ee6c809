"""What PostgreSQL's SQLSTATEs mean to users of a ledger.

The server's own sentences are left out: their details quote rows.
"""

import psycopg

from ...errors import DamagedLedgerError, LedgerError, UnreachableLedgerError

NOTHING = "; nothing was written"
UNKNOWN = "; it is unknown whether anything was written, so read again"

_AGAIN = frozenset({"40001", "40P01"})
_CONFLICTS = frozenset({"23505", "42P06", "42P07", *_AGAIN})
_MISSING = frozenset({"3F000", "42P01"})
_DAMAGED = frozenset({"23505", "42703", "XX001", "XX002", *_MISSING})
_UNREACHABLE = {
    None: "the connection broke; try again",
    "25006": "it can only be read; use the address of the primary",
    "42501": "this account cannot use its tables; grant it SELECT, INSERT and UPDATE",
    "53100": "there is no room left on the disk",
    "53300": "it has too many connections; try again",
    "55P03": "another writer keeps it locked; try again",
    "57014": "it did not answer in time; try again",
}


class NoAnswerError(psycopg.OperationalError):
    """The server was silent for too long; raised by us, with its answer's code."""

    sqlstate: str | None = "57014"


def is_transient(error: psycopg.Error) -> bool:
    """Tell whether the server undid the transaction, and the same may work now."""
    return error.sqlstate in _AGAIN


def is_conflict(error: psycopg.Error) -> bool:
    """Tell whether somebody else made the same tables at the same time."""
    return error.sqlstate in _CONFLICTS


def is_missing(error: psycopg.Error) -> bool:
    """Tell whether there is no such table yet."""
    return error.sqlstate in _MISSING


def is_statement_pool(error: psycopg.Error) -> bool:
    """Tell whether a pool refused a transaction that will never be possible there.

    PgBouncer has one code for all that it refuses, and no translations.
    """
    return "statement pooling" in str(error)


def translated(ledger: str, error: psycopg.Error, outcome: str = "") -> LedgerError:
    """Return the error that says what happened.

    Args:
        ledger: The ledger, as errors name it.
        error: What psycopg raised.
        outcome: What is known of a write, as the end of the sentence.
    """
    if error.sqlstate in _DAMAGED:
        problem = "its tables are not as scopegate made them"
        return DamagedLedgerError(ledger, problem)
    unknown = f"it refused with SQLSTATE {error.sqlstate}"
    problem = _UNREACHABLE.get(error.sqlstate, unknown)
    return UnreachableLedgerError(ledger, problem + outcome)
