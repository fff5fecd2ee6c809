"""The rules of the catalogue `assembly`, through a gate, on records of its shape."""

import pytest

from scopegate import Catalogue, Query
from scopegate.testing import School

ASSEMBLY = Catalogue.builtin("assembly")
URN = "100001"
SCHOOL = {"urn": URN, "name": "Example School", "head_teacher": "Dana Head"}


def having(*scopes, permissions=None, **records):
    """Return a school that has authorised some scopes, with these records."""
    held = {"school": [SCHOOL], **records}
    school = School(ASSEMBLY, held, product="bromcom", permissions=permissions)
    if scopes:
        school.authorise(*scopes)
    return school


@pytest.fixture
def ids():
    """Return the way to the ids of the records that flow under some scopes."""

    def read(resource, records, *scopes):
        school = having(*scopes, **{resource: records})
        return [record["id"] for record in school.read(Query(resource))]

    return read


def test_the_head_teacher_is_withheld_before_a_grant():
    """An app without a grant reads the school without its head teacher's name."""
    released = having().read(Query("school"))

    assert released == [{"urn": URN, "name": "Example School"}]


def test_the_head_teacher_flows_once_authorised():
    """The head teacher's name flows with its own scope."""
    released = having("school.head_teacher").read(Query("school"))

    assert released == [SCHOOL]


GROUPS = [
    {"id": 1, "name": "7A", "type": "RegistrationGroup"},
    {"id": 2, "name": "Watch list", "type": "UserGroup"},
    {"id": 3, "name": "Watch list", "type": "user-defined"},
    {"id": 4, "name": "of no type"},
]


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [(["groups"], [1]), (["groups", "groups.user"], [1, 2, 3, 4])],
)
def test_groups_a_school_made_up_wait_for_their_scope(ids, scopes, expected):
    """A user-defined group, and one of unknown type, flow with `groups.user` only."""
    assert ids("group", GROUPS, *scopes) == expected


RESULTS = [
    {"id": 1, "assessment_type": "internal"},
    {"id": 2, "assessment_type": "examination"},
    {"id": 3, "assessment_type": "national"},
    {"id": 4, "assessment_type": "Internal"},
    {"id": 5},
]
KINDS = ("assessments.internal", "assessments.examinations", "assessments.national")


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [(KINDS[:1], [1]), (KINDS[1:2], [2]), (KINDS[2:], [3]), (KINDS, [1, 2, 3])],
)
def test_results_flow_by_their_kind(ids, scopes, expected):
    """A result flows with the scope of its kind; one of no known kind never does."""
    assert ids("result", RESULTS, *scopes) == expected


def timetable(*kinds):
    """Return a timetable of one period with a lesson of each of *kinds*."""
    lessons = [{"id": n, "type": kind} for n, kind in enumerate(kinds)]
    periods = [{"id": 1, "short_name": "P1", "lessons": lessons}]
    return {"id": 1, "days": [{"id": 1, "short_name": "Mon", "periods": periods}]}


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (["timetables"], timetable("Scheduled")),
        (["timetables", "timetables.cover"], timetable("Scheduled", "StaffCover")),
    ],
)
def test_cover_lessons_wait_for_their_scope(scopes, expected):
    """A cover lesson inside a timetable flows with `timetables.cover` only."""
    records = [timetable("Scheduled", "StaffCover")]
    school = having(*scopes, timetable=records)

    with school.open() as access:
        released = list(access.read(school.mis, Query("timetable")))

    assert (released, access.notes) == ([expected], ())


def test_cover_lessons_read_by_room_wait_too(ids):
    """A cover lesson that is a record of its own flows with its scope only."""
    lessons = [{"id": 1, "type": "Scheduled"}, {"id": 2, "type": "RoomCover"}]

    assert ids("lesson", lessons, "timetables") == [1]


def test_a_right_the_mis_account_lacks_withholds_the_field():
    """What Bromcom does not let the account read is withheld, and the permit says so."""
    everywhere = ASSEMBLY.mis["bromcom"]["*"]
    people = ASSEMBLY.mis["bromcom"]["contacts.basic"]
    school = having(
        "contacts.emails", permissions=[*everywhere, *people, "PersonCommunications"]
    )

    emails = {
        path: reason
        for path, reason in school.permit().withheld("contact").items()
        if path.startswith("contact.emails")
    }

    expected = dict.fromkeys(
        ASSEMBLY.scope("contacts.emails").fields, "mis_permission_missing"
    )
    assert emails == expected


def test_names_flow_while_the_mis_account_lacks_emails():
    """A right that is lacking withholds the fields that need it, and no others."""
    table = ASSEMBLY.mis["bromcom"]
    school = having(
        "contacts.emails", permissions=[*table["*"], *table["contacts.basic"]]
    )

    released = school.permit().fields_of("contact")

    basic = [
        p for p in ASSEMBLY.scope("contacts.basic").fields if p.startswith("contact.")
    ]
    assert set(released) == set(basic)


def test_rights_that_are_not_known_withhold_nothing():
    """Where no one can tell what the MIS account may do, the grant decides."""
    school = having("contacts.emails")

    assert "contact.emails[].email" in school.permit().fields
