"""How a catalogue's scopes and resources are shown, to people and to scripts."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from ..catalogue.catalogue import Catalogue
from .drawing import pairs_table
from .output import sensitivity, shown


def overview_to_json(catalogue: Catalogue) -> dict[str, object]:
    """Return a catalogue as JSON, without its scopes."""
    return {
        "id": catalogue.id,
        "version": catalogue.version,
        "policy_version": catalogue.policy_version,
        "digest": catalogue.digest,
        "resources": list(catalogue.resources),
        "fields": len(catalogue.fields),
    }


def scope_to_json(catalogue: Catalogue, key: str) -> dict[str, object]:
    """Return a scope, with every field it would release."""
    scope = catalogue.scope(key)
    return {
        "key": key,
        "title": scope.title,
        "description": scope.description,
        "sensitivity": catalogue.sensitivity_of(key),
        "includes": list(scope.includes),
        "writes": list(scope.writes),
        "fields": list(catalogue.fields_of([key])),
    }


def resource_to_json(catalogue: Catalogue, name: str) -> dict[str, object]:
    """Return a resource, with every field and the scopes it comes with."""
    resource = catalogue.resource(name)
    return {
        "name": name,
        "title": resource.title,
        "key": resource.key,
        "fields": [
            {
                "path": leaf.path,
                "title": leaf.title,
                "kind": leaf.kind,
                "sensitivity": leaf.sensitivity,
                "scopes": [sorted(route) for route in catalogue.routes[leaf.path]],
            }
            for leaf in resource.fields
        ],
    }


def scopes_table(catalogue: Catalogue) -> Table:
    """Return a table of scopes with title, sensitivity and number of fields."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Scope", overflow="fold")
    table.add_column("Title", overflow="fold")
    table.add_column("Sensitivity", no_wrap=True)
    table.add_column("Fields", justify="right", no_wrap=True)
    for key, scope in catalogue.scopes.items():
        level = sensitivity(catalogue.sensitivity_of(key))
        count = str(len(catalogue.fields_of([key])))
        table.add_row(shown(key), shown(scope.title), level, count)
    return table


def scope_head(catalogue: Catalogue, key: str) -> Group:
    """Return the head of a scope, above its fields."""
    scope = catalogue.scope(key)
    rows = [
        ("scope", shown(key)),
        ("sensitivity", sensitivity(catalogue.sensitivity_of(key))),
    ]
    rows += [
        (name, shown(", ".join(listed)))
        for name, listed in (("includes", scope.includes), ("writes to", scope.writes))
        if listed
    ]
    return Group(
        shown(scope.title or key, "bold"), shown(scope.description), pairs_table(rows)
    )


def field_rows(catalogue: Catalogue, paths: Iterable[str]) -> Table:
    """Return fields, each with title, kind, sensitivity and the scopes it comes with."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Field", overflow="fold")
    table.add_column("Title", overflow="fold")
    table.add_column("Kind", no_wrap=True)
    table.add_column("Sensitivity", no_wrap=True)
    table.add_column("Comes with", overflow="fold")
    for path in paths:
        leaf = catalogue.field(path)
        routes = (" + ".join(sorted(route)) for route in catalogue.routes[path])
        table.add_row(
            shown(path),
            shown(leaf.title),
            leaf.kind.value,
            sensitivity(leaf.sensitivity),
            shown(" or ".join(routes) or "no scope"),
        )
    return table
