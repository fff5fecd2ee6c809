"""From the parts of a catalogue to the mapping its file holds."""

from collections.abc import Iterable, Mapping

from .field import Field
from .resource import Resource, RowRule
from .scope import Scope


def written(**parts: object) -> dict[str, object]:
    """Return *parts* without those that are empty, as a file would leave them out."""
    return {
        key: value for key, value in parts.items() if value not in (None, "", (), {})
    }


def resource_table(resource: Resource) -> dict[str, object]:
    """Return *resource* as a file holds it."""
    return written(
        title=resource.title,
        key=resource.key,
        subject=resource.subject,
        person=resource.person,
        school=resource.school,
        people={**resource.people},
    ) | {"field": {leaf.local: field_table(leaf) for leaf in resource.fields}}


def field_table(leaf: Field) -> dict[str, object]:
    """Return *leaf* as a file holds it."""
    return {
        "kind": str(leaf.kind),
        "title": leaf.title,
        "sensitivity": str(leaf.sensitivity),
        "policy_version": leaf.policy_version,
    }


def scope_table(scope: Scope) -> dict[str, object]:
    """Return *scope* as a file holds it."""
    return written(
        title=scope.title,
        description=scope.description,
        sensitivity=str(scope.sensitivity),
        fields=scope.fields,
        includes=scope.includes,
        guessed=tuple(sorted(scope.guessed)),
        writes=scope.writes,
    )


def row_table(rule: RowRule) -> dict[str, object]:
    """Return *rule* as a file holds it."""
    tail: dict[str, object] = (
        {"otherwise": "withhold"} if rule.is_otherwise else {"where": {**rule.where}}
    )
    return written(resource=rule.resource, scope=rule.scope, at=rule.at) | tail


def mis_table(tables: Mapping[str, Mapping[str, Iterable[str]]]) -> dict[str, object]:
    """Return the permission tables as a file holds them."""
    return {
        mis: {scope: tuple(names) for scope, names in table.items()}
        for mis, table in tables.items()
    }
