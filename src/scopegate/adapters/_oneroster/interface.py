"""OneRoster's names: where its resources are read, and which fields each publishes.

A server that is asked for one field it does not know gives all of them, with a
warning. So nothing is asked for that the version does not publish. `fields` takes
names of the top level: neither version says what a path with dots would select.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import field, frozen

from ..._base.values import names

VERSIONS: Mapping[str, str] = {"1.1": "v1p1", "1.2": "v1p2"}
"""How OAuth scopes name each version."""


class Param(StrEnum):
    """The parameters of both versions."""

    FIELDS = "fields"
    FILTER = "filter"
    SORT = "sort"
    ORDER = "orderBy"
    LIMIT = "limit"
    OFFSET = "offset"


TOTAL = "X-Total-Count"
"""The header that tells how many records there are."""

_SCOPE = "https://purl.imsglobal.org/spec/or/{}/scope/{}.readonly"
_BASE = frozenset({"sourcedId", "status", "dateLastModified", "metadata"})
_ORG = {"name", "type", "identifier", "parent", "children"}
_SESSION = {
    *{"title", "type", "startDate", "endDate", "parent", "children", "schoolYear"},
}
# A password is published, too; it is never asked for.
_USER = {
    *{"username", "userIds", "enabledUser", "givenName", "familyName", "middleName"},
    *{"identifier", "email", "sms", "phone", "agents", "grades"},
}
_USER_1_1 = {"role", "orgs"}
_USER_1_2 = {
    *{"userMasterIdentifier", "preferredFirstName", "preferredMiddleName"},
    *{"preferredLastName", "pronouns", "roles", "userProfiles", "primaryOrg"},
    *{"resources"},
}
_CLASS = {
    *{"title", "classCode", "classType", "location", "grades", "subjects", "course"},
    *{"school", "terms", "subjectCodes", "periods", "resources"},
}
_COURSE = {
    *{"title", "schoolYear", "courseCode", "grades", "subjects", "org"},
    *{"subjectCodes", "resources"},
}
_ENROLLMENT = {"user", "class", "school", "role", "primary", "beginDate", "endDate"}
_DEMOGRAPHICS = {
    *{"birthDate", "sex", "americanIndianOrAlaskaNative", "asian"},
    *{"blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white"},
    *{"demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity"},
    *{"countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth"},
    *{"publicSchoolResidenceStatus"},
}


@frozen
class Endpoint:
    """Where a resource is read.

    Attributes:
        collection: The last part of its address, `students`.
        envelope: What the list of its records is called in an answer, `users`.
        common: The fields that both versions publish, besides those of every
            record.
        only: For a version those that only it publishes.
        is_per_school: Whether the records of one school can be asked for.
    """

    collection: str
    envelope: str
    common: frozenset[str] = field(converter=names)
    only: Mapping[str, Iterable[str]] = field(factory=dict, kw_only=True)
    is_per_school: bool = field(default=False, kw_only=True)

    def published(self, version: str) -> frozenset[str]:
        """Return the fields that a version publishes."""
        return _BASE.union(self.common, self.only.get(version, ()))


def _people(collection: str, *, is_per_school: bool) -> Endpoint:
    only = {"1.1": _USER_1_1, "1.2": _USER_1_2}
    return Endpoint(collection, "users", _USER, only=only, is_per_school=is_per_school)


ENDPOINTS: Mapping[str, Endpoint] = {
    "school": Endpoint("schools", "orgs", _ORG, is_per_school=True),
    "org": Endpoint("orgs", "orgs", _ORG),
    "academic_session": Endpoint("academicSessions", "academicSessions", _SESSION),
    "term": Endpoint("terms", "academicSessions", _SESSION, is_per_school=True),
    "grading_period": Endpoint("gradingPeriods", "academicSessions", _SESSION),
    "course": Endpoint("courses", "courses", _COURSE, is_per_school=True),
    "class": Endpoint("classes", "classes", _CLASS, is_per_school=True),
    "student": _people("students", is_per_school=True),
    "teacher": _people("teachers", is_per_school=True),
    "user": _people("users", is_per_school=False),
    "enrollment": Endpoint(
        "enrollments", "enrollments", _ENROLLMENT, is_per_school=True
    ),
    "demographics": Endpoint("demographics", "demographics", _DEMOGRAPHICS),
}
"""By the names of the built-in catalogue `oneroster`."""

PER_SCHOOL = tuple(name for name, one in ENDPOINTS.items() if one.is_per_school)
"""Those whose records can be read for one school."""


def scope_of(resource: str, version: str, *, is_below_school: bool) -> str:
    """Return the narrowest OAuth scope that covers reading a resource.

    The core scope is for whole collections, the full one also for what is below a
    school; demographics have their own (REST binding 1.2 §4.3.3).
    """
    part = "roster" if is_below_school else "roster-core"
    if resource == "demographics":
        part = "roster-demographics"
    return _SCOPE.format(VERSIONS[version], part)
