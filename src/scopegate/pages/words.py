"""Instants, people and counts in words for people."""

from datetime import UTC, datetime, time, timedelta

from ..consent.decision import Actor
from ..consent.standing import connection_of
from ..consent.state import SchoolState

UNTIL_REVOKED = "It is revoked"
"""When a grant ends that has no end of its own."""


def day(at: datetime) -> str:
    """Return the day of an instant in UTC, `3 September 2026`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def instant(at: datetime) -> str:
    """Return an instant to the minute, `3 September 2026, 09:12 UTC`."""
    return f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"


def end_of(expires_at: datetime) -> str:
    """Return the end of something: an instant, or `the end of 31 August 2027`.

    Args:
        expires_at: The first instant after it; a midnight in UTC is the end of a day.
    """
    at = expires_at.astimezone(UTC)
    if at.time() == time():
        return f"The end of {day(at - timedelta(days=1))} (UTC)"
    return instant(at)


def person(actor: Actor) -> str:
    """Return the name and the authority of a person, `Dana Head, Headteacher`."""
    return f"{actor.name}, {actor.role}" if actor.role else actor.name


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, `1 field` or `1,200 fields`."""
    several = plural or f"{noun}s"
    return f"{count:,} {noun if count == 1 else several}"


def name_of(school: str, state: SchoolState) -> str:
    """Return a school's name as its MIS gave it, or its key."""
    connection = connection_of(state, school)
    return (connection.name if connection else "") or school


def opened(text: str) -> str:
    """Return *text* with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]
