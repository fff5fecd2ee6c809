"""A file before SQLite touches it: whether it can be a ledger at all."""

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from ...errors import UnfitLedgerError
from .._sql.owned import OPENING

WAL_IS_SAFE_FROM = (3, 51, 3)
"""The SQLite that fixed the race which can damage a file in WAL mode."""

_ADDRESS = re.compile(r"^\s*[\w+.-]+://|\bpassword\s*=", re.IGNORECASE)

_MAGIC = b"SQLite format 3\x00"
_MODE = slice(18, 20)  # the write and read versions, of which 2 is WAL
_WAL = 2

Identity = tuple[int, int]


class Connection(Protocol):
    """What is used of a connection to SQLite."""

    def execute(
        self, sql: str, params: Sequence[object] = ()
    ) -> Iterable[Sequence[object]]:
        """Carry out one statement and return its rows."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class OpenFile:
    """A connection that is known of, so that no one else opens its file meanwhile.

    Closing *any* descriptor of a file drops all POSIX locks that this process has
    on it, those of SQLite's transactions too (fcntl(2)). So a header is read only
    while no connection of ours has the file open; one that has was checked.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self.execute = connection.execute
        self.schema_version: object = None  # of the tables that were looked at
        self.identity = _identity(path)
        self._connection = connection
        _OPEN.add(self)

    def close(self) -> None:
        """Close the connection."""
        with OPENING:
            try:
                self._connection.close()
            finally:
                _OPEN.discard(self)


_OPEN: WeakSet[OpenFile] = WeakSet()
"""Those whose file may be locked; one that is collected has closed it."""


def is_address(path: str) -> bool:
    """Tell whether *path* is the address of a server, which may hold a password."""
    return _ADDRESS.search(path) is not None and not os.path.isfile(path)


def check_name(path: str) -> None:
    """Check that *path* names a file that may be made or opened.

    Raises:
        UnfitLedgerError: It does not.
    """
    if path in {"", ":memory:"}:
        problem = "it would be lost with the process; give a path, or use MemoryLedger"
        raise UnfitLedgerError(path, problem)
    if not Path(path).absolute().parent.is_dir():
        raise UnfitLedgerError(path, "its folder does not exist; make the folder first")
    if Path(path).is_dir():
        raise UnfitLedgerError(path, "it is a folder; give the path of a file in it")


def check_header(path: Path, sqlite_version: tuple[int, ...]) -> None:
    """Check that a file, if there is one, may be given to SQLite; hold `OPENING`.

    Raises:
        UnfitLedgerError: It is not a database, or in WAL mode below SQLite 3.51.3.
    """
    identity = _identity(path)
    is_open = any(each.identity == identity for each in list(_OPEN))
    header = b"" if is_open else _header(path)
    if header and header[: len(_MAGIC)] != _MAGIC and not _has_journal(path):
        problem = (
            "it is not a SQLite database; give another path, or restore it from a copy"
        )
        raise UnfitLedgerError(str(path), problem)
    if _WAL in header[_MODE] and sqlite_version < WAL_IS_SAFE_FROM:
        problem = (
            "it is in WAL mode, which SQLite below 3.51.3 can damage; use a newer "
            "SQLite, or run `PRAGMA journal_mode = DELETE` on it while it is not in use"
        )
        raise UnfitLedgerError(str(path), problem)


def make_private(path: Path) -> None:
    """Make the file, if it is missing, one that only its owner may read.

    It names people whom schools left out. SQLite gives its journal the same rights.
    """
    with suppress(OSError):  # it is there, or SQLite says what is wrong
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        os.close(os.open(path.resolve(), flags, mode=0o600))


def _has_journal(path: Path) -> bool:
    """Tell whether power failed while the file was written, which SQLite repairs.

    The first page may be lost then: what was under way is in the journal, which SQLite
    keeps next to the target of a link.
    """
    file = path.resolve()
    return file.with_name(f"{file.name}-journal").exists()


def _header(path: Path) -> bytes:
    """Return the first bytes; empty if the file is not there, or not to be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MODE.stop)
    except OSError:
        return b""  # SQLite says what is wrong


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
