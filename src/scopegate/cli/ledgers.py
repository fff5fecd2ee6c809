"""What the commands on ledgers are given: a ledger, a school, keys, folders."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import click

from .._base.secret import Secret
from .._base.values import quoted
from ..ledgers.base import Ledger, school_stream
from ..ledgers.sqlite import SQLiteLedger
from ..proofs.notes import Signer, Verifier
from .arguments import read
from .output import console, shown, write_json
from .private import FOLDER_MODE, new_file

T = TypeVar("T", bound=Callable[..., Any])

Opening = Callable[[], AbstractContextManager[Ledger]]
"""Opens a ledger, to be closed with `with`."""

_SERVER = re.compile(r"\s*(postgres(ql)?([+]\w+)?://|\w+\s*=)", re.IGNORECASE)
"""How an address starts: libpq's two forms, and SQLAlchemy's."""

_LONGEST_NAME = 200  # most file systems take 255 bytes, the end among them
_KEPT_OF_NAME = 80

_USUAL = "the path of a SQLite file, or postgresql://user@host:5432/name"


class LedgerType(click.ParamType[Opening]):
    """A SQLite file that exists, or a PostgreSQL server."""

    name = "ledger"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Opening:
        """Return a function that opens the ledger; it never makes a new one."""
        if not os.path.isfile(value):
            if _SERVER.match(value):
                return partial(_on_server, value)
            # What may be an address with a password is not repeated.
            is_plain = not set(value) & set("@:=?")
            problem = (
                f"file {quoted([value])} does not exist"
                if is_plain
                else f"the file does not exist; give {_USUAL}"
            )
            self.fail(problem, param, ctx)
        if not Path(value).stat().st_size:
            self.fail(
                f"the file {quoted([value])} is empty, and not a ledger", param, ctx
            )
        return partial(SQLiteLedger, value)


def _on_server(address: str) -> AbstractContextManager[Ledger]:
    from ..ledgers.postgres import PostgresLedger  # an extra, and slow to load

    return PostgresLedger(address)


class SignerType(click.ParamType[Signer]):
    """A file with an Ed25519 private key in one line."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Signer:
        """Return the key; raise what is wrong with it for the command to report."""
        text = Secret(read(Path(value), lambda path: path.read_bytes()))
        from ..proofs.signing import Ed25519Signer  # it needs an extra

        return Ed25519Signer.from_text(text.value.decode("latin-1").strip())


class VerifierType(click.ParamType[Verifier]):
    """An Ed25519 public key in one line."""

    name = "key"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Verifier:
        """Return the key; raise what is wrong with it for the command to report."""
        from ..proofs.signing import Ed25519Verifier  # it needs an extra

        return Ed25519Verifier.from_text(value)


ledger_option = click.option(
    "--ledger",
    "opening",
    required=True,
    type=LedgerType(),
    metavar="FILE|postgresql://...",
    help="The ledger: a SQLite file, or a PostgreSQL server.",
)
school_option = click.option("--school", metavar="SCHOOL", help="Only this school.")
key_file_option = click.option(
    "--key-file",
    "signer",
    type=SignerType(),
    metavar="FILE",
    help="Sign with the Ed25519 private key in this file.",
)


def folder_option(help: str) -> Callable[[T], T]:
    """Return the option that names a folder to write files into."""
    return click.option(
        "--to",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIRECTORY",
        help=help,
    )


def school_streams(ledger: Ledger, school: str | None) -> tuple[str, ...]:
    """Return the streams of decisions: of every school, or of the one named.

    Raises:
        UsageError: The ledger knows no such school.
    """
    if school is None:
        prefix = school_stream("")
        return tuple(name for name in ledger.streams() if name.startswith(prefix))
    if not ledger.position(school_stream(school)):
        raise unknown_school(school)
    return (school_stream(school),)


def unknown_school(school: str) -> click.UsageError:
    """Return the error for a school that the ledger does not know."""
    return click.UsageError(f"the ledger has nothing of school {quoted([school])}")


def file_name(stream: str, suffix: str) -> str:
    """Return a name for a file about a stream, which leads into no folder.

    Of a name that is too long for a file system the start is kept, and a hash of the
    whole behind a `+`, which is in no other.
    """
    name = quote(stream.partition("/")[2], safe="", errors="surrogatepass")
    if len(name) > _LONGEST_NAME:
        whole = sha256(stream.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{name[:_KEPT_OF_NAME]}+{whole}"
    return name + suffix


def write_new(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """Write files into a folder that is new or empty, and yield where each is.

    Raises:
        UsageError: There is something in the folder; nothing is written.
        OSError: A file cannot be written.
    """
    make_empty(folder)
    for name, content in files.items():
        yield write_one(folder / name, content)


def make_empty(folder: Path) -> None:
    """Make a folder for files, its owner's only; one that is there must be empty.

    Raises:
        UsageError: There is something in it.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        message = f"{quoted([str(folder)])} is not empty; name a new directory"
        raise click.UsageError(message)


def write_one(path: Path, content: bytes) -> Path:
    """Write a new file, and return where it is.

    Raises:
        OSError: It cannot be written.
    """
    with new_file(path) as file:
        file.write(content)
    return path


def print_files(paths: Iterator[Path], *, as_json: bool, **more: object) -> None:
    """Print where files are; for a script with what *more* there is to say."""
    written = [str(path) for path in paths]
    if as_json:
        write_json({"files": written, **more})
        return
    for path in written:
        console().print(shown(path), soft_wrap=True)
