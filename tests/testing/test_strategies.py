"""What the strategies give fits what they were given, and wrong arguments are refused."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.errors import InvalidArgument

from scopegate import AccessRequest, Actor, Catalogue, Connection, Subjects
from scopegate.consent.codec import event_from_json, event_to_json, from_json, to_json
from scopegate.consent.events import Event
from scopegate.consent.grant import Grant
from scopegate.consent.present import present
from scopegate.gate.query_rules import check_query
from scopegate.records.condition import Comparison
from scopegate.testing import strategies as made
from scopegate.testing.permits import NOON, permit_for

FEWER = settings(
    max_examples=max(1, settings().max_examples // 4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a large catalogue is loaded once
)
ASSEMBLY = Catalogue.builtin("assembly")
CATALOGUES = made.catalogues() | st.just(ASSEMBLY)
SCHOOL = made.SCHOOL


@FEWER
@given(CATALOGUES, st.data())
def test_parts_of_a_catalogue_are_its_own(catalogue, data):
    """Resources, fields and scopes are those of the catalogue given."""
    resource = data.draw(made.resources(catalogue))
    field = data.draw(made.fields(catalogue))
    scope = data.draw(made.scopes(catalogue))

    assert catalogue.resource(resource.name) == resource
    assert catalogue.field(field.path) == field
    assert catalogue.scope(scope.key) == scope


@FEWER
@given(CATALOGUES, st.data())
def test_row_rules_fit_their_catalogue(catalogue, data):
    """A catalogue takes every rule that was made for it."""
    rule = data.draw(made.row_rules(catalogue))

    assert rule in evolve(catalogue, rows=[*catalogue.rows, rule]).rows


@FEWER
@given(CATALOGUES, st.data())
def test_requests_can_be_published(catalogue, data):
    """No request that was made for a catalogue has a fault on it."""
    request = data.draw(made.requests(catalogue))

    assert request.faults(catalogue) == ()


@FEWER
@given(CATALOGUES, st.data())
def test_choices_and_decisions_are_on_what_was_shown(catalogue, data):
    """Only what is offered is ticked, and the digest is that of the page."""
    shown = data.draw(made.presentations(catalogue))
    choice = data.draw(made.choices(shown))
    decision = data.draw(made.decisions(shown))
    proposal = data.draw(made.proposals(shown))

    assert choice.ticked | proposal.choice.ticked | decision.ticked <= shown.offered
    assert decision.ticked | decision.unticked == shown.offered
    assert decision.presentation == proposal.decision.presentation == shown.digest
    assert choice.expires_at is None or choice.expires_at > NOON


@FEWER
@given(CATALOGUES, st.data())
def test_grants_permit_what_was_shown(catalogue, data):
    """A grant pins no more than its page offers, and is written and read back."""
    shown = data.draw(made.presentations(catalogue))
    grant = data.draw(made.grants(catalogue, presentations=st.just(shown)))

    assert grant.fields == shown.fields_of(grant.ticked).keys()
    assert from_json(to_json(grant), Grant) == grant


@FEWER
@given(CATALOGUES, st.data())
def test_two_who_decide_are_two_people(catalogue, data):
    """Where a grant rests on two decisions, two people took them, alike."""
    grant = data.draw(made.grants(catalogue))

    first, *second = grant.decisions
    assert not any(one.actor.is_same_person(first.actor) for one in second)
    assert all(one.ticked == first.ticked for one in second)


@FEWER
@given(CATALOGUES, st.data())
def test_permits_permit_no_more_than_their_grant(catalogue, data):
    """Besides what is public no field flows that the grant does not pin."""
    grant = data.draw(made.grants(catalogue))
    permit = data.draw(made.permits(catalogue, grants=st.just(grant)))

    assert permit.fields <= grant.fields | catalogue.public_fields.keys()


@FEWER
@given(CATALOGUES, st.data())
def test_people_are_of_kinds_that_are_named(catalogue, data):
    """No one is listed of a kind that no record names."""
    subjects = data.draw(made.subjects(catalogue))

    assert subjects.people.keys() <= {naming.person for naming in catalogue.namings}


def test_where_nobody_is_named_everyone_is_covered():
    """On a catalogue that cannot tell people apart there is one answer."""
    bare = Catalogue.from_dict(
        {
            "id": "bare",
            "version": "1",
            "resource": {"room": {"key": "id", "field": {"id": {}}}},
            "scope": {"rooms": {"fields": ["room.id"]}},
        }
    )

    assert repr(made.subjects(bare)) == repr(st.just(Subjects()))


@FEWER
@given(CATALOGUES, st.data())
def test_queries_are_let_through(catalogue, data):
    """No query that was made for a permit is refused under it."""
    permit = data.draw(made.permits(catalogue).filter(lambda p: p.fields))
    query = data.draw(made.queries(permit))

    check_query(permit, query)

    assert query.search is query.changed_since is None


def test_queries_use_every_part():
    """Every part of a query is used, by some query or other."""
    permit = permit_for(ASSEMBLY, "students.basic")
    seen = []

    @settings(max_examples=50, derandomize=True, database=None, deadline=None)
    @given(made.queries(permit, resources=st.just("student")))
    def look(query):
        seen.append(query)

    look()

    parts = ("where", "order_by", "limit", "select", "after", "group_by")
    assert all(any(getattr(query, part) for query in seen) for part in parts)


@FEWER
@given(st.data())
def test_conditions_are_on_permitted_fields(data):
    """A condition compares a field that may flow with a value that was drawn."""
    permit = permit_for(ASSEMBLY, "students.basic")
    condition = data.draw(made.conditions(permit, "student", values=st.just(7)))

    assert condition.path in permit.fields_of("student")
    several = condition.comparison is Comparison.ONE_OF
    assert set(condition.value) <= {7} if several else condition.value == 7


@FEWER
@given(made.catalogues(), st.data())
def test_events_are_written_and_read_back(catalogue, data):
    """Every event that is made has a text, and is what is read of it."""
    event = data.draw(made.events(catalogue))

    assert event_from_json(event_to_json(event)) == event


def test_there_are_events_of_every_kind():
    """No kind of event is without a strategy."""
    kinds = made.events_by_kind(ASSEMBLY).keys()

    assert set(kinds) == set(Event.__args__)


@given(st.timedeltas(timedelta(), timedelta(days=9)), st.data())
def test_instants_lie_between_their_ends(span, data):
    """Both ends are included, and nothing beyond them."""
    last = NOON + span

    assert NOON <= data.draw(made.instants(max_value=last)) <= last


@given(
    made.actors(names=st.just("Ada"), roles=st.just("Head")),
    made.connections(
        schools=st.just("2"),
        mis=st.just("sims"),
        permissions=st.just({"Emails"}),
        zones=st.just("Asia/Tokyo"),
    ),
)
def test_what_varies_can_be_told(actor, connection):
    """What a strategy is given for a part is what that part is drawn from."""
    assert evolve(actor, id="") == Actor("Ada", "Head")
    name, at = connection.name, connection.verified_at
    known = Connection("2", "sims", name, at, {"Emails"}, "Asia/Tokyo")
    assert connection == known


@FEWER
@given(st.data())
def test_what_a_grant_is_made_of_can_be_told(data):
    """A grant covers, expires and answers as it was told to."""
    everyone = Subjects.only(student=["7"])
    request = data.draw(made.requests(ASSEMBLY, apps=st.just("mine")))
    shown = data.draw(
        made.presentations(
            ASSEMBLY,
            requests=st.just(request),
            connections=made.connections(schools=st.just("9")),
        )
    )
    grant = data.draw(
        made.grants(
            ASSEMBLY,
            presentations=st.just(shown),
            subjects=st.just(everyone),
            expiries=st.just(NOON + timedelta(days=1)),
        )
    )

    assert (grant.school, grant.app, grant.subjects) == ("9", "mine", everyone)
    assert grant.expires_at == NOON + timedelta(days=1)
    assert shown.purpose == request.purpose


SHOWN = present(
    ASSEMBLY,
    Connection(SCHOOL, "arbor", "", NOON),
    AccessRequest("app", "To be tested", {"students.basic"}),
    1,
)
SCHOOLS_ONLY = permit_for(ASSEMBLY)


@given(made.choices(SHOWN), made.decisions(SHOWN))
def test_where_nothing_is_offered_nothing_is_ticked(choice, decision):
    """A page without optional scopes has no box to tick."""
    assert choice.ticked == decision.ticked == frozenset()


LISTS_ONLY = Catalogue.from_dict(
    {
        "id": "lists",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {"key": "id", "field": {"id": {}, "rows[].a": {}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "rows": {"fields": ["pupil.rows[].a"]},
        },
    }
)


@given(made.queries(permit_for(LISTS_ONLY, "rows"), resources=st.just("pupil")))
def test_nothing_in_a_list_is_grouped_by(query):
    """Where all that may flow is in lists no query counts by anything."""
    assert query.group_by == ()


WRONG = {
    "resources": lambda: made.resources("assembly"),
    "fields": lambda: made.fields(None),
    "scopes": lambda: made.scopes(ASSEMBLY.scopes),
    "row_rules": lambda: made.row_rules(made.catalogues()),
    "requests": lambda: made.requests("assembly"),
    "requests of one app": lambda: made.requests(ASSEMBLY, apps="app"),
    "presentations": lambda: made.presentations("assembly"),
    "presentations of one request": lambda: made.presentations(ASSEMBLY, requests=1),
    "subjects": lambda: made.subjects("assembly"),
    "subjects of one": lambda: made.subjects(ASSEMBLY, identifiers=7),
    "choices": lambda: made.choices("shown"),
    "choices of one expiry": lambda: made.choices(SHOWN, expiries=NOON),
    "decisions": lambda: made.decisions("shown"),
    "decisions of one": lambda: made.decisions(SHOWN, actors=Actor("Dana")),
    "proposals": lambda: made.proposals("shown"),
    "actors": lambda: made.actors(names="Dana"),
    "connections": lambda: made.connections(schools=SCHOOL),
    "instants": lambda: made.instants(max_value=7),
    "grants": lambda: made.grants("assembly"),
    "grants to one": lambda: made.grants(ASSEMBLY, subjects=Subjects()),
    "permits": lambda: made.permits("assembly"),
    "permits by one": lambda: made.permits(ASSEMBLY, grants="grant-1"),
    "events": lambda: made.events("assembly"),
    "histories": lambda: made.histories("assembly"),
    "histories without length": lambda: made.histories(ASSEMBLY, max_deeds="many"),
    "conditions": lambda: made.conditions("permit", "student"),
    "conditions on what is withheld": lambda: made.conditions(SCHOOLS_ONLY, "student"),
    "queries": lambda: made.queries("permit"),
    "queries of one": lambda: made.queries(SCHOOLS_ONLY, resources="school"),
    "queries of nothing": lambda: made.queries(evolve(SCHOOLS_ONLY, reasons={})),
    "pairs": lambda: made.agreeing_pairs("permit", "student"),
    "pairs of one": lambda: made.agreeing_pairs(SCHOOLS_ONLY, "school", records={}),
    "counterparts": lambda: made.counterparts("permit", "student", {}),
    "counterparts of none": lambda: made.counterparts(SCHOOLS_ONLY, "school", []),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused_at_once(name):
    """A strategy that is given something else says so before anything is drawn."""
    with pytest.raises(InvalidArgument):
        WRONG[name]()
