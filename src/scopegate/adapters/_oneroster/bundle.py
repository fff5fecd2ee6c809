"""A OneRoster bundle of CSV files, a zip or a folder, read a line at a time.

A zip is not unpacked to disk, and not trusted: how much a file holds is bounded by
what the zip says and again by what comes out of it.
"""

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from attrs import frozen

from ..._base.values import EMPTY, quoted
from ...errors import SourceError
from ...records.files import csv_rows
from .words import word

T = TypeVar("T")

LONGEST_LINE = 2**20
"""The most bytes of one line."""

_MOST_CONTENTS = 2**20
_MOST_PACKED = 200
_SMALL = 2**20
_VERSIONS = ("1.1", "1.2")
_MODES = frozenset({"bulk", "delta", "absent", ""})
_END = struct.Struct("<4s8xL")
"""The end of a zip: its mark, and after four counts the size of its contents."""

_ALL = (
    *("academicSessions", "classes", "classResources", "courses", "courseResources"),
    *("demographics", "enrollments", "orgs", "roles", "userProfiles", "userResources"),
    *("users",),
)
"""The files that are read here; three of them are new in 1.2."""

_OTHERS = (
    *("categories", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales"),
    *("resources", "resultLearningObjectiveIds", "results", "resultScoreScales"),
    *("scoreScales",),
)
"""Those of the gradebook and of resources."""

_NEW = frozenset({"roles", "userProfiles", "userResources"})

Open = Callable[[str], IO[bytes] | None]
"""Opens a file of the bundle by its name; None where there is none."""


class Row(dict[str, Any]):
    """A row of a file.

    Attributes:
        line: The line it ends in.
    """

    line: int = 0


class _Counted:
    """Lines, and how many of them were taken so far."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self.number = lines, 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.number += 1
            yield line


@frozen
class Bundle:
    """A bundle that is open.

    Attributes:
        name: What it is called in an error.
        opener: Opens its files.
        most_bytes: The most bytes of one file, unpacked.
        is_partial: Whether files that hold only changes are read, too.
        version: The version of OneRoster that its manifest names; 1.1 or 1.2.
        modes: For each file whether it is bulk or delta; no other is there.
    """

    name: str
    opener: Open
    most_bytes: int
    is_partial: bool
    version: str = ""
    modes: Mapping[str, str] = EMPTY

    def rows(self, file: str, *needed: str) -> Iterator[Row]:
        """Yield the rows of `<file>.csv`; none where the manifest has no such file.

        Args:
            file: Its name, without the end.
            *needed: Headings without which no one can tell what a row is.

        Raises:
            SourceError: It is missing, broken, or holds only changes.
        """
        mode = self.modes.get(file)
        if mode is None:
            return
        if mode == "delta" and not self.is_partial:
            problem = "holds only what changed; pass `deltas=True` to read that"
            raise SourceError(self.source(file), problem)
        yield from self.read(file, *needed)

    def read(self, file: str, *needed: str) -> Iterator[Row]:
        """Yield the rows of a file whatever the manifest says.

        Raises:
            SourceError: It is missing or broken.
        """
        source = self.source(file)
        stream = self.opener(f"{file}.csv")
        if stream is None:
            raise SourceError(self.name, f"has no `{file}.csv` at its top; add it")
        with stream:
            is_first, lines = True, _Counted(self._lines(stream, source))
            for found in csv_rows(lines, source):
                row = Row(found)
                row.line = lines.number
                lost = [name for name in needed if not isinstance(row.get(name), str)]
                if is_first and lost:
                    problem = f"has no column {quoted(lost)}; add it"
                    raise SourceError(source, problem, 1)
                is_first = False
                yield row

    def source(self, file: str) -> str:
        """Return the name of a file in an error."""
        return f"{self.name}/{file}.csv"

    def fault(self, file: str, row: Row, problem: str) -> SourceError:
        """Return the error that says what is wrong with a row."""
        return SourceError(self.source(file), problem, row.line)

    def has(self, file: str) -> bool:
        """Tell whether there is a file of that name, whatever the manifest says."""
        stream = self.opener(f"{file}.csv")
        if stream is not None:
            stream.close()
        return stream is not None

    def _lines(self, stream: IO[bytes], source: str) -> Iterator[bytes]:
        """Yield the lines of a file, within its bounds."""
        number, left = 1, self.most_bytes
        while line := _tried(
            lambda: stream.readline(LONGEST_LINE + 1), source, "unpacked", number
        ):
            left -= len(line)
            if len(line) > LONGEST_LINE:
                problem = f"is longer than {LONGEST_LINE:,} bytes; is it a CSV file?"
                raise SourceError(source, problem, number)
            if left < 0:
                raise SourceError(source, _too_large(self.most_bytes), number)
            yield line
            number += 1


@contextmanager
def opened(path: Path, most_bytes: int, *, deltas: bool) -> Iterator[Bundle]:
    """Open the bundle at *path*, its manifest read.

    Raises:
        SourceError: There is none, or its manifest cannot be read.
    """
    with ExitStack() as stack:
        is_folder = path.is_dir()
        found = _folder(path) if is_folder else _archive(path, most_bytes, stack)
        opener = _closed_by(stack, found)
        bare = Bundle(path.name, opener, most_bytes, deltas)
        version, modes = _manifest(bare)
        yield Bundle(path.name, opener, most_bytes, deltas, version, modes)


def _closed_by(stack: ExitStack, opener: Open) -> Open:
    """Return an opener whose files are closed with *stack*."""

    def opened_file(name: str) -> IO[bytes] | None:
        stream = opener(name)
        if stream is not None:
            stack.callback(stream.close)
        return stream

    return opened_file


def _manifest(bare: Bundle) -> tuple[str, Mapping[str, str]]:
    """Return the version, and how each file that is there was made."""
    source, told = bare.source("manifest"), dict[str, str]()
    for row in bare.read("manifest", "propertyName", "value"):
        name, value = word(row["propertyName"]), str(row["value"]).strip()
        if told.setdefault(name, value) != value:
            raise SourceError(source, f"says two things of {quoted([name])}; keep one")
    version = told.get("oneroster.version", "")[:3]
    if version not in _VERSIONS:
        problem = f"names no version that can be read: {', '.join(_VERSIONS)}"
        raise SourceError(source, problem)
    modes = dict(_modes(told, source))
    for file in _ALL:
        is_old = version == "1.1" and file in _NEW
        if file not in modes and not is_old and bare.has(file):
            problem = (
                f"does not name `{file}.csv`, which is there; name it, or take it out"
            )
            raise SourceError(source, problem)
    return version, {n: mode for n, mode in modes.items() if mode in {"bulk", "delta"}}


def _modes(told: Mapping[str, str], source: str) -> Iterator[tuple[str, str]]:
    """Yield each file that a manifest names, and how it was made."""
    files = {word(file): file for file in (*_ALL, *_OTHERS)}
    for name, value in told.items():
        start, _, rest = name.partition(".")
        if start != "file":
            continue
        file, mode = files.get(rest.removesuffix("*")), word(value)
        if file is None:
            problem = (
                f"names {quoted([name])}, which is not a file of OneRoster; correct it"
            )
            raise SourceError(source, problem)
        if mode not in _MODES:
            said = f"says of {quoted([f'file.{file}'])} neither bulk, delta nor absent"
            raise SourceError(source, f"{said}; correct it")
        yield file, mode


def _folder(folder: Path) -> Open:
    def opener(name: str) -> IO[bytes] | None:
        place = folder / name
        if not place.is_file():
            return None
        return _tried(lambda: place.open("rb"), f"{folder.name}/{name}", "opened")

    return opener


def _archive(path: Path, most_bytes: int, stack: ExitStack) -> Open:
    """Return a function that opens the files of a zip; *stack* closes the zip."""
    _check_contents(path)
    archive = stack.enter_context(_tried(lambda: ZipFile(path), path.name, "opened"))

    def opener(name: str) -> IO[bytes] | None:
        found = [info for info in archive.infolist() if info.orig_filename == name]
        source = f"{path.name}/{name}"
        if len(found) > 1:
            raise SourceError(source, "is in the zip twice; keep one")
        if not found:
            return None
        _check_packed(found[0], source, most_bytes)
        packed = _tried(lambda: archive.open(found[0]), source, "unpacked")
        return io.BufferedReader(packed)  # type: ignore[type-var]  # it can be read as one

    return opener


def _check_contents(path: Path) -> None:
    """Refuse a zip whose table of contents alone would fill the memory."""
    with _tried(lambda: path.open("rb"), path.name, "opened") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - 2**16 - 22))
        tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        raise SourceError(
            path.name, "is not a zip; name a zip or a folder of CSV files"
        )
    if _END.unpack_from(tail, place)[1] > _MOST_CONTENTS:
        problem = "holds far more files than a bundle has; zip the CSV files alone"
        raise SourceError(path.name, problem)


def _check_packed(info: ZipInfo, source: str, most_bytes: int) -> None:
    """Refuse a file of a zip that is locked, or a bomb."""
    if info.flag_bits & 1:
        raise SourceError(source, "is locked with a password; zip it without one")
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise SourceError(source, "is packed in an unusual way; zip it with deflate")
    if info.file_size > most_bytes:
        raise SourceError(source, _too_large(most_bytes))
    if info.file_size > max(_SMALL, _MOST_PACKED * info.compress_size):
        problem = f"unpacks to more than {_MOST_PACKED} times its size; is it a bomb?"
        raise SourceError(source, problem)


def _too_large(most_bytes: int) -> str:
    return f"holds more than {most_bytes:,} bytes; raise `most_bytes` if it may"


def _tried(does: Callable[[], T], source: str, done: str, line: int = 0) -> T:
    """Return the result of *does*; a failure is reported without its text."""
    try:
        return does()
    except Exception as error:  # a broken zip raises nearly anything, and may show data
        failure = type(error).__name__
    problem = f"cannot be {done} (`{failure}`); is it whole, and may it be read?"
    raise SourceError(source, problem, line)
