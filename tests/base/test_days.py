"""Days as people write and read them."""

import re
from datetime import date

import pytest
from hypothesis import given, strategies as st

from scopegate._base.days import day_from, day_in_words

from ..house import MODULES

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
]
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
SPELLINGS = [
    lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{d.day:02} {MONTHS[d.month - 1][:3]} {d.year}",
    lambda d: f"{d.day}{_ordinal(d.day)} {MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{d.day}{_ordinal(d.day)} of {MONTHS[d.month - 1]}, {d.year}",
    lambda d: f"{MONTHS[d.month - 1].upper()} {d.day}, {d.year}",
    lambda d: f"{d.day}-{MONTHS[d.month - 1][:3].lower()}.-{d.year % 100:02}",
    lambda d: f"{WEEKDAYS[d.weekday()][:3]} {d.day}th {MONTHS[d.month - 1]} {d.year}",
    lambda d: f"{WEEKDAYS[d.weekday()]}, {d.day}/{d.month}/{d.year}",
    lambda d: f"{d.day:02}/{d.month:02}/{d.year}",
    lambda d: f"{d.day}/{d.month}/{d.year}",
    lambda d: f"{d.day}/{d.month}/{d.year % 100:02}",
    lambda d: f"{d.day}.{d.month}.{d.year}",
    lambda d: f"{d.day:02}. {d.month:02}. {d.year}",
    lambda d: f"{d.day:02}-{d.month:02}-{d.year}",
    lambda d: f"{d.day:02}\u2013{d.month:02}\u2011{d.year}",
    lambda d: f" {d.day:02} {d.month:02}  {d.year % 100:02} ",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
]
"""The ways in which schools write a day."""


def _ordinal(day):
    """Return the ending of a counting number, as in 31st."""
    return {1: "st", 2: "nd", 3: "rd"}.get(
        day % 10 if day not in {11, 12, 13} else 0, "th"
    )


@given(DAYS, st.sampled_from(SPELLINGS))
def test_a_day_is_read_however_it_is_written(day, spelling):
    """Day first, or a named month, or the year first; with a year of two digits or four.

    Fails on the release before: of these it read four.
    """
    assert day_from(spelling(day)) == day


@given(st.text())
def test_whatever_is_written_is_a_day_or_none(text):
    """No text raises."""
    assert isinstance(day_from(text), date | None)


@given(st.dates())
def test_a_day_in_words_is_read_again(day):
    """What is shown can be written."""
    if day.year >= 1_000:
        assert day_from(day_in_words(day)) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "of",
        "tomorrow",
        "31 August",
        "August 2027",
        "8/31/2027",  # the month is never first
        "2027-31-08",
        "30 February 2027",
        "2027-13-01",
        "31/8/027",
        "031/8/2027",
        "31/008/2027",
        "Monday 31 August 2027",  # it is a Tuesday
        "31 Au 2027",
        "31 August 2027 17:00",
        "2027-08-31T00:00",
        "\u0663\u0661/8/2027",  # digits of another script
        "31/8/-",
    ],
)
def test_what_is_no_day_is_none(text):
    """Half a date, one of another country, one that never is, or one with a time."""
    assert day_from(text) is None


def test_a_day_comes_before_its_month():
    """What could be read in two ways is read as in the United Kingdom."""
    assert day_from("1/2/27") == day_from("01-02-2027") == date(2027, 2, 1)


def test_nothing_follows_the_locale():
    """No module shows or reads a name of a month or a weekday by the locale.

    Fails on the release before: pages, receipts and the terminal did.
    """
    by_locale = re.compile(r"%-?[aAbBcpxX]\b|strptime\(|calendar\.|locale\.")

    assert not [path for path in MODULES if by_locale.search(path.read_text())]
