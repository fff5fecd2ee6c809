"""Scopes, fields and the made-up record of a page, in a terminal."""

from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..._base.values import printable
from ...pages.preview import Preview
from ...pages.scopes import FieldGroup, FieldView, JointView, ScopeView
from ..drawing import pairs_table
from ..output import shown


def scope_lines(scope: ScopeView, box: str) -> Padding:
    """Return a scope with every field, behind its box.

    Args:
        scope: The scope.
        box: Three characters: `[x]`, `[ ]`, or three spaces for no box.
    """
    head = Text.assemble(
        (f"{box} ", "bold"),
        shown(scope.title, "bold"),
        "  ",
        shown(scope.key, "quiet"),
        "  ",
        (scope.sensitivity, "special" if scope.is_special else "personal"),
        f"  {scope.size}",
        ("  new", "stays") if scope.is_new else "",
    )
    rows = [
        ("Why", shown(scope.reason, "italic")),
        ("Fields", field_lines(scope.groups)),
        ("And", shown(scope.above, "quiet")),
        ("Brings along", shown(", ".join(scope.includes))),
        ("May write to", shown(", ".join(scope.writes))),
    ]
    told = pairs_table([(name, text) for name, text in rows if text])
    description = [shown(scope.description)] if scope.description else []
    body = Padding(Group(*description, told), (0, 0, 0, 4))
    return Padding(Group(head, body), (1, 0, 0, 0))


def field_lines(groups: Iterable[FieldGroup]) -> Text:
    """Return fields by kind of record; what asks for special care says so."""
    lines = (
        Text.assemble((printable(g.resource), "bold"), ": ", _titles(g.fields))
        for g in groups
    )
    return Text("\n").join(lines)


def _titles(fields: Iterable[FieldView]) -> Text:
    return Text(", ").join(map(_title, fields))


def _title(leaf: FieldView) -> Text:
    marks = [("special care", leaf.is_special), ("new", leaf.is_new)]
    told = ", ".join(mark for mark, holds in marks if holds)
    return shown(leaf.title).append(f" ({told})" if told else "", "stays")


def joint_lines(rules: Iterable[JointView]) -> Iterator[RenderableType]:
    """Yield the lines about fields that need several scopes together."""
    for rule in rules:
        scopes = ", ".join(rule.scopes)
        yield Text()
        yield shown(f"Only if all of {scopes} are authorised:", "stays")
        yield Padding(field_lines(rule.groups), (0, 0, 0, 4))


def preview_parts(preview: Preview | None, app: str) -> Iterator[RenderableType]:
    """Yield one made-up record, before and after; nothing where there is none."""
    if preview is None:
        return
    yield Padding(Text("One made-up record", "bold underline"), (1, 0, 0, 0))
    count = f"{preview.flowing} of {preview.total} fields"
    title = preview.title.lower()
    yield shown(f"With these boxes {app} would receive {count} of a made-up {title}.")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Field", "The MIS holds", "The app receives"):
        table.add_column(heading, overflow="fold")
    for row in preview.rows:
        if row.scopes or row.after is not None:
            after = Text("nothing", "stays") if row.after is None else shown(row.after)
            table.add_row(shown(row.title), shown(row.before), after)
    yield table
