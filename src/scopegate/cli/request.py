"""`scopegate request check`: what keeps a request from being published, and advice."""

from pathlib import Path

import click
from rich.text import Text

from ..catalogue.catalogue import Catalogue
from ..consent.advice import Advice, advise
from ..consent.request import AccessRequest
from ..errors import Fault, InvalidRequestError
from .arguments import catalogue_option, json_option, read
from .output import (
    ExitCode,
    console,
    counted,
    fault_rows,
    shown,
    tell,
    write_json,
)
from .request_file import request_of


@click.group()
def request() -> None:
    """Look at what an app asks for."""


@request.command()
@catalogue_option
@click.option(
    "--scopes",
    metavar="TEXT",
    help='Instead of FILE: "students.basic students.emails:optional".',
)
@json_option
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(
    catalogue: Catalogue, scopes: str | None, file: Path | None, *, as_json: bool
) -> None:
    """List the faults of a request, and advise its developer.

    FILE is TOML (app, purpose, required, optional, and the tables reasons and
    terms), or JSON as scopegate writes it.
    """
    if (file is None) == (scopes is None):
        message = "give a FILE or --scopes, one of the two"
        raise click.UsageError(message)
    try:
        found = _request(file, scopes or "")
        faults = found.faults(catalogue)
        advice = advise(found, catalogue)
    except InvalidRequestError as error:
        faults, advice = error.faults, ()
    if scopes is not None:
        faults = tuple(f for f in faults if f.place not in {"app", "purpose"})
    _report(str(file or "the scopes"), faults, advice, as_json=as_json)


def _request(file: Path | None, scopes: str) -> AccessRequest:
    return read(file, request_of) if file else AccessRequest.from_scope_string(scopes)


def _report(
    subject: str,
    faults: tuple[Fault, ...],
    advice: tuple[Advice, ...],
    *,
    as_json: bool,
) -> None:
    """Print what was found, and end with 1 if there are faults."""
    if as_json:
        given = [
            {"scope": a.scope, "code": a.code, "message": a.message} for a in advice
        ]
        write_json({"ok": not faults, "faults": fault_rows(faults), "advice": given})
    else:
        _print(advice)
        if faults:
            tell(InvalidRequestError(subject, faults))
        else:
            found = f"{counted(len(advice), 'piece')} of advice"
            line = shown(f"no faults in {subject}; {found}", "flows")
            console().print(line, soft_wrap=True)
    if faults:
        click.get_current_context().exit(ExitCode.REFUSED)


def _print(advice: tuple[Advice, ...]) -> None:
    out = console()
    for one in advice:
        out.print(
            Text("advice  ", "stays"),
            shown(one.scope or "terms", "bold"),
            "  ",
            shown(one.message),
            sep="",
            soft_wrap=True,
        )
