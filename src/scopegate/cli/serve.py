"""`scopegate serve --demo`: the pages in a browser, on a made-up year."""

import errno
import shlex
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.text import Text

from .._base.values import quoted
from ..consent.decision import Actor
from .demo.demo import new_ledger
from .output import console, shown

LEDGER = "demo-year.db"
"""The file in which `--export` keeps the ledger."""


@click.command()
@click.option("--demo", is_flag=True, help="Needed: it serves the made-up year only.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 is any that is free.",
)
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also keep the ledger of the year there, to try commands with.",
)
def serve(host: str, port: int, folder: Path | None, *, demo: bool) -> None:
    """Serve the pages of a made-up year to a browser: no one in it is real.

    You can be any of its people, and decide. No one signs in.
    """
    if not demo:
        message = (
            "it serves the made-up year only, with --demo; in a service of your own"
            " mount `scopegate.web.consent_app`"
        )
        raise click.UsageError(message)
    from .demo import site  # an extra, and slow to load

    with ExitStack() as ends:
        listening = ends.enter_context(closing(_listening(host, port)))
        kept = folder or Path(ends.enter_context(TemporaryDirectory()))
        ledger = ends.enter_context(new_ledger(kept, LEDGER))
        line = Text("playing a made-up year, which takes some seconds", "quiet")
        console(stderr=True).print(line)
        app = site.demo_app(ledger)
        _say_where(listening, site.DEFAULT, folder)
        site.serve_until_stopped(app, listening)


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, before anything takes time.

    Raises:
        UsageError: There cannot be one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.encode("idna"), port), family=family)
    except (OSError, UnicodeError) as error:
        is_taken = getattr(error, "errno", None) == errno.EADDRINUSE
        why = "is in use" if is_taken else "cannot be listened on"
        message = f"port {port} of {quoted([host])} {why}; name another"
        raise click.UsageError(message) from None


def _say_where(listening: socket.socket, actor: Actor, folder: Path | None) -> None:
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if listening.family == socket.AF_INET6 else host
    out = console()
    out.print(shown(f"http://{name}:{port}/", "bold"), soft_wrap=True)
    out.print(f"You are {actor.name}, {actor.role}; the bar on each page changes that.")
    if folder is not None:
        words = ["--ledger", str(folder / LEDGER), "--school", "999901"]
        line = f"scopegate page dashboard --catalogue assembly {shlex.join(words)}"
        out.print(Text("The ledger is kept. Print a page of it:"))
        out.print(shown(f"  {line}", "bold"), soft_wrap=True)
    out.print("Press Ctrl-C to stop.")
