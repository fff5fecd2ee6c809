"""A table of a catalogue file, read strictly; every fault is kept, with its place."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from ..errors import Fault

Rules = Mapping[str, Callable[[Any], bool]]
"""A kind of value: what may be wrong with one, each with the test that it is not."""


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _bare(value: Any) -> Any:
    """Return *value*; a text without what its class adds to texts, such as markup."""
    return str(value) if isinstance(value, str) else value


_TABLE: Rules = {"is not a table": _is_table}


@frozen
class Table:
    """A table, its place, and the faults of the whole file.

    What cannot be read is noted and left out, so that the rest is still read
    and all faults come together.
    """

    given: Mapping[Any, Any]
    place: str = ""
    faults: list[Fault] = field(factory=list)

    def keys(self, *known: str) -> None:
        """Note every key that is not one of *known*."""
        for key in (k for k in self.given if k not in known):
            listed = ", ".join(known)
            self.fault(f"has the unknown key `{key}`; known are {listed}")

    def values(self, shape: Mapping[str, Rules]) -> dict[str, Any]:
        """Return the values at the keys of *shape* that fit and are not empty."""
        return {
            key: _bare(self.given[key])
            for key, rules in shape.items()
            if key in self.given or "is missing" in rules
            if self._fits(self.given.get(key, ""), rules, key)
            if self.given[key]
        }

    def each(self, rules: Rules, mark: str = '"') -> dict[str, Any]:
        """Return the values that fit, by name; a place has *mark* around the name."""
        return {
            name: _bare(value)
            for name, value in self.given.items()
            if self._fits(value, rules, f"{mark}{name}{mark}")
        }

    def tables(self, key: str, mark: str = '"') -> list[tuple[str, "Table"]]:
        """Return the tables at *key*, by name; a place has *mark* around the name."""
        part = self.part(key)
        return [
            (name, Table(table, part._at(f"{mark}{name}{mark}"), self.faults))
            for name, table in part.given.items()
            if part._fits(isinstance(name, str) and table, _TABLE, f'"{name}"')
        ]

    def part(self, key: str, fault: str = "is not a table") -> "Table":
        """Return the table at *key*, or note *fault* and return an empty one."""
        given = self.given.get(key, {})
        is_table = self._fits(given, {fault: _is_table}, key)
        return Table(given if is_table else {}, self._at(key), self.faults)

    def listed(self, key: str) -> list["Table"]:
        """Return the tables of the list at *key*."""
        given = self.given.get(key, [])
        rules = {f"is a list of tables, written [[{key}]]": _is_list}
        return [
            Table(table, f"{key}[{n}]", self.faults)
            for n, table in enumerate(given if self._fits(given, rules, key) else ())
            if self._fits(table, _TABLE, f"{key}[{n}]")
        ]

    def fault(self, message: str, key: str | None = None) -> None:
        """Note what is wrong with this table, or with what it has at *key*."""
        place = self.place if key is None else self._at(key)
        self.faults.append(Fault(place or "the catalogue", message))

    def _fits(self, value: object, rules: Rules, key: str) -> bool:
        message = next((m for m, is_right in rules.items() if not is_right(value)), "")
        if message:
            self.fault(message, key)
        return not message

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
