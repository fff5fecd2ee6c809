"""`Ending`: the last day of a grant, as somebody writes it on a page."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from attrs import frozen

from ..arguments import checked
from .words import end_of

_DAY = timedelta(days=1)
_SPELLINGS = ("%d %B %Y", "%d %b %Y", "%d/%m/%Y", "%Y-%m-%d")


@checked
@frozen
class Ending:
    """What was written as the last day, and what it means.

    Attributes:
        text: What was written; empty where nothing was.
        expires_at: The first instant at which the grant permits nothing, the midnight
            after that day in UTC; None where nothing was written, or is wrong.
        problem: What is wrong with it and what to do, or empty.
    """

    text: str = ""
    expires_at: datetime | None = None
    problem: str = ""

    @property
    def in_words(self) -> str:
        """When the grant would end, or empty where nothing was written."""
        return end_of(self.expires_at) if self.expires_at else ""

    @classmethod
    def read(cls, text: str, now: datetime) -> "Ending":
        """Return the ending that somebody wrote as the last day.

        Args:
            text: A day such as `31 August 2027`, `31 Aug 2027`, `31/8/2027` or
                `2027-08-31`; or nothing.
            now: An aware instant; the last day is not over by then.
        """
        text = " ".join(text.split())
        if not text:
            return cls()
        last = _day(text)
        if last is None:
            wrong = f"Write the last day as day, month and year: {school_year_end(now)}"
            return cls(text, None, wrong)
        expires_at = datetime.combine(last + _DAY, time(), UTC)
        if expires_at <= now:
            return cls(text, None, "That day is over: give today, or a later day")
        return cls(text, expires_at)


def _day(text: str) -> date | None:
    """Return the day that is written, or None where none is, or none has a next."""
    for spelling in _SPELLINGS:
        with suppress(ValueError):
            found = datetime.strptime(text, spelling).replace(tzinfo=UTC).date()
            return found if found < date.max else None
    return None


@checked
def school_year_end(now: datetime) -> str:
    """Return the last day of the school year that *now* is in, `31 August 2027`."""
    today = now.astimezone(UTC).date()
    is_over = today > date(today.year, 8, 31)
    return f"31 August {today.year + is_over}"
