"""Comparing records that were read: what differs is different, in order or not."""

from collections.abc import Iterable
from decimal import Decimal


def exact(value: object) -> object:
    """Return *value* such that what differs compares as different.

    Truth values are not numbers; whole numbers are the same however they come.
    """
    if isinstance(value, bool):
        return f"boolean {value}"
    if isinstance(value, float | Decimal) and value == value.__trunc__():
        return int(value)
    if isinstance(value, dict):
        return {name: exact(part) for name, part in value.items()}
    return [exact(part) for part in value] if isinstance(value, list) else value


def in_order(records: Iterable[object]) -> list[object]:
    """Return records to be compared, one by one."""
    return [exact(record) for record in records]


def unordered(records: Iterable[object]) -> list[object]:
    """Return records to be compared, whatever order they came in."""
    return sorted(in_order(records), key=repr)
