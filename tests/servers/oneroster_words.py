"""OneRoster's names: collections, their fields, scopes, codes of status."""

from collections.abc import Callable, Mapping

FULL = "https://purl.imsglobal.org/spec/or/{}/scope/roster.readonly"
CORE = "https://purl.imsglobal.org/spec/or/{}/scope/roster-core.readonly"
DEMOGRAPHICS = (
    "https://purl.imsglobal.org/spec/or/{}/scope/roster-demographics.readonly"
)

BASE = ("sourcedId", "status", "dateLastModified", "metadata")
ORG = (*BASE, "name", "type", "identifier", "parent", "children")
USER = (
    *BASE,
    *("userMasterIdentifier", "username", "userIds", "enabledUser", "givenName"),
    *("familyName", "middleName", "preferredFirstName", "preferredMiddleName"),
    *("preferredLastName", "pronouns", "role", "roles", "userProfiles", "orgs"),
    *("primaryOrg", "identifier", "email", "sms", "phone", "agents", "grades"),
    *("password", "resources"),
)
SESSION = (
    *BASE,
    *("title", "type", "startDate", "endDate", "parent", "children", "schoolYear"),
)
COLLECTIONS: Mapping[str, tuple[str, ...]] = {
    "orgs": ORG,
    "schools": ORG,
    "users": USER,
    "students": USER,
    "teachers": USER,
    "classes": (
        *BASE,
        *("title", "classCode", "classType", "location", "grades", "subjects"),
        *("course", "school", "terms", "subjectCodes", "periods", "resources"),
    ),
    "courses": (
        *BASE,
        *("title", "schoolYear", "courseCode", "grades", "subjects", "org"),
        *("subjectCodes", "resources"),
    ),
    "enrollments": (
        *BASE,
        *("user", "class", "school", "role", "primary", "beginDate", "endDate"),
    ),
    "academicSessions": SESSION,
    "terms": SESSION,
    "gradingPeriods": SESSION,
    "demographics": (
        *BASE,
        *("birthDate", "sex", "americanIndianOrAlaskaNative", "asian"),
        *("blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander", "white"),
        *("demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity"),
        *("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth"),
        "publicSchoolResidenceStatus",
    ),
}
ONE = {
    "orgs": "org",
    "users": "user",
    "classes": "class",
    "courses": "course",
    "enrollments": "enrollment",
    "academicSessions": "academicSession",
    "demographics": "demographics",
}
SINGULAR = {one: many for many, one in ONE.items()} | {
    "school": "schools",
    "student": "students",
    "teacher": "teachers",
    "term": "terms",
    "gradingPeriod": "gradingPeriods",
}


def _of_type(kind: str) -> Callable[[Mapping], bool]:
    return lambda row: row.get("type") == kind


def _in_role(role: str) -> Callable[[Mapping], bool]:
    """1.1 has one role; 1.2 has several, each in an organisation."""
    return lambda row: (
        role in [row.get("role"), *(held.get("role") for held in row.get("roles", ()))]
    )


PARTS = {
    "schools": ("orgs", _of_type("school")),
    "students": ("users", _in_role("student")),
    "teachers": ("users", _in_role("teacher")),
    "terms": ("academicSessions", _of_type("term")),
    "gradingPeriods": ("academicSessions", _of_type("gradingPeriod")),
}
CODES = {
    400: "invaliddata",
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    429: "server_busy",
}


def scopes(version: str) -> list[str]:
    """Return the three scopes for reading, of a version."""
    return [word.format(version) for word in (FULL, CORE, DEMOGRAPHICS)]


def envelope(name: str, *, one: bool = False) -> str:
    """Return what a collection, or one record of it, is called in an answer.

    Schools come as organisations, students and teachers as users.
    """
    whole = PARTS[name][0] if name in PARTS else name
    return ONE[whole] if one else whole


def codes(status: int) -> str:
    """Return the minor code that goes with an HTTP status."""
    return CODES.get(status, "internal_server_error")


def status_info(major: str, severity: str, minor: str, text: str) -> dict:
    """Return an imsx_StatusInfo object."""
    value = {
        "imsx_codeMinorFieldName": "TargetEndSystem",
        "imsx_codeMinorFieldValue": minor,
    }
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_description": text,
        "imsx_CodeMinor": {"imsx_codeMinorField": [value]},
    }
