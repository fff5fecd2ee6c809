"""What went wrong in a database, in words without its statement or any value.

The text of an exception of SQLAlchemy, or of a driver, holds the statement, what
was sent with it and often what was found. So only its kind is looked at.
"""

import sqlite3
from collections.abc import Mapping

from sqlalchemy import exc

_MISFIT = "the mapping does not fit the database; compare its tables, columns and types"
_UNREADABLE = (
    "the database holds a value that cannot be read; compare the types in the mapping"
)
_BROKEN = "the connection to the database broke off, or none was made; try again later"
_BUSY = "the database did not answer in time; try again later"
_FORBIDDEN = (
    "the database account cannot read this; let it read the tables and columns mapped"
)
_NO_CONNECTION = (
    "no connection to the database came free in time; enlarge the engine's pool"
)

_STATES: Mapping[str, str] = {
    "42501": _FORBIDDEN,
    "57014": _BUSY,  # a time limit of the statement, or somebody cancelled it
    "55P03": _BUSY,  # a time limit of a lock
    "22": _UNREADABLE,
    "28": "the database does not accept the credentials; renew them",
    "40": _BUSY,  # two transactions in each other's way
    "42": _MISFIT,
}
"""By SQLSTATE, or by its class (PostgreSQL, appendix A; ISO/IEC 9075)."""

_CODES: Mapping[int, str] = {
    sqlite3.SQLITE_ERROR: _MISFIT,
    sqlite3.SQLITE_BUSY: "the database is locked by somebody who writes; try again later",
    sqlite3.SQLITE_LOCKED: "the database is locked by somebody who writes; try again later",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened; check its path",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore it from a copy",
    sqlite3.SQLITE_NOTADB: "the file is not a database; check its path",
}
"""By SQLite's result code."""


def meaning_of(error: Exception) -> str:
    """Return a sentence on what went wrong and what to do, without the error's text."""
    if isinstance(error, exc.TimeoutError):
        return _NO_CONNECTION
    found = getattr(error, "orig", None)
    state = getattr(found, "sqlstate", None) or getattr(found, "pgcode", None) or ""
    code = getattr(found, "sqlite_errorcode", None) or 0
    known = _STATES.get(state) or _STATES.get(state[:2]) or _CODES.get(code & 0xFF)
    return known or _by_class(error)


def _by_class(error: Exception) -> str:
    match error:
        case exc.OperationalError() | exc.InterfaceError():
            return _BROKEN
        case exc.ProgrammingError():
            return _MISFIT
        case exc.DataError() | ValueError() | TypeError() | LookupError():
            return _UNREADABLE
        case _:
            kind = type(error).__name__
            return f"the database failed with `{kind}`; look at its log"
