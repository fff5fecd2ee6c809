"""Looking at what a record holds without trusting it.

Records come from anywhere. Types are compared by identity, because a class may
claim by its metaclass to equal `str`; nothing of the record is called but the
one read that is permitted; and what that read raises means "unreadable".
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from math import isnan
from types import (
    BuiltinFunctionType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from ..catalogue.field import Step


class Absence(Enum):
    """Why a read gave no value."""

    MISSING = "missing"
    UNREADABLE = "unreadable"


MISSING: Final = Absence.MISSING
UNREADABLE: Final = Absence.UNREADABLE

_NO_RECORDS = (
    str, bytes, bytearray, memoryview, int, float, complex, Decimal, UUID, Enum,
    date, time, timedelta, tzinfo, list, tuple, set, frozenset, range, slice, type,
    ModuleType, FunctionType, BuiltinFunctionType, MethodType, GeneratorType,
)  # fmt: skip

PLAIN: Final = (
    str, int, float, bool, type(None), date, datetime, time, Decimal, UUID, bytes,
)  # fmt: skip
"""The types of values that records hold and conditions compare with."""


def is_nan(value: object) -> bool:
    """Tell whether a plain value is not a number, which does not even equal itself."""
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float) and isnan(value)


def is_plain(value: object) -> bool:
    """Tell whether *value* is exactly of a type that may be released as it is.

    A subclass is not, and neither is a moment whose time zone is an object of another
    library: it could carry anything.
    """
    t = type(value)
    if t is str or t is int or t is type(None) or t is bool or t is float:
        return True
    if t is datetime or t is time:
        zone = type(value.tzinfo)  # type: ignore[attr-defined]  # exactly a datetime or time
        return zone is type(None) or zone is timezone or zone is ZoneInfo
    return t is date or t is Decimal or t is UUID or t is bytes


_TABLES = ("__dataframe__", "__arrow_c_stream__", "__array_interface__", "toPandas")
"""What the types of tables, columns and arrays have, and no record does."""


def is_table(value: object) -> bool:
    """Tell whether *value* is a table, a column or an array of a data library.

    Of pandas, polars, PyArrow, DuckDB, NumPy or Spark; only its type is looked at.
    """
    return any(hasattr(type(value), name) for name in _TABLES)


def is_record(value: object) -> bool:
    """Tell whether *value* is a mapping or an object whose attributes are read.

    Plain values, collections, classes, functions and modules have attributes
    too, but are not records.
    """
    return value is not None and not issubclass(type(value), _NO_RECORDS)


def elements(value: object) -> tuple[object, ...] | None:
    """Return the elements of an exact list or tuple, or None for anything else.

    They are copied first: reading an element may change the list under way.
    """
    return tuple(value) if type(value) is list or type(value) is tuple else None


def read(
    record: object, name: str
) -> object | Literal[Absence.MISSING, Absence.UNREADABLE]:
    """Return the value of *record* at *name*, MISSING, or UNREADABLE if that raised.

    A dict, and any subclass of it, is read past its own methods, so that a
    `defaultdict` neither grows nor invents a value.
    """
    kind = type(record)
    try:
        if issubclass(kind, dict):
            return dict.get(record, name, MISSING)  # type: ignore[call-overload, no-any-return]  # a dict by the line above
        if issubclass(kind, Mapping):
            return _item(record, name)  # type: ignore[arg-type]  # a mapping by the line above
        return getattr(record, name, MISSING)
    except Exception:  # whatever a record raises, it is unreadable
        return UNREADABLE


def _item(record: Mapping[str, object], name: str) -> object:
    try:
        return record[name]
    except KeyError:
        return MISSING


def plain_at(record: object, steps: tuple[Step, ...]) -> object:
    """Return the plain value at *steps*, none of them a list.

    Anything that is not there as it should be, and null, is UNREADABLE: what
    decides whether a row may flow must be known.
    """
    found = record
    for step in steps:
        if not is_record(found):
            return UNREADABLE
        found = read(found, step.name)
    return found if found is not None and is_plain(found) else UNREADABLE


def plain_values_at(record: object, steps: tuple[Step, ...]) -> Iterator[object]:
    """Yield the plain values at *steps*, in lists too; nothing where one is missing."""
    if not steps:
        if record is not None and is_plain(record):
            yield record
    elif is_record(record):
        found = read(record, steps[0].name)
        below = (elements(found) or ()) if steps[0].is_list else (found,)
        for each in below:
            yield from plain_values_at(each, steps[1:])
