"""`OneRosterCSV`: a bundle of CSV files, as OneRoster 1.1 and 1.2 publish it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from .._base.values import quoted
from ..arguments import checked
from ..catalogue.field import parse_path
from ..catalogue.resource import Resource
from ..errors import SourceError
from ..records.files import Record
from ._oneroster.bundle import Bundle, opened
from ._oneroster.rows import ROLES, TABLES, UNTOLD, Shape, SideFile, parts
from .base import NONE, Capabilities, Fetch

Elements = Mapping[str, list[dict[str, object]]]
"""What belongs into records, by their ids."""


@checked
class OneRosterCSV:
    """Serves a OneRoster bundle: a zip, which is not unpacked, or a folder.

    Its records are in the shape of the built-in catalogue `oneroster`, as
    `OneRoster` gives them; an empty cell is a missing value. Which files are there
    is what `manifest.csv` says. Rows are read as they are asked for; of the files
    with users' roles, profiles and resources all is held.

    Args:
        path: The zip or folder, with the CSV files at its top.
        school: Where it holds several schools, the `identifier` of the one to
            serve. Rows of other schools are left out, and resources that do not
            say whose they are (organisations and all sessions) are not served.
            None: it holds one school, and the gate finds out which.
        deltas: Whether files that hold only changes are served as well. They are
            all that changed, and not all that there is.
        most_bytes: The most bytes of one file, unpacked.

    Raises:
        SourceError: There is nothing at the path.
    """

    def __init__(
        self,
        path: str | Path,
        school: str | None = None,
        *,
        deltas: bool = False,
        most_bytes: int = 2**30,
    ) -> None:
        self._path = Path(path).absolute()
        self._school, self._deltas, self._most_bytes = school, deltas, most_bytes
        if not self._path.exists():
            raise SourceError(self._path.name, "is not there; name a zip or a folder")

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return no capabilities: it gives whole records, all of them."""
        return NONE

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`.

        Raises:
            SourceError: The bundle is broken; names the file and the line. Or the
                resource does not say whose its rows are, among several schools.
        """
        name = wanted.resource.name
        if name not in TABLES:
            return
        if self._school is not None and name in UNTOLD:
            problem = (
                f"holds several schools, and {quoted([name])} rows do not say whose they"
                " are; serve them from a bundle of one school"
            )
            raise SourceError(self._path.name, problem)
        with opened(self._path, self._most_bytes, deltas=self._deltas) as bundle:
            yield from _records(bundle, wanted, self._school)


def _records(
    bundle: Bundle, wanted: Fetch, school: str | None
) -> Iterator[dict[str, object]]:
    """Yield the records of a resource; of one school, where it is said."""
    name, shape = wanted.resource.name, Shape.of(wanted.resource)
    tops = {parse_path(path)[1][0].name for path in wanted.fields}
    school_id = None if school is None else _school_id(bundle, school)
    is_of_users = TABLES[name].file == "users"
    needs_roles = is_of_users or (name == "demographics" and school is not None)
    roles = _roles(bundle, school_id) if needs_roles else {}
    served = _Served(bundle, school_id, roles)
    joined = {
        side.name: served.roles if side is ROLES else _elements(bundle, side)
        for side in TABLES[name].side_files
        if side.name in tops
    }
    for row in served.rows(name):
        record, key = shape.record(row), row["sourcedId"]
        record.update((n, held[key]) for n, held in joined.items() if key in held)
        yield record


def _school_id(bundle: Bundle, school: str) -> str:
    """Return the `sourcedId` of the school, of which there must be one.

    Raises:
        SourceError: There is none, or there are several.
    """
    rows = _Served(bundle, None, {}).rows("school")
    found = [row["sourcedId"] for row in rows if row["identifier"] == school]
    if len(found) != 1 or not found[0]:
        problem = "does not name one school by that identifier; correct `school`"
        raise SourceError(bundle.source("orgs"), problem)
    return str(found[0])


def _roles(bundle: Bundle, school_id: str | None) -> Elements:
    """Return the roles of users by their ids, those at one school where it is said.

    None in 1.1, where a role is in the row of the user.
    """
    if bundle.version == "1.1":
        return {}
    return _elements(bundle, ROLES, school_id)


def _elements(bundle: Bundle, side: SideFile, school_id: str | None = None) -> Elements:
    rows = bundle.rows(side.file, side.owner, *side.columns)
    if school_id is not None:
        rows = (row for row in rows if row["orgSourcedId"] == school_id)
    return side.index(rows)


@frozen
class _Served:
    """Which rows of a bundle are served.

    Attributes:
        bundle: The bundle.
        school_id: The `sourcedId` of the one school that is served, or None.
        roles: The roles of users by their ids, none of another school.
    """

    bundle: Bundle
    school_id: str | None
    roles: Elements

    def rows(self, name: str) -> Iterator[Record]:
        """Yield the rows of a resource."""
        table = TABLES[name]
        if table.file == "users":
            yield from self._users(table.kind)
        elif table.file == "demographics":
            yield from self._demographics()
        else:
            for row in self.bundle.rows(table.file, "sourcedId", *table.needed):
                is_meant = "type" not in table.needed or row["type"] == table.kind
                if is_meant and self.school_id in (None, row.get(table.school)):
                    yield row

    def _users(self, role: str) -> Iterator[Record]:
        """Yield the rows of users with a role, or of all; at the school."""
        needed = ("role", "orgSourcedIds") if self.bundle.version == "1.1" else ()
        for row in self.bundle.rows("users", "sourcedId", *needed):
            held = self._roles_in(row)
            if role in held if role else self.school_id is None or held:
                yield row

    def _roles_in(self, row: Record) -> list[object]:
        if self.bundle.version != "1.1":
            return [held.get("role") for held in self.roles.get(row["sourcedId"], ())]
        is_there = self.school_id in (None, *parts(row["orgSourcedIds"]))
        return [row["role"]] if is_there else []

    def _demographics(self) -> Iterator[Record]:
        """Yield the rows about users; they have the ids of those."""
        users = None
        if self.school_id is not None:
            users = {row["sourcedId"] for row in self._users("")}
        for row in self.bundle.rows("demographics", "sourcedId"):
            if users is None or row["sourcedId"] in users:
                yield row
