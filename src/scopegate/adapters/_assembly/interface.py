"""Assembly's names: where each resource is read, and what may be asked with it.

From the published description of version 1.1 of the API. It names no flag for
medical details, nor for the addresses of contacts and staff; those are asked for by the
flags that bring those of a student.
"""

from collections.abc import Mapping
from enum import Enum, auto

from attrs import field, frozen

from ..._base.frozen import FrozenMapping
from ..._base.values import frozen_mapping
from ...catalogue.resource import Resource


class Sort(Enum):
    """What values a list can be narrowed to without leaving out too much."""

    NUMBER = auto()
    YEAR = auto()


@frozen
class Narrowing:
    """A parameter that narrows a list to records with a wanted value.

    Attributes:
        param: Its name.
        sort: The values it is given.
        most: How many of them at once.
    """

    param: str
    sort: Sort = Sort.NUMBER
    most: int = 1


_Parts = Mapping[str, str]


def _parts(given: _Parts) -> _Parts:
    return frozen_mapping(given)


@frozen
class Place:
    """Where a resource is read, and what may be asked with it.

    Attributes:
        path: Below the address of the API, or below a room.
        parts: For the start of a path below the resource, the flag that brings what is
            there.
        narrowings: For a path below the resource, what narrows the list by it.
        is_one: Whether it is one record and not a list.
        is_in_rooms: Whether it is listed room by room.
        is_by_student: Whether it is listed only for students who are named.
        tells_changes: Whether it takes If-Modified-Since.
        is_of_now: Whether without dates only what is of this week, or of this
            academic year, is given.
        day: The path below the resource that its dates go by, where they go by
            that and nothing else.
    """

    path: str
    parts: _Parts = field(converter=_parts, factory=dict, kw_only=True)
    narrowings: Mapping[str, Narrowing] = field(
        converter=FrozenMapping[str, Narrowing], factory=dict, kw_only=True
    )
    is_one: bool = field(default=False, kw_only=True)
    is_in_rooms: bool = field(default=False, kw_only=True)
    is_by_student: bool = field(default=False, kw_only=True)
    tells_changes: bool = field(default=False, kw_only=True)
    is_of_now: bool = field(default=False, kw_only=True)
    day: str | None = field(default=None, kw_only=True)

    @property
    def is_one_list(self) -> bool:
        """Whether all of it is in one list, whose total the API gives."""
        return not (self.is_one or self.is_in_rooms or self.is_by_student)


_ADDRESS: _Parts = {"address": "addresses"}
_STUDENT: _Parts = {
    "address": "addresses",
    "contacts[]": "contacts",
    "demographics": "demographics",
    "demographics.ever_in_care": "ever_in_care",
    "demographics.in_care": "care",
    "demographics.sen_needs[]": "sen_needs",
    "emails[]": "emails",
    "languages": "languages",
    "medical": "medical",
    "photo": "photo",
}
_STAFF: _Parts = {
    "address": "addresses",
    "demographics": "demographics",
    "qualification_info": "qualifications",
}
_CONTRACT: _Parts = {
    "allowances[]": "allowances",
    "roles[]": "roles",
    "salaries[]": "salaries",
}
_STUDENTS = Narrowing("students", most=100)
_ONE_STUDENT = {"student_id": Narrowing("student_id")}
_ONE_OF_STAFF = {"staff_member_id": Narrowing("staff_member_id")}
_GROUP = {"registration_group_id": Narrowing("registration_group_id")}
_YEAR = Narrowing("year_code", Sort.YEAR)

NOWHERE = Place("")
"""The place of a resource that has no such name."""

PLACES: Mapping[str, Place] = {
    "school": Place("school", is_one=True),
    "school_status": Place("school/status", is_one=True),
    "student": Place(
        "students",
        parts=_STUDENT,
        narrowings={"id": _STUDENTS, "year_code": _YEAR},
        tells_changes=True,
    ),
    "contact": Place(
        "contacts",
        parts=_ADDRESS,
        narrowings={"students[].student_id": Narrowing("student_id")},
    ),
    "staff_member": Place("staff_members", parts=_STAFF, tells_changes=True),
    "year_group": Place("year_groups", narrowings={"code": _YEAR}, tells_changes=True),
    "registration_group": Place("registration_groups", tells_changes=True),
    "teaching_group": Place("teaching_groups", tells_changes=True),
    "group": Place("groups", tells_changes=True),
    "enrolment": Place("groups/enrolments", tells_changes=True),
    "attendance": Place(
        "attendances",
        narrowings=_ONE_STUDENT | _GROUP,
        tells_changes=True,
        is_of_now=True,
        day="session_date",
    ),
    "attendance_summary": Place(
        "attendances/summaries", narrowings=_ONE_STUDENT | _GROUP, tells_changes=True
    ),
    "exclusion": Place("exclusions", narrowings=_ONE_STUDENT, is_of_now=True),
    "result": Place(
        "results",
        narrowings={"student_id": _STUDENTS},
        is_by_student=True,
        tells_changes=True,
    ),
    "assessment": Place("assessments"),
    "assessment_point": Place("assessment_points", narrowings={"year_code": _YEAR}),
    "facet": Place("facets"),
    "grade_set": Place("grade_sets"),
    "timetable": Place("timetables", tells_changes=True),
    "lesson": Place("lessons", is_in_rooms=True, tells_changes=True),
    "room": Place("rooms", tells_changes=True),
    "closure": Place("closures", is_in_rooms=True, tells_changes=True),
    "academic_year": Place("academic_years"),
    "calendar_event": Place("calendar_events", tells_changes=True),
    "staff_contract": Place(
        "staff_contracts", parts=_CONTRACT, narrowings=_ONE_OF_STAFF
    ),
    "staff_absence": Place("staff_absences", narrowings=_ONE_OF_STAFF),
    "subject": Place("subjects"),
    "mis_subject": Place("mis_subjects"),
    "learning_aim": Place("school/learning_aims"),
    "medical_condition": Place("school/medical_conditions"),
    "dietary_need": Place("school/dietary_needs"),
    "me": Place("me", is_one=True),
}
"""By the names of the built-in catalogue `assembly`: all of its resources."""


ROOMS = Place("rooms")
"""The rooms by which lessons and closures are read: all of them, every time."""


def parts_of(resource: Resource) -> dict[str, str]:
    """Return the flags of a resource, each with the full path of what it brings."""
    parts = PLACES.get(resource.name, NOWHERE).parts
    return {flag: f"{resource.name}.{part}" for part, flag in parts.items()}
