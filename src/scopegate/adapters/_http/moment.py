"""Instants that are sent to an MIS whose own have no fractions of a second."""

from datetime import UTC, datetime, timedelta


def second_before(at: datetime) -> datetime:
    """Return the whole second before an instant, in UTC.

    A change later in the second that is named would not be reported.
    """
    return at.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
