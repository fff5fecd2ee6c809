"""A file before SQLite touches it: whether it can be a ledger at all."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from ...errors import UnfitLedgerError
from .._sql.owned import OPENING

WAL_IS_SAFE_FROM = (3, 51, 3)
"""The SQLite that fixed the race which can damage a file in WAL mode."""

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
    """A connection that is counted, so that no one else opens its file meanwhile.

    Closing *any* descriptor of a file drops all POSIX locks that this process has
    on it, those of SQLite's transactions too (fcntl(2)). So a header is read only
    while no connection of ours has the file open; one that has was checked.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self.execute = connection.execute
        self._connection = connection
        self._identity = _identity(path)
        _IN_USE[self._identity] += 1

    def close(self) -> None:
        """Close the connection."""
        with OPENING:
            try:
                self._connection.close()
            finally:
                _IN_USE[self._identity] -= 1


_IN_USE: Counter[Identity | None] = Counter()


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
    header = b"" if _IN_USE[_identity(path)] else _header(path)
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
