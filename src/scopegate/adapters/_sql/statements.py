"""The statements that read a mapped resource; each names what is wanted and no more."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    nulls_last,
    or_,
    tuple_,
)

from ..base import Fetch
from .kinds import is_storable, since
from .levels import Inner, Known, Leaf, Part, Root, Tables, Values

_NONE: Tables = frozenset()


def ordering(root: Root, wanted: Fetch) -> tuple[Known, ...]:
    """Return the columns that records are sorted by: as wanted, and by the key last.

    Every row starts with their values, the order's before the key's.
    """
    return (*(root.orders[path] for path in wanted.order_by), *root.level.key)


def page_of(
    root: Root, wanted: Fetch, leaves: Sequence[Leaf], after: Values | None
) -> Select[Any]:
    """Return the statement for the records that sort after these values."""
    sorting = ordering(root, wanted)
    conditions = [*_chosen(root, wanted)]
    if after is not None:
        conditions.append(_behind(sorting, after))
    columns = (*sorting, *(leaf.part for leaf in leaves))
    found = root.level.selecting(columns, conditions)
    return found.order_by(*map(_ascending, sorting))


def elements_of(
    inner: Inner, leaves: Sequence[Leaf], keys: Sequence[tuple[object, ...]]
) -> Select[Any]:
    """Return the statement for the elements that belong to the rows of *keys*.

    Every row starts with the key of what it belongs to, and its own.
    """
    columns = (*inner.by, *inner.level.key, *(leaf.part for leaf in leaves))
    found = inner.level.selecting(columns, [_belonging(inner.by, keys)])
    return found.order_by(*map(_ascending, inner.level.key))


def count_of(root: Root, wanted: Fetch) -> Select[Any]:
    """Return the statement for how many records there are."""
    return root.level.selecting([Part(func.count(), _NONE)], _chosen(root, wanted))


def _chosen(root: Root, wanted: Fetch) -> Iterator[Part]:
    """Yield the conditions on every record that is wanted."""
    for condition in wanted.where:
        found = root.level.meets(condition)
        if found is not None:
            yield found
    if wanted.search is not None:
        yield _searching(root.search, wanted.search)
    if wanted.changed_since is not None and root.changed is not None:
        later = since(root.changed.column, wanted.changed_since)
        yield Part(later, root.changed.tables)


def _searching(leaves: Sequence[Leaf], text: str) -> Part:
    if not is_storable(text):
        return Part(false(), _NONE)
    parts = [leaf.part for leaf in leaves]
    found = [part.column.icontains(text, autoescape=True) for part in parts]
    return Part(or_(false(), *found), _NONE.union(*(part.tables for part in parts)))


def _behind(sorting: Sequence[Known], last: Values) -> Part:
    """Return the condition on the rows that sort after one with these values."""
    found: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for known, value in zip(sorting, last, strict=True):
        found.append(and_(*same, _later(known, value)))
        same.append(_same(known, value))
    return Part(or_(*found), _NONE.union(*(known.tables for known in sorting)))


def _later(known: Known, value: object) -> ColumnElement[bool]:
    if value is None:
        return false()  # what is missing comes last
    later: ColumnElement[bool] = known.column > known.kind.literal(value)
    return or_(later, known.column.is_(None)) if known.may_be_null else later


def _same(known: Known, value: object) -> ColumnElement[bool]:
    if value is None:
        return known.column.is_(None)
    same: ColumnElement[bool] = known.column == known.kind.literal(value)
    return same


def _ascending(known: Known) -> ColumnElement[Any]:
    ascending = known.column.asc()
    return nulls_last(ascending) if known.may_be_null else ascending


def _belonging(by: Sequence[Known], keys: Sequence[tuple[object, ...]]) -> Part:
    tables = _NONE.union(*(known.tables for known in by))
    if len(by) > 1:
        whole = tuple_(*(k.column for k in by), types=[k.kind.bound for k in by])
        return Part(whole.in_(keys), tables)
    (known,), values = by, [value for (value,) in keys]
    several = bindparam(None, values, known.kind.bound, expanding=True)
    return Part(known.column.in_(several), tables)
