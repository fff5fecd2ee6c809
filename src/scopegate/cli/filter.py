"""`scopegate filter`: the records of a file, and of each exactly what may flow."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

import click
from rich.progress import Progress

from ..catalogue.catalogue import Catalogue
from ..consent.grant import Grant
from ..errors import ScopegateError
from ..gate.access import Access
from ..policy.denial import denied
from ..records.files import Record, csv_rows, csv_writer, json_line, json_lines
from .arguments import access_for, catalogue_option, grant_option, json_option
from .files import FileFormat, format_of, headings_of, refuse_same_file
from .output import console, exit_code_of, tell
from .private import written_file
from .summary import Summary, report

_FORMATS = click.Choice(FileFormat, case_sensitive=False)
_DASH = Path("-")


@click.command("filter")
@catalogue_option
@grant_option
@click.option("--resource", required=True, metavar="NAME", help="What the records are.")
@click.option("--from", "read_as", type=_FORMATS, help="Of INPUT; default: by name.")
@click.option("--to", "write_as", type=_FORMATS, help="Of OUTPUT; default: by name.")
@json_option
@click.argument(
    "source",
    metavar="[INPUT]",
    default="-",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.argument(
    "target",
    metavar="[OUTPUT]",
    default="-",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)
def filter_records(
    catalogue: Catalogue,
    grant: Grant,
    resource: str,
    read_as: FileFormat | None,
    write_as: FileFormat | None,
    source: Path,
    target: Path,
    *,
    as_json: bool,
) -> None:
    """Filter records, JSON Lines or CSV, down to what a grant permits.

    INPUT and OUTPUT are files; `-`, the default, is stdin and stdout. Records
    stream through, so the size of INPUT does not matter. A summary follows on
    stderr; with --json it is JSON, and on stdout where OUTPUT is a file.
    """
    access = access_for(catalogue, grant)
    if not access.permit.fields_of(resource):
        raise denied(access.permit, resource)
    with ExitStack() as stack:
        lines = stack.enter_context(_opened(source, target))
        records, headings = _records(lines, source, read_as or format_of(source))
        summary = Summary(access, resource, headings, write_as or format_of(target))
        output = stack.enter_context(_made(target))
        failure = _run(access, records, summary, _writer(output, summary))
        output.flush()
    _end(summary, failure, as_json=as_json, to_stderr=target == _DASH)


def _made(target: Path) -> AbstractContextManager[IO[bytes]]:
    """Return the output, open; a new file is its owner's only."""
    if target != _DASH:
        return written_file(target)
    return click.open_file("-", "wb")


@contextmanager
def _opened(source: Path, target: Path) -> Iterator[IO[bytes]]:
    """Give the input, with a bar on stderr that shows how much of it is read."""
    with click.open_file(str(source), "rb") as lines:
        refuse_same_file(lines, target)
        if not _shows_progress(source, target):
            yield lines
            return
        size = source.stat().st_size
        with Progress(console=console(stderr=True), transient=True) as bar:
            yield bar.wrap_file(cast(BinaryIO, lines), size, description="Filtering")


def _shows_progress(source: Path, target: Path) -> bool:
    """Tell whether a bar helps: a size is known, and it disturbs no output."""
    if source == _DASH or not sys.stderr.isatty():
        return False
    return target != _DASH or not sys.stdout.isatty()


def _records(
    lines: IO[bytes], source: Path, kind: FileFormat
) -> tuple[Iterator[Record], frozenset[str] | None]:
    """Return the records, and for CSV its headings."""
    name = "stdin" if source == _DASH else source.name
    if kind is FileFormat.JSONL:
        return json_lines(lines, name), None
    headings, rows = headings_of(lines)
    return csv_rows(rows, name), headings


def _writer(output: IO[bytes], summary: Summary) -> Callable[[Record], object]:
    if summary.columns is None:
        return lambda record: output.write(json_line(record))
    return csv_writer(output, list(summary.columns))


def _end(
    summary: Summary,
    failure: ScopegateError | None,
    *,
    as_json: bool,
    to_stderr: bool,
) -> None:
    """Say what was done, and what kept the rest from being done."""
    if failure is not None:
        tell(failure)
    report(summary, as_json=as_json, to_stderr=to_stderr)
    if failure is not None:
        click.get_current_context().exit(exit_code_of(failure))


def _run(
    access: Access,
    records: Iterator[Record],
    summary: Summary,
    write: Callable[[Record], object],
) -> ScopegateError | None:
    """Filter every record; return what kept the rest from being read, if anything."""
    try:
        for record in records:
            summary.read += 1
            released = access.filter(summary.resource, record)
            if released is not None:
                write(released)
                summary.released += 1
    except ScopegateError as error:
        summary.is_complete = False
        return error
    return None
