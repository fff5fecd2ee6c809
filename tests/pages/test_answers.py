"""What a school answered to each scope: what was decided, and no opinion of its own."""

from attrs import evolve
from hypothesis import given

from scopegate import AccessRequest, Catalogue
from scopegate.catalogue.field import Sensitivity
from scopegate.pages.answers import Answer, Answers
from scopegate.policy.permit import Standing
from scopegate.policy.reason import Reason

from .worlds import (
    APP,
    CATALOGUE,
    DANA,
    FEWER,
    REQUEST,
    TABLE,
    World,
    cases_of,
    flowing,
    histories,
)

GRANTED, REFUSED, PENDING = Answer.GRANTED, Answer.REFUSED, Answer.PENDING
STOPPED = Answer.STOPPED


def answered(world, app=APP):
    """Return each scope that there is an answer on, with the answer."""
    answers = Answers(world.case(app))
    return {key: answers.answer(key) for key in answers.scopes}


def without_dob(*lost):
    """Return the catalogue's next version, without the scope `dob` and fields *lost*."""
    gone = {"dob", "old"}  # both hold the field
    scopes = {key: scope for key, scope in TABLE["scope"].items() if key not in gone}
    pupil = TABLE["resource"]["pupil"]
    fields = {key: leaf for key, leaf in pupil["field"].items() if key not in lost}
    resources = TABLE["resource"] | {"pupil": pupil | {"field": fields}}
    changed = {"version": "2", "scope": scopes, "resource": resources}
    return Catalogue.from_dict(
        TABLE | changed | {"joint": [], "rows": TABLE["rows"][:1]}
    )


@FEWER
@given(histories())
def test_a_refused_or_pending_scope_has_no_field_for_another_reason(history):
    """What is refused the permit calls refused, and what is pending not granted."""
    expected = {
        REFUSED: {Reason.REFUSED},
        PENDING: {Reason.NOT_GRANTED, Reason.REFUSED},
    }
    elsewhere = {  # not of this scope: held by another, or the whole school's
        Reason.NO_CONNECTION,
        Reason.CLOSED,
        Reason.PAUSED,
        Reason.IDENTIFIERS_CHANGED,
        Reason.REVOKED,
        Reason.RELINQUISHED,
        Reason.EXPIRED,
        Reason.POLICY_CHANGED,
        Reason.MIS_PERMISSION_MISSING,
    }
    for case in cases_of(*history):
        answers = Answers(case)
        for answer, reasons in expected.items():
            for key in answers.of(answer):
                withheld = {*answers.standing(key).withheld.values()}

                assert withheld <= reasons | elsewhere


@FEWER
@given(histories())
def test_every_scope_asked_for_has_exactly_one_answer(history):
    """What an app asks for is granted, refused, pending or stopped, and one of them."""
    for case in cases_of(*history):
        answers = Answers(case)
        asked = case.published.asked
        by_answer = [answers.of(a) for a in Answer if a is not Answer.NONE]
        listed = [key for keys in by_answer for key in keys]

        assert sorted(listed) == sorted(answers.scopes)
        assert CATALOGUE.expand(asked.scopes if asked else ()) == answers.asked
        assert {*answers.asked} <= {*listed}


@FEWER
@given(histories())
def test_the_permit_is_what_the_gate_lets_through(history):
    """What the pages say may flow is what a gate on the same ledger lets flow."""
    ledger, now = history
    for case in cases_of(ledger, now):
        found = Answers(case).permit.fields

        assert found == flowing(CATALOGUE, ledger, case)


def test_before_a_decision_all_that_is_asked_is_pending():
    """An app that was not answered has what is public, and the rest is pending."""
    world = World()

    assert answered(world) == {
        "school": GRANTED,
        "basic": PENDING,
        "dob": PENDING,
        "needs": PENDING,
        "leavers": PENDING,
    }


def test_a_box_left_empty_is_refused():
    """Of the optional scopes those ticked are granted, and those left are refused."""
    world = World()
    world.authorise("dob")

    assert answered(world) == {
        "school": GRANTED,
        "basic": GRANTED,
        "dob": GRANTED,
        "needs": REFUSED,
        "leavers": REFUSED,
    }


def test_declining_refuses_the_required_scopes_too():
    """Anyone who declines has refused all that was shown."""
    world = World()
    world.decline()

    assert answered(world) == {
        "school": GRANTED,
        "basic": REFUSED,
        "dob": REFUSED,
        "needs": REFUSED,
        "leavers": REFUSED,
    }


def test_declining_refuses_what_only_the_required_scopes_hold():
    """A required scope is refused with the request, though it had no box."""
    world = World(AccessRequest(APP, "Staff list", {"staff"}))
    world.decline()

    assert answered(world) == {"school": GRANTED, "staff": REFUSED}


def test_an_app_that_took_its_request_back_waits_for_nothing():
    """What was cancelled is not asked for any more."""
    world = World()
    world.register.cancel(app=APP, actor=DANA)

    assert answered(world) == {"school": GRANTED}


def test_what_a_refused_scope_includes_is_refused_with_it():
    """A scope that would have come along was refused as well."""
    world = World(AccessRequest(APP, "Marks", {"names"}, {"dob"}))
    world.authorise()

    assert answered(world) == {
        "school": GRANTED,
        "basic": REFUSED,
        "names": GRANTED,
        "dob": REFUSED,
    }


def test_what_was_revoked_is_stopped_and_what_was_refused_stays_so():
    """Revoking stops what was granted and changes no other answer."""
    world = World()
    world.authorise("dob")
    world.revoke()

    assert answered(world) == {
        "school": GRANTED,
        "basic": STOPPED,
        "dob": STOPPED,
        "needs": REFUSED,
        "leavers": REFUSED,
    }


def test_what_is_asked_for_later_is_pending_beside_a_grant():
    """A scope that joins the request waits, whatever was granted before."""
    world = World()
    world.authorise("dob")
    world.asks(evolve(REQUEST, optional={"dob", "staff"}))

    assert answered(world) == {
        "school": GRANTED,
        "basic": GRANTED,
        "dob": GRANTED,
        "needs": REFUSED,
        "leavers": REFUSED,
        "staff": PENDING,
    }


def test_without_a_connection_nothing_is_granted():
    """A grant is stopped while the school is not connected, and nothing is public."""
    world = World()
    world.authorise("dob")
    world.disconnect()

    assert answered(world) == {
        "basic": STOPPED,
        "dob": STOPPED,
        "needs": REFUSED,
        "leavers": REFUSED,
    }


def test_a_scope_that_the_catalogue_lost_is_granted_still():
    """A grant pins fields: they flow, and their scope comes last."""
    world = World()
    world.authorise("dob")
    world.on(without_dob())
    answers = Answers(world.case())

    assert answers.scopes == ("school", "basic", "needs", "leavers", "dob")
    assert answers.answer("dob") is GRANTED
    assert answers.standing("dob") == Standing(("pupil.dob",), {})
    assert answers.sensitivities("dob") == {Sensitivity.PERSONAL}


def test_a_field_of_a_lost_scope_may_be_withheld():
    """What is gone from the catalogue with its scope is withheld for that reason."""
    world = World()
    world.authorise("dob")
    world.on(without_dob("dob"))

    assert Answers(world.case()).standing("dob") == Standing(
        (), {"pupil.dob": Reason.NOT_IN_CATALOGUE}
    )


def test_nothing_is_held_of_a_scope_that_nobody_knows():
    """Of an unknown scope nothing flows, nothing is withheld, and nothing is decided."""
    answers = Answers(World().case())

    assert answers.answer("nonsense") is Answer.NONE
    assert answers.standing("nonsense") == Standing((), {})


def test_a_grant_of_another_school_is_no_grant():
    """A state that holds another school's grant grants this one nothing."""
    world = World()
    world.authorise("dob")
    answers = Answers(evolve(world.case(), school="100002"))

    assert (answers.live, answers.latest) == (None, None)
    assert GRANTED not in map(answers.answer, CATALOGUE.scopes)
