"""Instants, people and counts in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scopegate import Actor
from scopegate.pages.words import counted, day, instant, opened, person

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 9, 3, 9, 12, 59, tzinfo=UTC), "3 September 2026, 09:12 UTC"),
        (datetime(2026, 1, 1, 2, 0, tzinfo=EAST), "31 December 2025, 20:30 UTC"),
    ],
)
def test_an_instant_is_told_in_utc_to_the_minute(at, words):
    """Whatever the zone it came in, it is told in one; seconds are left out."""
    assert instant(at) == words
    assert day(at) == words.partition(",")[0]


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
