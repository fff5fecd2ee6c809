"""Checking a mapping whole, with every fault at once, into the levels it makes."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, DateTime, Dialect, Enum, String, select

from ..._base.values import quoted
from ...catalogue.catalogue import Catalogue
from ...catalogue.field import local_steps
from ...errors import Fault, FaultsError
from .kinds import Kind, kind_of, looseness
from .levels import Inner, Join, Known, Leaf, Level, Part, Root, Tables
from .mapping import Listed, SQLResource

_WHOLE = re.compile("0|[1-9][0-9]{0,17}")


def sound_mapping(
    resources: Mapping[str, SQLResource],
    catalogue: Catalogue,
    dialect: Dialect,
    school: str | None,
) -> dict[str, Root]:
    """Return each resource as the levels it is read by.

    Raises:
        FaultsError: The mapping does not hold together; names every fault.
    """
    check = _Check(catalogue, dialect, school, [])
    roots = {name: check.root(name, found) for name, found in resources.items()}
    if check.faults:
        subject = "the mapping of fields to columns"
        raise FaultsError(subject, check.faults)
    return roots


@frozen
class _Check:
    """A check under way: what is wrong is noted, and the rest looked at all the same."""

    catalogue: Catalogue
    dialect: Dialect
    school: str | None
    faults: list[Fault]

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The fields by which it is decided who, and which rows, may flow."""
        resources = self.catalogue.resources.values()
        found = {f"{r.name}.{p}" for r in resources for p in (r.key, r.school) if p}
        found.update(path for rule in self.catalogue.rows for path in rule.reads)
        found.update(naming.read for naming in self.catalogue.namings)
        return frozenset(found)

    def root(self, name: str, given: SQLResource) -> Root:
        """Return the records of a resource."""
        if name not in self.catalogue.resources:
            self._fault(name, "is not a resource of the catalogue; correct its name")
        level = self._level(name, given)
        tables = frozenset([given.table, *given.joins])
        where = (*level.where, *self._of_school(name, given, tables))
        return Root(
            level=evolve(level, where=where),
            search=tuple(self._searched(name, given, level)),
            changed=self._changed(name, given, tables),
            orders=dict(_orders(level)),
        )

    def _level(self, place: str, given: SQLResource | Listed) -> Level:
        tables = frozenset([given.table, *given.joins])
        key = tuple(self._key(place, given))
        where = self._part(f"{place}.where", given.where, tables, is_optional=True)
        return Level(
            table=given.table,
            joins=tuple(self._joins(place, given)),
            key=key,
            where=() if where is None else (where,),
            leaves=tuple(self._leaves(place, given, tables)),
            lists=tuple(self._lists(place, given, key)),
        )

    def _leaves(
        self, place: str, given: SQLResource | Listed, tables: Tables
    ) -> Iterator[Leaf]:
        """Yield the fields outside lists."""
        fields = (
            given.fields if isinstance(given.fields, Mapping) else {"": given.fields}
        )
        for local, column in fields.items():
            path = f"{place}.{local}" if local else place
            if isinstance(column, Listed):
                continue
            if "[]" in local[:-2]:
                self._fault(path, "is in a list; map the list, with a `Listed`")
            elif path not in self.catalogue.fields:
                self._fault(path, "is not a field of the catalogue; correct it")
            elif part := self._part(path, column, tables):
                self._check_equality(path, part)
                names = [step.name for step in local_steps(local)] if local else []
                yield Leaf(path, tuple(names), self._known(part) or part)

    def _check_equality(self, path: str, part: Part) -> None:
        """Note where a field that decides could not be compared letter by letter.

        What lets in, a list of people or of kinds of rows, does so by the exact text.
        """
        if path not in self.deciding:
            return
        if why := looseness(part.column, self.dialect):
            self._fault(path, f"decides what flows, and {why}")

    def _lists(
        self, place: str, given: SQLResource | Listed, key: tuple[Known, ...]
    ) -> Iterator[Inner]:
        """Yield the lists."""
        fields = given.fields if isinstance(given.fields, Mapping) else {}
        for local, inner in fields.items():
            path = f"{place}.{local}"
            if not isinstance(inner, Listed):
                continue
            if not local.endswith("[]") or "[]" in local[:-2]:
                self._fault(path, "is not a list of this level; end its path with `[]`")
                continue
            if given.table in {inner.table, *inner.joins}:
                self._fault(path, "reads the table that it is listed for; alias it")
            names = tuple(step.name for step in local_steps(local))
            level = self._level(path, inner)
            yield Inner(names, tuple(self._by(path, inner, key)), level)

    def _joins(self, place: str, given: SQLResource | Listed) -> Iterator[Join]:
        """Yield the joins; each rests on tables before it."""
        before = {given.table}
        for table, on in given.joins.items():
            before.add(table)
            at = f'{place}.joins["{table.description}"]'
            if part := self._part(at, on, frozenset(before)):
                yield Join(table, part)

    def _key(self, place: str, given: SQLResource | Listed) -> Iterator[Known]:
        columns = given.key or tuple(given.table.primary_key)
        at = f"{place}.key"
        if not columns:
            self._fault(at, "is missing, and the table has no primary key; give it")
        for column in columns:
            part = self._part(at, column, frozenset([given.table]))
            known = self._known(part)
            if known is not None and known.kind.is_key and not known.may_be_null:
                yield known
            elif part is not None:
                message = (
                    "may be null, or is of a type that does not find a row again"
                    "; take whole numbers or texts that are not `nullable`"
                )
                self._fault(at, message)

    def _by(self, place: str, given: Listed, key: tuple[Known, ...]) -> Iterator[Known]:
        at = f"{place}.by"
        if key and len(given.by) != len(key):
            self._fault(
                at, f"has {len(given.by)} columns, and the key {len(key)}; give as many"
            )
        for column, other in zip(given.by, key, strict=False):
            part = self._part(at, column, frozenset([given.table]))
            known = self._known(part)
            if known is not None and type(known.kind.bound) is type(other.kind.bound):
                yield known
            elif part is not None:
                self._fault(at, "is not of the type of the key; map a column that is")

    def _of_school(
        self, name: str, given: SQLResource, tables: Tables
    ) -> Iterator[Part]:
        """Yield the conditions on the rows of the school that is served."""
        if self.school is None:
            return
        at = f"{name}.school"
        if given.school is None:
            self._fault(at, "is missing, and one of several schools is served; give it")
            return
        part = self._part(at, given.school, tables)
        known = self._known(part)
        value = None if known is None else _school_value(self.school, known.kind)
        if known is not None and value is not None:
            for same in known.kind.identical(known.column, value):
                yield Part(same, known.tables)
        elif part is not None:
            message = (
                "is of a type that cannot hold the school served, or not for certain"
            )
            self._fault(at, f"{message}; map whole numbers or texts")

    def _searched(self, name: str, given: SQLResource, level: Level) -> Iterator[Leaf]:
        texts = {leaf.path: leaf for leaf in level.leaves if _is_text(leaf.part.column)}
        for local in given.search:
            if leaf := texts.get(f"{name}.{local}"):
                yield leaf
            else:
                message = f"names {quoted([local])}, which is not a text outside lists"
                self._fault(f"{name}.search", f"{message}; leave it out")

    def _changed(self, name: str, given: SQLResource, tables: Tables) -> Part | None:
        at = f"{name}.changed"
        part = self._part(at, given.changed, tables, is_optional=True)
        if part is not None and not isinstance(part.column.type, DateTime):
            self._fault(at, "is not a column of moments; map one that is")
        return part

    def _part(
        self, at: str, column: object, tables: Tables, *, is_optional: bool = False
    ) -> Part | None:
        """Return the part that *column* is, or None where it is not a column."""
        if not isinstance(column, ColumnElement):
            if column is not None or not is_optional:
                self._fault(at, "is not a column; map one such as `table.c.name`")
            return None
        named = frozenset(select(column).get_final_froms())
        if strange := sorted(table.description for table in named - tables):
            message = f"is of {quoted(strange)}, not joined here or not yet"
            self._fault(at, f"{message}; put it into `joins` in time")
        return Part(column, named)

    def _known(self, part: Part | None) -> Known | None:
        kind = None if part is None else kind_of(part.column, self.dialect)
        if part is None or kind is None:
            return None
        return Known(part.column, part.tables, kind, _may_be_null(part.column))

    def _fault(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))


def _may_be_null(column: ColumnElement[Any]) -> bool:
    """Tell whether a column is known to hold null; of an expression it is not.

    A primary key of SQLite may, but then pages begin with null, and it is noticed.
    """
    is_key = getattr(column, "primary_key", False)
    return getattr(column, "nullable", False) and not is_key


def _orders(level: Level) -> Iterator[tuple[str, Known]]:
    for leaf in level.leaves:
        if isinstance(leaf.part, Known) and leaf.part.kind.is_sorted:
            column = leaf.part.kind.sorted(leaf.part.column)
            yield leaf.path, evolve(leaf.part, column=column, may_be_null=True)


def _school_value(school: str, kind: Kind) -> object:
    if not kind.is_exact:
        return None
    if kind.takes(school):
        return school
    return int(school) if _WHOLE.fullmatch(school) and kind.takes(int(school)) else None


def _is_text(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, String) and not isinstance(column.type, Enum)
