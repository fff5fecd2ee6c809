"""`scopegate catalogue`: check, show, list and compare catalogues."""

from pathlib import Path

import click
from rich.padding import Padding
from rich.text import Text

from ..catalogue.catalogue import Catalogue
from ..catalogue.diff import CatalogueDiff, Change, Effect, diff as compare
from ..errors import CatalogueError
from .arguments import CatalogueType, json_option, read
from .catalogue_text import (
    field_rows,
    overview_to_json,
    resource_to_json,
    scope_head,
    scope_to_json,
    scopes_table,
)
from .output import ExitCode, console, counted, fault_rows, shown, tell, write_json

_STYLES = {
    Effect.WIDENS: "stopped",
    Effect.NARROWS: "stays",
    Effect.REVIEW: "personal",
    Effect.UNCHANGED: "flows",
}


@click.group()
def catalogue() -> None:
    """Look at catalogues: the fields and scopes there are to ask for."""


@catalogue.command("list")
@json_option
def list_catalogues(*, as_json: bool) -> None:
    """List the built-in catalogues."""
    found = [Catalogue.builtin(name) for name in Catalogue.builtin_names()]
    if as_json:
        write_json([overview_to_json(one) for one in found])
        return
    for one in found:
        console().print(shown(one.id, "bold"), shown(_size(one)), sep="  ")


def _size(one: Catalogue) -> str:
    """Return a catalogue's version and how much is in it, as one line."""
    parts = (
        counted(len(one.resources), "resource"),
        counted(len(one.fields), "field"),
        counted(len(one.scopes), "scope"),
    )
    return f"{one.version}: {', '.join(parts)}"


@catalogue.command()
@json_option
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path, *, as_json: bool) -> None:
    """List every fault of a catalogue FILE, each with its place."""
    try:
        found = read(file, Catalogue.from_toml)
    except CatalogueError as error:
        if as_json:
            write_json({"ok": False, "faults": fault_rows(error.faults)})
        else:
            tell(error)
        click.get_current_context().exit(ExitCode.REFUSED)
    if as_json:
        write_json({"ok": True, "faults": [], **overview_to_json(found)})
    else:
        console().print(
            Text("no faults in ", "flows"), shown(found.id), " ", sep="", end=""
        )
        console().print(shown(_size(found)))


@catalogue.command()
@click.option("--scope", metavar="KEY", help="One scope, with every field.")
@click.option("--resource", metavar="NAME", help="One resource, with every field.")
@json_option
@click.argument("source", metavar="NAME|FILE", type=CatalogueType())
def show(
    source: Catalogue, scope: str | None, resource: str | None, *, as_json: bool
) -> None:
    """Show the scopes of a catalogue, or one scope or resource in full."""
    if scope and resource:
        message = "choose --scope or --resource, not both"
        raise click.UsageError(message)
    if scope:
        _show_scope(source, scope, as_json=as_json)
    elif resource:
        _show_resource(source, resource, as_json=as_json)
    elif as_json:
        scopes = [scope_to_json(source, key) for key in source.scopes]
        write_json({**overview_to_json(source), "scopes": scopes})
    else:
        console().print(shown(source.id, "bold"), shown(_size(source)), sep="  ")
        console().print(scopes_table(source))


def _show_scope(source: Catalogue, key: str, *, as_json: bool) -> None:
    source.scope(key)
    if as_json:
        write_json(scope_to_json(source, key))
        return
    console().print(scope_head(source, key))
    console().print(field_rows(source, source.fields_of([key])))


def _show_resource(source: Catalogue, name: str, *, as_json: bool) -> None:
    resource = source.resource(name)
    if as_json:
        write_json(resource_to_json(source, name))
        return
    title = shown(resource.title or name, "bold")
    count = counted(len(resource.fields), "field")
    console().print(title.append(f"  {count}, key {resource.key}", "quiet"))
    console().print(field_rows(source, [leaf.path for leaf in resource.fields]))


@catalogue.command()
@json_option
@click.argument("old", metavar="OLD", type=CatalogueType())
@click.argument("new", metavar="NEW", type=CatalogueType())
def diff(old: Catalogue, new: Catalogue, *, as_json: bool) -> None:
    """Say what changed from OLD to NEW, and what that means for grants."""
    found = compare(old, new)
    if as_json:
        write_json(_diff_to_json(found))
    elif found.is_empty:
        console().print(shown(f"{found.old} and {found.new} say the same"))
    else:
        _print_diff(found)


def _diff_to_json(found: CatalogueDiff) -> dict[str, object]:
    changes = [
        {
            "part": change.part,
            "name": change.name,
            "what": change.what,
            "effect": change.effect,
            "meaning": change.meaning,
        }
        for change in found.changes
    ]
    return {"old": found.old, "new": found.new, "changes": changes}


def _print_diff(found: CatalogueDiff) -> None:
    out = console()
    out.print(shown(f"{found.old} -> {found.new}", "bold"))
    for effect, style in _STYLES.items():
        changes = found.having(effect)
        if changes:
            out.print()
            count = counted(len(changes), "change")
            out.print(Text(f"{effect.value}: {count}", f"bold {style}"))
        for meaning in dict.fromkeys(change.meaning for change in changes):
            out.print(Padding(shown(meaning, "italic"), (0, 0, 0, 2)))
            for change in (one for one in changes if one.meaning == meaning):
                out.print(Padding(_line(change), (0, 0, 0, 4)))


def _line(change: Change) -> Text:
    name = shown(f"{change.part} {change.name}", "bold")
    return name.append("  ").append_text(shown(change.what))
