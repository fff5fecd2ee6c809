"""Days as people in the United Kingdom write and read them.

The names are fixed: those of `strftime` and `strptime` are in whatever language the
process is set to.
"""

import re
from contextlib import suppress
from datetime import date

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_BETWEEN = re.compile(r"[\s/.,\-\u2010-\u2015\u2212]+")  # every kind of hyphen and dash
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)")


def day_in_words(day: date) -> str:
    """Return a day as people write it, `31 August 2027`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_from(text: str) -> date | None:
    """Return the day that somebody wrote, or None where there is none.

    The day comes before the month, unless the month has a name or the year comes
    first. A year of two digits is after 2000. A weekday must be that of the day.

    >>> day_from("31/8/27") == day_from("Tue 31st August, 2027") == date(2027, 8, 31)
    True
    >>> day_from("8/31/2027")
    """
    words = [word for word in _BETWEEN.split(text.lower()) if word and word != "of"]
    weekday = _place(words[0], _WEEKDAYS) if words else None
    found = _day(words if weekday is None else words[1:])
    is_wrong = found is None or weekday not in {None, found.weekday()}
    return None if is_wrong else found


def _day(words: list[str]) -> date | None:
    match words:
        case [year, month, day] if len(year) == 4 and year.isdigit():
            pass
        case [month, day, year] if _place(month, _MONTHS) is not None:
            pass
        case [day, month, year]:
            pass
        case _:
            return None
    return _date(_ORDINAL.sub(r"\1", day), month, year)


def _date(day: str, month: str, year: str) -> date | None:
    named = _place(month, _MONTHS)
    parts = (day, month if named is None else str(named + 1), year)
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    if max(len(day), len(parts[1])) > 2 or len(year) not in {2, 4}:
        return None
    century = 2_000 if len(year) == 2 else 0
    with suppress(ValueError):
        return date(century + int(year), int(parts[1]), int(day))
    return None


def _place(word: str, names: tuple[str, ...]) -> int | None:
    """Return the place of the name that a word is, or shortens, among several."""
    places = (n for n, name in enumerate(names) if name.lower().startswith(word))
    return next(places, None) if len(word) >= 3 else None
