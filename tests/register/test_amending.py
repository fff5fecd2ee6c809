"""Amending: what a school changes in a grant, and what that leaves alone."""

from datetime import timedelta

import pytest
from attrs import evolve

from scopegate import AccessRequest, Catalogue, Gate, Subjects
from scopegate.consent.lifecycle import RequestStatus
from scopegate.consent.presentation import Mark, PresentedGrant
from scopegate.consent.subjects import Coverage
from scopegate.errors import (
    DecisionError,
    NoGrantError,
    NotAwaitingError,
    StalePresentationError,
    UnknownResourceError,
)
from scopegate.ledgers.base import school_stream
from scopegate.testing.permits import NOON

from ..deciding import APP, CATALOGUE, DANA, MORE, REQUEST, SAM, SCHOOL, Scene


def test_unticking_stops_at_once_and_keeps_the_rest(scene):
    """A school that unticks a scope keeps exactly the fields of the others."""
    before = scene.granted(optional={"students.emails", "students.dob"})

    after = scene.register.amend(scene.ask(), actor=SAM, optional={"students.emails"})

    dob = CATALOGUE.fields_of(["students.dob"]).keys()
    assert after.fields == before.fields - (
        dob - CATALOGUE.fields_of(["students.basic"]).keys()
    )
    assert (after.id, after.revision, after.ticked) == (
        before.id,
        2,
        {"students.emails"},
    )
    assert scene.consent().current == after


def test_ticking_later_brings_what_was_shown(scene):
    """A scope left empty may be ticked later, by a decision on what is shown then."""
    scene.granted()

    after = scene.register.amend(scene.ask(), actor=SAM, optional={"students.dob"})

    assert (
        after.fields == CATALOGUE.fields_of(["students.basic", "students.dob"]).keys()
    )
    assert after.decision.actor == SAM


def test_an_amendment_leaves_people_and_expiry_unless_told(scene):
    """Who is covered and until when stays as it was if nothing is said of it."""
    people, until = Subjects.everyone_except(student=[7]), NOON + timedelta(days=9)
    scene.granted(subjects=people, expires_at=until)

    same = scene.register.amend(scene.ask(), actor=SAM)
    other = scene.register.amend(
        scene.ask(), actor=SAM, subjects=Subjects.only(student=[1])
    )

    assert (same.subjects, same.expires_at) == (people, until)
    assert (other.subjects, other.expires_at) == (Subjects.only(student=[1]), until)


def test_a_request_is_no_amendment(scene):
    """To amend, the grant must have been shown, not a request."""
    shown = scene.shown()
    with pytest.raises(NoGrantError, match="to amend"):
        scene.register.amend(shown, actor=DANA)

    scene.register.authorise(shown, actor=DANA)
    with pytest.raises(NoGrantError, match="to amend"):
        scene.register.amend(shown, actor=DANA)


def test_a_grant_that_was_shown_is_not_authorised(scene):
    """What is shown of a grant is amended, which leaves the people covered alone."""
    scene.granted(subjects=Subjects.only(student=[1]))

    with pytest.raises(NotAwaitingError, match="change that with `amend`"):
        scene.register.authorise(scene.ask(), actor=DANA)


def test_a_stale_amendment_is_refused(scene):
    """Two people who amend on the same page do not undo each other."""
    scene.granted(optional={"students.emails"})
    shown = scene.ask()
    scene.register.amend(shown, actor=DANA)

    with pytest.raises(StalePresentationError):
        scene.register.amend(shown, actor=SAM, optional={"students.dob"})


def test_a_grant_may_be_amended_while_the_app_asks_for_more(scene):
    """A pending request for more does not keep anyone from taking something back."""
    scene.granted(optional={"students.emails"})
    scene.register.publish(MORE)
    assert scene.ask().is_additional

    shown = scene.register.present_grant(school=SCHOOL, app=APP)
    after = scene.register.amend(shown, actor=DANA)

    assert after.fields == CATALOGUE.fields_of(["students.basic"]).keys()
    assert scene.consent().status is RequestStatus.AWAITING_AUTHORISATION


def test_a_grant_of_another_catalogue_is_authorised_anew(scene):
    """What was decided on another catalogue cannot be amended on this one."""
    scene.granted()
    other = evolve(CATALOGUE, id="other")

    with pytest.raises(DecisionError, match="another catalogue"):
        scene.on(other).present_grant(school=SCHOOL, app=APP)


def test_a_new_request_marks_what_is_new_and_what_is_dropped(scene):
    """Against the present grant each scope and field is new or authorised, or dropped."""
    scene.granted(optional={"students.emails"})
    scene.register.publish(
        evolve(
            REQUEST,
            required={"students.gender"},
            optional={"students.emails"},
            reasons={},
        )
    )

    shown = scene.ask()

    marks = {scope.key: scope.mark for scope in (*shown.required, *shown.optional)}
    assert marks == {
        "students.gender": Mark.NEW,
        "students.emails": Mark.AUTHORISED,
    }
    gone = CATALOGUE.fields_of(["students.basic"]).keys()
    offered = {f.path for s in (*shown.required, *shown.optional) for f in s.fields}
    assert {field.path for field in shown.dropped} == gone - offered
    assert shown.grant.revision == 1


def test_people_may_stay_listed_where_the_catalogue_forgot_them(scene):
    """Who is left out stays left out, even where no record names them any more."""
    people = Subjects.everyone_except(student=[7])
    scene.granted(subjects=people)
    table = CATALOGUE.to_dict()
    for resource in table["resource"].values():
        for key in ("subject", "person", "people", "identifiers"):
            resource.pop(key, None)
    later = scene.on(Catalogue.from_dict(table))

    grant = later.amend(later.ask(school=SCHOOL, app=APP), actor=SAM)

    assert grant.subjects == people
    assert "student" in {naming.person for naming in grant.namings}


SMALL = {
    "id": "small",
    "version": "1",
    "resource": {
        "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        "pupil": {
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "field": {"id": {}, "kind": {}},
        },
        "mark": {
            "key": "id",
            "subject": "pupil",
            "person": "pupil",
            "field": {"id": {}, "pupil": {}},
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn"]},
        "basic": {"fields": ["pupil.id", "pupil.kind"]},
        "former": {},
    },
    "rows": [{"resource": "pupil", "where": {"kind": "former"}, "scope": "former"}],
}
"""A catalogue that withholds former pupils, and says whom a record is about."""


def laxer():
    """Return the catalogue after it forgot both of pupils."""
    pupil = {"key": "id", "field": {"id": {}, "kind": {}}}
    resources = SMALL["resource"] | {"pupil": pupil}
    scopes = {k: v for k, v in SMALL["scope"].items() if k != "former"}
    return Catalogue.from_dict(
        SMALL | {"resource": resources, "scope": scopes, "rows": []}
    )


def flowing(scene, catalogue):
    """Return the pupils of whom anything flows: one of each kind, and number 7."""
    access = Gate(catalogue, scene.ledger, clock=lambda: NOON).open(
        school=SCHOOL, app=APP
    )
    pupils = [(1, "present"), (2, "former"), (7, "present")]
    found = access.filter_many("pupil", ({"id": n, "kind": k} for n, k in pupils))
    return [pupil["id"] for pupil in found]


@pytest.fixture
def small(scene):
    """Return a scene whose school authorised pupils of the small catalogue but 7."""
    before = Catalogue.from_dict(SMALL)
    scene.register = scene.on(before)
    scene.connect()
    scene.register.publish(AccessRequest(APP, "to list pupils", {"basic"}))
    scene.register.authorise(
        scene.ask(), actor=DANA, subjects=Subjects.everyone_except(pupil=[7])
    )
    assert flowing(scene, before) == [1]
    scene.register = scene.on(laxer())
    return scene


def test_an_amendment_is_held_to_the_rows_and_places_of_the_grant(small):
    """Row rules and places that name people stay on when a grant is amended."""
    small.register.amend(small.present(), actor=SAM)

    assert small.consent().current.revision == 2
    assert flowing(small, laxer()) == [1]


def test_a_new_request_is_held_to_the_rows_of_its_own_day(small):
    """A decision on a request, unlike an amendment, is one on today's rules."""
    small.register.publish(AccessRequest(APP, "to list more", {"basic"}))

    small.register.authorise(small.present(), actor=SAM)

    assert flowing(small, laxer()) == [1, 2, 7]


def test_a_grant_that_was_shown_has_no_day_to_lapse(scene):
    """Only a request is to be decided in time, so no other time is on record."""
    scene.granted()
    scene.register = scene.on(decide_within=timedelta(days=1))

    page = scene.ask()

    *_, event = scene.ledger.read(school_stream(SCHOOL))
    assert (event.presentation, event.lapses_at) == (page, None)


def grown():
    """Return the small catalogue after fields joined every scope, and two together."""
    pupil = SMALL["resource"]["pupil"] | {
        "field": {"id": {}, "kind": {}, "a": {}, "b": {}, "c": {}}
    }
    scopes = SMALL["scope"] | {
        "basic": {"fields": ["pupil.id", "pupil.kind", "pupil.a"]},
        "former": {"fields": ["pupil.b"]},
    }
    return Catalogue.from_dict(
        SMALL
        | {
            "resource": SMALL["resource"] | {"pupil": pupil},
            "scope": scopes,
            "joint": [{"scopes": ["basic", "former"], "fields": ["pupil.c"]}],
        }
    )


def test_an_amendment_brings_nothing_that_joined_since(scene):
    """Of scopes that stay, alone or together, exactly the old fields stay."""
    before = Catalogue.from_dict(SMALL)
    scene.register = scene.on(before)
    scene.connect()
    scene.register.publish(AccessRequest(APP, "to list", {"basic"}, {"former"}))
    grant = scene.register.authorise(scene.ask(), actor=DANA, optional={"former"})
    scene.register = scene.on(grown())

    after = scene.register.amend(scene.ask(), actor=SAM, optional={"former"})

    assert (after.revision, after.fields) == (2, grant.fields)


def test_ticking_later_brings_what_waits_for_an_included_scope_too(scene):
    """A scope that another one brings along opens joint fields, then as at first."""
    table = grown().to_dict()
    table["scope"]["all"] = {"includes": ["former"]}
    catalogue = Catalogue.from_dict(table)
    scene.register = scene.on(catalogue)
    scene.connect()
    scene.register.publish(AccessRequest(APP, "to list", {"basic"}, {"all"}))
    scene.register.authorise(scene.ask(), actor=DANA)

    after = scene.register.amend(scene.ask(), actor=SAM, optional={"all"})

    assert after.fields == catalogue.fields_of({"basic", "all"}).keys()


def test_the_page_of_a_grant_marks_what_it_has(scene):
    """Scopes and fields that are authorised are told from those still to tick."""
    scene.granted(optional={"students.emails"})

    shown = scene.ask()

    kept = [s for s in (*shown.required, *shown.optional) if s.key != "students.dob"]
    assert {scope.mark for scope in kept} == {Mark.AUTHORISED}
    assert {f.mark for scope in kept for f in scope.fields} == {Mark.AUTHORISED}
    (dob,) = [scope for scope in shown.optional if scope.key == "students.dob"]
    assert dob.mark is Mark.NEW
    assert "student.dob" in {f.path for f in dob.fields if f.mark is Mark.NEW}


def test_the_page_of_a_grant_reminds_of_what_it_says(scene):
    """Which revision it is, whom it covers and until when stand on the page."""
    until = NOON + timedelta(days=9)
    grant = scene.granted(subjects=Subjects.only(student=[1]), expires_at=until)

    reminder = scene.ask().grant

    assert reminder == PresentedGrant(grant.id, 1, Coverage.ONLY, until.isoformat())


def test_what_was_shown_of_another_catalogue_amends_nothing(small):
    """Even where the page reads the same, what it comes to may be something else."""
    before = small.on(Catalogue.from_dict(SMALL))
    page = before.ask(school=SCHOOL, app=APP)

    with pytest.raises(StalePresentationError):
        small.register.amend(page, actor=SAM)


def test_a_new_request_lists_nobody_of_a_kind_that_was_forgotten(scene):
    """Places that only the grant before named are not held to by the next one."""
    people = Subjects.everyone_except(student=[7])
    scene.granted(subjects=people)
    table = CATALOGUE.to_dict()
    for resource in table["resource"].values():
        for key in ("subject", "person", "people", "identifiers"):
            resource.pop(key, None)
    later = scene.on(Catalogue.from_dict(table))
    later.publish(MORE)
    page = later.ask(school=SCHOOL, app=APP)

    with pytest.raises(UnknownResourceError):
        later.authorise(page, actor=SAM, subjects=people)


def register_on(catalogue, scene):
    """Return the register of another catalogue, on the same ledger."""
    return scene.on(catalogue)


def test_a_scope_that_left_the_catalogue_may_stay_ticked(scene):
    """What was ticked is kept for as long as its fields are there."""
    before = scene.granted(optional={"students.dob"})
    table = CATALOGUE.to_dict()
    del table["scope"]["students.dob"]
    scene.register = register_on(Catalogue.from_dict(table), scene)

    after = scene.register.amend(scene.ask(), actor=SAM, optional={"students.dob"})

    assert (after.revision, after.fields) == (2, before.fields)


@pytest.mark.parametrize("changed", ["a", "b", "c"])
def test_what_stays_is_what_flows_of_each_kind_of_field(scene, changed):
    """An amendment keeps fields of one scope and of several, but none that stopped."""
    scene.register = register_on(grown(), scene)
    scene.connect()
    scene.register.publish(AccessRequest(APP, "to list", {"basic"}, {"former"}))
    before = scene.register.authorise(scene.ask(), actor=DANA, optional={"former"})
    table = grown().to_dict() | {"policy_version": 2}
    table["resource"]["pupil"]["field"][changed]["policy_version"] = 2
    later = register_on(Catalogue.from_dict(table), scene)
    page = later.present_grant(school=SCHOOL, app=APP)

    after = later.amend(page, actor=SAM, optional={"former"})

    assert after.fields == before.fields - {f"pupil.{changed}"}
    assert not page.is_additional


def test_what_was_stopped_for_good_is_in_no_amendment(scene):
    """A catalogue that takes a change back gives the amended grant nothing back."""
    scene.granted()
    table = CATALOGUE.to_dict() | {"policy_version": 2}
    table["resource"]["student"]["field"]["first_name"]["policy_version"] = 2
    register_on(Catalogue.from_dict(table), scene).settle(SCHOOL)
    page = scene.register.present_grant(school=SCHOOL, app=APP)

    after = scene.register.amend(page, actor=SAM)

    assert "student.first_name" not in after.fields


def test_a_dropped_field_is_shown_as_it_was_authorised(scene):
    """What a new request leaves out comes with the scopes it was held by."""
    scene.granted(optional={"students.dob"})
    scene.register.publish(evolve(REQUEST, optional=(), reasons={}))

    shown = scene.ask()

    assert {(f.path, f.scopes) for f in shown.dropped} == {
        ("student.dob", ("students.dob",))
    }


def test_amending_what_was_not_yet_recorded_as_shown_records_it_too(scene):
    """A page that another copy of the ledger holds is evidence in this one as well."""
    scene.granted()
    page = scene.ask()
    elsewhere = Scene()
    elsewhere.granted()

    elsewhere.register.amend(page, actor=SAM)

    assert elsewhere.events()[-2:] == ["Presented", "Amended"]


def test_authorising_more_covers_nobody_more_unless_told(scene):
    """Anyone who is left out stays left out, and the end stays, when more is authorised."""
    people, until = Subjects.everyone_except(student=[7]), NOON + timedelta(days=9)
    scene.granted(subjects=people, expires_at=until)
    scene.register.publish(MORE)

    grant = scene.register.authorise(scene.ask(), actor=SAM)

    assert (grant.subjects, grant.expires_at) == (people, until)
