"""`Ending`: the last day of a grant, as somebody writes it on a page."""

from datetime import UTC, date, datetime, time, timedelta

from attrs import frozen

from ._words import end_of

_DAY = timedelta(days=1)


@frozen
class Ending:
    """What was written as the last day, and what that comes to.

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
        """Return what somebody wrote as the last day.

        Args:
            text: A date in ISO 8601, `2027-08-31`, as browsers send it; or nothing.
            now: An aware instant; the last day is not over by then.
        """
        text = text.strip()
        if not text:
            return cls()
        try:
            last = date.fromisoformat(text)
            expires_at = datetime.combine(last + _DAY, time(), UTC)
        except (ValueError, OverflowError):
            wrong = "Write the last day as year, month and day, such as 2027-08-31"
            return cls(text, None, wrong)
        if expires_at <= now:
            return cls(text, None, "That day is over: give today, or a later day")
        return cls(text, expires_at)


def school_year_end(now: datetime) -> str:
    """Return the last day of the school year that *now* is in, `31 August 2027`."""
    today = now.astimezone(UTC).date()
    is_over = today > date(today.year, 8, 31)
    return f"31 August {today.year + is_over}"
