"""The last day of a grant, as somebody writes it."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from scopegate.pages.ending import Ending, school_year_end
from scopegate.pages.words import end_of
from scopegate.testing.permits import NOON

INSTANTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


SPELLINGS = [
    "{d.day} {d:%B} {d.year}",
    "{d:%d} {d:%b}  {d.year}",
    "{d.day}/{d.month}/{d.year}",
    "{d:%Y-%m-%d}",
]


@given(
    st.dates(date(1000, 1, 1), date(9999, 12, 30)), INSTANTS, st.sampled_from(SPELLINGS)
)
def test_a_grant_holds_to_the_end_of_its_last_day(last, now, spelling):
    """However it is spelt it ends at the midnight after; a day that is over is refused."""
    ending = Ending.read(spelling.format(d=last), now)

    if last < now.date():
        assert (ending.expires_at, bool(ending.problem)) == (None, True)
    else:
        assert ending.problem == ""
        assert ending.expires_at - timedelta(microseconds=1) >= now
        assert (ending.expires_at - timedelta(days=1)).date() == last
        assert f"{last.day} " in ending.in_words


@given(st.text())
def test_whatever_is_written_ends_a_grant_later_or_says_what_is_wrong(text):
    """No text raises; what is not a date is a problem, and nothing at all is fine."""
    ending = Ending.read(text, NOON)

    assert (ending.expires_at is None) or ending.expires_at > NOON
    assert bool(ending.problem) == (bool(text.strip()) and ending.expires_at is None)


@pytest.mark.parametrize(
    "text",
    ["8/31/2027", "2027-13-01", "31 December 9999", "tomorrow", "30 February 2027"],
)
def test_what_is_no_date_is_said_to_be_none(text):
    """The sentence says how to write one."""
    assert Ending.read(text, NOON) == Ending(
        text, None, "Write the last day as day, month and year: 31 August 2027"
    )


def test_nothing_written_is_no_end():
    """An empty field, or one of spaces, leaves the end open and has no words."""
    assert (Ending.read("  ", NOON), Ending().in_words) == (Ending(), "")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 8, 31, 23, tzinfo=UTC), "31 August 2026"),
        (datetime(2026, 9, 1, tzinfo=UTC), "31 August 2027"),
        (datetime(2027, 1, 1, tzinfo=UTC), "31 August 2027"),
    ],
)
def test_a_school_year_ends_with_august(now, end):
    """On its last day it is that day, and from September on the next year's."""
    assert school_year_end(now) == end


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2027, 9, 1, tzinfo=UTC), "The end of 31 August 2027 (UTC)"),
        (
            datetime(2027, 9, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            "The end of 31 August 2027 (UTC)",
        ),
        (datetime(2027, 9, 1, 9, 30, tzinfo=UTC), "1 September 2027, 09:30 UTC"),
    ],
)
def test_a_midnight_is_the_end_of_the_day_before(at, words):
    """Any other instant is said to the minute."""
    assert end_of(at) == words
