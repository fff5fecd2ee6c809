"""The rules of the catalogue `assembly`, through a gate, on records of its shape."""

import pytest

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.memory import MemoryLedger

ASSEMBLY = Catalogue.builtin("assembly")
URN = "100001"
SCHOOL = {"urn": URN, "name": "Example School", "head_teacher": "Dana Head"}


@pytest.fixture
def opened():
    """Return the way to an access of a school that authorised some scopes."""

    def open_access(*scopes, permissions=None, **records):
        ledger = MemoryLedger()
        register = ConsentRegister(ASSEMBLY, ledger)
        adapter = RecordsAdapter({"school": [SCHOOL], **records})
        register.connect(
            school=URN, mis="bromcom", adapter=adapter, permissions=permissions
        )
        if scopes:
            register.publish(AccessRequest("app", "to be tested", scopes))
            shown = register.present(school=URN, app="app")
            register.authorise(shown, actor=Actor("Dana Head"))
        return Gate(ASSEMBLY, ledger).open(school=URN, app="app"), adapter

    return open_access


@pytest.fixture
def ids(opened):
    """Return the way to the ids of the records that flow under some scopes."""

    def read(resource, records, *scopes):
        access, adapter = opened(*scopes, **{resource: records})
        return [record["id"] for record in access.read(adapter, Query(resource))]

    return read


def test_the_head_teacher_is_withheld_before_a_grant(opened):
    """An app without a grant reads the school without its head teacher's name."""
    access, adapter = opened()

    released = list(access.read(adapter, Query("school")))

    assert released == [{"urn": URN, "name": "Example School"}]


def test_the_head_teacher_flows_once_authorised(opened):
    """The head teacher's name flows with its own scope."""
    access, adapter = opened("school.head_teacher")

    released = list(access.read(adapter, Query("school")))

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
def test_cover_lessons_wait_for_their_scope(opened, scopes, expected):
    """A cover lesson inside a timetable flows with `timetables.cover` only."""
    records = [timetable("Scheduled", "StaffCover")]
    access, adapter = opened(*scopes, timetable=records)

    released = list(access.read(adapter, Query("timetable")))

    assert (released, access.notes) == ([expected], ())


def test_cover_lessons_read_by_room_wait_too(ids):
    """A cover lesson that is a record of its own flows with its scope only."""
    lessons = [{"id": 1, "type": "Scheduled"}, {"id": 2, "type": "RoomCover"}]

    assert ids("lesson", lessons, "timetables") == [1]


def test_a_right_the_mis_account_lacks_withholds_the_field(opened):
    """What Bromcom does not let the account read is withheld, and the permit says so."""
    everywhere = ASSEMBLY.mis["bromcom"]["*"]
    people = ASSEMBLY.mis["bromcom"]["contacts.basic"]
    access, _ = opened(
        "contacts.emails", permissions=[*everywhere, *people, "PersonCommunications"]
    )

    emails = {
        path: reason
        for path, reason in access.permit.withheld("contact").items()
        if path.startswith("contact.emails")
    }

    expected = dict.fromkeys(
        ASSEMBLY.scope("contacts.emails").fields, "mis_permission_missing"
    )
    assert emails == expected


def test_names_flow_while_the_mis_account_lacks_emails(opened):
    """A right that is lacking withholds the fields that need it, and no others."""
    table = ASSEMBLY.mis["bromcom"]
    access, _ = opened(
        "contacts.emails", permissions=[*table["*"], *table["contacts.basic"]]
    )

    released = access.permit.fields_of("contact")

    basic = [
        p for p in ASSEMBLY.scope("contacts.basic").fields if p.startswith("contact.")
    ]
    assert set(released) == set(basic)


def test_rights_that_are_not_known_withhold_nothing(opened):
    """Where no one can tell what the MIS account may do, the grant decides."""
    access, _ = opened("contacts.emails")

    assert "contact.emails[].email" in access.permit.fields
