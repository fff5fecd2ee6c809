"""Who decided: two people are two only if a reader can tell them apart."""

import json

import pytest
from hypothesis import given, strategies as st

from scopegate.consent.codec import event_from_json, event_to_json
from scopegate.consent.decision import Actor
from scopegate.consent.events import Paused
from scopegate.errors import CodecError
from scopegate.testing.permits import NOON

from ..spellings import SPELLINGS

DANA = Actor("Dana Head")
ONE = [
    (Actor("Zo\u00eb Head"), Actor("Zoe\u0308 Head")),
    (Actor("Dana Head"), Actor("Head, Dana")),
    (Actor("Dana Head"), Actor("Dr Dana Head", id="u1")),
    (Actor("Dana", id="dana@x"), Actor("Dana Head", id="DANA@X")),
    (Actor("Dana", id="7"), Actor("Sam", id="7 ")),
    (Actor("Dana", id="\u200b"), Actor("dana", id="u2")),
]

TWO = [
    (Actor("Dana Head"), Actor("Sam Deputy")),
    (Actor("Dana Head", id="1"), Actor("Dana Head", id="2")),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_one_person_written_in_two_ways_is_one(one, other):
    """Names and ids that read alike are one person's.

    Fails on the release before: each of these met the two-person rule alone.
    """
    assert one.is_same_person(other)
    assert other.is_same_person(one)


@pytest.mark.parametrize(("one", "other"), TWO)
def test_two_people_are_two(one, other):
    """Another name, or another id where both have one, is another person."""
    assert not one.is_same_person(other)


@given(st.sampled_from(list(SPELLINGS)), st.sampled_from(["Dana", "dh-7", "103"]))
def test_no_spelling_of_an_id_makes_a_second_person(way, known):
    """One id in any spelling is one person, whatever names come with it."""
    written = Actor("Sam", id=SPELLINGS[way](known).replace("\0", ""))

    assert Actor("Dana", id=known).is_same_person(written)


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u2800", "\u00ad\u00a0"])
def test_an_actor_has_a_name_that_can_be_seen(name):
    """A decision by no one who can be named is refused."""
    with pytest.raises(ValueError, match="an actor has a name"):
        Actor(name)


@pytest.mark.parametrize("name", ["\u00b4", "'", "\u200b"])
def test_a_name_that_a_ledger_has_is_read_whatever_is_refused_by_now(name):
    """A school cannot be read since somebody decided for it whose name is a sign.

    The release before took any name that is not blank, so its ledgers may have one.
    """
    paused = event_to_json(Paused("", DANA, "", NOON)).decode()
    event = event_from_json(paused.replace('"Dana Head"', json.dumps(name)))

    assert event.actor.name == name
    assert type(event.actor.name) is str
    assert event.actor.is_same_person(event.actor)


@pytest.mark.parametrize("name", ["", " ", 7, None])
def test_a_name_that_no_ledger_can_have_is_refused(name):
    """An event without the name of who decided is read."""
    paused = event_to_json(Paused("", DANA, "", NOON)).decode()
    with pytest.raises(CodecError):
        event_from_json(paused.replace('"Dana Head"', json.dumps(name)))
