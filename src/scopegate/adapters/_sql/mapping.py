"""`SQLResource` and `Listed`: where in a database the fields of a resource are."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from attrs import field, frozen
from sqlalchemy import ColumnElement, FromClause

from ..._base.values import frozen_mapping, texts

Columns: TypeAlias = tuple[ColumnElement[Any], ...]
Mapped: TypeAlias = "Mapping[str, ColumnElement[Any] | Listed]"
Joins: TypeAlias = Mapping[FromClause, ColumnElement[bool]]


def _columns(given: ColumnElement[Any] | Iterable[ColumnElement[Any]]) -> Columns:
    return (given,) if isinstance(given, ColumnElement | str) else tuple(given)


def _fields(given: Mapped | ColumnElement[Any]) -> Mapped | ColumnElement[Any]:
    return frozen_mapping(given) if isinstance(given, Mapping) else given


def _joins(given: Joins) -> Joins:
    return frozen_mapping(given)


@frozen(eq=False)
class SQLResource:
    """Where the records of one resource are.

    Attributes:
        table: The table, view or alias with one row for each record.
        fields: For each field, by its path below the resource, the column or
            expression that holds it; for each list, by its path with `[]`, a
            `Listed`, or a column that holds an array. A dotted path makes
            objects: `demographics.ethnicity`.
        joins: Further tables with at most one row for each record, each with the
            condition that finds it, in such an order that each rests on earlier
            ones. A table is joined only when a field of it is wanted. Where it
            has no row its fields are null.
        key: The columns that identify a row: whole numbers, texts or, on
            PostgreSQL, UUIDs; unique as the database compares them. By default
            the primary key. Pages are cut and lists found by them, so that every
            statement names them, whatever is permitted; take a key that means
            nothing.
        where: A condition on every row that is ever read.
        school: The column that says whose a row is, a whole number or a text;
            needed where the database holds several schools.
        search: The fields that a free text is looked for in, in any case of
            letters; paths of texts outside lists.
        changed: The column with the moment of the last change of a row, in UTC
            where it has no time zone. Since it reveals any change, records can
            be read by it only while every field of the resource may flow.
    """

    table: FromClause
    fields: Mapped = field(converter=_fields)
    joins: Joins = field(converter=_joins, factory=dict)
    key: Columns = field(converter=_columns, default=())
    where: ColumnElement[bool] | None = None
    school: ColumnElement[Any] | None = field(default=None, kw_only=True)
    search: tuple[str, ...] = field(converter=texts, default=(), kw_only=True)
    changed: ColumnElement[Any] | None = field(default=None, kw_only=True)


@frozen(eq=False)
class Listed:
    """Where the elements of a list are; read once for each page of records.

    Attributes:
        table: The table, view or alias with one row for each element.
        fields: As of `SQLResource`, with paths below the list; or one column,
            for a list of plain values.
        by: The columns that hold the key of the record an element belongs to,
            in the order of that key.
        joins: As of `SQLResource`.
        key: As of `SQLResource`; elements come in its order.
        where: A condition on every element that is ever read.
    """

    table: FromClause
    fields: Mapped | ColumnElement[Any] = field(converter=_fields)
    by: Columns = field(converter=_columns, kw_only=True)
    joins: Joins = field(converter=_joins, factory=dict)
    key: Columns = field(converter=_columns, default=())
    where: ColumnElement[bool] | None = None
