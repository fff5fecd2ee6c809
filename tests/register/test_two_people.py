"""Two people: who counts as the second, for what, and until when."""

import copy
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from scopegate import AccessRequest, Actor, Catalogue, Subjects
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.decision import Choice, Proposal, TwoPersonRule
from scopegate.consent.lifecycle import RequestStatus
from scopegate.consent.presentation import DecisionKind
from scopegate.errors import (
    NotAwaitingError,
    SecondPersonError,
    StalePresentationError,
)
from scopegate.testing import School
from scopegate.testing.permits import NOON

from ..deciding import APP, CATALOGUE, DANA, MORE, REQUEST, SAM, SCHOOL


@pytest.fixture
def pair(scene):
    """Return a scene whose school wants two people for anything personal."""
    scene.connect()
    rule = TwoPersonRule(Sensitivity.PERSONAL, days=7)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    return scene


def test_the_first_of_two_lets_nothing_flow(pair):
    """One person's yes waits for another's, and is not a grant."""
    shown = pair.shown()

    proposal = pair.register.authorise(shown, actor=DANA, optional={"students.dob"})

    assert isinstance(proposal, Proposal)
    assert proposal.lapses_at == NOON + timedelta(days=7)
    assert pair.consent().current is None
    assert pair.consent().status is RequestStatus.AWAITING_FURTHER_AUTHORISATION


def test_the_second_person_completes_it(pair):
    """The grant rests on both decisions, and only on the same choice."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA, optional={"students.dob"})

    with pytest.raises(SecondPersonError, match="chose other ticks"):
        pair.register.authorise(shown, actor=SAM)
    grant = pair.register.authorise(shown, actor=SAM, optional={"students.dob"})

    assert [decision.actor for decision in grant.decisions] == [DANA, SAM]
    assert {decision.presentation for decision in grant.decisions} == {shown.digest}
    assert pair.consent().current == grant


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (DANA, DANA),
        (DANA, Actor("Dana  Head", role="Governor")),
        (DANA, Actor("dana head")),
        (Actor("Dana Head", id="7"), Actor("D. Head", id="7")),
        (Actor("Dana Head", id="7"), DANA),
    ],
)
def test_the_same_person_counts_once(pair, one, two):
    """Someone who cannot be distinguished from the first person is not a second one."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=one)

    with pytest.raises(SecondPersonError, match="a second person must"):
        pair.register.authorise(shown, actor=two)

    assert pair.consent().current is None


def test_people_of_one_name_are_told_apart_by_their_ids(pair):
    """Two people of the same name are two where both have an id."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=Actor("Sam Lee", id="1"))

    assert pair.register.authorise(shown, actor=Actor("Sam Lee", id="2")).revision == 1


def test_one_decline_ends_what_was_proposed(pair):
    """After a decline the first person's yes counts no more."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)
    pair.register.decline(shown, actor=SAM)

    again = pair.register.authorise(pair.ask(), actor=SAM)

    assert isinstance(again, Proposal)


def test_the_second_person_must_be_in_time(pair):
    """At the deadline the request has lapsed; shown again, the next is a first one."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)
    pair.clock.go_on(timedelta(days=7))

    with pytest.raises(NotAwaitingError, match="`lapsed`"):
        pair.register.authorise(shown, actor=SAM)
    again = pair.register.authorise(pair.ask(), actor=SAM)

    assert isinstance(again, Proposal)
    assert again.decision.actor == SAM


def test_one_person_revokes_and_narrows(pair):
    """Taking back needs no second person; giving more does."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor, optional={"students.dob"})

    less = pair.register.amend(pair.ask(), actor=DANA)
    more = pair.register.amend(pair.ask(), actor=DANA, optional={"students.emails"})
    pair.register.revoke(school=SCHOOL, app=APP, actor=DANA)

    assert (less.revision, type(more)) == (2, Proposal)
    assert pair.consent().current is None


def test_an_amendment_that_widens_waits_for_the_second(pair):
    """The second person completes an amendment as they do a request; a no ends it."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        grant = pair.register.authorise(shown, actor=actor)
    page = pair.ask()

    pair.register.amend(page, actor=DANA, optional={"students.dob"})
    assert pair.consent().current == grant
    pair.register.decline(page, actor=SAM)
    assert pair.consent().amendment is None
    with pytest.raises(NotAwaitingError, match="nothing to decline"):
        pair.register.decline(page, actor=SAM)
    for actor in (DANA, SAM):
        wider = pair.register.amend(page, actor=actor, optional={"students.dob"})

    assert (wider.revision, wider.ticked) == (2, {"students.dob"})


def test_a_proposal_to_amend_lapses(pair):
    """A proposal whose time is over is settled as lapsed, and the grant goes on."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        grant = pair.register.authorise(shown, actor=actor)
    pair.register.amend(pair.ask(), actor=DANA, optional={"students.dob"})
    pair.clock.go_on(timedelta(days=7))

    kinds = [type(e).__name__ for e in pair.register.settle(SCHOOL)]

    assert kinds == ["Lapsed"]
    assert (pair.consent().amendment, pair.consent().current) == (None, grant)


def test_what_is_not_sensitive_enough_needs_one_person(scene):
    """The rule is about fields from its sensitivity on, and about no others."""
    scene.connect()
    rule = TwoPersonRule(Sensitivity.SPECIAL)
    scene.register.require_two_people(rule, school=SCHOOL, actor=DANA)

    assert scene.register.authorise(scene.shown(), actor=DANA).revision == 1


def test_a_new_rule_makes_the_page_stale(scene):
    """A page that did not say that two must decide decides nothing any more."""
    shown = scene.shown()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)

    with pytest.raises(StalePresentationError) as caught:
        scene.register.authorise(shown, actor=DANA)

    assert caught.value.current.two_people is Sensitivity.SPECIAL


def test_a_rule_gives_at_least_a_day():
    """A second person without time is refused."""
    with pytest.raises(ValueError, match="at least one day"):
        TwoPersonRule(days=0)


def test_a_field_whose_meaning_changed_needs_two_people_again(pair):
    """What stopped is not given back by one person, though the grant still names it."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor)
    table = CATALOGUE.to_dict() | {"policy_version": 2}
    table["resource"]["student"]["field"]["first_name"]["policy_version"] = 2
    later = pair.on(Catalogue.from_dict(table))

    page = later.ask(school=SCHOOL, app=APP)

    assert isinstance(later.authorise(page, actor=DANA), Proposal)


@pytest.mark.parametrize("rule", [None, TwoPersonRule(Sensitivity.SPECIAL)])
def test_whoever_ends_the_rule_is_held_to_it(pair, rule):
    """One person cannot lift the rule and then authorise alone; somebody else can."""
    pair.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    shown = pair.shown()

    alone = pair.register.authorise(shown, actor=DANA)
    other = pair.register.authorise(shown, actor=SAM)

    assert isinstance(alone, Proposal)
    assert [decision.actor for decision in other.decisions] == [SAM]


def test_a_rule_as_strict_frees_who_ended_the_one_before(pair):
    """Set again, the rule holds for everybody equally, and for no one twice."""
    rule = TwoPersonRule(Sensitivity.PERSONAL, days=3)
    pair.register.require_two_people(None, school=SCHOOL, actor=DANA)
    pair.register.require_two_people(rule, school=SCHOOL, actor=SAM)

    state = pair.register.state(SCHOOL)

    assert (state.rule, state.lifted) == (rule, ())
    assert state.rules_for(DANA) == (rule,)


def test_two_who_weaken_a_rule_are_both_held_to_it(pair):
    """Weakening it step by step, in turns, frees neither."""
    special = TwoPersonRule(Sensitivity.SPECIAL)
    pair.register.require_two_people(special, school=SCHOOL, actor=DANA)
    pair.register.require_two_people(None, school=SCHOOL, actor=SAM)

    state = pair.register.state(SCHOOL)

    assert [rule.sensitivity for rule in state.rules_for(DANA)] == ["personal"]
    assert [rule.sensitivity for rule in state.rules_for(SAM)] == ["special"]


ROWS = {
    "id": "rows",
    "version": "1",
    "resource": {
        "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
        "pupil": {
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "field": {"id": {}, "kind": {}},
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn"]},
        "basic": {"fields": ["pupil.id", "pupil.kind"]},
        "former": {"sensitivity": "special", "writes": ["pupil"]},
    },
    "rows": [{"resource": "pupil", "scope": "former", "where": {"kind": "former"}}],
}


def on_rows(rule, subjects, *edits):
    """Return a register on the last of some catalogues; on the first `basic` was authorised."""
    school = School(Catalogue.from_dict(ROWS), app=APP)
    school.register.require_two_people(rule, school=SCHOOL, actor=DANA)
    school.publish("basic", optional={"former"})
    if isinstance(school.authorise(subjects=subjects), Proposal):
        school.authorise(actor=SAM, subjects=subjects)
    for table in edits:
        school.use(Catalogue.from_dict(table))
    return school.register


@pytest.mark.parametrize("level", ["personal", "special"])
def test_a_scope_that_opens_rows_needs_two(level):
    """A tick that brings no field but lets more rows flow is a widening."""
    register = on_rows(TwoPersonRule(level), Subjects.everyone())
    page = register.ask(school=SCHOOL, app=APP)
    verb = (
        register.amend if page.asking is DecisionKind.AMENDMENT else register.authorise
    )

    assert isinstance(verb(page, actor=DANA, optional={"former"}), Proposal)


def test_authorising_anew_without_the_old_row_rules_needs_two():
    """A lifted row rule opens rows only by a decision, and that takes two."""
    later = ROWS | {"version": "2", "rows": []}
    register = on_rows(TwoPersonRule("personal"), Subjects.everyone(), later)
    register.publish(AccessRequest(APP, "to work on", {"basic"}))

    page = register.ask(school=SCHOOL, app=APP)

    assert isinstance(register.authorise(page, actor=DANA), Proposal)


def test_authorising_anew_without_the_old_places_needs_two():
    """A catalogue that no longer names people somewhere widens only by two."""
    later = copy.deepcopy(ROWS) | {"version": "2"}
    del later["resource"]["pupil"]["subject"], later["resource"]["pupil"]["person"]
    later["resource"]["group"] = {
        "key": "id",
        "people": {"pupils[]": "pupil"},
        "field": {"id": {}, "pupils[]": {}},
    }
    people = Subjects.everyone_except(pupil=[1])
    register = on_rows(TwoPersonRule("personal"), people, later)
    register.publish(AccessRequest(APP, "to work on", {"basic"}))

    page = register.ask(school=SCHOOL, app=APP)

    assert isinstance(register.authorise(page, actor=DANA, subjects=people), Proposal)


def test_looking_at_a_request_loses_no_proposal_to_amend(pair):
    """What the first of two would amend waits, whatever else the school is shown."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor)
    page = pair.ask()
    pair.register.amend(page, actor=DANA, optional={"students.dob"})
    pair.register.publish(MORE)
    pair.ask()

    amended = pair.register.amend(page, actor=SAM, optional={"students.dob"})

    assert [decision.actor for decision in amended.decisions] == [DANA, SAM]


def test_a_request_and_an_amendment_wait_side_by_side(pair):
    """Declining the one leaves the other, and no one declines what no one proposed."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor)
    pair.register.publish(MORE)
    more = pair.ask()
    pair.register.authorise(more, actor=DANA)
    page = pair.register.present_grant(school=SCHOOL, app=APP)
    with pytest.raises(NotAwaitingError, match="nothing to decline"):
        pair.register.decline(page, actor=SAM)
    pair.register.amend(page, actor=DANA, optional={"students.dob"})
    pair.register.decline(page, actor=SAM)

    grant = pair.register.authorise(more, actor=SAM)

    assert [decision.actor for decision in grant.decisions] == [DANA, SAM]


@pytest.fixture
def held(pair):
    """Return a scene in which two people have authorised what is required."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(shown, actor=actor)
    return pair


def test_a_yes_to_one_page_completes_no_other(held):
    """Someone who said yes to the same boxes on another page is not a first person."""
    held.register.publish(evolve(REQUEST, purpose="Something else"))
    held.register.authorise(held.ask(), actor=DANA, optional={"students.dob"})
    page = held.register.present_grant(school=SCHOOL, app=APP)

    found = held.register.amend(page, actor=SAM, optional={"students.dob"})

    assert isinstance(found, Proposal)


def test_the_second_person_to_amend_must_be_in_time(held):
    """At the deadline the next yes to an amendment is a first one."""
    page = held.ask()
    held.register.amend(page, actor=DANA, optional={"students.dob"})
    held.clock.go_on(timedelta(days=7))

    found = held.register.amend(page, actor=SAM, optional={"students.dob"})

    assert (type(found), held.consent().current.ticked) == (Proposal, frozenset())


@pytest.mark.parametrize(
    "other",
    [
        {"subjects": Subjects.only(student=[1])},
        {"expires_at": NOON + timedelta(days=1)},
    ],
    ids=["people", "expiry"],
)
def test_the_second_person_chooses_the_same_people_and_expiry(pair, other):
    """A second yes for other people, or another time, completes nothing."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)

    with pytest.raises(SecondPersonError, match="chose other"):
        pair.register.authorise(shown, actor=SAM, **other)

    assert pair.consent().current is None


def test_one_sensitive_field_among_others_needs_two_people(scene):
    """What else is authorised does not make a special field less so."""
    scene.connect()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)
    scene.register.publish(
        AccessRequest(APP, "to plan", {"students.basic", "students.sen_provision"})
    )

    found = scene.register.authorise(scene.ask(), actor=DANA)

    assert isinstance(found, Proposal)


def test_a_new_rule_makes_the_page_of_a_grant_stale(scene):
    """A grant that was shown to be one person's to amend is shown again."""
    scene.granted()
    page = scene.ask()
    scene.register.require_two_people(TwoPersonRule(), school=SCHOOL, actor=DANA)

    with pytest.raises(StalePresentationError) as caught:
        scene.register.amend(page, actor=DANA)

    assert caught.value.current.two_people is Sensitivity.SPECIAL


def test_a_proposal_to_amend_leaves_the_request_where_it_stands(held):
    """A request for more that waits for its first yes goes on doing so."""
    held.register.publish(evolve(REQUEST, purpose="Something else"))
    held.ask()
    page = held.register.present_grant(school=SCHOOL, app=APP)

    held.register.amend(page, actor=DANA, optional={"students.dob"})

    assert held.consent().status is RequestStatus.AWAITING_AUTHORISATION


def test_a_completed_proposal_never_lapses(held):
    """What the second person has completed waits no more, and is not settled."""
    page = held.ask()
    for actor in (DANA, SAM):
        held.register.amend(page, actor=actor, optional={"students.dob"})
    held.clock.go_on(timedelta(days=7))

    assert held.consent().proposal is None
    assert held.register.settle(SCHOOL) == ()


def test_covering_more_people_takes_two(pair):
    """One person may leave people out of a grant, and not take them in again."""
    shown = pair.shown()
    for actor in (DANA, SAM):
        pair.register.authorise(
            shown, actor=actor, subjects=Subjects.only(student=[1, 2])
        )

    less = pair.register.amend(
        pair.ask(), actor=DANA, subjects=Subjects.only(student=[1])
    )
    more = pair.register.amend(
        pair.ask(), actor=DANA, subjects=Subjects.only(student=[1, 2])
    )

    assert (less.revision, type(more)) == (2, Proposal)


def test_a_proposal_that_has_lapsed_is_not_declined(held):
    """What time has ended needs no no, and none is recorded."""
    page = held.ask()
    held.register.amend(page, actor=DANA, optional={"students.dob"})
    held.clock.go_on(timedelta(days=7))

    with pytest.raises(NotAwaitingError, match="nothing to decline"):
        held.register.decline(page, actor=SAM)

    assert "Declined" not in held.events()


def test_another_role_is_no_way_round_a_rule_that_one_ended(pair):
    """Anyone who ends the rule is held to it by name, whatever they act as."""
    pair.register.require_two_people(None, school=SCHOOL, actor=DANA)

    found = pair.register.authorise(pair.shown(), actor=evolve(DANA, role="Governor"))

    assert isinstance(found, Proposal)


def test_a_grant_is_of_the_second_person_and_their_instant(pair):
    """Nothing was authorised before the second yes, so it names who gave that."""
    shown = pair.shown()
    pair.register.authorise(shown, actor=DANA)
    pair.clock.go_on(timedelta(days=1))

    grant = pair.register.authorise(shown, actor=SAM)

    assert (grant.actor, grant.authorised_at) == (SAM, pair.clock())


def test_a_proposal_lapses_at_an_instant(pair):
    """A time without a zone would be another one elsewhere."""
    bare = datetime(2026, 11, 23, 12)  # noqa: DTZ001 - that is the point
    decision = pair.register.authorise(pair.shown(), actor=DANA).decision

    with pytest.raises(ValueError, match="time zone"):
        Proposal(APP, decision, Choice(), bare)
