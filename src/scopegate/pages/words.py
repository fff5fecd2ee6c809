"""People, counts and ends in words for people; for instants see `LocalTime`."""

from datetime import datetime

from .._base.local_time import LocalTime
from ..consent.decision import Actor
from ..consent.state import SchoolState

UNTIL_REVOKED = "It is revoked"
"""When a grant ends that has no end of its own."""


def until_in_words(expires_at: datetime | None, times: LocalTime) -> str:
    """Return the end of a grant in words, where it has none of its own too."""
    return opened(times.end(expires_at)) if expires_at else UNTIL_REVOKED


def person(actor: Actor) -> str:
    """Return the name and the authority of a person, `Dana Head, Headteacher`."""
    return f"{actor.name}, {actor.role}" if actor.role else actor.name


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, `1 field` or `1,200 fields`."""
    several = plural or f"{noun}s"
    return f"{count:,} {noun if count == 1 else several}"


def name_of(school: str, state: SchoolState) -> str:
    """Return a school's name as its MIS gave it last, or its key."""
    last = state.last_connection
    if last is None or last.school != school:
        return school
    return last.name or school


def opened(text: str) -> str:
    """Return *text* with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]
