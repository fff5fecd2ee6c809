"""How the demo draws what the library says; it decides nothing."""

from collections.abc import Sequence
from itertools import groupby

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .._base.local_time import LocalTime
from .._base.values import printable
from ..adapters.base import Fetch
from ..consent.connection import Connection
from ..consent.grant import Grant
from ..consent.presentation import Presentation, PresentedScope
from .output import counted, sensitivity, shown


def pairs_table(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    """Return a table of names and what belongs to them, without lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="quiet", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table


def connection_table(connection: Connection, asked: Sequence[Fetch]) -> Table:
    """Return a table of what was read to verify a connection, and what was not."""
    names = [path for fetch in asked for path in fetch.fields]
    resources = ", ".join(dict.fromkeys(fetch.resource.name for fetch in asked))
    return pairs_table(
        [
            ("verified", shown(connection.name, "bold")),
            ("URN", shown(connection.school)),
            ("MIS", shown(connection.mis)),
            (
                "asked for",
                shown(f"{counted(len(names), 'public field')} of {resources}"),
            ),
            ("not asked for", Text("anything about a person", "flows")),
        ]
    )


def request_panel(presentation: Presentation) -> Panel:
    """Return a panel of what a school is shown before it decides."""
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
    return Panel(Group(*parts), title=shown(title, "bold"), box=ROUNDED, padding=(1, 2))


def _scope(scope: PresentedScope, presentation: Presentation) -> Padding:
    box = "[ ]" if scope.key in presentation.offered else " * "
    head = Text.assemble(
        (f"{box} ", "bold"), shown(scope.title, "bold"), "  ", shown(scope.key, "quiet")
    )
    head.append("  ").append_text(sensitivity(scope.sensitivity))
    rows = [
        ("Why", shown(scope.reason, "italic")),
        ("Fields", _fields(scope, presentation)),
    ]
    body = Group(shown(scope.description), pairs_table(rows))
    return Padding(Group(head, Padding(body, (0, 0, 0, 4))), (1, 0, 0, 0))


def _fields(scope: PresentedScope, presentation: Presentation) -> Text:
    """Return the fields of a scope, by resource; those listed above by reference."""
    above = [s for s in presentation.required if s.key in scope.includes]
    known = {leaf.path for s in above for leaf in s.fields}
    text = Text()
    new = [leaf for leaf in scope.fields if leaf.path not in known]
    for resource, leaves in groupby(new, lambda leaf: leaf.path.split(".")[0]):
        text.append("\n" if text else "").append(printable(resource), "bold")
        text.append(f": {printable(', '.join(leaf.title for leaf in leaves))}")
    for s in above:
        text.append(f"\nand the {len(s.fields)} of {printable(s.key)}, above", "quiet")
    return text


def decision_table(grant: Grant, presentation: Presentation, times: LocalTime) -> Group:
    """Return a table of what was decided, by whom, on what."""
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
            ("at", shown(times.instant(grant.authorised_at))),
            ("grant", shown(f"{grant.id}, revision {grant.revision}")),
            ("pinned", shown(counted(len(grant.fields), "field"))),
            ("shown (SHA-256)", shown(grant.decision.presentation)),
        ]
    )
    return Group(boxes, facts)


def sentence_panel(error: Exception, title: str) -> Panel:
    """Return the sentence of a refusal, framed."""
    return Panel(
        shown(error), title=Text(title, "stopped"), title_align="left", box=ROUNDED
    )
