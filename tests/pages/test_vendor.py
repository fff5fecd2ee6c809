"""The app's own dashboard: its situation at each school, and no one else's."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessRequest, Catalogue, Subjects
from scopegate.consent.connection import Connection
from scopegate.consent.state import Published, SchoolState
from scopegate.pages.answers import Answer, Answers
from scopegate.pages.situation import Situation, Tone
from scopegate.pages.vendor import AppDashboard, AtSchool
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import SCHOOLS

from .worlds import (
    APP,
    CATALOGUE,
    FEWER,
    REQUEST,
    SCHOOL,
    TABLE,
    World,
    cases_of,
    histories,
)

TITLES = {key: scope.title or key for key, scope in CATALOGUE.scopes.items()}


def dashboard(world):
    """Return the app's dashboard of the only school there is."""
    case = world.case()
    states = {SCHOOL: case.state}
    return AppDashboard.of(world.catalogue, APP, case.published, states, case.now)


def line(world):
    """Return the only line."""
    (found,) = dashboard(world).schools
    return found


@FEWER
@given(histories())
def test_a_line_tells_each_answer_once(history):
    """The scopes of a line are those that there is an answer on, by their titles."""
    ledger, now = history
    for school in SCHOOLS:
        for case in cases_of(ledger, now, school):
            found = AtSchool.of(case)
            answers = Answers(case)
            told = (found.granted, found.refused, found.pending, found.stopped)
            kinds = (a for a in Answer if a is not Answer.NONE)

            assert told == tuple(
                tuple(TITLES[key] for key in answers.of(kind)) for kind in kinds
            )


@FEWER
@given(histories())
def test_the_decisions_on_other_apps_change_nothing(history):
    """An app's dashboard is the same whatever the schools decided on others."""
    ledger, now = history
    cases = [case for school in SCHOOLS for case in cases_of(ledger, now, school)]
    for case in cases:
        same = [other for other in cases if other.app == case.app]
        states = {other.school: other.state for other in same}
        alone = {
            school: evolve(
                state,
                consents={a: c for a, c in state.consents.items() if a == case.app},
            )
            for school, state in states.items()
        }
        of = (CATALOGUE, case.app, case.published)

        assert AppDashboard.of(*of, alone, now) == AppDashboard.of(*of, states, now)


@given(st.lists(st.text(max_size=3), max_size=6))
def test_schools_stand_by_name_and_are_all_counted(names):
    """Whatever the schools are called, they come in order and each is counted."""
    states = {
        str(key): SchoolState(Connection(str(key), "arbor", name, NOON))
        for key, name in enumerate(names)
    }
    found = AppDashboard.of(CATALOGUE, APP, Published(REQUEST, 1), states, NOON)
    keys = [(one.name.casefold(), one.school) for one in found.schools]

    assert keys == sorted(keys)
    assert {one.school for one in found.schools} == {*states}
    assert found.counts == ({Situation.NEW: len(names)} if names else {})


def test_a_granted_line_is_told_whole():
    """Every word of the line of a school that authorised, for a time, some of it."""
    world = World()
    world.authorise(
        "dob",
        expires_at=NOON + timedelta(days=30),
        subjects=Subjects.everyone_except(pupil=["103"]),
    )
    world.pass_days(1)

    assert dashboard(world) == AppDashboard(
        app=APP,
        version=1,
        purpose="Record marks",
        is_cancelled=False,
        schools=[
            AtSchool(
                school=SCHOOL,
                name="Example School",
                situation=Situation.AUTHORISED,
                since="23 November 2026, 12:00 GMT",
                expires="23 December 2026, 12:00 GMT",
                granted=["The school", "Basic", "Births"],
                refused=["Needs", "Leavers"],
                pending=(),
                stopped=(),
                covers="Everyone except some people",
                grant="grant-1",
                revision=1,
            )
        ],
    )


def test_a_connected_school_that_was_not_asked_yet_is_new():
    """A connected school is on the dashboard as soon as the app asks."""
    found = line(World())

    assert (found.situation, found.since, found.grant) == (Situation.NEW, "", "")
    assert (found.label, found.tone) == ("New request", Tone.ASKS)
    assert found.pending == ("Basic", "Births", "Needs", "Leavers")


@pytest.mark.parametrize("published", [Published(), Published(REQUEST, 1, True)])  # noqa: FBT003 - a value
def test_an_app_that_asks_for_nothing_learns_of_no_school(published):
    """Which schools are connected is not told to an app that asks nothing of them."""
    states = {SCHOOL: SchoolState(Connection(SCHOOL, "arbor", "Example School", NOON))}
    found = AppDashboard.of(CATALOGUE, APP, published, states, NOON)

    assert (found.schools, found.counts) == ((), {})


def test_a_school_that_is_not_connected_and_was_never_asked_is_left_out():
    """A school of which the ledger knows nothing is not on the dashboard."""
    states = {SCHOOL: SchoolState()}

    assert not AppDashboard.of(
        CATALOGUE, APP, Published(REQUEST, 1), states, NOON
    ).schools


def test_a_school_that_decided_once_stays_on_the_dashboard():
    """A school that authorised is named by its key while it is not connected."""
    world = World()
    world.authorise()
    world.disconnect()
    found = line(world)

    assert (found.name, found.situation) == (SCHOOL, Situation.NOT_CONNECTED)
    assert (found.since, found.grant) == ("23 November 2026, 12:00 GMT", "")
    assert found.stopped == ("Basic",)


def test_an_app_that_has_published_nothing_has_no_purpose():
    """Version 0 and no purpose mean an app that never asked."""
    found = AppDashboard.of(CATALOGUE, APP, Published(), {}, NOON)

    assert found == AppDashboard(APP, 0, "", False, ())  # noqa: FBT003 - a value


def test_what_was_revoked_is_told_with_its_instant():
    """Since when nothing flows is when the school revoked."""
    world = World()
    world.authorise(expires_at=NOON + timedelta(days=30))
    world.pass_days(1)
    world.revoke()
    found = line(world)

    assert (found.since, found.expires) == ("24 November 2026, 12:00 GMT", "")
    assert (found.covers, found.revision, found.stopped) == ("", 0, ("Basic",))


def test_what_has_expired_is_told_with_its_instant():
    """Since when nothing flows is when the time was over, also before that is written."""
    world = World()
    world.authorise(expires_at=NOON + timedelta(days=1))
    world.pass_days(3)

    assert line(world).since == "24 November 2026, 12:00 GMT"


def test_who_waits_is_told_whom_for():
    """The app's page says that the school decides, where the school's page says you."""
    world = World()
    world.ask()

    assert line(world).label == "Waiting for the school"


@pytest.mark.parametrize("situation", Situation)
def test_a_sentence_speaks_to_the_app_and_not_to_the_school(situation):
    """No sentence or label on the app's page calls the school you."""
    found = evolve(line(World()), situation=situation.for_app)

    assert found.sentence.endswith(".")
    assert not {"you", "your"} & {*f"{found.sentence} {found.label}".lower().split()}


def test_a_scope_that_the_catalogue_lost_is_told_by_its_key():
    """What flows still is told, under the only name that is left of it."""
    world = World(AccessRequest(APP, "Marks", {"needs"}))
    world.authorise()
    scopes = {key: one for key, one in TABLE["scope"].items() if key != "needs"}
    lost = {"version": "2", "scope": scopes, "joint": [], "mis": {}}
    world.on(Catalogue.from_dict(TABLE | lost))

    assert line(world).granted == ("The school", "needs")
