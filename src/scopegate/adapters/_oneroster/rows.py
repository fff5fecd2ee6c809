"""Rows of a OneRoster bundle, made into records as the REST bindings show them.

The CSV bindings name their columns after the fields: `courseSourcedId` is the id of
`course`, `termSourcedIds` those of `terms`. What 1.2 keeps in files of its own, such
as the roles of a user, comes together here. A password is left where it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import frozen

from ...catalogue.field import Kind
from ...catalogue.resource import Resource
from ...records.files import Record
from .words import is_live, word

_RENAMED = {
    "preferredGivenName": "preferredFirstName",
    "preferredFamilyName": "preferredLastName",
}
_USER_ID = re.compile(r"\{([^:{}]*):([^{}]*)\}")
_BOOLEANS = {"true": True, "false": False}


def parts(cell: str) -> list[str]:
    """Return the values of a cell that holds several."""
    return [part for part in map(str.strip, cell.split(",")) if part]


@frozen
class Shape:
    """How the cells of one resource are read.

    Attributes:
        lists: The fields that hold several plain values.
        booleans: The fields that are true or false.
    """

    lists: frozenset[str]
    booleans: frozenset[str]

    @classmethod
    def of(cls, resource: Resource) -> "Shape":
        """Return the shape that the catalogue gives a resource."""
        plain = [one for one in resource.fields if len(one.steps) == 1]
        lists = {one.steps[0].name for one in plain if one.is_listed}
        booleans = {one.local for one in plain if one.kind is Kind.BOOLEAN}
        return cls(frozenset(lists), frozenset(booleans))

    def record(self, row: Record) -> dict[str, object]:
        """Return the record of a row; an empty cell is a missing value."""
        filled = ((h, cell) for h, cell in row.items() if cell and h != "password")
        return dict(self._value(heading, cell) for heading, cell in filled)

    def _value(self, heading: str, cell: object) -> tuple[str, object]:
        """Return the field that a cell is, and its value."""
        name = _RENAMED.get(heading, heading)
        if not isinstance(cell, str):  # such as `metadata`, from headings with dots
            return name, cell
        if name == "userIds":
            found = _USER_ID.findall(cell)
            return name, [{"type": t, "identifier": i} for t, i in found]
        if name.endswith("SourcedIds"):
            links = [{"sourcedId": part} for part in parts(cell)]
            return f"{name.removesuffix('SourcedIds')}s", links
        if name.endswith("SourcedId"):
            return name.removesuffix("SourcedId"), {"sourcedId": cell}
        if name in self.lists:
            return name, parts(cell)
        is_boolean = name in self.booleans
        return name, _BOOLEANS.get(word(cell), cell) if is_boolean else cell


@frozen
class SideFile:
    """Rows of another file that belong into records.

    Attributes:
        file: The file, without its end.
        owner: The column that holds the id of the record.
        name: The field that they make a list of.
        columns: The other columns without which they say nothing.
        made: Makes an element of a row.
    """

    file: str
    owner: str
    name: str
    columns: tuple[str, ...]
    made: Callable[[Record], dict[str, object]]

    def index(self, rows: Iterable[Record]) -> Mapping[str, list[dict[str, object]]]:
        """Return the elements by the id of their record; none of what is not live."""
        found: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            if is_live(row.get("status")):
                found.setdefault(row[self.owner], []).append(self.made(row))
        return found


def _filled(row: Record, names: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    return ((name, row[column]) for column, name in names.items() if row.get(column))


_SAME = {name: name for name in ("roleType", "role", "beginDate", "endDate")}
_ROLE = {**_SAME, "userProfileSourcedId": "userProfile"}
_PROFILE = {
    "sourcedId": "profileId",
    **{n: n for n in ("profileType", "vendorId", "applicationId", "description")},
}
_CREDENTIALS = {"credentialType": "type", "username": "username"}


def _role(row: Record) -> dict[str, object]:
    return {**dict(_filled(row, _ROLE)), "org": {"sourcedId": row["orgSourcedId"]}}


def _profile(row: Record) -> dict[str, object]:
    credentials = dict(_filled(row, _CREDENTIALS))
    held: dict[str, object] = {"credentials": [credentials]} if credentials else {}
    return {**dict(_filled(row, _PROFILE)), **held}


def _link(row: Record) -> dict[str, object]:
    return {"sourcedId": row["resourceSourcedId"]}


ROLES = SideFile("roles", "userSourcedId", "roles", ("role", "orgSourcedId"), _role)
"""What 1.2 says of a user's roles; 1.1 has one, in the row of the user."""


def _resources(file: str, owner: str) -> SideFile:
    return SideFile(file, owner, "resources", ("resourceSourcedId",), _link)


@frozen
class Table:
    """Where the rows of a resource are.

    Attributes:
        file: The file, without its end.
        kind: The `type`, or the role of a user, that its rows have; or empty.
        school: The column that names a row's school; empty where none does.
        needed: The columns, besides the id, that tell which rows are meant.
        side_files: What else belongs into its records.
    """

    file: str
    kind: str = ""
    school: str = ""
    needed: tuple[str, ...] = ()
    side_files: tuple[SideFile, ...] = ()


_ABOUT_USERS = (
    ROLES,
    SideFile("userProfiles", "userSourcedId", "userProfiles", ("sourcedId",), _profile),
    _resources("userResources", "userSourcedId"),
)

_SESSIONS, _OF_SCHOOL = "academicSessions", "schoolSourcedId"

TABLES: Mapping[str, Table] = {
    "school": Table("orgs", "school", "sourcedId", ("type", "identifier")),
    "org": Table("orgs"),
    "academic_session": Table(_SESSIONS),
    "term": Table(_SESSIONS, "term", needed=("type",)),
    "grading_period": Table(_SESSIONS, "gradingPeriod", needed=("type",)),
    "course": Table(
        "courses",
        school="orgSourcedId",
        needed=("orgSourcedId",),
        side_files=(_resources("courseResources", "courseSourcedId"),),
    ),
    "class": Table(
        "classes",
        school=_OF_SCHOOL,
        needed=(_OF_SCHOOL,),
        side_files=(_resources("classResources", "classSourcedId"),),
    ),
    "student": Table("users", "student", side_files=_ABOUT_USERS),
    "teacher": Table("users", "teacher", side_files=_ABOUT_USERS),
    "user": Table("users", side_files=_ABOUT_USERS),
    "enrollment": Table("enrollments", school=_OF_SCHOOL, needed=(_OF_SCHOOL,)),
    "demographics": Table("demographics"),
}
"""By the names of the built-in catalogue `oneroster`."""

UNTOLD = frozenset({"org", "academic_session", "term", "grading_period"})
"""Resources whose rows do not say whose they are."""
