"""`FakeClock`: time that moves when a test says so, forwards or backwards."""

from datetime import datetime, timedelta

from .._base.values import aware
from ..arguments import checked


@checked
class FakeClock:
    """A clock set by hand; call it for the instant, `elapsed` for the seconds.

    The instant may jump either way, as a wall clock does; the seconds only ever
    go on, as those of `time.monotonic` do.

    >>> from datetime import UTC, datetime, timedelta
    >>> clock = FakeClock(datetime(2026, 9, 1, tzinfo=UTC))
    >>> clock.go_on(timedelta(seconds=90))
    >>> clock.jump(timedelta(hours=-1))
    >>> clock().isoformat(), clock.elapsed()
    ('2026-08-31T23:01:30+00:00', 90.0)
    """

    def __init__(self, now: datetime) -> None:
        self._now = aware(now)
        self._seconds = 0.0

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self._now

    def elapsed(self) -> float:
        """Return the seconds that have passed."""
        return self._seconds

    def go_on(self, by: timedelta) -> None:
        """Let time pass, by the wall and by the seconds."""
        self._now += by
        self._seconds += by.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Set the wall clock forwards or back; no time has passed."""
        self._now += by
