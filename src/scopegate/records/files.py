"""Reading and writing CSV and JSON Lines, a record at a time."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from ..errors import SourceError

Record = dict[str, Any]


def json_lines(lines: Iterable[bytes], source: str) -> Iterator[Record]:
    """Yield the objects of JSON Lines; blank lines are passed over.

    Raises:
        SourceError: A line is not a JSON object; names its number and shows nothing.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _json_object(line, source, number)


def _json_object(line: bytes, source: str, number: int) -> Record:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        whole = line.endswith(b"\n")
        problem = (
            "is not JSON"
            if whole
            else "is not JSON, and cut short; was it written whole?"
        )
        raise SourceError(
            source, f"{problem}; the lines before it were read", number
        ) from None
    if not isinstance(found, dict):
        problem = "holds no object; write one record a line"
        raise SourceError(source, f"{problem}; the lines before it were read", number)
    return found


def csv_rows(lines: Iterable[bytes], source: str) -> Iterator[Record]:
    """Yield the rows of a CSV file by its headings, every value as text.

    A heading with dots, such as `demographics.gender`, makes a nested object.

    Raises:
        SourceError: A heading is there twice or is missing, a row has another
            number of columns than the headings, or the text is not UTF-8.
    """
    reader = csv.reader(_decoded(lines, source), strict=True)
    headings = _next(reader, source)
    if headings is None:
        return
    _check_headings(headings, source)
    while (row := _next(reader, source)) is not None:
        if len(row) != len(headings):
            problem = f"has {len(row)} columns where the headings have {len(headings)}"
            raise SourceError(
                source, f"{problem}; the rows before it were read", reader.line_num
            )
        yield _nested(zip(headings, row, strict=True))


def _check_headings(headings: list[str], source: str) -> None:
    """Refuse headings by which a column would be lost."""
    paths = [tuple(heading.split(".")) for heading in headings]
    objects = {path[:size] for path in paths for size in range(1, len(path))}
    if len(set(headings)) != len(headings):
        raise SourceError(source, "a heading is there twice; rename one", 1)
    if not all(map(all, paths)):
        raise SourceError(source, "a heading is empty; name every column", 1)
    if objects & set(paths):
        problem = "a heading is a value and an object at once; rename one"
        raise SourceError(source, problem, 1)


def _next(reader: Any, source: str) -> list[str] | None:
    """Return the next row that is not empty, or None at the end."""
    try:
        return next((row for row in reader if row), None)
    except csv.Error:
        longest = f"{csv.field_size_limit():,} characters"
        problem = f"is not CSV; is a quote left open, or a cell above {longest}?"
        raise SourceError(source, problem, reader.line_num) from None


def _decoded(lines: Iterable[bytes], source: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            problem = "is not UTF-8; save the file as UTF-8"
            raise SourceError(source, problem, number) from None
        yield text


def _nested(cells: Iterable[tuple[str, str]]) -> Record:
    record: Record = {}
    for heading, cell in cells:
        *above, last = heading.split(".")
        here = record
        for name in above:
            here = here.setdefault(name, {})
        here[last] = cell
    return record


def json_line(record: Record) -> bytes:
    """Return a released record as a line of JSON, dates and similar values as text."""
    text = json.dumps(
        record, ensure_ascii=False, separators=(",", ":"), default=_as_text
    )
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _as_text(value: object) -> str:
    match value:
        case date() | time():  # a datetime is a date
            return value.isoformat()
        case bytes():
            return value.hex()
        case Decimal() | UUID():
            return str(value)
        case _:
            message = "a released record holds plain values only"
            raise TypeError(message)


def csv_writer(stream: IO[bytes], columns: list[str]) -> Callable[[Record], None]:
    """Write the headings *columns* (paths without lists) and return a row writer.

    A missing value and null are both an empty cell.
    """

    def write(cells: Iterable[object]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\r\n").writerow(cells)
        stream.write(line.getvalue().encode("utf-8", "surrogatepass"))

    def cell(record: Record, column: str) -> object:
        found: Any = record
        for name in column.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return (
            found
            if found is None or isinstance(found, str | int | float)
            else _as_text(found)
        )

    write(columns)
    return lambda record: write(cell(record, column) for column in columns)


READERS: dict[str, Callable[[Iterable[bytes], str], Iterator[Record]]] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".csv": csv_rows,
}
"""How to read a file, by the end of its name."""


def records_of(path: Path) -> Iterator[Record]:
    """Yield the records of a CSV or JSON Lines file, opened when the first is asked.

    Raises:
        SourceError: The file is not there, of another kind, or broken.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise SourceError(path.name, f"is not of a kind that can be read: {known}")
    try:
        stream = path.open("rb")
    except OSError as error:
        problem = f"cannot be opened: {error.strerror}"
        raise SourceError(path.name, problem) from None
    with stream:
        yield from reader(stream, path.name)
