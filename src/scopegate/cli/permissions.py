"""`scopegate permissions`: what an MIS account must be allowed, and no more."""

from collections.abc import Callable
from pathlib import Path

import click

from .._base.values import quoted
from ..catalogue.catalogue import Catalogue
from ..consent.mis_account import AccountStatus, MisAccount
from ..consent.request import AccessRequest
from ..register.register import ConsentRegister
from .arguments import catalogue_option, json_option, read
from .ledgers import LedgerType, Opening, school_streams
from .output import ExitCode, console, counted, shown, write_json
from .permissions_text import account_to_json, apps_of, asked, needs_table
from .request_file import request_of


@click.command()
@catalogue_option
@click.option(
    "--request",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="For what an app asks; TOML or JSON, as `request check` reads it.",
)
@click.option("--mis", metavar="NAME", help="With --request: the MIS, as in bromcom.")
@click.option(
    "--held",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --request: what the account holds already, one permission a line.",
)
@click.option(
    "--ledger",
    "opening",
    type=LedgerType(),
    metavar="FILE|postgresql://...",
    help="For what a school authorised: the ledger that has it.",
)
@click.option("--school", metavar="SCHOOL", help="With --ledger: the school.")
@json_option
def permissions(
    catalogue: Catalogue,
    file: Path | None,
    mis: str | None,
    held: Path | None,
    opening: Opening | None,
    school: str | None,
    *,
    as_json: bool,
) -> None:
    """Say what an MIS account must be allowed, and no more.

    For a request, before anyone decides, give --request and --mis. For what a
    school has authorised by now, give --ledger and --school.
    """
    if file and mis and not (opening or school):
        request = read(file, request_of)
        found = _for_request(catalogue, request, mis, held)
        subject = f"{request.app or 'the request'} in {mis}"
        _report(found, subject, asked(catalogue, request), as_json=as_json)
    elif opening and school and not (file or mis or held):
        with opening() as ledger:
            school_streams(ledger, school)  # refuses a school that it does not know
            found = ConsentRegister(catalogue, ledger).mis_account(school=school)
        subject = f"school {school} in {found.mis}"
        _report(found, subject, apps_of(found), as_json=as_json)
    else:
        message = "give --request and --mis, or --ledger and --school"
        raise click.UsageError(message)


def _for_request(
    catalogue: Catalogue, request: AccessRequest, mis: str, held: Path | None
) -> MisAccount:
    names = None if held is None else read(held, _lines)
    found = MisAccount.for_request(catalogue, mis, request, held=names)
    if found.status is AccountStatus.NO_TABLE:
        known = quoted(catalogue.mis) or "none"
        message = (
            f"the catalogue has no permission table for {quoted([mis])}; it has {known}"
        )
        raise click.UsageError(message)
    return found


def _lines(path: Path) -> list[str]:
    """Return the names in a file, one a line; empty lines are skipped."""
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _report(
    found: MisAccount, subject: str, label: Callable[[str], str], *, as_json: bool
) -> None:
    """Print what was found, and end with 1 if the account lacks something."""
    if as_json:
        write_json(account_to_json(found))
    else:
        line = shown(subject, "bold").append(f": {found.sentence}", "not bold")
        console().print(line, soft_wrap=True)
        if found.needed is not None:
            console().print(needs_table(found, label))
            _print_sums(found)
    if found.missing:
        click.get_current_context().exit(ExitCode.REFUSED)


def _print_sums(found: MisAccount) -> None:
    total = counted(len(found.permissions or ()), "permission")
    sums = [(f"{total} needed, and no more that the catalogue names", "flows")]
    for text, names in (
        ("held without need", found.unneeded),
        ("held, and perhaps needed where the table says nothing", found.unjudged),
    ):
        if names:
            sums.append((f"{text}: {', '.join(sorted(names))}", "stays"))
    for line, style in sums:
        console().print(shown(line, style), soft_wrap=True)
