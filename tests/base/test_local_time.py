"""Instants as the clocks of a school show them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import example, given, strategies as st

from scopegate._base import local_time
from scopegate._base.local_time import LocalTime

from ..zones import ZONES, around

LONDON = LocalTime.of("Europe/London")
TICK = timedelta.resolution
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@example("America/St_Johns", date(2006, 10, 28))  # two midnights, and the day between
@example(
    "America/Havana", date(2026, 10, 31)
)  # two midnights, and the next day between
@example("Asia/Beirut", date(2027, 3, 27))  # no midnight
@example("Pacific/Apia", date(2011, 12, 29))  # no next day
@given(st.timezone_keys(), DAYS)
def test_a_day_ends_once(zone, day):
    """At its end it is a later day, and just before it was not, in every zone."""
    times = LocalTime.of(zone)

    end = times.end_of_day(day)

    assert end.tzinfo is UTC
    assert times.today(end - TICK) <= day < times.today(end)


@given(st.sampled_from(ZONES), DAYS)
def test_the_end_of_a_day_is_shown_as_that_day(zone, day):
    """An end at local midnight reads as a last day, and another instant does not."""
    times = LocalTime.of(zone)
    end = times.end_of_day(day)

    assert times.last_day(end) == day
    assert times.last_day(end + TICK) is times.last_day(end - TICK) is None
    assert times.end(end).startswith(f"the end of {day.day} ")
    assert times.on(end) == f"at {times.end(end)}"
    assert times.on(end + TICK) == f"on {times.instant(end)}"


@given(st.sampled_from(ZONES).flatmap(lambda z: st.tuples(st.just(z), around(z))))
def test_no_two_instants_look_the_same(case):
    """In the hour that comes twice the name of the time tells them apart."""
    zone, at = case
    times = LocalTime.of(zone)

    assert len({times.instant(at + timedelta(minutes=5 * n)) for n in range(60)}) == 60


@given(st.sampled_from(ZONES).flatmap(lambda z: st.tuples(st.just(z), around(z))))
def test_iso_8601_keeps_the_instant(case):
    """It says the offset, so that a program reads the same instant."""
    zone, at = case
    shown = LocalTime.of(zone).iso(at)

    assert datetime.fromisoformat(shown) - at == timedelta()
    assert shown[:10] == at.astimezone(ZoneInfo(zone)).date().isoformat()


@example(FIRST, "Asia/Tokyo")
@example(FIRST, "America/Havana")
@example(LAST, "Asia/Tokyo")
@example(LAST, "America/Havana")
@given(st.datetimes(timezones=st.just(UTC)), st.timezone_keys() | st.text())
def test_any_instant_can_be_shown_in_any_zone(at, zone):
    """Nothing raises, not even for a zone that there is not, nor in the year 1."""
    times = LocalTime.of(zone)

    for shown in (times.day, times.instant, times.end, times.on, times.iso):
        assert shown(at)


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Land", "Europe", "../../etc/passwd", "\0", "\ud800"]
)
def test_a_zone_that_is_not_known_is_utc_and_says_so(zone):
    """A ledger may name what this machine lacks; the instant is right all the same."""
    times = LocalTime.of(zone)

    assert times.zone == "UTC"
    assert (
        times.instant(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "1 July 2026, 12:00 UTC"
    )
    assert times.end_of_day(date(2026, 7, 1)) == datetime(2026, 7, 2, tzinfo=UTC)


def test_without_a_tz_database_all_is_utc(monkeypatch):
    """A machine that has none shows UTC, and says UTC."""

    def lacking(zone):
        raise ZoneInfoNotFoundError(zone)

    monkeypatch.setattr(local_time, "ZoneInfo", lacking)

    assert LocalTime.of("Europe/London").zone == "UTC"


@pytest.mark.parametrize(
    ("at", "instant", "end"),
    [
        (
            datetime(2026, 7, 1, 12, tzinfo=UTC),
            "1 July 2026, 13:00 BST",
            "1 July 2026, 13:00 BST",
        ),
        (
            datetime(2026, 11, 23, 12, tzinfo=UTC),
            "23 November 2026, 12:00 GMT",
            "23 November 2026, 12:00 GMT",
        ),
        (
            datetime(2027, 8, 31, 23, tzinfo=UTC),
            "1 September 2027, 00:00 BST",
            "the end of 31 August 2027 (BST)",
        ),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "25 October 2026, 01:30 BST",
            "25 October 2026, 01:30 BST",
        ),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            "25 October 2026, 01:30 GMT",
            "25 October 2026, 01:30 GMT",
        ),
        (
            datetime(2026, 10, 26, 0, 0, tzinfo=UTC),
            "26 October 2026, 00:00 GMT",
            "the end of 25 October 2026 (GMT)",
        ),
    ],
)
def test_instants_are_told_as_clocks_in_london_show_them(at, instant, end):
    """To the minute, with the name of the time that is in force then."""
    assert (LONDON.instant(at), LONDON.end(at)) == (instant, end)


def test_a_receipt_tells_seconds():
    """How exactly instants are told is for the page to say."""
    at = datetime(2026, 9, 3, 8, 12, 59, 999_999, tzinfo=UTC)

    assert LocalTime.of("Europe/London", to="seconds").instant(at) == (
        "3 September 2026, 09:12:59 BST"
    )


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Istanbul", "1 July 2026, 15:00 UTC+03"),
        ("Asia/Kathmandu", "1 July 2026, 17:45 UTC+0545"),
        ("Asia/Tokyo", "1 July 2026, 21:00 JST"),
        ("UTC", "1 July 2026, 12:00 UTC"),
    ],
)
def test_a_time_without_a_name_is_told_by_its_offset(zone, shown):
    """Many zones have no name for their time but a number."""
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)

    assert LocalTime.of(zone).instant(at) == shown


def test_the_last_day_there_is_never_ends():
    """It has no next one; as an end it is told as an instant."""
    with pytest.raises(OverflowError):
        LONDON.end_of_day(date.max)
    assert LONDON.last_day(LAST) is LONDON.last_day(FIRST) is None
