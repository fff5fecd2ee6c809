"""What is given where one record belongs, or several: the slips that would be silent."""

from collections.abc import Iterable, Mapping

from .._base.kinds import called
from ..errors import ArgumentError
from ..records.untrusted import is_record, is_table

_ROWS = "give its rows as dicts, one by one or to `filter_many`"


def misplaced(given: object, function: str, belongs: str, advice: str) -> ArgumentError:
    """Return the error that says what belongs where something else was given."""
    problem = f"{belongs}, not {called(given)}"
    return ArgumentError(f"Access.{function}", [problem], advice)


def check_record(record: object) -> None:
    """Raise unless *record* is one record.

    Raises:
        ArgumentError: It is a list, a table, a text or another plain value.
    """
    if is_table(record):
        raise misplaced(record, "filter", "one record as `record`", _ROWS)
    if not is_record(record):
        advice = "give a mapping or an object; for several use `filter_many`"
        raise misplaced(record, "filter", "one record as `record`", advice)


def check_records(records: object) -> None:
    """Raise unless *records* are several, or none.

    Raises:
        ArgumentError: It is one record, a table or a text, or cannot be iterated.
    """
    if is_table(records):
        raise misplaced(records, "filter_many", "records as `records`", _ROWS)
    is_one = isinstance(records, Mapping | str | bytes)
    if is_one or not isinstance(records, Iterable):
        advice = "give an iterable of mappings or objects; for one record use `filter`"
        raise misplaced(records, "filter_many", "records as `records`", advice)
