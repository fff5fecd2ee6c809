"""What SQLite's result codes mean to users of a ledger."""

from collections.abc import Callable

from ...errors import DamagedLedgerError, LedgerError, UnreachableLedgerError

UNKNOWN_CODE = -1
"""An error of the driver that no result code of SQLite belongs to."""

Outcome = Callable[[int], str]
"""Ends a sentence with what is known of a write that failed with a code."""

_BUSY, _FULL = 5, 13
_DBMOVED = 8 | 4 << 8
_UNREACHABLE = {
    3: "the system refuses access to it",
    _BUSY: "another program keeps it locked; try again",
    6: "another program keeps it locked; try again",
    7: "there is no memory left",
    8: "it can only be read here; let this process write the file and its folder",
    _DBMOVED: "its file was moved or replaced while it was open; try again",
    10: "the disk failed, or its file system",
    _FULL: "there is no room left on the disk",
    14: "the file cannot be opened; look at who may write it and its folder",
    15: "its locks do not work here; put it on a local disk",
    22: "its file is too large for this system",
    23: "the system refuses access to it",
}
_DAMAGED = {
    11: "the file is damaged",
    18: "it holds a value longer than any that scopegate writes",
    26: "the file is not a SQLite database any more",
    UNKNOWN_CODE: "a value in it cannot be read",
}


def translated(ledger: str, code: int, outcome: str = "") -> LedgerError:
    """Return the error that says what happened.

    Args:
        ledger: The ledger, as errors name it.
        code: SQLite's result code, extended or not.
        outcome: What is known of a write, as the end of the sentence.
    """
    problem = _UNREACHABLE.get(code) or _UNREACHABLE.get(code & 0xFF)
    if problem:
        return UnreachableLedgerError(ledger, problem + outcome)
    problem = _DAMAGED.get(code) or _DAMAGED.get(code & 0xFF)
    return DamagedLedgerError(
        ledger, problem or "its tables are not as scopegate made them"
    )


def is_busy(code: int) -> bool:
    """Tell whether *code* only says that another connection has a lock."""
    return code & 0xFF == _BUSY


def of_reading(_: int) -> str:
    """Return nothing: reading has no outcome."""
    return ""


def of_writing(_: int) -> str:
    """Return the phrase that nothing was written, for what failed before COMMIT."""
    return "; nothing was written"


def of_commit(code: int) -> str:
    """Return a phrase for what is known after COMMIT failed.

    A commit that was only kept waiting, or found the disk full, had not begun to
    remove its journal. After any other failure the journal may be gone already,
    and the write stay.
    """
    if code & 0xFF in {_BUSY, _FULL}:
        return of_writing(code)
    return "; it is unknown whether anything was written, so read again"
