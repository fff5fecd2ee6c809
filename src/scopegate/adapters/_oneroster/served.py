"""Which rows of a bundle are served, and as which records."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from attrs import field, frozen

from ..._base.likeness import likeness
from ..._base.values import quoted
from ...catalogue.field import parse_path
from ...errors import SourceError
from ..base import Fetch
from .bundle import Bundle, Row
from .rows import ROLES, TABLES, Shape, SideFile, Table, parts
from .words import (
    ORG_TYPES,
    ROLES as ROLE_WORDS,
    SESSION_TYPES,
    is_known,
    is_live,
    is_within,
    remembered,
    word,
)

Elements = Mapping[str, list[dict[str, object]]]
"""What belongs into records, by their ids."""

_SEPARATORS = re.compile("[,;|]")
_TYPES = {"orgs": ORG_TYPES, "academicSessions": SESSION_TYPES}


@frozen
class _School:
    """The one school that is served.

    Attributes:
        id: Its `sourcedId`.
        orgs: Those of all organisations.
    """

    id: str
    orgs: frozenset[str] = field(repr=False)

    def is_spelt_in(self, cell: str) -> bool:
        """Tell whether a cell has its id, in another spelling or among others.

        What is the id of another organisation is that, however alike it is.
        """
        found = {part.strip() for part in _SEPARATORS.split(cell)} | {cell}
        wanted = likeness(self.id)
        return any(likeness(each) == wanted for each in found - self.orgs) or (
            self.id in found
        )


def records(
    bundle: Bundle, wanted: Fetch, school: str | None, today: date
) -> Iterator[dict[str, object]]:
    """Yield the records of a resource; of one school, where it is said.

    Raises:
        SourceError: A file is broken, or has a word that decides and is not known.
    """
    name, shape = wanted.resource.name, Shape.of(wanted.resource)
    table = TABLES[name]
    tops = {parse_path(path)[1][0].name for path in wanted.fields}
    own = None if school is None else _school(bundle, school, today)
    served = _Served(bundle, own, today, _roles(bundle, name, own, today))
    joined = {
        side.name: served.roles if side is ROLES else _elements(bundle, side)
        for side in table.side_files
        if side.name in tops
    }
    tells = bundle.modes.get(table.file) == "delta" and "status" in tops
    for row in served.rows(name):
        record, key = shape.record(row), row["sourcedId"]
        if is_live(row.get("status")):
            record.update((n, held[key]) for n, held in joined.items() if key in held)
            yield record
        elif tells and wanted.resource.key == "sourcedId":
            yield remembered(record, wanted.resource.subject)


def _school(bundle: Bundle, school: str, today: date) -> _School:
    """Return the school, of which there must be one.

    Raises:
        SourceError: There is none, or there are several.
    """
    rows = _Served(bundle, None, today, {}).rows("school")
    found = [
        row["sourcedId"]
        for row in rows
        if row["identifier"] == school and is_live(row.get("status"))
    ]
    if len(found) != 1 or not found[0]:
        problem = "does not name one school by that identifier; correct `school`"
        raise SourceError(bundle.source("orgs"), problem)
    orgs = frozenset(row["sourcedId"] for row in bundle.rows("orgs", "sourcedId"))
    return _School(found[0], orgs)


def _roles(bundle: Bundle, name: str, own: _School | None, today: date) -> Elements:
    """Return the roles of users by their ids, those at one school where it is said.

    None where they do not matter, and none in 1.1, where a role is in the row of the
    user.
    """
    table = TABLES[name]
    matter = table.file == "users" or (name == "demographics" and own is not None)
    if bundle.version == "1.1" or not matter:
        return {}
    rows = bundle.rows(ROLES.file, ROLES.owner, *ROLES.columns)
    return ROLES.index(
        row
        for row in rows
        if _counts(bundle, row, own, today, is_read=bool(table.kind))
    )


def _counts(
    bundle: Bundle, row: Row, own: _School | None, today: date, *, is_read: bool
) -> bool:
    """Tell whether a role is held now, at the school that is served.

    Args:
        bundle: The bundle.
        row: The row of the role.
        own: The school; None for any.
        today: The day it is.
        is_read: Whether it matters which role it is.
    """
    if not is_live(row.get("status")):
        return False
    if own is not None and not _is_of(bundle, ROLES.file, row, "orgSourcedId", own):
        return False
    try:
        is_on = is_within(row, today)
    except ValueError:
        is_on = None
    if is_on is None:
        problem = "has a `beginDate` or `endDate` that is not a date; write 2026-09-01"
        raise bundle.fault(ROLES.file, row, problem)
    if is_on and is_read:
        _check(bundle, ROLES.file, row, "role", ROLE_WORDS)
    return is_on


def _is_of(bundle: Bundle, file: str, row: Row, column: str, own: _School) -> bool:
    """Tell whether a row says in a column that it is of the school.

    Raises:
        SourceError: It may mean the school, and does not write its id as it is.
    """
    cell = row[column]
    if cell == own.id:
        return True
    if own.is_spelt_in(cell):
        raise _misspelt(bundle, file, row, column, "write it alike, and alone")
    return False


def _misspelt(
    bundle: Bundle, file: str, row: Row, column: str, advice: str
) -> SourceError:
    """Return the error that a row may mean the school, and writes its id otherwise."""
    problem = f"does not write the id of the school in `{column}` as `orgs.csv` does"
    return bundle.fault(file, row, f"{problem}; {advice}")


def _check(
    bundle: Bundle, file: str, row: Row, column: str, known: tuple[str, ...]
) -> None:
    """Raise unless a row has a known word in a column.

    Raises:
        SourceError: It has another, or none.
    """
    if not is_known(row[column], known):
        problem = f"has in `{column}` none of {quoted(known)}; correct it"
        raise bundle.fault(file, row, problem)


def _elements(bundle: Bundle, side: SideFile) -> Elements:
    return side.index(bundle.rows(side.file, side.owner, *side.columns))


@frozen
class _Served:
    """Which rows of a bundle are served, and which of them are remembered only.

    Attributes:
        bundle: The bundle.
        own: The one school that is served, or None.
        today: The day it is.
        roles: The roles of users by their ids, none of another school.
    """

    bundle: Bundle
    own: _School | None
    today: date
    roles: Elements

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a resource, whatever their status."""
        table = TABLES[name]
        if table.file == "users":
            yield from self._users(table.kind)
        elif table.file == "demographics":
            yield from self._demographics()
        else:
            for row in self.bundle.rows(table.file, "sourcedId", *table.needed):
                if self._is_meant(table, row):
                    yield row

    def _is_meant(self, table: Table, row: Row) -> bool:
        """Tell whether a row is of the kind that is asked for, and of the school."""
        if "type" in table.needed and is_live(row.get("status")):
            _check(self.bundle, table.file, row, "type", _TYPES[table.file])
        if "type" in table.needed and word(row["type"]) != word(table.kind):
            return False
        if self.own is None:
            return True
        return _is_of(self.bundle, table.file, row, table.school, self.own)

    def _users(self, role: str) -> Iterator[Row]:
        """Yield the rows of users with a role, or of all; at the school."""
        needed = ("role", "orgSourcedIds") if self.bundle.version == "1.1" else ()
        for row in self.bundle.rows("users", "sourcedId", *needed):
            held = self._roles_in(row, is_read=bool(role))
            if role in held if role else self.own is None or held:
                yield row

    def _roles_in(self, row: Row, *, is_read: bool) -> list[str]:
        """Return the roles of a user at the school, as they are compared."""
        if self.bundle.version != "1.1":
            return [
                word(held.get("role")) for held in self.roles.get(row["sourcedId"], ())
            ]
        if not self._is_at(row):
            return []
        if is_read and is_live(row.get("status")):
            _check(self.bundle, "users", row, "role", ROLE_WORDS)
        return [word(row["role"])]

    def _is_at(self, row: Row) -> bool:
        """Tell whether a user of 1.1 is at the school."""
        if self.own is None or self.own.id in parts(row["orgSourcedIds"]):
            return True
        if self.own.is_spelt_in(row["orgSourcedIds"]):
            advice = "write ids alike, and commas between them"
            raise _misspelt(self.bundle, "users", row, "orgSourcedIds", advice)
        return False

    def _demographics(self) -> Iterator[Row]:
        """Yield the rows about users; they have the ids of those."""
        users = None
        if self.own is not None:
            users = {
                row["sourcedId"]
                for row in self._users("")
                if is_live(row.get("status"))
            }
        for row in self.bundle.rows("demographics", "sourcedId"):
            if users is None or row["sourcedId"] in users:
                yield row
