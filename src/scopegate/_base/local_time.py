"""`LocalTime`: instants as the clocks of a school show them, and the ends of its days.

Inside the package every instant is in UTC, and a zone is only a name. What people
read and write (pages, receipts, tables, the terminal) is in the time of their school,
and is turned into it, and back, here and nowhere else.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from attrs import field, frozen

from .days import day_in_words
from .values import aware

LONDON = "Europe/London"
"""The zone of a school that has not said another."""

_DAY, _TICK = timedelta(days=1), timedelta.resolution


@frozen
class LocalTime:
    """The time of a zone, in words; that of UTC where this machine has no such zone.

    Attributes:
        zone: The name of the zone that is shown, which may be UTC instead.
        rules: What its clocks show.
        to: How exactly instants are told, `minutes` or `seconds`.
    """

    zone: str
    rules: tzinfo = field(eq=False, repr=False)
    to: str = "minutes"

    @classmethod
    def of(cls, zone: str, to: str = "minutes") -> "LocalTime":
        """Return the time of a zone, by its name in the tz database.

        A name is read from a ledger, and this machine may know less than the one that
        wrote it. The time is that of UTC then, and every text says so.
        """
        try:
            return cls(zone, ZoneInfo(zone), to)
        except (LookupError, ValueError, OSError):
            return cls("UTC", UTC, to)

    def day(self, at: datetime) -> str:
        """Return the day of an instant, `3 September 2026`."""
        return day_in_words(self.today(at))

    def instant(self, at: datetime) -> str:
        """Return an instant, `3 September 2026, 09:12 BST`."""
        shown = self._shown(at)
        clock = shown.time().isoformat(timespec=self.to)
        return f"{day_in_words(shown)}, {clock} {_name(shown)}"

    def end(self, expires_at: datetime) -> str:
        """Return an end, as an instant or as `the end of 31 August 2027 (BST)`.

        Args:
            expires_at: The first instant after it; a midnight ends the day before.
        """
        return self._end(expires_at) or self.instant(expires_at)

    def on(self, ended_at: datetime) -> str:
        """Return an end with its preposition, `on 3 September 2026, 09:12 BST`.

        Where a day ended as well it is `at the end of 31 August 2027 (BST)`.
        """
        end = self._end(ended_at)
        return f"at {end}" if end else f"on {self.instant(ended_at)}"

    def iso(self, at: datetime) -> str:
        """Return an instant in ISO 8601, `2026-09-03T09:12:59+01:00`."""
        return self._shown(at).isoformat(timespec="seconds")

    def offset(self, at: datetime) -> str:
        """Return the distance of the clocks from UTC at an instant, `+01:00`."""
        return self.iso(at)[19:]

    def today(self, now: datetime) -> date:
        """Return the day that it is at an instant."""
        return self._shown(now).date()

    def end_of_day(self, day: date) -> datetime:
        """Return the first instant after a day, which may last 23 hours, or 25.

        Raises:
            OverflowError: It is the last day that there is.
        """
        midnight = datetime.combine(day + _DAY, time(), self.rules)
        # Where clocks change at midnight there may be two; the day is over after one.
        found = (aware(midnight), aware(midnight.replace(fold=1)))
        return max(at for at in found if self.today(at - _TICK) <= day)

    def last_day(self, expires_at: datetime) -> date | None:
        """Return the day that ends at an instant, or None where none does."""
        try:
            day = self.today(expires_at - _TICK)
            return day if self.end_of_day(day) == expires_at else None
        except OverflowError:  # at the very first instant, or on the very last day
            return None

    def _end(self, expires_at: datetime) -> str:
        day = self.last_day(expires_at)
        if day is None:
            return ""
        name = _name(self._shown(expires_at - _TICK))
        return f"the end of {day_in_words(day)} ({name})"

    def _shown(self, at: datetime) -> datetime:
        try:
            return aware(at).astimezone(self.rules)
        except OverflowError:  # in the year 10000, or in none
            return aware(at)


def _name(shown: datetime) -> str:
    """Return the name of the time, `BST`; many zones have a number only, `+03`."""
    name = shown.tzname() or ""
    return name if name.isalpha() else f"UTC{name}"
