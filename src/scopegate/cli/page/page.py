"""`scopegate page`: what a school is shown, printed or in a file, with no service."""

from pathlib import Path

import click

from ..._base.values import quoted
from ...catalogue.catalogue import Catalogue
from ...consent.presentation import DecisionKind
from ...evidence.receipt import receipt_for, school_of
from ...ledgers.base import Ledger, app_stream, school_stream
from ...pages.desk import Desk
from ...pages.receipt import ReceiptPage
from ...pages.request import RequestPage
from ...register.register import ConsentRegister
from ..arguments import catalogue_option, json_option
from ..ledgers import Opening, ledger_option, print_files, school_option, unknown_school
from ..output import console, write_json
from ..private import new_file
from ..progress import progress_bar
from .plain import to_plain
from .text import Page, page_text

_school = click.option("--school", required=True, metavar="SCHOOL", help="The school.")
_app = click.option("--app", required=True, metavar="APP", help="The app.")
_out = click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one HTML file instead, to open or print; it must be new.",
)


@click.group()
def page() -> None:
    """Print a page as it is now, or write it to a file.

    Nothing is written to the ledger: a page that is printed was not shown.
    """


@page.command()
@catalogue_option
@ledger_option
@_school
@_app
@click.option(
    "--tick",
    "ticked",
    multiple=True,
    metavar="KEY",
    help="An optional scope to tick; may be repeated.",
)
@_out
@json_option
def request(
    catalogue: Catalogue,
    opening: Opening,
    school: str,
    app: str,
    ticked: tuple[str, ...],
    target: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print what a school reads before it decides on what an app asks.

    Where its grant answers that already, this is the grant, to be changed, and
    without --tick the boxes are ticked as the grant has them.
    """
    with opening() as ledger:
        desk = _desk(catalogue, ledger)
        _know_school(ledger, school)
        found = _request(desk, school, app, ticked)
    _give(found, target, as_json=as_json)


@page.command()
@catalogue_option
@ledger_option
@_school
@_out
@json_option
def dashboard(
    catalogue: Catalogue,
    opening: Opening,
    school: str,
    target: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print which apps have what of a school, and what waits for it."""
    with opening() as ledger:
        _know_school(ledger, school)
        found = _desk(catalogue, ledger).school(school)
    _give(found, target, as_json=as_json)


@page.command("app")
@catalogue_option
@ledger_option
@_app
@_out
@json_option
def of_app(
    catalogue: Catalogue,
    opening: Opening,
    app: str,
    target: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print the state of an app at each school, as its vendor may see it."""
    with opening() as ledger:
        if not ledger.position(app_stream(app)):
            message = f"the ledger has nothing of app {quoted([app])}"
            raise click.UsageError(message)
        found = _desk(catalogue, ledger).app(app)
    _give(found, target, as_json=as_json)


@page.command()
@ledger_option
@school_option
@click.option("--revision", type=click.IntRange(min=1), help="By default the newest.")
@_out
@json_option
@click.argument("grant")
def receipt(
    opening: Opening,
    school: str | None,
    revision: int | None,
    target: Path | None,
    grant: str,
    *,
    as_json: bool,
) -> None:
    """Print the receipt of a GRANT, by its id, as the school sees it.

    `scopegate receipt` writes it with its proof.
    """
    with opening() as ledger, progress_bar("Looking for the grant") as progress:
        found = receipt_for(
            ledger,
            school=school or school_of(ledger, grant, progress),
            grant=grant,
            revision=revision,
        )
    _give(ReceiptPage.of(found), target, as_json=as_json)


def _desk(catalogue: Catalogue, ledger: Ledger) -> Desk:
    return Desk(ConsentRegister(catalogue, ledger))


def _know_school(ledger: Ledger, school: str) -> None:
    if not ledger.position(school_stream(school)):
        raise unknown_school(school)


def _request(desk: Desk, school: str, app: str, ticked: tuple[str, ...]) -> RequestPage:
    """Return the page with the boxes that are ticked, or that the grant has.

    Raises:
        UsageError: A box is to be ticked that is not offered.
    """
    found = desk.request(school, app, ticked)
    if unknown := sorted({*ticked} - found.shown.offered):
        offered = quoted(sorted(found.shown.offered)) or "nothing"
        message = f"{quoted(unknown)} cannot be ticked; {offered} can"
        raise click.UsageError(message)
    grant = desk.case(school, app).grant
    if grant is None or ticked or found.shown.asking is not DecisionKind.AMENDMENT:
        return found
    return desk.page(found.shown, grant.ticked)


def _give(found: Page, target: Path | None, *, as_json: bool) -> None:
    """Write a page to a file, or print it for scripts or people."""
    if target:
        from .file import page_file  # an extra, and slow to load

        _write(target, page_file(found))
        print_files(iter([target]), as_json=as_json)
    elif as_json:
        write_json(to_plain(found))
    else:
        console().print(page_text(found))


def _write(target: Path, content: bytes) -> None:
    try:
        with new_file(target) as file:
            file.write(content)
    except FileExistsError:
        message = f"{quoted([str(target)])} is there already; name a new file"
        raise click.UsageError(message) from None
