"""`Ending`: the last day of a grant, as somebody writes it on a page."""

from datetime import date, datetime

from attrs import field, frozen
from attrs.converters import optional

from .._base.days import day_from
from .._base.local_time import LONDON, LocalTime
from .._base.values import aware
from ..arguments import checked
from .words import opened


@checked
@frozen
class Ending:
    """What was written as the last day, and what it means.

    Attributes:
        text: What was written; empty where nothing was.
        expires_at: The first instant at which the grant permits nothing, the midnight
            after that day in the zone; None where nothing was written, or is wrong.
        problem: What is wrong with it and what to do, or empty.
        zone: The zone whose day it is, by its name in the tz database.
    """

    text: str = ""
    expires_at: datetime | None = field(converter=optional(aware), default=None)
    problem: str = ""
    zone: str = LONDON

    @property
    def in_words(self) -> str:
        """When the grant would end, or empty where nothing was written."""
        if self.expires_at is None:
            return ""
        return opened(LocalTime.of(self.zone).end(self.expires_at))

    @classmethod
    def read(cls, text: str, now: datetime, zone: str = LONDON) -> "Ending":
        """Return the ending that somebody wrote as the last day.

        Args:
            text: A day such as `31 August 2027`, `31st Aug 2027`, `31/8/27`,
                `31.08.2027` or `2027-08-31`, the day before the month; or nothing.
            now: An aware instant; the last day is not over by then.
            zone: The zone whose day it is.
        """
        text, times = " ".join(text.split()), LocalTime.of(zone)
        if not text:
            return cls(zone=zone)
        last = day_from(text)
        if last is None or last == date.max:
            year_ends = school_year_end(now, zone)
            wrong = f"Write the last day as day, month and year: {year_ends}"
            return cls(text, None, wrong, zone)
        if last < times.today(now):
            wrong = "That day is over: give today, or a later day"
            return cls(text, None, wrong, zone)
        return cls(text, times.end_of_day(last), "", zone)


@checked
def school_year_end(now: datetime, zone: str = LONDON) -> str:
    """Return the last day of the school year that *now* is in, `31 August 2027`.

    Args:
        now: An aware instant.
        zone: The zone whose day it is then.
    """
    today = LocalTime.of(zone).today(now)
    is_over = today > date(today.year, 8, 31)
    return f"31 August {today.year + is_over}"
