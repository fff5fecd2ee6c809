"""`scopegate ledger`: verify a ledger, take checkpoints of it, export it."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from .._base.values import printable
from ..catalogue.catalogue import Catalogue
from ..errors import DamagedLedgerError, Fault, FaultsError, ProofError
from ..evidence.audit import Audit, checkpoint_of, verify
from ..ledgers.base import Ledger, disclosure_stream, school_stream
from ..proofs.merkle import leaf_hash
from ..proofs.notes import Signer, Verifier
from .arguments import CatalogueType, json_option, read
from .ledgers import (
    Opening,
    VerifierType,
    file_name,
    folder_option,
    key_file_option,
    ledger_option,
    make_empty,
    print_files,
    school_option,
    school_streams,
    unknown_school,
    write_one,
)
from .output import ExitCode, console, counted, fault_rows, shown, tell, write_json
from .private import new_file
from .progress import progress_bar


@click.group()
def ledger() -> None:
    """Look after a ledger: all that schools decided, and what was released."""


@ledger.command("verify")
@ledger_option
@school_option
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A checkpoint that was kept elsewhere; may be repeated.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=VerifierType(),
    metavar="VKEY",
    help="A public key; each checkpoint must be signed by one of these.",
)
@click.option(
    "--catalogue",
    "catalogues",
    multiple=True,
    type=CatalogueType(),
    metavar="FILE",
    help="A catalogue of your own that was in force, in TOML; may be repeated.",
)
@json_option
def verify_ledger(
    opening: Opening,
    school: str | None,
    checkpoints: tuple[Path, ...],
    keys: tuple[Verifier, ...],
    catalogues: tuple[Catalogue, ...],
    *,
    as_json: bool,
) -> None:
    """Tell whether a ledger is what was written to it.

    Every event is read, and compared with what it was when it was written and
    with those before it. What was made of a built-in catalogue, or of one that is
    given, is made again and compared. Only a checkpoint that was kept elsewhere can show that no one
    rewrote the whole ledger.
    """
    if keys and not checkpoints:
        message = "--key is for checkpoints; give one with --checkpoint"
        raise click.UsageError(message)
    notes = {str(path): read(path, lambda p: p.read_bytes()) for path in checkpoints}
    streams = school and (school_stream(school), disclosure_stream(school))
    with opening() as found, progress_bar("Verifying") as progress:
        audit = verify(
            found,
            streams=streams or None,
            checkpoints=notes,
            verifiers=keys or None,
            progress=progress,
            catalogues=[
                *map(Catalogue.builtin, Catalogue.builtin_names()),
                *catalogues,
            ],
        )
    if school and audit.is_sound and not audit.events:
        raise unknown_school(school)
    _report(audit, len(notes), as_json=as_json)


def _report(audit: Audit, given: int, *, as_json: bool) -> None:
    """Print what was found, and end with 1 if there are faults."""
    if as_json:
        found = {
            "ok": audit.is_sound,
            "streams": audit.streams,
            "events": audit.events,
            "checkpoints": {"given": given, "hold": audit.checkpoints},
            "faults": fault_rows(audit.faults),
        }
        write_json(found)
    elif audit.is_sound:
        _print_sound(audit)
    else:
        tell(FaultsError("the ledger", audit.faults))
    if not audit.is_sound:
        click.get_current_context().exit(ExitCode.REFUSED)


def _print_sound(audit: Audit) -> None:
    size = f"{counted(audit.streams, 'stream')}, {counted(audit.events, 'event')}"
    console().print(shown(f"no faults in {size}", "flows"), soft_wrap=True)
    held = f"{counted(audit.checkpoints, 'checkpoint')} kept elsewhere"
    if audit.checkpoints:
        text = f"compared with {held}: what they committed to is still there"
    else:
        text = (
            "compared with no checkpoint kept elsewhere, so no one can tell whether"
            " the whole was rewritten"
        )
    console().print(shown(text, "quiet"), soft_wrap=True)


@ledger.command()
@ledger_option
@school_option
@key_file_option
@folder_option("Write one file for each school there; it must be new or empty.")
@json_option
def checkpoint(
    opening: Opening,
    school: str | None,
    signer: Signer | None,
    folder: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print a checkpoint of each school's decisions, to be kept by somebody else.

    It is a few lines of text (C2SP tlog-checkpoint): the log's name, its size and
    the root of its Merkle tree, and a signature if there is a key. A school whose
    decisions cannot be read, or written down, keeps no other from its checkpoint;
    it is told at the end, with 1.
    """
    signers = (signer,) if signer else ()
    faults: list[Fault] = []
    with opening() as found, progress_bar("Reading") as progress:
        streams = school_streams(found, school)
        notes = {}
        for done, stream in enumerate(streams):
            progress(done, len(streams))
            with _kept_apart(stream, faults):
                notes[stream] = checkpoint_of(found, stream, signers=signers).to_text()
    if folder:
        make_empty(folder)
        print_files(_write(folder, notes, faults), as_json=as_json)
    elif as_json:
        write_json([{"stream": s, "checkpoint": text} for s, text in notes.items()])
    else:
        for text in notes.values():
            click.echo(text)
    _end(faults)


def _write(
    folder: Path, notes: Mapping[str, str], faults: list[Fault]
) -> Iterator[Path]:
    """Write a file for each stream that can be written, and yield where each is."""
    for stream, text in notes.items():
        path = folder / file_name(stream, ".checkpoint")
        with _kept_apart(stream, faults):
            write_one(path, text.encode())
            yield path


@contextmanager
def _kept_apart(stream: str, faults: list[Fault]) -> Iterator[None]:
    """Note what is wrong with one stream, and go on with the others."""
    try:
        yield
    except (DamagedLedgerError, ProofError) as error:
        faults.append(Fault(f"stream `{printable(stream)}`", str(error)))
    except OSError as error:
        if error.filename is None:  # not of a file, but of where all is written
            raise
        problem = f"its file cannot be written: {error.strerror}"
        faults.append(Fault(f"stream `{printable(stream)}`", problem))


def _end(faults: list[Fault]) -> None:
    """Say what was wrong with some streams, and end with 1 if anything was."""
    if faults:
        tell(FaultsError("the ledger", faults))
        click.get_current_context().exit(ExitCode.REFUSED)


@ledger.command()
@ledger_option
@school_option
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write there instead of to stdout; the file must be new.",
)
@json_option
def export(
    opening: Opening, school: str | None, target: Path | None, *, as_json: bool
) -> None:
    """Write every event as a line of JSON: stream, position, leaf hash, event.

    What is written names no pupil, except those whom a school itself listed as
    covered by a grant, or left out. A summary follows on stderr; with --json it
    is JSON, and on stdout where --to is given. A stream that is damaged is left
    out, and told at the end, with 1.
    """
    faults: list[Fault] = []
    is_quiet = target is None and sys.stdout.isatty()
    with opening() as found, progress_bar("Exporting", is_quiet=is_quiet) as progress:
        streams = _exported(found, school)
        with new_file(target) if target else click.open_file("-", "wb") as output:
            events = 0
            for done, stream in enumerate(streams):
                progress(done, len(streams))
                with _kept_apart(stream, faults):
                    events += _export(found, stream, output)
    whole = len(streams) - len(faults)
    _summarise(whole, events, as_json=as_json, to_stderr=target is None)
    _end(faults)


def _exported(found: Ledger, school: str | None) -> tuple[str, ...]:
    if school is None:
        return tuple(found.streams())
    (decisions,) = school_streams(found, school)
    return decisions, disclosure_stream(school)


def _export(found: Ledger, stream: str, output: IO[bytes]) -> int:
    bodies = found.bodies(stream)
    for position, body in enumerate(bodies, start=1):
        # The event stays as it is kept, since its bytes are what is hashed.
        head = {"stream": stream, "position": position, "leaf": leaf_hash(body).hex()}
        start = json.dumps(head).removesuffix("}")
        output.write(start.encode() + b', "event": ' + body + b"}\n")
    return len(bodies)


def _summarise(streams: int, events: int, *, as_json: bool, to_stderr: bool) -> None:
    if as_json:
        write_json({"streams": streams, "events": events}, stderr=to_stderr)
        return
    text = f"{counted(streams, 'stream')}, {counted(events, 'event')} exported"
    console(stderr=True).print(shown(text), soft_wrap=True)
