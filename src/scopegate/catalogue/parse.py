"""From the mapping a catalogue file holds to its parts; `_catalogue_tables` goes back."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import CatalogueError, Fault, PathError
from .check import Parts
from .field import Field, Kind, Sensitivity
from .resource import Resource, RowRule
from .scope import JointRule, Scope

T = TypeVar("T")

_TOP = ("id", "version", "policy_version", "resource", "scope", "joint", "rows", "mis")
_RESOURCE = ("title", "key", "subject", "person", "school", "people", "field")
_FIELD = ("kind", "title", "sensitivity", "policy_version")
_SCOPE = (
    "title",
    "description",
    "sensitivity",
    "fields",
    "includes",
    "guessed",
    "writes",
)
_JOINT = ("scopes", "fields")
_ROW = ("resource", "at", "where", "otherwise", "scope")


class Reader:
    """Reads the parts out of a mapping and keeps every fault it meets.

    What cannot be read is noted and left out, so that the rest is still read
    and all faults come together.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def parts(self, source: Mapping[str, Any]) -> Parts:
        """Return the parts that *source* describes."""
        self._keys(source, _TOP, "the catalogue")
        for name in ("id", "version"):
            self._text(source, name, name, required=True)
        return Parts(
            policy_version=self._whole(source, "policy_version", "policy_version"),
            resources=tuple(
                self._resource(name, table)
                for name, table in self._tables(source, "resource")
            ),
            scopes=tuple(
                self._scope(key, table) for key, table in self._tables(source, "scope")
            ),
            joints=self._each(source, "joint", self._joint),
            rows=self._each(source, "rows", self._row),
            mis=self.permissions(source),
        )

    def permissions(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Return the permission tables that *source* describes, by MIS and scope."""
        return {
            name: {
                scope: self._texts(table, scope, f'mis.{name}."{scope}"')
                for scope in table
            }
            for name, table in self._tables(source, "mis")
        }

    def _resource(self, name: str, table: Mapping[str, Any]) -> Resource:
        place = f"resource.{name}"
        self._keys(table, _RESOURCE, place)
        fields = [
            self._field(name, path, entry, f'{place}.field."{path}"')
            for path, entry in self._tables(table, "field", f"{place}.field")
        ]
        return Resource(
            name=name,
            title=self._text(table, "title", f"{place}.title") or name,
            key=self._text(table, "key", f"{place}.key", required=True),
            subject=self._text(table, "subject", f"{place}.subject") or None,
            person=self._text(table, "person", f"{place}.person") or None,
            school=self._text(table, "school", f"{place}.school") or None,
            people=self._people(table, f"{place}.people"),
            fields=[leaf for leaf in fields if leaf],
        )

    def _people(self, table: Mapping[str, Any], place: str) -> dict[str, str]:
        given = table.get("people", {})
        if not isinstance(given, Mapping):
            self._fault(place, "is a table of paths and resources")
            return {}
        return {path: self._text(given, path, f'{place}."{path}"') for path in given}

    def _field(
        self, resource: str, path: str, entry: Mapping[str, Any], place: str
    ) -> Field | None:
        self._keys(entry, _FIELD, place)
        try:
            return Field(
                path=f"{resource}.{path}",
                kind=self._choice(Kind, entry, "kind", Kind.TEXT, place),
                title=self._text(entry, "title", f"{place}.title") or path,
                sensitivity=self._sensitivity(entry, place),
                policy_version=self._whole(
                    entry, "policy_version", f"{place}.policy_version"
                ),
            )
        except PathError as error:
            self._fault(place, error.problem)
            return None

    def _scope(self, key: str, table: Mapping[str, Any]) -> Scope:
        place = f'scope."{key}"'
        self._keys(table, _SCOPE, place)
        if not key or any(c.isspace() or c == ":" for c in key):
            self._fault(place, "a scope's key is text without spaces and colons")
        return Scope(
            key=key,
            title=self._text(table, "title", f"{place}.title") or key,
            description=self._text(table, "description", f"{place}.description"),
            sensitivity=self._sensitivity(table, place),
            fields=self._texts(table, "fields", f"{place}.fields"),
            includes=self._texts(table, "includes", f"{place}.includes"),
            guessed=self._texts(table, "guessed", f"{place}.guessed"),
            writes=self._texts(table, "writes", f"{place}.writes"),
        )

    def _joint(self, table: Mapping[str, Any], place: str) -> JointRule:
        self._keys(table, _JOINT, place)
        return JointRule(
            scopes=self._texts(table, "scopes", f"{place}.scopes"),
            fields=self._texts(table, "fields", f"{place}.fields"),
        )

    def _row(self, table: Mapping[str, Any], place: str) -> RowRule:
        self._keys(table, _ROW, place)
        where = self._where(table.get("where", {}), f"{place}.where")
        names_rows = bool(table.get("where"))
        if "otherwise" in table and (names_rows or table["otherwise"] != "withhold"):
            self._fault(f"{place}.otherwise", 'is "withhold", and without a `where`')
        elif "otherwise" not in table and not names_rows:
            self._fault(place, "needs a `where` that says which rows are meant")
        return RowRule(
            resource=self._text(table, "resource", f"{place}.resource", required=True),
            scope=self._text(table, "scope", f"{place}.scope") or None,
            where=where,
            at=self._text(table, "at", f"{place}.at"),
        )

    def _where(self, given: object, place: str) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            self._fault(place, "is a table of paths and values")
            return {}
        sound = {path: v for path, v in given.items() if _is_comparable(v)}
        for path in (p for p in given if p not in sound):
            message = "compares with text, a number or a boolean"
            self._fault(f"{place}.{path}", message)
        return sound

    def _each(
        self,
        source: Mapping[str, Any],
        name: str,
        read: Callable[[Mapping[str, Any], str], T],
    ) -> tuple[T, ...]:
        """Return what *read* makes of each table of the list at *name*."""
        given = source.get(name, [])
        if not isinstance(given, list | tuple):
            self._fault(name, f"is a list of tables, written [[{name}]]")
            return ()
        tables = [(f"{name}[{n}]", table) for n, table in enumerate(given)]
        for place, table in tables:
            if not isinstance(table, Mapping):
                self._fault(place, "is not a table")
        return tuple(read(t, at) for at, t in tables if isinstance(t, Mapping))

    def _tables(
        self, source: Mapping[str, Any], name: str, place: str = ""
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the named tables at *name*, leaving out what is none."""
        given = source.get(name, {})
        if not isinstance(given, Mapping):
            self._fault(place or name, "is not a table")
            return []
        for key, value in given.items():
            if not isinstance(key, str) or not isinstance(value, Mapping):
                self._fault(f'{place or name}."{key}"', "is not a table")
        return [
            (key, value)
            for key, value in given.items()
            if isinstance(key, str) and isinstance(value, Mapping)
        ]

    def _keys(
        self, table: Mapping[str, Any], known: tuple[str, ...], place: str
    ) -> None:
        for key in table:
            if key not in known:
                listed = ", ".join(known)
                self._fault(place, f"has the unknown key `{key}`; known are {listed}")

    def _text(
        self, table: Mapping[str, Any], key: str, place: str, *, required: bool = False
    ) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            self._fault(place, "is not text")
            return ""
        if not _is_unicode(value):
            self._fault(place, "holds half a character (a lone surrogate)")
            return ""
        if required and not value:
            self._fault(place, "is missing")
        return str(value)

    def _texts(self, table: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        value = table.get(key, ())
        if not isinstance(value, list | tuple) or not all(
            isinstance(v, str) for v in value
        ):
            self._fault(place, "is not a list of texts")
            return ()
        return tuple(value)

    def _whole(self, table: Mapping[str, Any], key: str, place: str) -> int:
        value = table.get(key, 1)
        if type(value) is not int or value < 1:
            self._fault(place, "is not a whole number from 1")
            return 1
        return value

    def _sensitivity(self, table: Mapping[str, Any], place: str) -> Sensitivity:
        default = Sensitivity.PERSONAL
        return self._choice(Sensitivity, table, "sensitivity", default, place)

    def _choice(
        self,
        choices: type[T],
        table: Mapping[str, Any],
        key: str,
        default: T,
        place: str,
    ) -> T:
        value = table.get(key, default)
        listed = [str(choice) for choice in choices]  # type: ignore[attr-defined]  # an enum is iterable
        if value not in listed:
            self._fault(f"{place}.{key}", f"is none of {', '.join(listed)}")
            return default
        return choices(value)  # type: ignore[call-arg]  # an enum is called with a value

    def _fault(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))


def toml_of(path: Path) -> Mapping[str, Any]:
    """Return what a TOML file holds.

    Raises:
        CatalogueError: It is no TOML.
        OSError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(str(path), f"is not TOML: {error}")
    except RecursionError:
        fault = Fault(str(path), "is nested too deeply to be read")
    raise CatalogueError(str(path), [fault])


def _is_comparable(value: object) -> bool:
    """Tell whether a row rule may compare with *value*."""
    values = value if isinstance(value, list | tuple) else [value]
    return bool(values) and all(type(v) in (str, int, bool) for v in values)


def _is_unicode(text: str) -> bool:
    """Tell whether *text* can be written as UTF-8, and so have a digest."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
