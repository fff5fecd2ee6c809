"""Reading a mapped resource page by page, without I/O.

Each page is a statement of its own that names what may flow at that moment, and
begins after the last row of the page before it. So no cursor and no transaction
stays open while records are given out, and a column that must not flow any longer is no
longer named. Whatever drives this sends the statements.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from attrs import define, field
from sqlalchemy import Select

from ...errors import SourceError
from ..base import Fetch
from .levels import Inner, Level, Root, Values, built, put
from .statements import elements_of, page_of

Key: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = Sequence[tuple[Any, ...]]
Records: TypeAlias = list[dict[str, Any]]
Keyed: TypeAlias = dict[Key, list[Any]]
"""Records, or elements of a list, by their key."""


@define(eq=False)
class Ask:
    """A statement to be sent.

    Attributes:
        statement: The statement.
        page: The page of records it is for, counted from 1; 0 for none.
        rows: What it gave; set by whatever sends it, before it goes on.
    """

    statement: Select[Any] = field(repr=False)
    page: int = 0
    rows: Rows = field(default=(), repr=False)


Steps: TypeAlias = Iterator[Ask | Records]
"""Statements to be sent, and pages of records."""


@define(eq=False)
class Pages:
    """The pages of one fetch.

    Attributes:
        root: What is read.
        wanted: What may be asked for; as of the last statement.
        size: The most records of a page.
        page: The page being read, counted from 1.
    """

    root: Root
    wanted: Fetch
    size: int
    page: int = 0

    def steps(self) -> Steps:
        """Yield the statements and the pages.

        Raises:
            SourceError: The key does not tell the rows apart.
            ScopegateError: Nothing may be asked for any more.
        """
        last: Values | None = None
        is_more = True
        while is_more:
            size, fields = self._next_size(), self._renewed()
            leaves = self.root.level.wanted(fields)
            statement = page_of(self.root, self.wanted, leaves, last)
            asked = Ask(statement.limit(size + 1), self.page)
            yield asked
            start = len(self.wanted.order_by)
            end = start + len(self.root.level.key)
            self._check_keys([row[start:end] for row in asked.rows])
            is_more, rows = len(asked.rows) > size, asked.rows[:size]
            keyed = {row[start:end]: [built(leaves, row[end:])] for row in rows}
            yield from self._lists(self.root.level, keyed)
            yield [record for (record,) in keyed.values()]
            last = rows[-1][:end] if is_more else None

    def _next_size(self) -> int:
        """Count one more page, and return how many records it has at most."""
        self.page += 1
        return self.size if self.page > 1 else self.wanted.page_size(self.size)

    def _renewed(self) -> frozenset[str]:
        self.wanted = self.wanted.renew()
        return frozenset(self.wanted.fields)

    def _check_keys(self, keys: Sequence[Key]) -> None:
        """Raise unless each row has a key of its own, or rows would be lost."""
        if any(None in key for key in keys):
            problem = "a row has no key; leave it out with `where`, or take another key"
        elif len(set(keys)) < len(keys):
            problem = (
                "several rows have the same key; take a key that is unique, and map"
                " with `Listed` what a join finds several of"
            )
        else:
            return
        raise SourceError(self.wanted.resource.name, problem, page=self.page)

    def _lists(self, level: Level, keyed: Keyed) -> Steps:
        keys = tuple(keyed)
        for inner in level.lists:
            for start in range(0, len(keys), self.size):
                some = keys[start : start + self.size]
                yield from self._elements(inner, {key: keyed[key] for key in some})

    def _elements(self, inner: Inner, homes: Keyed) -> Steps:
        """Yield the statements that fill one list of these records."""
        fields = self._renewed()
        if not inner.level.has(fields):
            return
        leaves = inner.level.wanted(fields)
        filled: Keyed = {key: [] for key in homes}
        for key, records in homes.items():
            for record in records:
                put(record, inner.names, filled[key])
        asked = Ask(elements_of(inner, leaves, tuple(homes)), self.page)
        yield asked
        start = len(inner.by)
        end = start + len(inner.level.key)
        elements: Keyed = {}
        for row in asked.rows:
            element = built(leaves, row[end:])
            filled.get(row[:start], []).append(element)
            elements.setdefault(row[start:end], []).append(element)
        yield from self._lists(inner.level, elements)
