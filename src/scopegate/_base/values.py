"""Shared aliases and the converters that freeze what a constructor is given."""

import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Never, Protocol, TypeVar

from .frozen import FrozenMapping

K = TypeVar("K")
V = TypeVar("V")

Clock = Callable[[], datetime]
"""Gives the present instant, aware."""

EMPTY: Mapping[str, Never] = FrozenMapping({})


ADDED = {"added": True}
"""Metadata of an attribute that older ledgers do not have.

It has a default, which is what they meant, and is written only where it differs, so
that what was written before is read, and its digests stay, as they were.
"""


class Permitting(Protocol):
    """What an error needs to know of a permit, which is on a floor above."""

    @property
    def school(self) -> str:
        """The school whose data was asked for."""
        ...

    @property
    def app(self) -> str:
        """The app that asked."""
        ...

    @property
    def fields(self) -> frozenset[str]:
        """Every field that may flow."""
        ...

    def withheld(self, resource: str) -> Mapping[str, str]:
        """Return the withheld fields of *resource*, each with its reason."""
        ...


class Shown(Protocol):
    """What an error needs to know of a presentation, which is above."""

    @property
    def digest(self) -> str:
        """The SHA-256 of everything the school is shown."""
        ...


def utc_now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def _boot_clock() -> Callable[[], float]:
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if number is None else partial(time.clock_gettime, number)


seconds_awake = _boot_clock()
"""Gives seconds that run on through sleep and never backwards.

`CLOCK_BOOTTIME` where there is one: a machine that was suspended for an hour must
not think that a second has passed.
"""


def texts(given: Iterable[str]) -> tuple[str, ...]:
    """Return *given* as a tuple, one text as one; for attributes that hold texts."""
    return (given,) if isinstance(given, str) else tuple(given)


def names(given: Iterable[str]) -> frozenset[str]:
    """Return *given* as a frozen set, one name as one; for attributes of names."""
    return frozenset([given] if isinstance(given, str) else given)


def frozen_mapping(mapping: Mapping[K, V]) -> Mapping[K, V]:
    """Return a read-only copy of *mapping*."""
    return FrozenMapping(mapping)


def a(noun: str) -> str:
    """Return *noun* with its article, its underscores as spaces."""
    article = "an" if noun[:1] in {*"aeiou"} else "a"
    return f"{article} {noun.replace('_', ' ')}"


def quoted(given: Iterable[str]) -> str:
    """Return names in backticks, joined for a sentence."""
    return ", ".join(f"`{printable(name)}`" for name in given)


def is_clean(text: str) -> bool:
    """Tell whether *text* has neither control characters nor lone surrogates."""
    return not any(unicodedata.category(c) in {"Cc", "Cs"} for c in text)


def clean(text: str) -> str:
    """Return *text*; the converter of texts that are kept and shown.

    Raises:
        ValueError: It has a control character or a lone surrogate.
    """
    if not is_clean(text):
        message = "a text that is kept has no control characters; leave them out"
        raise ValueError(message)
    return text


def aware(at: datetime) -> datetime:
    """Return *at* in UTC; the converter of instants.

    Python compares two instants of one zone by what a clock there shows, and where
    clocks go back an hour is shown twice. Of two in UTC the later one is later.

    Raises:
        ValueError: It has no offset from UTC, and would mean another instant
            elsewhere; or it is, in UTC, outside the years 1 to 9999.
    """
    if type(at) is datetime and at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        message = "an instant is aware; give it a time zone"
        raise ValueError(message)
    try:
        found = at.astimezone(UTC)
    except OverflowError:
        message = "an instant is in the years 1 to 9999, in UTC as well"
        raise ValueError(message) from None
    return datetime.combine(found.date(), found.time(), UTC)  # of no subclass


def clock_in_utc(clock: Clock) -> Clock:
    """Return *clock*, its instants in UTC."""
    return lambda: aware(clock())


def printable(text: str) -> str:
    """Return *text* with what could upset a terminal or a log written as escapes."""
    if text.isprintable():  # nothing of the kinds below, and much quicker to tell
        return text
    return "".join(
        c
        if unicodedata.category(c) not in {"Cc", "Cs", "Cf", "Zl", "Zp"}
        else ascii(c)[1:-1]
        for c in text
    )
