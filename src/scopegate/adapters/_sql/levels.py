"""A checked mapping as its levels: the records, and the elements of each list."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, FromClause, Select, exists, literal_column, select

from ...records.condition import Condition
from .kinds import Kind

Tables = frozenset[FromClause]
Values = Sequence[object]


@frozen(eq=False)
class Part:
    """A column, expression or condition.

    Attributes:
        column: What it is.
        tables: The tables it names.
    """

    column: ColumnElement[Any]
    tables: Tables


@frozen(eq=False)
class Known(Part):
    """A column whose way of comparing is known.

    Attributes:
        kind: How.
        may_be_null: Whether it may have no value.
    """

    kind: Kind
    may_be_null: bool = True


@frozen(eq=False)
class Leaf:
    """A field of the catalogue that has a column.

    Attributes:
        path: Its full path.
        names: The names below its level; none where the elements of a list are
            plain values.
        part: The column.
    """

    path: str
    names: tuple[str, ...]
    part: Part


@frozen(eq=False)
class Join:
    """A table that has at most one row for each row of the level.

    Attributes:
        table: The table.
        on: The condition that finds its row.
    """

    table: FromClause
    on: Part


@frozen(eq=False)
class Level:
    """The records of a resource, or the elements of a list in them.

    Attributes:
        table: One row for each.
        joins: Further tables; each rests on earlier ones.
        key: What identifies a row.
        where: Conditions on every row.
        leaves: The fields outside lists.
        lists: The lists.
    """

    table: FromClause
    joins: tuple[Join, ...]
    key: tuple[Known, ...]
    where: tuple[Part, ...]
    leaves: tuple[Leaf, ...]
    lists: tuple["Inner", ...]

    def wanted(self, fields: Container[str]) -> tuple[Leaf, ...]:
        """Return the leaves of this level that are among *fields*."""
        return tuple(leaf for leaf in self.leaves if leaf.path in fields)

    def has(self, fields: Container[str]) -> bool:
        """Tell whether any of *fields* is on this level or below."""
        return bool(self.wanted(fields)) or any(
            inner.level.has(fields) for inner in self.lists
        )

    def all_leaves(self) -> Iterator[Leaf]:
        """Yield the leaves of this level and of those below."""
        yield from self.leaves
        for inner in self.lists:
            yield from inner.level.all_leaves()

    def selecting(
        self, columns: Iterable[Part], conditions: Iterable[Part]
    ) -> Select[Any]:
        """Return a statement that names these, and joins no more than they need."""
        asked, held = tuple(columns), (*self.where, *conditions)
        used = frozenset[FromClause]().union(*(p.tables for p in (*asked, *held)))
        found = select(*(part.column for part in asked)).select_from(self._from(used))
        return found.where(*(part.column for part in held))

    def meets(self, condition: Condition) -> Part | None:
        """Return a condition that holds at least where *condition* does, or None."""
        for leaf in self.leaves:
            if leaf.path == condition.path and isinstance(leaf.part, Known):
                found = leaf.part.kind.meets(leaf.part.column, condition)
                return None if found is None else Part(found, leaf.part.tables)
        inside = (inner.meets(self, condition) for inner in self.lists)
        return next((found for found in inside if found is not None), None)

    def _from(self, used: Tables) -> FromClause:
        needed = set(used)
        for join in reversed(self.joins):
            if join.table in needed:
                needed |= join.on.tables
        found = self.table
        for join in self.joins:
            if join.table in needed:
                found = found.outerjoin(join.table, join.on.column)
        return found


@frozen(eq=False)
class Inner:
    """A list in the rows of a level.

    Attributes:
        names: Where it is in them.
        by: The columns that say to which of them an element belongs.
        level: Its elements.
    """

    names: tuple[str, ...]
    by: tuple[Known, ...]
    level: Level

    def meets(self, outer: Level, condition: Condition) -> Part | None:
        """Return a condition that holds at least where an element meets *condition*."""
        found = self.level.meets(condition)
        if found is None:
            return None
        same = [
            Part(ours.column == theirs.column, ours.tables)
            for ours, theirs in zip(self.by, outer.key, strict=True)
        ]
        one = Part(literal_column("1"), frozenset())
        chosen = self.level.selecting([one], [*same, found]).correlate(outer.table)
        return Part(exists(chosen), frozenset([outer.table]))


@frozen(eq=False)
class Root:
    """The records of a resource.

    Attributes:
        level: The level they are.
        search: The fields that a free text is looked for in.
        changed: The column with a row's last change, or None.
        orders: The columns that records can be sorted by, by path.
    """

    level: Level
    search: tuple[Leaf, ...]
    changed: Part | None
    orders: Mapping[str, Known]


def put(record: dict[str, Any], names: Sequence[str], value: object) -> None:
    """Place *value* in a record, making the objects above it."""
    *above, last = names
    for name in above:
        record = record.setdefault(name, {})
    record[last] = value


def built(leaves: Iterable[Leaf], values: Values) -> Any:
    """Return the record, or the plain value, that a row is."""
    record: dict[str, Any] = {}
    for leaf, value in zip(leaves, values, strict=True):
        if not leaf.names:
            return value
        put(record, leaf.names, value)
    return record
