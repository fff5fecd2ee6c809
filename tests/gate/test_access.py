"""Enforcement: what an opened access gives, refuses and stops giving."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from attrs import frozen

from scopegate import (
    AccessDeniedError,
    AccessRequest,
    Catalogue,
    Condition,
    Gate,
    Query,
    QueryRefusedError,
)
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import (
    ClassRefusedError,
    UnknownResourceError,
    WrongSchoolError,
)
from scopegate.gate.access import Note
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.reason import Reason
from scopegate.testing import School
from scopegate.testing.permits import NOON

SCHOOL, APP = "100001", "gradebook"
CATALOGUE = Catalogue.builtin("assembly")
PUPILS = [
    {
        "id": 1,
        "first_name": "Ada",
        "last_name": "Zed",
        "year_code": "7",
        "dob": "2014-02-11",
    },
    {"id": 2, "first_name": "Bo", "last_name": "Young", "year_code": "8", "dob": None},
    {"id": 3, "first_name": "Cy", "last_name": "Xu", "dob": "2013-09-30"},
]
PUBLIC = {"urn": SCHOOL, "name": "Example School", "head_teacher": "Dana Head"}


class Watched(RecordsAdapter):
    """An MIS that keeps what it was asked for, and can do something on the way."""

    def __init__(self, records=None, school=None):
        super().__init__(records or {"school": [PUBLIC], "student": PUPILS}, school)
        self.asked = []
        self.given = 0
        self.before_next = lambda _: None

    def fetch(self, wanted):
        """Yield the records, counting them."""
        self.asked.append((wanted.resource.name, set(wanted.fields)))
        for record in super().fetch(wanted):
            self.before_next(self.given)
            self.given += 1
            yield record


class Scene(School):
    """A school whose MIS keeps what it is asked, and an app that asks for two scopes."""

    def __init__(self):
        super().__init__(CATALOGUE, Watched(), app=APP)
        self.mis.asked.clear()
        self.mis.given = 0
        self.publish("students.basic", optional={"students.dob"})

    def authorise(self, *optional, **more):
        """Let the school authorise, or amend, with the boxes named ticked."""
        is_amendment = self.ask().asking is DecisionKind.AMENDMENT
        decide = self.amend if is_amendment else super().authorise
        return decide(optional=optional, **more)

    def read(self, *conditions, **query):
        """Read pupils through a new access."""
        wanted = Query("student", conditions, **query)
        return self.open().read(self.mis, wanted)


@pytest.fixture
def scene():
    """Return a scene in which the school has decided nothing yet."""
    return Scene()


def test_before_a_grant_only_public_data_flows(scene):
    """Opening without a grant is not an error; it gives the school's public record."""
    with scene.open() as access:
        found = list(access.read(scene.mis, Query("school")))

    assert found == [{"name": "Example School", "urn": SCHOOL}]


def test_before_a_grant_nothing_else_is_asked_of_the_mis(scene):
    """A refused read makes no request to the MIS at all."""
    with pytest.raises(AccessDeniedError):
        scene.read()

    assert scene.mis.asked == []


def test_a_denied_read_carries_the_permit(scene):
    """Anyone who is denied can look up the reason of every field."""
    with pytest.raises(AccessDeniedError) as caught:
        scene.read()

    assert caught.value.resource == "student"
    assert caught.value.permit.withheld("student")["student.dob"] is Reason.NOT_GRANTED


def test_without_a_connection_not_even_public_data_flows():
    """An access to a school that was never connected gives nothing."""
    access = Gate(CATALOGUE, MemoryLedger()).open(school=SCHOOL, app=APP)

    assert access.filter("school", PUBLIC) is None
    with pytest.raises(AccessDeniedError, match="no_connection"):
        access.read(Watched(), Query("school"))


def test_a_grant_lets_exactly_its_fields_flow(scene):
    """Of each record only the authorised fields are released; missing stays missing."""
    scene.authorise()

    assert list(scene.read()) == [
        {"id": 1, "year_code": "7", "first_name": "Ada", "last_name": "Zed"},
        {"id": 2, "year_code": "8", "first_name": "Bo", "last_name": "Young"},
        {"id": 3, "first_name": "Cy", "last_name": "Xu"},
    ]


def test_only_permitted_fields_are_asked_of_the_mis(scene):
    """The MIS is asked for what may flow and for no field more."""
    grant = scene.authorise()
    list(scene.read())

    assert scene.mis.asked[-1] == ("student", set(grant.fields))


def test_an_adapter_proves_its_school_once(scene):
    """The public record is compared before the first read of an adapter only."""
    scene.authorise()
    access = scene.open()
    for _ in range(3):
        list(access.read(scene.mis, Query("student")))

    assert [resource for resource, _ in scene.mis.asked] == ["school", *["student"] * 3]


def test_an_adapter_that_says_its_school_is_believed_or_refused(scene):
    """An adapter of this school needs no proof; one of another is a fault."""
    scene.authorise()
    own = Watched(school=SCHOOL)

    list(scene.open().read(own, Query("student", limit=1)))

    assert [resource for resource, _ in own.asked] == ["student"]
    with pytest.raises(WrongSchoolError, match="the adapter names another school"):
        scene.open().read(Watched(school="100002"), Query("student"))


def test_an_adapter_of_another_school_is_found_out_by_its_public_record(scene):
    """An adapter that cannot say whose data it serves is asked for its public record."""
    scene.authorise()
    other = Watched({"school": [{"urn": "100002"}], "student": PUPILS})

    with pytest.raises(WrongSchoolError):
        scene.open().read(other, Query("student"))

    assert other.given == 1


def test_a_record_of_another_school_is_a_fault_and_not_a_filter(scene):
    """A record that names another school raises, without showing which."""
    with pytest.raises(WrongSchoolError) as caught:
        scene.open().filter("school", {"urn": "100002", "name": "Other"})

    assert "100002" not in str(caught.value)


def test_a_record_that_does_not_say_whose_it_is_is_withheld(scene):
    """Where records name their school, one that does not is not released."""
    assert scene.open().filter("school", {"name": "Example School"}) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("student.year_code", "=", "8"), [2]),
        (Condition("student.id", ">=", 2), [2, 3]),
        (Condition("student.last_name", "in", {"Xu", "Zed"}), [1, 3]),
    ],
)
def test_a_query_on_permitted_fields_chooses_records(scene, condition, expected):
    """Conditions are met by what is released."""
    scene.authorise()

    assert [record["id"] for record in scene.read(condition)] == expected


def test_a_query_sorts_and_cuts(scene):
    """Records come in the order asked for, and no more than asked for."""
    scene.authorise()

    found = scene.read(order_by=["student.last_name"], limit=2)

    assert [record["last_name"] for record in found] == ["Xu", "Young"]


@pytest.mark.parametrize(
    "query",
    [
        Query("student", [Condition("student.dob", "=", "2014-02-11")]),
        Query("student", order_by=["student.dob"]),
        Query("student", [Condition("student.nonsense", "=", "2014-02-11")]),
    ],
)
def test_a_query_on_a_withheld_field_is_refused_before_the_mis_is_asked(scene, query):
    """A refused query names the fields, no value, and asks the MIS for nothing."""
    scene.authorise()

    with pytest.raises(QueryRefusedError) as caught:
        scene.open().read(scene.mis, query)

    assert caught.value.fields == set(query.fields)
    assert "2014" not in f"{caught.value}{caught.value!r}{query!r}"
    assert scene.mis.asked == []


def test_the_next_record_after_a_revocation_does_not_come(scene):
    """An iterator that is under way stops at the first record after the revocation."""
    scene.authorise()
    records = scene.read()
    next(records)
    scene.revoke()

    with pytest.raises(AccessDeniedError, match="revoked"):
        next(records)

    assert scene.mis.given == 2  # the public record, and the one that was released


def test_a_revocation_while_the_mis_answers_holds_for_that_record(scene):
    """A record that arrives after the revocation is not released."""
    scene.authorise()
    scene.mis.before_next = lambda given: scene.revoke() if given == 2 else None
    records = scene.read()
    next(records)

    with pytest.raises(AccessDeniedError):
        next(records)


def test_records_that_wait_to_be_sorted_are_filtered_again(scene):
    """What was narrowed while records waited is not given out with them."""
    scene.authorise("students.dob")
    records = scene.read(order_by=["student.id"])
    first = next(records)
    scene.authorise()

    assert "dob" in first
    assert [set(record) & {"dob"} for record in records] == [set(), set()]


def test_rows_that_wait_to_be_sorted_are_chosen_again(scene):
    """A row that was narrowed away while it waited is not given out."""
    groups = [{"id": 1, "type": "RegistrationGroup"}, {"id": 2, "type": "user-defined"}]
    mis = Watched({"school": [PUBLIC], "group": groups})
    scene.register.publish(AccessRequest(APP, "Groups", {"groups"}, {"groups.user"}))
    scene.authorise("groups.user")
    records = scene.open().read(mis, Query("group", order_by=["group.id"]))
    first = next(records)
    scene.authorise()

    assert [first["id"], *(record["id"] for record in records)] == [1]


def test_a_query_that_becomes_forbidden_stops(scene):
    """A sort by a field that is revoked on the way ends the read."""
    scene.authorise("students.dob")
    records = scene.read(order_by=["student.dob"])
    next(records)
    scene.authorise()

    with pytest.raises(QueryRefusedError):
        next(records)


def test_what_happens_to_other_apps_does_not_disturb_a_read(scene):
    """A decision about another app changes nothing for records under way."""
    scene.authorise()
    records = scene.read(order_by=["student.id"])
    first = next(records)
    scene.register.publish(AccessRequest("other", "Other things", {"students.upn"}))
    scene.register.ask(school=SCHOOL, app="other")

    assert [first["id"], *(record["id"] for record in records)] == [1, 2, 3]


def test_filtering_stops_at_a_revocation(scene):
    """For records the caller holds, the next one after a revocation gives nothing."""
    scene.authorise()
    with scene.open() as access:
        found = access.filter_many("student", iter(PUPILS))
        first = next(found)
        scene.revoke()

        assert (first["id"], list(found)) == (1, [])


def test_public_data_goes_on_after_a_revocation(scene):
    """Revoking ends what was authorised, not the connection."""
    scene.authorise()
    access = scene.open()
    scene.revoke()

    assert access.filter("school", PUBLIC) == {"name": "Example School", "urn": SCHOOL}


def test_a_revocation_reaches_threads_that_read(scene):
    """No thread releases a record that it asked for after the revocation returned."""
    scene.authorise()
    access, revoked = scene.open(), Event()

    def filter_on():
        while True:
            knew = revoked.is_set()
            found = access.filter("student", PUPILS[0])
            if knew:
                return found

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(filter_on) for _ in range(4)]
        scene.revoke()
        revoked.set()

        assert [thread.result() for thread in waiting] == [None] * 4


def test_a_grant_ends_at_its_expiry_in_an_open_access(scene):
    """At `expires_at` the next record no longer flows."""
    scene.authorise(expires_at=NOON + timedelta(hours=1))
    access = scene.open()
    before = access.filter("student", PUPILS[0])
    scene.clock.jump(timedelta(hours=1))

    assert (before["id"], access.filter("student", PUPILS[0])) == (1, None)


def test_a_clock_that_steps_back_revives_nothing(scene):
    """Once a gate has seen a grant expire it stays expired."""
    scene.authorise(expires_at=NOON + timedelta(hours=1))
    scene.clock.jump(timedelta(hours=2))
    scene.open()
    scene.clock.jump(timedelta(hours=-2))

    assert scene.open().filter("student", PUPILS[0]) is None


def test_authorising_again_widens_an_open_access(scene):
    """A decision holds from the next record on, in both directions."""
    access = scene.open()
    scene.authorise("students.dob")

    assert access.filter("student", PUPILS[0])["dob"] == "2014-02-11"


def test_withheld_missing_and_null_are_three_things(scene):
    """A caller can tell why a key is not there from why a value is null."""
    scene.authorise("students.dob")
    access = scene.open()

    null, missing = (
        access.filter("student", PUPILS[1]),
        access.filter("student", {"id": 9}),
    )

    assert (null["dob"], "dob" in missing) == (None, False)
    assert "student.upn" in access.permit.withheld("student")


def test_a_malformed_place_is_noted_and_logged_once(scene, caplog):
    """Notes count by place; the log names the place once; neither has a value."""
    scene.authorise()
    access = scene.open()
    with caplog.at_level(logging.WARNING, "scopegate"):
        for _ in range(3):
            access.filter("student", {"id": {"hidden": "secret"}})

    assert access.notes == (Note("student.id", 3),)
    assert caplog.messages == ["`student.id` is malformed at school `100001`"]


def test_a_record_that_is_none_is_noted(scene):
    """Among several, something that is not a record gives nothing, and a note."""
    scene.authorise()
    access = scene.open()

    assert list(access.filter_many("student", ["hidden", {"id": 1}])) == [{"id": 1}]
    assert access.notes == (Note("student", 1),)


@frozen
class Pupil:
    """A pupil as an app wants it."""

    id: int
    first_name: str
    year_code: str | None = None


@frozen
class Born(Pupil):
    """A pupil that needs a birthday."""

    dob: str = ""


@frozen
class NeedsBirthday:
    """A class that cannot do without a birthday."""

    id: int
    dob: str


def test_records_are_read_into_a_class(scene):
    """What is released is structured, and what is not is left to the default."""
    scene.authorise()

    found = list(scene.open().read(scene.mis, Query("student", limit=1), into=Born))

    assert found == [Born(1, "Ada", "7", "")]


def test_a_class_that_needs_a_withheld_field_is_refused_before_any_read(scene):
    """The refusal names the field and why it is withheld, and the MIS is not asked."""
    scene.authorise()

    with pytest.raises(ClassRefusedError) as caught:
        scene.open().read(scene.mis, Query("student"), into=NeedsBirthday)

    assert caught.value.needs == {"student.dob": Reason.REFUSED}
    assert scene.mis.asked == []


def test_a_closed_access_gives_nothing(scene):
    """After its context an access is over."""
    scene.authorise()
    with scene.open() as access:
        records = access.read(scene.mis, Query("student"))

    with pytest.raises(ValueError, match="closed"):
        next(records)


@pytest.mark.parametrize("ask", ["read", "filter", "filter_many"])
def test_an_unknown_resource_is_named(scene, ask):
    """Asking for a resource the catalogue lacks says so, with the nearest name."""
    access = scene.open()
    calls = {
        "read": lambda: access.read(scene.mis, Query("studnet")),
        "filter": lambda: access.filter("studnet", {}),
        "filter_many": lambda: access.filter_many("studnet", []),
    }

    with pytest.raises(UnknownResourceError, match="did you mean `student`"):
        calls[ask]()


def test_explain_says_why_not(scene):
    """An access explains every field in a sentence."""
    scene.authorise()

    assert str(scene.open().explain("student.dob")) == (
        "student.dob is withheld: the app asked for it and the school did not authorise it"
    )


def test_a_denied_read_is_logged_by_names_only(scene, caplog):
    """The log says which resource was denied to whom."""
    with caplog.at_level(logging.INFO, "scopegate"), pytest.raises(AccessDeniedError):
        scene.read()

    assert "`student` is denied to `gradebook` at `100001`" in caplog.messages


def test_what_one_adapter_proved_says_nothing_of_another(scene):
    """A second adapter of the same make is asked for its public record as well."""
    scene.authorise()
    other = Watched({"school": [{"urn": "100002"}], "student": PUPILS})
    access = scene.open()
    list(access.read(scene.mis, Query("student")))

    with pytest.raises(WrongSchoolError):
        access.read(other, Query("student"))


def test_a_school_may_be_named_by_a_number(scene):
    """An MIS that holds the school's number as one names the same school."""
    assert scene.open().filter("school", {"urn": int(SCHOOL)}) == {"urn": int(SCHOOL)}


def test_a_revocation_before_the_first_record_asks_nothing_of_the_mis(scene):
    """A read that was prepared while it was permitted is refused when it begins."""
    scene.authorise()
    read = scene.read()
    scene.revoke()
    given = scene.mis.given

    with pytest.raises(AccessDeniedError):
        next(read)

    assert scene.mis.given == given


def test_a_catalogue_that_forgets_whose_records_are_lets_none_through(scene):
    """Where records named their school when it authorised, they must name it still."""
    table = CATALOGUE.to_dict()
    table["resource"]["student"]["field"]["school_urn"] = {}
    table["resource"]["student"]["school"] = "school_urn"
    named = Catalogue.from_dict(table)
    scene.use(named)
    scene.authorise()
    del table["resource"]["student"]["school"]
    scene.use(Catalogue.from_dict(table))

    with scene.open() as access:
        own = access.filter("student", {"id": 1, "school_urn": SCHOOL})
        unnamed = access.filter("student", {"id": 2})
        with pytest.raises(WrongSchoolError):
            access.filter("student", {"id": 3, "school_urn": "2"})
        asked = access.releaser.fetch_for(access.permit, "student").fields

    assert (own, unnamed) == ({"id": 1}, None)
    assert "student.school_urn" in asked
