"""The command `scopegate`, and how every command ends."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, cast

import click

from ..errors import ScopegateError
from .catalogue import catalogue
from .demo.demo import demo
from .explain import explain
from .filter import filter_records
from .ledger import ledger
from .output import ExitCode, exit_code_of, tell
from .page.page import page
from .permissions import permissions
from .receipt import receipt
from .request import request
from .serve import serve

_EPILOG = """\b
Exit codes:
  0  done (including when the reader of the output stops reading)
  1  faults were found, or scopegate refused
  2  wrong usage, or a file that cannot be read or written
  3  part of the input could not be read; everything before it was delivered
"""


class _Commands(click.Group):
    """A group of commands that end with a sentence, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes a sentence and an exit code."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError):  # somebody may have put another thing there
                cast(TextIOWrapper, stream).reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _stop_writing()
            ctx.exit(ExitCode.DONE)
        except ScopegateError as error:
            tell(error)
            ctx.exit(exit_code_of(error))
        except OSError as error:
            tell(_in_words(error))
            ctx.exit(ExitCode.USAGE)


def _in_words(error: OSError) -> str:
    if error.filename is not None:
        return f"`{error.filename}`: {error.strerror}"
    return f"the output broke off: {error.strerror}; what was written before is kept"


def _stop_writing() -> None:
    """Point stdout at nothing, or its flush at the very end would fail once more."""
    with suppress(OSError):
        out = sys.stdout.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, out)
        os.close(nothing)


@click.group(cls=_Commands, epilog=_EPILOG)
@click.version_option(package_name="scopegate")
def scopegate() -> None:
    """Let through exactly the school data that a school authorised.

    Start with `scopegate demo`.
    """


for _command in (
    demo,
    filter_records,
    explain,
    catalogue,
    request,
    permissions,
    receipt,
    ledger,
    page,
    serve,
):
    scopegate.add_command(_command)
