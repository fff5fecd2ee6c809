"""How the demo draws what the library says; it decides nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..access import Access
from ..adapters.base import Fetch
from ..connection import Connection
from ..grant import Grant
from ..permit import Permit, Reason, Withheld
from ..presentation import Presentation, PresentedScope
from .output import counted, sensitivity, shown

_BRIEFLY: Mapping[Reason, str] = {
    Reason.NOT_REQUESTED: "not asked for",
    Reason.REFUSED: "box left empty",
    Reason.NOT_IN_CATALOGUE: "not in the catalogue",
}
"""The reasons that the demo meets, short enough for a table."""


def leaves_of(value: object, path: str = "") -> dict[str, str]:
    """Return the text at each leaf of a record, by its path; empty ones are left out.

    >>> leaves_of({"id": 7, "emails": [{"email": "a@b"}, {"email": "c@d"}]})
    {'id': '7', 'emails[].email': 'a@b; c@d'}
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for leaf, text in _walk(value, path):
        found[leaf].append(text)
    return {leaf: "; ".join(texts) for leaf, texts in found.items()}


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, below in value.items():
                yield from _walk(below, f"{path}.{name}" if path else str(name))
        case list():
            for element in value:
                yield from _walk(element, f"{path}[]")
        case None | "":
            return
        case bool():
            yield path, "yes" if value else "no"
        case _:
            yield path, str(value)


def pairs_table(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    """Return names with what belongs to them, without lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="quiet", no_wrap=True)
    table.add_column()
    for name, value in rows:
        table.add_row(name, value)
    return table


def connection_table(connection: Connection, asked: Sequence[Fetch]) -> Table:
    """Return what was read to verify a connection, and what was not."""
    names = [path for fetch in asked for path in fetch.fields]
    resources = ", ".join(dict.fromkeys(fetch.resource.name for fetch in asked))
    return pairs_table(
        [
            ("verified", shown(connection.name, "bold")),
            ("URN", shown(connection.school)),
            ("MIS", shown(connection.mis)),
            ("asked for", shown(f"{counted(len(names), 'public field')} of {resources}")),
            ("not asked for", Text("anything about a person", "flows")),
        ]
    )


def request_panel(presentation: Presentation) -> Panel:
    """Return what a school is shown before it decides."""
    terms = presentation.terms
    parts: list[RenderableType] = [
        pairs_table(
            [
                ("purpose", shown(presentation.purpose)),
                ("kept", shown(terms.retention)),
                ("lawful basis", shown(terms.lawful_basis)),
                ("contact", shown(terms.contact)),
            ]
        )
    ]
    for title, scopes in (
        ("Required: the app does not work without these", presentation.required),
        ("Optional: tick what the app may have", presentation.optional),
    ):
        parts += [Text(), Text(title, "bold underline")]
        parts += [_scope(scope, presentation) for scope in scopes]
    title = f" {presentation.app} asks {presentation.school_name} "
    return Panel(
        Group(*parts), title=shown(title, "bold"), box=ROUNDED, padding=(1, 2)
    )


def _scope(scope: PresentedScope, presentation: Presentation) -> Padding:
    box = "[ ]" if scope.key in presentation.offered else " * "
    head = Text.assemble(
        (f"{box} ", "bold"), shown(scope.title, "bold"), "  ", shown(scope.key, "quiet")
    )
    head.append("  ").append_text(sensitivity(scope.sensitivity))
    fields = ", ".join(leaf.title for leaf in scope.fields)
    body = Group(
        shown(scope.description),
        Text.assemble(("Why     ", "quiet"), shown(scope.reason, "italic")),
        _hanging("Fields  ", fields),
    )
    return Padding(Group(head, Padding(body, (0, 0, 0, 4))), (1, 0, 0, 0))


def _hanging(label: str, text: str) -> Table:
    """Return a label with a text that wraps beside it, not under it."""
    grid = Table.grid()
    grid.add_column(style="quiet", no_wrap=True)
    grid.add_column()
    grid.add_row(label, shown(text))
    return grid


def decision_table(grant: Grant, presentation: Presentation) -> Group:
    """Return what was decided, by whom, on what."""
    boxes = Table(box=SIMPLE_HEAD, pad_edge=False)
    boxes.add_column("")
    boxes.add_column("Scope", no_wrap=True)
    boxes.add_column("Decided")
    for scope in presentation.required:
        boxes.add_row(" * ", shown(scope.key), Text("required", "flows"))
    for scope in presentation.optional:
        is_ticked = scope.key in grant.ticked
        mark, word = ("[x]", "ticked") if is_ticked else ("[ ]", "left empty")
        style = "flows" if is_ticked else "stays"
        boxes.add_row(Text(mark, style), shown(scope.key), Text(word, style))
    actor = grant.actor
    facts = pairs_table(
        [
            ("authorised by", shown(f"{actor.name}, {actor.role}")),
            ("at", shown(f"{grant.authorised_at:%d %B %Y, %H:%M} UTC")),
            ("grant", shown(f"{grant.id}, revision {grant.revision}")),
            ("pinned", shown(counted(len(grant.fields), "field"))),
            ("shown (SHA-256)", shown(grant.presentation)),
        ]
    )
    return Group(boxes, facts)


def before_and_after(
    app: str, access: Access, record: object, released: object
) -> Table:
    """Return one record beside what is released of it, a row for each leaf."""
    table = Table(box=ROUNDED, expand=True, padding=(0, 1))
    table.add_column("Field", ratio=9, overflow="fold")
    table.add_column("The MIS holds", ratio=8, overflow="fold")
    table.add_column(shown(f"{app} receives"), ratio=8, overflow="fold")
    before, after = leaves_of(record), leaves_of(released)
    for branch, paths in groupby(before, key=_branch):
        if branch:
            table.add_row(shown(branch, "bold"), "", "")
        for path in paths:
            name = f"  {path[len(branch) :].lstrip('.')}" if branch else path
            table.add_row(
                shown(name),
                shown(before[path]),
                _received(access.permit, path, after),
            )
    return table


def _branch(path: str) -> str:
    """Return the first name of a path that has more than one, or nothing."""
    first, dot, _ = path.partition(".")
    return first if dot else ""


def _received(permit: Permit, path: str, after: Mapping[str, str]) -> Text:
    if path in after:
        return shown(after[path], "flows")
    return Text(f"- {_reason(permit, path)}", "stays")


def _reason(permit: Permit, path: str) -> str:
    why = permit.why(f"student.{path}")
    return _BRIEFLY[why.reason] if isinstance(why, Withheld) else ""


def withheld_table(access: Access, record: object) -> Table:
    """Return how many leaves of a record are withheld, by the reason."""
    permit = access.permit
    by_reason: defaultdict[Reason, list[str]] = defaultdict(list)
    for path in leaves_of(record):
        why = permit.why(f"student.{path}")
        if isinstance(why, Withheld):
            by_reason[why.reason].append(path)
    rows = [
        (_BRIEFLY[reason], shown(f"{counted(len(paths), 'field')}: {reason.sentence}"))
        for reason, paths in by_reason.items()
    ]
    return pairs_table(rows)


def sentence_panel(error: Exception, title: str) -> Panel:
    """Return the sentence of a refusal, framed."""
    return Panel(
        shown(error), title=Text(title, "stopped"), title_align="left", box=ROUNDED
    )
