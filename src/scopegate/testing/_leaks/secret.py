"""`Secret`: one value that must not be found, and how to find it in a text."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from string import ascii_lowercase, ascii_uppercase
from uuid import UUID

from attrs import frozen

SHORTEST = 4
"""Texts with fewer characters turn up by chance."""

_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def lowered(text: str) -> str:
    """Return *text* with its ASCII letters in lower case, and no others."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def as_text(raw: bytes) -> str:
    """Return bytes as a text that has one character for each of them."""
    return raw.decode("latin-1")


def digits_of(number: int) -> str:
    """Return a whole number as text; Python itself refuses very many digits."""
    return format(Decimal(number), "f")


def _of_text(secret: str) -> tuple[str, ...]:
    encodings = ("utf-8", "utf-16-le", "utf-16-be")
    encoded = (secret.encode(name, "surrogatepass") for name in encodings)
    return (str.__str__(secret), *map(as_text, encoded))


def _of_bytes(secret: bytes) -> tuple[str, ...]:
    try:
        return (as_text(secret), secret.decode())
    except UnicodeDecodeError:
        return (as_text(secret),)


_SPELLINGS: Mapping[type, Callable[..., tuple[str, ...]]] = {
    str: _of_text,
    bytes: _of_bytes,
    int: lambda secret: (digits_of(secret),),
    float: lambda secret: (str(secret),),
    Decimal: lambda secret: (str(secret),),
    UUID: lambda secret: (str(secret), secret.hex, as_text(secret.bytes)),
    date: lambda secret: (secret.isoformat(),),
    datetime: lambda secret: (secret.isoformat(), secret.isoformat(" ")),
    time: lambda secret: (secret.isoformat(),),
}
_NUMBERS = (int, float, Decimal)


@frozen(repr=False)
class Secret:
    """A value that must not be found, and is not shown.

    Attributes:
        number: Its place among the secrets, counted from 1.
        spellings: What it looks like as text, in lower case; bytes are read as
            one character each.
        is_number: Whether it counts only where no other digit is next to it.
    """

    number: int
    spellings: tuple[str, ...]
    is_number: bool

    @classmethod
    def of(cls, number: int, value: object) -> "Secret":
        """Return *value* as the secret of that number.

        Raises:
            TypeError: There is no single way to write such a value.
            ValueError: It is so short that it would be found by chance.
        """
        spell = _SPELLINGS.get(_kind(value))
        if spell is None:
            message = (
                f"secret {number} is of type `{type(value).__name__}`"
                "; give a text, bytes, a number, a moment or a UUID"
            )
            raise TypeError(message)
        spellings = spell(value)
        if any(len(text.strip()) < SHORTEST for text in spellings):
            message = (
                f"secret {number} has fewer than {SHORTEST} characters and would be"
                " found by chance; give a longer one"
            )
            raise ValueError(message)
        lower = dict.fromkeys(map(lowered, spellings))
        return cls(number, tuple(lower), isinstance(value, _NUMBERS))

    def is_in(self, text: str) -> bool:
        """Tell whether *text*, in lower case, holds it."""
        if self.is_number:
            (digits,) = self.spellings
            return _stands_alone(digits, text)
        return any(spelling in text for spelling in self.spellings)


def _kind(value: object) -> type:
    """Return the type whose spellings *value* has; that of a truth value has none."""
    own = type(value)
    return next((t for t in own.__mro__ if t in _SPELLINGS and own is not bool), own)


def _stands_alone(digits: str, text: str) -> bool:
    return digits in text and bool(
        re.search(rf"(?<!\d){re.escape(digits)}(?!\d)", text)
    )


def secrets_of(values: Iterable[object]) -> tuple[Secret, ...]:
    """Return *values* as secrets; a text or bytes alone are a single one.

    Raises:
        TypeError: One of them is of a type that has no single spelling.
        ValueError: There is none, or one is too short.
    """
    given = [values] if isinstance(values, str | bytes) else values
    found = tuple(Secret.of(n, value) for n, value in enumerate(given, 1))
    if not found:
        message = "there is no secret to look for; give at least one"
        raise ValueError(message)
    return found
