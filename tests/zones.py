"""Zones whose clocks go back and forward, and instants around those hours."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

LONDON = ZoneInfo("Europe/London")
ZONES = (
    "Europe/London",
    "Europe/Dublin",  # winter time is the exception there
    "Africa/Casablanca",  # an hour less in Ramadan
    "America/Havana",  # at midnight; the first hour of a day comes twice
    "America/St_Johns",  # half an hour from the others
    "America/Santiago",  # at midnight; the last hour of a day comes twice
    "Asia/Beirut",  # at midnight; a day without its first hour
    "Australia/Lord_Howe",  # by half an hour
    "Antarctica/Troll",  # by two hours
    "Asia/Kathmandu",  # never
    "UTC",
)
"""Zones of every kind; all that can go wrong goes wrong in one of them."""
_HOUR = timedelta(hours=1)
_START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Return the hours of two years, in UTC, within which the clocks of a zone change."""
    hours = [_START + n * _HOUR for n in range(2 * 366 * 24)]
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() for at in hours]
    found = zip(pairwise(hours), pairwise(offsets), strict=True)
    return tuple(hour for (hour, _), (one, other) in found if one != other)


def around(zone: str) -> st.SearchStrategy[datetime]:
    """Return instants in UTC of which many are close to a change of clocks."""
    near = st.sampled_from([*changes(zone), datetime(2026, 7, 1, 23, 30, tzinfo=UTC)])
    quarters = st.integers(-12, 12).map(lambda n: timedelta(minutes=15 * n))
    return st.builds(lambda at, by: at + by, near, quarters)


def zoned() -> st.SearchStrategy[datetime]:
    """Return the same instants as the clocks of their zones show them."""
    return st.sampled_from(ZONES).flatmap(
        lambda zone: around(zone).map(lambda at: at.astimezone(ZoneInfo(zone)))
    )
