"""The last day of a grant, as somebody writes it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from scopegate.pages.ending import Ending, school_year_end
from scopegate.testing.permits import NOON

from ..zones import ZONES, around

LONDON = ZoneInfo("Europe/London")
TICK = timedelta.resolution
FUTURE = st.dates(date(2026, 1, 1), date(2099, 12, 31))


@given(
    st.sampled_from(ZONES).flatmap(lambda z: st.tuples(st.just(z), around(z))),
    st.integers(-3, 400),
    FUTURE,
)
def test_a_grant_holds_to_the_end_of_its_last_day(case, days, other):
    """It ends with that day at the school; a day that is over there is refused.

    Fails on the release before: the day was that of UTC, so that "31 August" ended at
    one in the morning of 1 September, and just after midnight yesterday was taken.
    """
    zone, now = case
    rules = ZoneInfo(zone)
    for last in (now.date() + timedelta(days=days), other):
        ending = Ending.read(last.isoformat(), now, zone)

        if last < now.astimezone(rules).date():
            assert (ending.expires_at, bool(ending.problem)) == (None, True)
        else:
            assert ending.problem == ""
            assert ending.expires_at > now
            assert (ending.expires_at - TICK).astimezone(rules).date() == last
            assert f" of {last.day} " in ending.in_words


@pytest.mark.parametrize(
    ("last", "now", "expires_at"),
    [
        (
            "31 August 2027",
            datetime(2026, 11, 23, 12, tzinfo=UTC),
            datetime(2027, 8, 31, 23, tzinfo=UTC),
        ),
        (
            "31 January 2027",
            datetime(2026, 11, 23, 12, tzinfo=UTC),
            datetime(2027, 2, 1, tzinfo=UTC),
        ),
        ("1 July 2026", datetime(2026, 7, 1, 23, 30, tzinfo=UTC), None),
        (
            "2 July 2026",
            datetime(2026, 7, 1, 23, 30, tzinfo=UTC),
            datetime(2026, 7, 2, 23, tzinfo=UTC),
        ),
        (
            "25/10/26",
            datetime(2026, 10, 25, 23, 59, tzinfo=UTC),
            datetime(2026, 10, 26, tzinfo=UTC),
        ),
    ],
)
def test_a_last_day_is_that_of_clocks_in_london(last, now, expires_at):
    """At half past midnight on 2 July, summer time, 1 July is yesterday."""
    assert Ending.read(last, now).expires_at == expires_at


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
        (datetime(2026, 8, 31, 22, 59, tzinfo=UTC), "31 August 2026"),
        (datetime(2026, 8, 31, 23, tzinfo=UTC), "31 August 2027"),
        (datetime(2027, 1, 1, tzinfo=UTC), "31 August 2027"),
    ],
)
def test_a_school_year_ends_with_august(now, end):
    """On its last day it is that day, and from September on the next year's.

    By the clocks of the school: there it is September an hour before it is in UTC.
    """
    assert school_year_end(now) == end


def test_an_ending_in_a_zone_that_is_not_known_says_so():
    """The day is that of UTC then, and is said to be."""
    ending = Ending.read("31 August 2027", NOON, "Nowhere/Land")

    assert ending.expires_at == datetime(2027, 9, 1, tzinfo=UTC)
    assert ending.in_words == "The end of 31 August 2027 (UTC)"
