"""The files that `scopegate filter` reads and writes: formats, headings, sameness."""

import csv
import os
import stat
from collections.abc import Iterator
from enum import StrEnum
from io import UnsupportedOperation
from itertools import chain
from pathlib import Path
from typing import IO

import click


class FileFormat(StrEnum):
    """How records are written down."""

    JSONL = "jsonl"
    CSV = "csv"


def format_of(path: Path) -> FileFormat:
    """Return the format that a file's name shows, or JSON Lines."""
    return FileFormat.CSV if path.suffix.lower() == ".csv" else FileFormat.JSONL


def headings_of(lines: IO[bytes]) -> tuple[frozenset[str], Iterator[bytes]]:
    """Return the headings of a CSV file, and all its lines, the headings' too.

    Faults of the headings are left to the code that reads the lines.
    """
    kept: list[bytes] = []

    def first_lines() -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line.decode("utf-8-sig", "replace")

    try:
        row = next((row for row in csv.reader(first_lines()) if row), [])
    except csv.Error:
        row = []
    return frozenset(row), chain(kept, lines)


def refuse_same_file(source: IO[bytes], target: Path) -> None:
    """Refuse to write the very file that is being read.

    Raises:
        UsageError: *target* is the file that *source* reads.
    """
    try:
        read, written = os.fstat(source.fileno()), target.stat()
    except (OSError, UnsupportedOperation):  # no file yet, or no file at all
        return
    if stat.S_ISREG(read.st_mode) and os.path.samestat(read, written):
        message = "INPUT and OUTPUT are the same file; write to another one"
        raise click.UsageError(message)
