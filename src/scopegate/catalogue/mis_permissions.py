"""The permission tables of MISs, and what they say that an MIS account must hold.

The permit and the account of what is missing both ask here, so they cannot drift.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from .._base.likeness import likeness
from .._base.values import frozen_mapping, texts

COMMON = "*"
"""The row of what an account must hold whatever is asked."""

Tables = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By MIS and scope, what the MIS account must be allowed."""


def frozen_tables(given: Mapping[str, Mapping[str, Iterable[str]]]) -> Tables:
    """Return read-only tables; the converter of a catalogue's."""
    return frozen_mapping(
        {
            mis: frozen_mapping({key: texts(row) for key, row in table.items()})
            for mis, table in given.items()
        }
    )


def table_of(tables: Tables, mis: str) -> Mapping[str, tuple[str, ...]] | None:
    """Return the table of an MIS, however its name is written; None without one."""
    name = likeness(mis)
    found = (table for known, table in tables.items() if likeness(known) == name)
    return next(found, None)


def near_names(tables: Tables, mis: str) -> tuple[str, ...]:
    """Return the MISs with a table that may be meant by *mis*, which has none.

    Those whose name is a part of it, or it of theirs, and those spelled nearly so.
    """
    name, known = likeness(mis), {likeness(known): known for known in tables}
    if name in known:
        return ()
    parts = (other for other in known if other in name or name in other)
    near = dict.fromkeys((*parts, *get_close_matches(name, known)))
    return tuple(known[other] for other in near)


def needed(tables: Tables, mis: str, scopes: Iterable[str]) -> frozenset[str]:
    """Return the permissions an account must hold so that *scopes* can all be served.

    What is common to all counts even where no scope is named. Where the MIS has no
    table, or a scope no row in it, nothing is known to be needed for it.
    """
    table = table_of(tables, mis) or {}
    return frozenset().union(*(table.get(key, ()) for key in (COMMON, *scopes)))


def unlisted(tables: Tables, mis: str, scopes: Iterable[str]) -> tuple[str, ...]:
    """Return those of *scopes* that the table of the MIS does not mention.

    A row that is empty says that nothing more is needed. A table with only the common
    row covers every scope: many MISs have one set of rights for whatever is asked.
    """
    table = table_of(tables, mis) or {}
    if table.keys() == {COMMON}:
        return ()
    return tuple(key for key in scopes if key not in table)
