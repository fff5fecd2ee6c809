"""Histories are what registers write: lawful, readable, and of every kind."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.errors import InvalidArgument

from scopegate import Catalogue, ConsentRegister
from scopegate.consent.fold import fold_school
from scopegate.evidence.audit import verify
from scopegate.policy.decide import permit
from scopegate.testing.permits import NOON
from scopegate.testing.strategies import (
    APPS,
    SCHOOLS,
    catalogues,
    histories,
    memory_ledgers,
)

FEWER = settings(
    max_examples=max(1, settings().max_examples // 4),
    deadline=None,
    suppress_health_check=list(HealthCheck),  # a whole history for each example
)
SMALL = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "school": {
                "key": "about.urn",
                "field": {"about.urn": {"sensitivity": "public"}},
            },
            "pupil": {"key": "id", "field": {"id": {}, "a": {}}},
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.about.urn"]},
            "basic": {"fields": ["pupil.id"]},
            "a": {"fields": ["pupil.a"]},
        },
        "mis": {"arbor": {"a": ["A"]}},
    }
)
OFTEN = {
    "Amended",
    "Authorised",
    "Connected",
    "Declined",
    "Disconnected",
    "Presented",
    "RequestCancelled",
    "RequestPublished",
    "Revoked",
}
"""What is among the events of any hundred histories."""


@FEWER
@given(catalogues().flatmap(memory_ledgers))
def test_ledgers_are_sound(ledger):
    """Nothing is wrong with a ledger, neither its store nor what happened."""
    audit = verify(ledger)

    assert audit.faults == ()


@FEWER
@given(catalogues(), st.data())
def test_histories_are_those_of_the_first_school(catalogue, data):
    """What a register knows of the school is the fold of its history."""
    ledger = data.draw(memory_ledgers(catalogue).filter(lambda it: any(it.streams())))
    stream = f"school/{SCHOOLS[0]}"

    state = ConsentRegister(catalogue, ledger).state(SCHOOLS[0])

    assert fold_school(ledger.read(stream)) == state


@FEWER
@given(catalogues(), st.data())
def test_a_history_leads_to_a_permit(catalogue, data):
    """Whatever happened, what may flow now is some of what the grant pins."""
    state = fold_school(data.draw(histories(catalogue)))
    grant = state.consent(APPS[0]).current
    pinned = grant.fields if grant else frozenset()

    flows = permit(catalogue, state, school=SCHOOLS[0], app=APPS[0], now=NOON)

    assert flows.fields <= pinned | catalogue.public_fields.keys()


@FEWER
@given(st.data())
def test_a_history_may_be_empty(data):
    """Where nothing may be done nothing has happened."""
    assert data.draw(histories(SMALL, max_deeds=0)) == ()


def test_histories_hold_events_of_many_kinds():
    """What schools and apps often do is in some history or other."""
    seen = Counter()

    @settings(
        max_examples=100,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(memory_ledgers(SMALL))
    def look(ledger):
        for stream in ledger.streams():
            seen.update(type(event).__name__ for event in ledger.read(stream))

    look()

    assert seen.keys() >= OFTEN


def test_a_catalogue_that_proves_no_school_has_no_history():
    """Without a public resource no school could ever be connected."""
    bare = Catalogue.from_dict(
        {
            "id": "bare",
            "version": "1",
            "resource": {"room": {"key": "id", "field": {"id": {}}}},
            "scope": {"rooms": {"fields": ["room.id"]}},
        }
    )

    with pytest.raises(InvalidArgument, match="no public resource"):
        histories(bare)
