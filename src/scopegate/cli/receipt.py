"""`scopegate receipt`: what a school decided, for it to keep, with the proof."""

from pathlib import Path

import click

from ..evidence.receipt import Receipt, receipt_for, school_of
from ..ledgers.base import Ledger
from ..proofs.notes import Signer
from .arguments import json_option
from .ledgers import (
    Opening,
    folder_option,
    key_file_option,
    ledger_option,
    print_files,
    school_option,
    write_new,
)
from .output import console, shown, write_json
from .progress import progress_bar


@click.command()
@ledger_option
@school_option
@click.option("--revision", type=click.IntRange(min=1), help="By default the newest.")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Prove it over so many events of the school: those of a checkpoint you keep.",
)
@key_file_option
@folder_option("Write the receipt's files there; it must be new or empty.")
@click.option(
    "--include-people",
    is_flag=True,
    help="Write the event even if it names people whom the school listed.",
)
@json_option
@click.argument("grant")
def receipt(
    opening: Opening,
    school: str | None,
    revision: int | None,
    size: int | None,
    signer: Signer | None,
    folder: Path | None,
    grant: str,
    *,
    include_people: bool,
    as_json: bool,
) -> None:
    """Print the receipt of a GRANT, by its id; or write it with its proof.

    Without --school every school is looked through. With --json it is JSON-LD,
    in the W3C's profile of ISO/IEC TS 27560:2023.
    """
    with opening() as ledger:
        made = receipt_for(
            ledger,
            school=school or _found(ledger, grant),
            grant=grant,
            revision=revision,
            size=size,
            signers=[signer] if signer else [],
        )
    if folder:
        _write(made, folder, include_people=include_people, as_json=as_json)
    elif as_json:
        write_json(made.to_json_ld())
    else:
        click.echo(made.to_text(), nl=False)


def _found(ledger: Ledger, grant: str) -> str:
    with progress_bar("Looking for the grant") as progress:
        return school_of(ledger, grant, progress)


def _write(made: Receipt, folder: Path, *, include_people: bool, as_json: bool) -> None:
    """Write the files and print where they are."""
    files = made.files(include_people=include_people)
    is_left_out = made.names_people and not include_people
    written = write_new(folder, files)
    print_files(written, as_json=as_json, event_left_out=is_left_out)
    if is_left_out and not as_json:
        text = (
            "the event names people whom the school listed, and was left out, so the"
            " files do not show what was decided; --include-people writes it"
        )
        console(stderr=True).print(shown(text, "stays"), soft_wrap=True)
