"""What an app learns about its own grant: all that flows, and about no person."""

import json
from datetime import timedelta

from attrs import evolve
from hypothesis import given

from scopegate import AccessRequest, Catalogue, Subjects
from scopegate.pages.details import authorization_details
from scopegate.testing.permits import NOON

from .worlds import (
    APP,
    CATALOGUE,
    FEWER,
    REQUEST,
    SCHOOL,
    TABLE,
    World,
    cases_of,
    flowing,
    histories,
)


def details(world, app=APP):
    """Return the only object that there is."""
    (found,) = authorization_details(world.case(app))
    return found


@FEWER
@given(histories())
def test_the_fields_are_exactly_what_the_gate_lets_through(history):
    """An app learns of each field that flows, once and in order, and of no other."""
    ledger, now = history
    for case in cases_of(ledger, now):
        (found,) = authorization_details(case)
        through = flowing(CATALOGUE, ledger, case)

        assert found["fields"] == [p for p in CATALOGUE.fields if p in through]
        assert found["datatypes"] == [
            name
            for name in CATALOGUE.resources
            if any(path.startswith(f"{name}.") for path in through)
        ]


@FEWER
@given(histories())
def test_every_field_asked_for_flows_or_is_withheld_for_a_reason(history):
    """No field that the app asks for is passed over, and none is named twice."""
    for case in cases_of(*history):
        (found,) = authorization_details(case)
        asked = case.published.asked
        fields = CATALOGUE.fields_of(asked.scopes if asked else ())

        assert {*fields} <= {*found["fields"], *found["withheld"]}
        assert not {*found["fields"]} & {*found["withheld"]}


@FEWER
@given(histories())
def test_it_comes_back_from_json_as_it_is(history):
    """What an app is told is nothing but JSON."""
    for case in cases_of(*history):
        found = authorization_details(case)

        assert json.loads(json.dumps(found)) == found


@FEWER
@given(histories())
def test_the_decisions_of_other_apps_change_nothing(history):
    """What an app is told is the same whatever the school decided on others."""
    for case in cases_of(*history):
        own = {a: c for a, c in case.state.consents.items() if a == case.app}
        alone = evolve(case, state=evolve(case.state, consents=own))

        assert authorization_details(alone) == authorization_details(case)


def test_a_grant_is_told_whole():
    """Every member, for an app of which one box was left empty."""
    world = World(evolve(REQUEST, optional={"dob", "needs"}))
    until = NOON + timedelta(days=30)
    world.authorise("dob", expires_at=until)
    world.asks(evolve(REQUEST, optional={"dob", "staff"}))

    assert authorization_details(world.case()) == [
        {
            "type": "scopegate:school_data",
            "identifier": SCHOOL,
            "actions": ["read"],
            "datatypes": ["school", "pupil"],
            "privileges": ["school", "basic", "dob"],
            "status": "more_asked",
            "grant_id": "grant-1",
            "revision": 1,
            "authorised_at": "2026-11-23T12:00:00+00:00",
            "expires_at": "2026-12-23T12:00:00+00:00",
            "fields": [
                "school.urn",
                "school.name",
                "pupil.id",
                "pupil.name",
                "pupil.dob",
            ],
            "scopes": {
                "granted": ["school", "basic", "dob"],
                "refused": ["needs"],
                "pending": ["staff"],
                "stopped": [],
            },
            "withheld": {"staff.id": "not_granted"},
            "subjects": "everyone",
        }
    ]


def test_without_a_grant_only_what_is_public_is_told():
    """An app that no one has answered yet has no grant, and knows what it waits for."""
    found = details(World(AccessRequest(APP, "Marks", {"names"})))

    assert found | {"type": "", "actions": []} == {
        "type": "",
        "identifier": SCHOOL,
        "actions": [],
        "datatypes": ["school"],
        "privileges": ["school"],
        "status": "new",
        "grant_id": None,
        "revision": None,
        "authorised_at": None,
        "expires_at": None,
        "fields": ["school.urn", "school.name"],
        "scopes": {
            "granted": ["school"],
            "refused": [],
            "pending": ["names"],
            "stopped": [],
        },
        "withheld": {"pupil.name": "not_granted"},
        "subjects": "everyone",
    }


def test_what_was_revoked_is_withheld_for_that():
    """An app is told that a grant has ended, and no longer which one."""
    world = World(AccessRequest(APP, "Marks", {"names"}))
    world.authorise()
    world.revoke()
    found = details(world)

    assert (found["status"], found["grant_id"]) == ("revoked", None)
    assert found["withheld"] == {"pupil.name": "revoked"}
    assert found["scopes"]["stopped"] == ["names"]


def test_a_scope_of_which_a_part_flows_is_a_privilege():
    """A field that needs a permission is withheld, and the scope is there in part."""
    world = World(AccessRequest(APP, "Marks", {"basic", "needs"}), permissions=[])
    world.authorise()
    found = details(world)

    assert found["privileges"] == ["school", "basic"]
    assert found["withheld"] == {
        "pupil.name": "mis_permission_missing",
        "pupil.needs": "mis_permission_missing",
    }


def test_a_field_that_the_catalogue_lost_is_withheld():
    """What was authorised and is no longer there is not passed over in silence."""
    world = World(AccessRequest(APP, "Marks", {"staff"}))
    world.authorise()
    scopes = {key: one for key, one in TABLE["scope"].items() if key != "staff"}
    resources = {k: one for k, one in TABLE["resource"].items() if k != "staff"}
    lost = {"version": "2", "scope": scopes, "resource": resources}
    world.on(Catalogue.from_dict(TABLE | lost))

    assert details(world)["withheld"] == {"staff.id": "not_in_catalogue"}


def test_nobody_is_named():
    """Neither who decided nor whom the school left out is told, only that it did."""
    world = World()
    world.authorise("dob", subjects=Subjects.everyone_except(pupil=["pupil-103"]))
    found = details(world)

    assert found["subjects"] == "everyone_except"
    assert not any(name in json.dumps(found) for name in ("Dana", "Head", "103"))
