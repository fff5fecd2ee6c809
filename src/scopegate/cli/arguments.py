"""What commands are given: catalogues, grants, requests, read from their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .._base.values import quoted
from ..catalogue.catalogue import Catalogue
from ..consent.codec import from_json
from ..consent.connection import Connection
from ..consent.events import Authorised, Connected, Presented
from ..consent.grant import Grant
from ..consent.present import present
from ..consent.request import AccessRequest
from ..errors import UnknownCatalogueError
from ..gate.access import Access
from ..gate.gate import Gate
from ..ledgers.base import school_stream
from ..ledgers.memory import MemoryLedger

T = TypeVar("T")


class CatalogueType(click.ParamType[Catalogue]):
    """A built-in catalogue by its name, or a TOML file."""

    name = "catalogue"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Catalogue:
        """Return the catalogue; if it has faults, raise them for the command."""
        names = Catalogue.builtin_names()
        if value in names:
            return Catalogue.builtin(value)
        if not Path(value).exists():
            error = UnknownCatalogueError(value, names)
            self.fail(f"{error}; name one of {', '.join(names)}, or a TOML file")
        return read(Path(value), Catalogue.from_toml)


class GrantType(click.ParamType[Grant]):
    """A file that holds a grant."""

    name = "file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Grant:
        """Return the grant."""
        return read(Path(value), lambda path: from_json(path.read_bytes(), Grant))


def read(path: Path, reader: Callable[[Path], T]) -> T:
    """Return the value that *reader* makes of a file.

    Raises:
        BadParameter: The file cannot be read.
    """
    try:
        return reader(path)
    except OSError as error:
        message = f"{quoted([str(path)])} cannot be read: {error.strerror}"
        raise click.BadParameter(message) from error
    except RecursionError:
        message = f"{quoted([str(path)])} is nested too deeply"
        raise click.BadParameter(message) from None


catalogue_option = click.option(
    "--catalogue",
    required=True,
    type=CatalogueType(),
    metavar="NAME|FILE",
    help="A built-in catalogue, such as assembly, or a TOML file.",
)
grant_option = click.option(
    "--grant",
    required=True,
    type=GrantType(),
    metavar="FILE",
    help="A grant in JSON; `scopegate demo --export FOLDER` writes one.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for scripts."
)


def access_for(catalogue: Catalogue, grant: Grant) -> Access:
    """Return the access that a grant gives, enforced as in a running service.

    The grant file is taken as the evidence it is: that the school's connection
    was verified, and that the school was shown the boxes it ticked or left.
    """
    at = grant.authorised_at
    connection = Connection(grant.school, mis="", name="", verified_at=at)
    seen = present(catalogue, connection, _request_of(catalogue, grant), 0)
    ledger = MemoryLedger()
    ledger.append(
        school_stream(grant.school),
        [Connected(connection, at), Presented(seen, None, at), Authorised(grant, at)],
        expected=0,
    )
    return Gate(catalogue, ledger).open(school=grant.school, app=grant.app)


def _request_of(catalogue: Catalogue, grant: Grant) -> AccessRequest:
    """Return the request of the app, as far as the catalogue still has it."""
    offered = (grant.ticked | grant.unticked) & catalogue.scopes.keys()
    required = (set(grant.scopes) & catalogue.scopes.keys()) - offered
    return AccessRequest(grant.app, required=required, optional=offered)
