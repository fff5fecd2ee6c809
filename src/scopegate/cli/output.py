"""What every command prints with: consoles, escaped text, errors, exit codes."""

import json
from enum import IntEnum
from typing import Any

import click
from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from .._base.values import a, printable
from ..catalogue.field import Sensitivity
from ..errors import (
    CodecError,
    Fault,
    FaultsError,
    MissingExtraError,
    PathError,
    ScopegateError,
    SourceError,
    UnknownNameError,
)

WIDEST = 120
"""Lines longer than this are tiring to read, however wide the terminal."""

_THEME = Theme(
    {
        "step": "bold cyan",
        "flows": "green",
        "stays": "yellow",
        "stopped": "bold red",
        "quiet": "dim",
        "public": "green",
        "personal": "cyan",
        "special": "bold magenta",
        "secret": "bold red",
    }
)


class ExitCode(IntEnum):
    """How a command ends; shown by `scopegate --help`."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CUT_SHORT = 3


class _Console(Console):
    """A console that leaves a closed pipe to its caller."""

    def on_broken_pipe(self) -> None:
        """Let the error through; the commands end quietly on it."""
        raise  # rich calls this from its own `except`


def console(*, stderr: bool = False) -> Console:
    """Return a console for people; text is shown as it is, never as markup."""
    made = _Console(
        stderr=stderr, theme=_THEME, markup=False, emoji=False, highlight=False
    )
    made.width = min(made.width, WIDEST)
    return made


def shown(text: object, style: str = "") -> Text:
    """Return outside text so that it can upset no terminal."""
    return Text(printable(str(text)), style=style)


def sensitivity(level: Sensitivity) -> Text:
    """Return a sensitivity in its colour."""
    return Text(level.value, style=level.value)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, `1 field` or `1,200 fields`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def write_json(document: Any, *, stderr: bool = False) -> None:
    """Print a document for scripts; it is plain ASCII, so no terminal minds it."""
    click.echo(json.dumps(document, indent=2), err=stderr)


def fault_rows(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    """Return faults for a script."""
    return [{"place": fault.place, "message": fault.message} for fault in faults]


def tell(error: ScopegateError | str) -> None:
    """Say on stderr what went wrong: one line, and one more for each fault."""
    match error:
        case FaultsError():
            count = counted(len(error.faults), "fault")
            lines = [f"{count} in {error.subject}", *map(str, error.faults)]
        case CodecError() if len(error.problems) > 1:
            lines = [f"this is not {a(error.kind)}", *error.problems]
        case _:
            lines = [str(error)]
    first, *rest = map(printable, lines)
    click.echo(f"scopegate: {first}", err=True)
    for line in rest:
        click.echo(f"  {line}", err=True)


def exit_code_of(error: ScopegateError) -> ExitCode:
    """Return the exit code of a command that met *error*."""
    match error:
        case SourceError():
            return ExitCode.CUT_SHORT
        case UnknownNameError() | CodecError() | PathError() | MissingExtraError():
            return ExitCode.USAGE
        case _:
            return ExitCode.REFUSED
