"""Grants, and the actors who decide on them."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.consent.decision import Actor, Choice, Decision
from scopegate.consent.grant import Grant, Pin, PinnedRows
from scopegate.consent.present import present
from scopegate.consent.request import AccessRequest, Terms
from scopegate.consent.subjects import Subjects
from scopegate.testing.permits import HEAD, NOON, connection, decision_on
from scopegate.testing.strategies import catalogues

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""


@st.composite
def decisions(draw):
    """Draw a catalogue, what was shown of it and the boxes ticked."""
    catalogue = draw(catalogues())
    keys = st.sets(st.sampled_from(list(catalogue.scopes)))
    required, optional = draw(keys), draw(keys)
    request = AccessRequest("app", "to work", required, optional - required)
    shown = present(catalogue, connection(), request, 1)
    return catalogue, shown, frozenset(draw(keys) & shown.offered)


def granted(catalogue, shown, ticked):
    """Return the grant that the decision comes to."""
    decided = [decision_on(shown, ticked)]
    choice = Choice(ticked)
    return Grant.of(catalogue, shown, choice, id="g", revision=1, decisions=decided)


@FEWER
@given(decisions())
def test_a_grant_pins_what_was_decided(decision):
    """A grant holds the required and ticked scopes, and exactly their fields."""
    catalogue, shown, ticked = decision
    scopes = catalogue.expand(shown.required_scopes | ticked)

    grant = granted(*decision)

    assert set(grant.scopes) == set(scopes)
    assert {path: set(pin.scopes) for path, pin in grant.pins.items()} == {
        path: set(used) for path, used in catalogue.fields_of(scopes).items()
    }
    assert all(
        pin.sensitivity is catalogue.fields[path].sensitivity
        for path, pin in grant.pins.items()
    )


@FEWER
@given(decisions())
def test_a_grant_says_what_it_rests_on(decision):
    """A grant names its decision, the catalogue and request versions, and the rows."""
    catalogue, shown, ticked = decision

    grant = granted(*decision)

    assert grant == evolve(
        grant,
        school="100001",
        app="app",
        rows=(PinnedRows(catalogue.rows, ("school",)),),
        subjects=Subjects(),
        catalogue="made-up",
        catalogue_version="1",
        policy_version=1,
        request_version=1,
        decisions=[
            Decision(
                HEAD,
                "",
                NOON,
                shown.digest,
                ticked,
                shown.offered - ticked,
                shown.terms,
            )
        ],
        expires_at=None,
    )


@FEWER
@given(decisions())
def test_a_grant_holds_no_more_than_was_shown(decision):
    """Every authorised field was in the presentation."""
    _, shown, _ = decision
    parts = [*shown.required, *shown.optional, *shown.joint]

    assert granted(*decision).fields <= {f.path for part in parts for f in part.fields}


@FEWER
@given(decisions())
def test_a_tick_never_takes_away(decision):
    """Ticking boxes authorises all that ticking none does."""
    catalogue, shown, _ = decision

    assert granted(catalogue, shown, frozenset()).fields <= granted(*decision).fields


DECIDED = Decision(HEAD, "", NOON, "d", (), (), Terms())
GRANT = Grant(
    "g", 1, "1", "app", (), {}, (), Subjects(), (), "c", "1", 1, 1, [DECIDED],
    expires_at=NOON + timedelta(hours=1),
)  # fmt: skip


@pytest.fixture
def grant():
    """Return a grant that ends an hour after noon."""
    return GRANT


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-90, False), (59, False), (60, True), (61, True)]
)
def test_a_grant_holds_up_to_but_not_at_its_end(grant, minutes, expected):
    """At the first instant of `expires_at` a grant permits nothing."""
    assert grant.is_expired(NOON + timedelta(minutes=minutes)) is expected


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_grant_without_end_never_expires(now):
    """Where no end was set, no instant is too late."""
    assert not evolve(GRANT, expires_at=None).is_expired(now)


@pytest.mark.parametrize(("value", "name"), [(DECIDED, "at"), (GRANT, "expires_at")])
def test_no_instant_is_without_a_zone(value, name):
    """An instant without a time zone would mean another one elsewhere."""
    bare = datetime(2026, 11, 23, 12)  # noqa: DTZ001 - that is the point

    with pytest.raises(ValueError, match="time zone"):
        evolve(value, **{name: bare})


def test_a_grant_rests_on_a_decision():
    """A grant that no one decided on is refused."""
    with pytest.raises(ValueError, match="rests on a decision"):
        evolve(GRANT, decisions=[])


@pytest.mark.parametrize("name", ["", "  "])
def test_an_actor_has_a_name(name):
    """A decision without a person is refused."""
    with pytest.raises(ValueError, match="an actor has a name"):
        Actor(name)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"pins": {}}, True),
        ({"expires_at": NOON}, True),
        ({"expires_at": None}, False),
        ({"expires_at": NOON + timedelta(hours=2)}, False),
        ({"subjects": Subjects.only(student=[1])}, True),
        ({"pins": {"student.dob": Pin(["dob"], "personal")}}, False),
    ],
)
def test_a_grant_is_within_one_that_permits_as_much(changes, expected):
    """None of fields, people and time may grow."""
    held = evolve(GRANT, pins={"student.id": Pin(["basic"], "personal")})

    assert evolve(held, **changes).is_within(held, held.fields) is expected


def test_what_flows_no_more_is_no_measure():
    """A field that has stopped must be authorised again, as if it were new."""
    held = evolve(GRANT, pins={"student.id": Pin(["basic"], "personal")})

    assert not held.is_within(held, frozenset())
