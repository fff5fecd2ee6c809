"""People, counts and ends in words."""

from datetime import UTC, datetime

import pytest

from scopegate import Actor
from scopegate._base.local_time import LocalTime
from scopegate.pages.words import counted, opened, person, until_in_words

LONDON = LocalTime.of("Europe/London")


@pytest.mark.parametrize(
    ("expires_at", "words"),
    [
        (None, "It is revoked"),
        (datetime(2027, 8, 31, 23, tzinfo=UTC), "The end of 31 August 2027 (BST)"),
        (datetime(2027, 8, 31, 9, tzinfo=UTC), "31 August 2027, 10:00 BST"),
    ],
)
def test_an_end_is_told_in_the_time_of_the_school(expires_at, words):
    """As a last day where it ends one; without one, what ends it."""
    assert until_in_words(expires_at, LONDON) == words


def test_a_person_is_named_with_their_authority():
    """A name with a role, or alone."""
    assert person(Actor("Dana Head", role="Headteacher")) == "Dana Head, Headteacher"
    assert person(Actor("Dana Head", id="7")) == "Dana Head"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 fields"), (1, "1 field"), (2, "2 fields"), (1_200, "1,200 fields")],
)
def test_a_count_has_its_noun(count, words):
    """One is one, and everything else, none too, is several."""
    assert counted(count, "field") == words


def test_a_noun_may_have_a_plural_of_its_own():
    """Not every plural ends in an s."""
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", ""), ("everyone", "Everyone"), ("éa B", "Éa B"), ("1a", "1a")],
)
def test_a_text_is_opened_by_a_capital(text, words):
    """Only the first letter changes."""
    assert opened(text) == words
