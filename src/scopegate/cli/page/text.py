"""The pages in a terminal: the words of the web, for people without a browser."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...pages.before import Before
from ...pages.grant import GrantView
from ...pages.history import HistoryLine
from ...pages.matrix import Cell, Matrix
from ...pages.receipt import ReceiptPage
from ...pages.request import ChangesPage, RequestPage
from ...pages.school import AppCard, SchoolDashboard
from ...pages.situation import Situation, Tone
from ...pages.vendor import AppDashboard, AtSchool
from ..drawing import pairs_table
from ..output import shown
from .scopes import field_lines, joint_lines, preview_parts, scope_lines

T = TypeVar("T")

Page = RequestPage | SchoolDashboard | ReceiptPage | AppDashboard
Parts = Iterator[RenderableType]
Rows = Iterable[tuple[str, str]]

_STYLES: Mapping[Tone, str] = {
    Tone.FLOWS: "flows",
    Tone.ASKS: "stays",
    Tone.STOPPED: "stopped",
    Tone.QUIET: "quiet",
}


def page_text(page: Page) -> Group:
    """Return a page to print, at any width from some 60 columns on."""
    match page:
        case RequestPage():
            return Group(*_request(page))
        case SchoolDashboard():
            return Group(*_dashboard(page))
        case ReceiptPage():
            return Group(*_receipt(page))
        case _:
            return Group(*_app(page))


_NOTHING_YET = "Nothing of it flows until it is authorised."
_AS_BEFORE = "What was authorised goes on unchanged until the school decides."


def _request(page: RequestPage) -> Parts:
    yield shown(page.title, "bold")
    yield shown(page.shown.purpose)
    yield shown(f"{page.summary}.")
    is_change = isinstance(page, ChangesPage)
    yield Text(_AS_BEFORE if is_change else _NOTHING_YET)
    yield Text()
    yield _rows(_about(page))
    yield from _account(page)
    if isinstance(page, ChangesPage):
        yield from _changes(page)
    yield _heading("Required: the app does not work without these")
    for scope in page.required:
        yield scope_lines(scope, " * ")
    yield _heading("Optional: every box may be left empty")
    for scope in page.optional:
        yield scope_lines(scope, "[x]" if scope.is_ticked else "[ ]")
    yield from joint_lines(page.joint)
    yield from preview_parts(page.preview, page.shown.app)
    yield Text()
    yield _rows([("What is shown (SHA-256)", page.shown.digest)])


def _about(page: RequestPage) -> Iterator[tuple[str, str]]:
    yield "Stands", page.situation.label
    yield from page.terms
    yield "MIS", page.connection
    if page.lapses:
        yield "Decide by", page.lapses
    if page.two_people:
        yield "Two people", f"authorise what is {page.two_people}, or weighs more"
    if page.waiting:
        waits = page.waiting
        yield (
            "Authorised by one",
            f"{waits.by}, {waits.at}; a second until {waits.until}",
        )


def _changes(page: ChangesPage) -> Parts:
    yield _heading("What would change")
    new = ", ".join(page.new) or "Nothing: no scope is asked for that is not authorised"
    yield _rows([*page.reminder, ("New", new)])
    if page.goes:
        yield Text("Flows now, and would stop:", "stays")
        yield Padding(field_lines(page.goes), (0, 0, 0, 4))


def _account(page: RequestPage | SchoolDashboard) -> Parts:
    if page.unchecked:
        yield shown(page.unchecked, "stays")
    for one in page.lacking:
        lacked = ", ".join(one.permissions)
        yield shown(f"The MIS account lacks, for {one.scope}: {lacked}", "stays")


def _dashboard(page: SchoolDashboard) -> Parts:
    yield shown(page.title, "bold")
    yield shown(page.summary)
    for stop in page.stops:
        yield shown(f"{stop.sentence} {stop.means}", "stopped")
    yield Text()
    two = f"authorise what is {page.two_people}, or weighs more"
    people = [("Two people", two)] if page.two_people else []
    yield _rows(
        [
            ("MIS", page.connection),
            *people,
            ("As of", page.at),
            ("Times", f"of {page.zone}"),
        ]
    )
    yield from _account(page)
    if page.unneeded:
        spare = ", ".join(page.unneeded)
        yield shown(f"The MIS account holds, and nothing needs: {spare}", "stays")
    flows = [card for card in page.authorised if card not in page.waiting]
    above = [card.app for card in page.authorised if card in page.waiting]
    yield from _listed_before(page.to_authorise_again)
    yield from _listed("Waits for the school", page.waiting, _card)
    yield from _listed("Has data of this school", flows, _card)
    if above:
        yield shown(f"  Also {', '.join(above)}, above.", "quiet")
    yield from _listed("Nothing flows", page.others, _card)
    if page.matrix.rows:
        yield _heading("The flow of data")
        yield from _matrix(page.matrix)
    yield from _history(page.history)


def _listed_before(found: Sequence[Before]) -> Parts:
    if found:
        yield from _listed("Authorised at a closed school", found, _before)


def _before(one: Before) -> Parts:
    yield shown(f"{one.app}, at {one.name}", "bold")
    yield _rows(_granted(one.grant))


def _card(card: AppCard) -> Parts:
    yield _named(card.app, card.situation)
    yield shown(card.purpose)
    if (grant := card.grant) is None:
        return
    if not card.has_grant:
        yield _rows([("Ended", grant.ended or "By time")])
        return
    unread = ", ".join(s.title for s in grant.unread) or "None"
    read = [("Last accessed", grant.last_accessed), ("Not read for 90 days", unread)]
    yield _rows([*_granted(grant), *_people_check(grant), *read])


def _granted(grant: GrantView) -> Rows:
    yield "Since", grant.since
    yield "By", grant.by
    yield "Until", grant.until
    yield "People", grant.people
    yield "Scopes", ", ".join(scope.title for scope in grant.scopes)


def _people_check(grant: GrantView) -> list[tuple[str, str]]:
    check = grant.people_check
    return [("In the MIS", f"{check.sentence}. {check.advice}")] if check else []


def _matrix(matrix: Matrix) -> Parts:
    """Yield the matrix; its columns are numbered, so that many fit."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Scope", overflow="fold")
    for number, _ in enumerate(matrix.columns, 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    for row in matrix.rows:
        table.add_row(shown(row.title), *(cell.mark for cell in row.cells))
    yield table
    yield _rows((str(n), column.app) for n, column in enumerate(matrix.columns, 1))
    used = (cell for cell in Cell if cell.mark and matrix.counts[cell])
    yield _rows((cell.mark, cell.sentence) for cell in used)


def _history(lines: Sequence[HistoryLine]) -> Parts:
    yield _heading("What happened, the newest first")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("When", "App", "What, and by whom"):
        table.add_column(title, overflow="fold")
    for line in lines:
        told = "; ".join(text for text in (line.what, line.by, line.detail) if text)
        table.add_row(line.at, shown(line.app or "The school"), shown(told))
    yield table


def _receipt(page: ReceiptPage) -> Parts:
    yield shown(page.title, "bold")
    yield Text()
    yield _rows(page.facts)
    yield _heading("Who decided")
    for one in page.deciders:
        yield shown(f"{one.who}, {one.at}, by {one.how}")
    yield _heading("What may flow")
    for scope in page.required:
        yield scope_lines(scope, " * ")
    for scope in page.ticked:
        yield scope_lines(scope, "[x]")
    yield from joint_lines(page.joint)
    yield _heading("Left empty, does not flow")
    left = [f"[ ] {scope.title}, {scope.size}" for scope in page.left]
    yield shown("\n".join(left) if left else "No box was left empty.")
    yield _heading("The app's terms")
    yield _rows(page.terms)
    yield _heading("What proves it")
    yield _rows([*page.proof, ("Times", f"of {page.zone}")])


def _app(page: AppDashboard) -> Parts:
    yield shown(f"{page.app} at its schools", "bold")
    yield shown(page.purpose)
    yield shown(f"Request {page.version}{', cancelled' if page.is_cancelled else ''}")
    yield from _listed("Schools", page.schools, _line)


def _line(line: AtSchool) -> Parts:
    yield _named(line.name, line.situation, line.label)
    yield shown(line.sentence)
    rows = {
        "Since": line.since,
        "Until": line.expires,
        "People": line.covers,
        "Authorised": ", ".join(line.granted),
        "Left out": ", ".join(line.refused),
        "Not decided": ", ".join(line.pending),
        "Stopped": ", ".join(line.stopped),
    }
    yield _rows((name, text) for name, text in rows.items() if text)


def _listed(title: str, found: Sequence[T], draw: Callable[[T], Parts]) -> Parts:
    """Yield things under a heading that counts them, each set in a little."""
    yield _heading(f"{title}: {len(found)}")
    for each in found:
        yield Padding(Group(*draw(each)), (1, 0, 0, 2))


def _named(name: str, situation: Situation, label: str = "") -> Text:
    tag = Text(label or situation.label, _STYLES[situation.tone])
    return Text.assemble(shown(name, "bold"), "  ", tag)


def _heading(title: str) -> RenderableType:
    return Padding(Text(title, "bold underline"), (1, 0, 0, 0))


def _rows(rows: Rows) -> Table:
    return pairs_table([(name, shown(text)) for name, text in rows])
