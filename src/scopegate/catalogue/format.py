"""The tables of a catalogue file: read into the parts they describe, and written."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..errors import CatalogueError, Fault, PathError
from .field import Field, Kind, Sensitivity
from .resource import Resource, RowRule
from .scope import JointRule, Scope
from .table import Rules, Table


def _one_of(kind: type[StrEnum]) -> Rules:
    known = list(kind)
    return {f"is none of {', '.join(known)}": lambda value: value in known}


def _is_unicode(text: str) -> bool:
    """Tell whether *text* can be written as UTF-8, and so have a digest."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)


def _is_plain(value: object) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    return bool(values) and all(type(v) in (str, int, bool) for v in values)


_PLAIN: Rules = {"compares with text, a number or a boolean": _is_plain}
_TEXTS: Rules = {"is not a list of texts": _are_texts}
_TEXT: Rules = {
    "is not text": lambda v: isinstance(v, str),
    "holds half a character (a lone surrogate)": _is_unicode,
}
_NEEDED: Rules = {**_TEXT, "is missing": bool}
_WHOLE: Rules = {"is not a whole number from 1": lambda v: type(v) is int and v >= 1}
_SENSITIVITY = _one_of(Sensitivity)

_CATALOGUE = {"id": _NEEDED, "version": _NEEDED, "policy_version": _WHOLE}
_RESOURCE = {
    "title": _TEXT,
    "key": _NEEDED,
    **dict.fromkeys(("subject", "person", "school"), _TEXT),
    "identifiers": _TEXTS,
}
_FIELD = {
    "kind": _one_of(Kind),
    "title": _TEXT,
    "sensitivity": _SENSITIVITY,
    "policy_version": _WHOLE,
}
_SCOPE = {
    "title": _TEXT,
    "description": _TEXT,
    "sensitivity": _SENSITIVITY,
    **dict.fromkeys(("fields", "includes", "guessed", "writes"), _TEXTS),
}
_JOINT = {"scopes": _TEXTS, "fields": _TEXTS}
_ROW = {"resource": _NEEDED, "scope": _TEXT, "at": _TEXT}


def toml_of(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file.

    Raises:
        CatalogueError: It is not TOML.
        OSError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(str(path), f"is not TOML: {error}")
    except RecursionError:
        fault = Fault(str(path), "is nested too deeply to be read")
    raise CatalogueError(str(path), [fault])


def parts(top: Table) -> dict[str, Any]:
    """Return the parts of a catalogue, as the whole of a file describes it."""
    top.keys(*_CATALOGUE, "resource", "scope", "joint", "rows", "mis")
    return {
        "id": "",
        "version": "",
        **top.values(_CATALOGUE),
        "resources": {n: _resource(n, t) for n, t in top.tables("resource", mark="")},
        "scopes": {key: _scope(key, table) for key, table in top.tables("scope")},
        "joints": [_joint(table) for table in top.listed("joint")],
        "rows": [_row(table) for table in top.listed("rows")],
        "mis": permissions(top),
    }


def permissions(top: Table) -> dict[str, dict[str, Any]]:
    """Return the permission tables of a file, by MIS and scope."""
    return {
        mis: {**dict.fromkeys(table.given, ()), **table.each(_TEXTS)}
        for mis, table in top.tables("mis", mark="")
    }


def _resource(name: str, table: Table) -> Resource:
    table.keys(*_RESOURCE, "people", "field")
    leaves = [_field(name, path, entry) for path, entry in table.tables("field")]
    values = {"title": name, "key": "", **table.values(_RESOURCE)}
    people = table.part("people", "is a table of paths and resources")
    return Resource(
        name=name,
        fields=[leaf for leaf in leaves if leaf],
        people={**dict.fromkeys(people.given, ""), **people.each(_TEXT)},
        **values,
    )


def _field(resource: str, path: str, table: Table) -> Field | None:
    table.keys(*_FIELD)
    values = {"title": path, **table.values(_FIELD)}
    try:
        return Field(f"{resource}.{path}", **values)
    except PathError as error:
        table.fault(error.problem)
        return None


def _scope(key: str, table: Table) -> Scope:
    table.keys(*_SCOPE)
    if not key or any(c.isspace() or c == ":" for c in key):
        table.fault("a scope's key is text without spaces and colons")
    return Scope(key, **{"title": key, **table.values(_SCOPE)})


def _joint(table: Table) -> JointRule:
    table.keys(*_JOINT)
    return JointRule(**{"scopes": (), "fields": (), **table.values(_JOINT)})


def _row(table: Table) -> RowRule:
    table.keys("resource", "at", "where", "otherwise", "scope")
    where = table.part("where", "is a table of paths and values").each(_PLAIN, mark="")
    names_rows = bool(table.given.get("where"))
    if "otherwise" in table.given:
        if names_rows or table.given["otherwise"] != "withhold":
            table.fault('is "withhold", but has no `where`', "otherwise")
    elif not names_rows:
        table.fault("needs a `where` that says which rows are meant")
    values = {"resource": "", "scope": None, **table.values(_ROW)}
    return RowRule(where=where, **values)


def written(part: Resource | Scope | RowRule) -> dict[str, object]:
    """Return *part* as the table that holds it; `parts` reads it back."""
    if isinstance(part, Resource):
        fields = {leaf.local: _all(leaf, *_FIELD) for leaf in part.fields}
        return _filled(part, *_RESOURCE, "people") | {"field": fields}
    if isinstance(part, Scope):
        return _filled(part, *_SCOPE)
    where = {"otherwise": "withhold"} if part.is_otherwise else _all(part, "where")
    return _filled(part, *_ROW) | where


def _filled(part: object, *keys: str) -> dict[str, object]:
    return {key: value for key, value in _all(part, *keys).items() if value}


def _all(part: object, *keys: str) -> dict[str, object]:
    return {key: _plain(getattr(part, key)) for key in keys}


def _plain(value: object) -> object:
    match value:
        case StrEnum():
            return str(value)
        case frozenset():
            return tuple(sorted(value))
        case Mapping():
            return {**value}
        case _:
            return value
