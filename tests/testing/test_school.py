"""`School`: it decides as a service would, and only what it decided flows."""

from datetime import timedelta

import pytest
from attrs import evolve

from scopegate import AccessDeniedError, Catalogue, Query, Subjects
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import ArgumentError, UnverifiedSchoolError, WrongSchoolError
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Reason
from scopegate.testing import NOON, School, grant_of, permit_for
from scopegate.testing.permits import HEAD

ASSEMBLY = Catalogue.builtin("assembly")
PUPILS = [{"id": n, "last_name": "Zed", "dob": f"2014-02-{n:02}"} for n in (1, 2)]
BASIC = [{"id": n, "last_name": "Zed"} for n in (1, 2)]
STUDENTS = Query("student")


@pytest.fixture
def school():
    """Return a school of two pupils, which an app has asked for their birthdays too."""
    made = School(ASSEMBLY, {"student": PUPILS})
    made.publish("students.basic", optional={"students.dob"})
    return made


def reason(school, path="student.dob"):
    """Return why a field is withheld."""
    return school.permit().withheld("student")[path]


def test_before_a_decision_only_the_school_itself_is_shown(school):
    """Its public record is made up, and names it by its key."""
    assert school.read(Query("school")) == [
        {"name": "Example School", "urn": school.key}
    ]
    with pytest.raises(AccessDeniedError):
        school.read(STUDENTS)


def test_boxes_are_empty_until_they_are_ticked(school):
    """What was offered and not ticked is refused; ticked by a change, it flows."""
    school.authorise()
    assert (school.read(STUDENTS), reason(school)) == (BASIC, Reason.REFUSED)

    school.amend(optional={"students.dob"})
    assert school.read(STUDENTS) == PUPILS


def test_authorising_scopes_asks_for_them_first():
    """They need no request: what is named is asked for, and all of it ticked."""
    school = School(ASSEMBLY, {"student": PUPILS})
    grant = school.authorise("students.basic", optional={"students.dob"})

    assert school.read(STUDENTS) == PUPILS
    assert (grant.id, school.consent().current) == ("grant-1", grant)
    names = [type(event).__name__ for event in school.events()]
    assert names == ["Connected", "Presented", "Authorised"]


def test_it_decides_what_grants_without_a_ledger_say():
    """`grant_of` and `permit_for` give what a school that decided has."""
    school = School(ASSEMBLY)

    assert school.authorise("students.basic") == grant_of(ASSEMBLY, ["students.basic"])
    assert school.permit() == permit_for(ASSEMBLY, "students.basic")


def test_a_choice_is_recorded_as_it_was_made(school):
    """Whom it covers, how long and how it was indicated are of the decision."""
    ends = NOON + timedelta(days=1)
    choice = {"subjects": Subjects.only(student=["2"]), "expires_at": ends}
    school.authorise(method="page", **choice)
    amended = school.amend(method="letter", **choice)

    assert school.read(STUDENTS) == BASIC[1:]
    assert (amended.expires_at, amended.decisions[-1].method) == (ends, "letter")
    school.clock.go_on(timedelta(days=1))
    assert reason(school, "student.id") is Reason.EXPIRED


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("revoke", Reason.REVOKED),
        ("relinquish", Reason.RELINQUISHED),
        ("disconnect", Reason.NO_CONNECTION),
    ],
)
def test_what_is_ended_flows_no_more(school, verb, expected):
    """Each way to end it has its own reason."""
    school.authorise()
    getattr(school, verb)()

    assert reason(school, "student.id") is expected


def test_what_is_connected_again_flows_again(school):
    """A grant outlives the connection that it was made over."""
    school.authorise()
    school.disconnect()
    school.connect(actor=HEAD)

    assert school.read(STUDENTS) == BASIC


def test_a_request_can_be_declined(school):
    """Then there is nothing to authorise, and nothing flows."""
    school.decline()

    assert school.consent().current is None
    assert reason(school) is Reason.REFUSED


def test_another_catalogue_counts_from_now_on(school):
    """A grant was made on one catalogue, and permits nothing of another."""
    school.authorise()
    school.use(evolve(ASSEMBLY, id="other"))

    assert reason(school, "student.id") is Reason.POLICY_CHANGED


def test_the_account_of_the_mis_counts():
    """What the account of the product named lacks is withheld."""
    held = {"product": "bromcom", "permissions": ()}
    school = School(ASSEMBLY, {"student": PUPILS}, **held)
    school.authorise("students.basic")

    assert reason(school, "student.id") is Reason.MIS_PERMISSION_MISSING


def test_an_adapter_and_a_ledger_of_ones_own_are_used():
    """The adapter proves the key, and everything is kept in the ledger."""
    mis, ledger = RecordsAdapter({"school": [{"urn": "7"}]}), MemoryLedger()
    school = School(ASSEMBLY, mis, key="7", app="clubs", ledger=ledger)
    school.authorise("students.basic")

    assert {*ledger.streams()} == {"school/7", "app/clubs"}
    with pytest.raises(WrongSchoolError):
        School(ASSEMBLY, mis)


def test_a_catalogue_without_a_public_resource_connects_nothing():
    """Such a school cannot be verified, and the error says what the catalogue lacks."""
    table = {
        "id": "x",
        "version": "1",
        "resource": {"a": {"key": "b", "field": {"b": {}}}},
    }

    with pytest.raises(UnverifiedSchoolError, match="no public resource"):
        School(Catalogue.from_dict(table))


def test_what_is_given_is_checked():
    """An argument of another kind is refused in one sentence, and nothing is done."""
    with pytest.raises(ArgumentError, match="as `key`, not `int`"):
        School(ASSEMBLY, key=100001)
