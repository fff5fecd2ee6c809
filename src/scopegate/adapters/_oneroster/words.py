"""Words of OneRoster, compared as people write them: "Student " is `student`.

A word decides who is served, so one that no one knows is never passed over: a status
other than `active` is not live, and an unknown role or type is a fault.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date

ROLES = (
    *("administrator", "aide", "counselor", "districtAdministrator", "guardian"),
    *("parent", "principal", "proctor", "relative", "siteAdministrator", "student"),
    *("systemAdministrator", "teacher"),
)
"""The roles of users, those of 1.1 and 1.2."""

ORG_TYPES = ("department", "district", "local", "national", "school", "state")
SESSION_TYPES = ("gradingPeriod", "schoolYear", "semester", "term")

_OWN = "ext:"
"""What a word begins with that is not the standard's; 1.2 allows it."""

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?", re.DOTALL)
_REMEMBERED = ("sourcedId", "status", "dateLastModified")


def word(cell: object) -> str:
    """Return the word in a cell as it is compared; empty where there is none."""
    return cell.strip().casefold() if isinstance(cell, str) else ""


def is_known(cell: object, known: Collection[str]) -> bool:
    """Tell whether a cell has one of the words *known*, or one of a vendor's own."""
    return word(cell) in map(word, known) or word(cell).startswith(_OWN)


def is_live(status: object) -> bool:
    """Tell whether a record of this status is there, and not only remembered.

    It is `active`, or left out: a file of all that there is leaves it empty.
    """
    return status is None or (isinstance(status, str) and word(status) in _LIVE)


_LIVE = frozenset({"", "active"})


def is_within(row: Mapping[str, object], today: date) -> bool:
    """Tell whether *today* is not before the `beginDate` or after the `endDate`.

    Raises:
        ValueError: One of them is not a date.
    """
    begin, end = (_day(row.get(name)) for name in ("beginDate", "endDate"))
    return (begin is None or begin <= today) and (end is None or today <= end)


def _day(cell: object) -> date | None:
    """Return the day in a cell, or None where it is empty."""
    text = cell.strip() if isinstance(cell, str) else ""
    if not text:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        message = "not a date"
        raise ValueError(message)
    return date.fromisoformat(found[1])


def remembered(
    record: Mapping[str, object], subject: str | None = None
) -> dict[str, object]:
    """Return the fields of a deleted record that identify it.

    Args:
        record: The record.
        subject: Where it says whom it is about, if it does.
    """
    about = [] if subject is None else [subject.partition(".")[0]]
    return {name: record[name] for name in (*_REMEMBERED, *about) if name in record}
