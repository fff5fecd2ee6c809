"""Amending: what a school changes in a grant, and what that leaves alone."""

from datetime import timedelta

import pytest
from attrs import evolve

from scopegate import Catalogue, ConsentRegister, Subjects
from scopegate.errors import (
    DecisionError,
    NoGrantError,
    NotAwaitingError,
    StalePresentationError,
)
from scopegate.lifecycle import RequestStatus
from scopegate.presentation import Mark
from scopegate.testing.permits import NOON

from .deciding import APP, CATALOGUE, DANA, MORE, REQUEST, SAM, SCHOOL, Scene


@pytest.fixture
def scene():
    """Return a scene in which nothing has happened."""
    return Scene()


def test_unticking_stops_at_once_and_keeps_the_rest(scene):
    """A school that unticks a scope keeps exactly the fields of the others."""
    before = scene.granted(optional={"students.emails", "students.dob"})

    after = scene.register.amend(
        scene.present(), actor=SAM, optional={"students.emails"}
    )

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

    after = scene.register.amend(scene.present(), actor=SAM, optional={"students.dob"})

    assert (
        after.fields == CATALOGUE.fields_of(["students.basic", "students.dob"]).keys()
    )
    assert after.decision.actor == SAM


def test_an_amendment_leaves_people_and_expiry_unless_told(scene):
    """Who is covered and until when stays as it was if nothing is said of it."""
    people, until = Subjects.everyone_except(student=[7]), NOON + timedelta(days=9)
    scene.granted(subjects=people, expires_at=until)

    same = scene.register.amend(scene.present(), actor=SAM)
    other = scene.register.amend(
        scene.present(), actor=SAM, subjects=Subjects.only(student=[1])
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
        scene.register.authorise(scene.present(), actor=DANA)


def test_a_stale_amendment_is_refused(scene):
    """Two people who amend on the same page do not undo each other."""
    scene.granted(optional={"students.emails"})
    shown = scene.present()
    scene.register.amend(shown, actor=DANA)

    with pytest.raises(StalePresentationError):
        scene.register.amend(shown, actor=SAM, optional={"students.dob"})


def test_a_grant_may_be_amended_while_the_app_asks_for_more(scene):
    """A pending request for more keeps nobody from taking something back."""
    scene.granted(optional={"students.emails"})
    scene.register.publish(MORE)
    assert scene.present().is_additional

    shown = scene.register.present_grant(school=SCHOOL, app=APP)
    after = scene.register.amend(shown, actor=DANA)

    assert after.fields == CATALOGUE.fields_of(["students.basic"]).keys()
    assert scene.consent().status is RequestStatus.AWAITING_AUTHORISATION


def test_a_grant_of_another_catalogue_is_authorised_anew(scene):
    """What was decided on another catalogue cannot be amended on this one."""
    scene.granted()
    other = evolve(CATALOGUE, id="other")

    with pytest.raises(DecisionError, match="another catalogue"):
        ConsentRegister(other, scene.ledger, clock=lambda: NOON).present_grant(
            school=SCHOOL, app=APP
        )


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

    shown = scene.present()

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
    """Who is left out stays left out, also where no record names them any more."""
    people = Subjects.everyone_except(student=[7])
    scene.granted(subjects=people)
    table = CATALOGUE.to_dict()
    for resource in table["resource"].values():
        for key in ("subject", "person", "people"):
            resource.pop(key, None)
    later = ConsentRegister(
        Catalogue.from_dict(table), scene.ledger, clock=lambda: NOON
    )

    grant = later.amend(later.present(school=SCHOOL, app=APP), actor=SAM)

    assert grant.subjects == people
    assert "student" in {naming.person for naming in grant.namings}
