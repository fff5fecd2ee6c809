"""What counts as the same identifier, and as the same text.

Everything that refuses compares by `likeness`, the widest: one person, or one word,
may be written in several ways, and a refusal must meet them all. Everything that
allows compares exactly. What is alike and not the same is therefore withheld.
"""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s,.\-]+")

_TITLES = frozenset(
    (
        *("dr", "mr", "mrs", "ms", "miss", "mx", "sir", "dame"),
        *("prof", "professor", "rev", "revd"),
    )
)

_NUMBER = re.compile(r"([+-]?)0*([0-9]+)(?:\.0*)?")
_POWER_OF_TEN = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?e\+?([0-9]{1,2})")
_GUID = re.compile(
    r"(?:urn:uuid:|guid:)?[{(]?"
    r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})[)}]?"
)

_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164"
    r"\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Controls, and signs that leave no mark and are not in the category of formats."""

_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = re.compile("['`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032]")

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁӏткмнв" + "αβεζηικμνορτυχ" + "ı",
    "aeopcyxijsdltkmhb" + "abezhikmnoptyx" + "i",
)
"""Cyrillic and Greek letters that look like a Latin one, small or capital."""


def likeness(value: str | int) -> str:
    """Return the text that all the ways to write *value* have in common.

    Two values are alike if this is equal. It takes no notice of case, accents, width,
    blanks, invisible signs, apostrophes and the quotes of a spreadsheet; of the
    script of letters and digits that look the same; of leading zeros, a trailing `.0`
    and powers of ten in whole numbers; of the braces and hyphens of a GUID.
    """
    text = exact(value)
    text = _ascii(text) if text.isascii() else _folded(text)
    text = "".join(text.split()).strip("=\"'")
    return _number(text) or _guid(text) or text


def exact(value: str | int) -> str:
    """Return *value* as text; the number 7 and the text "7" are the same."""
    if type(value) is int and value.bit_length() > 1024:
        return hex(value)  # Python writes no number of thousands of digits
    return str(value)


def name_likeness(name: str) -> tuple[str, ...]:
    """Return the parts that all the ways to write a person's name have in common.

    As `likeness` of its parts, in any order, without forms of address.
    """
    parts = (likeness(part) for part in _SEPARATORS.split(name))
    found = sorted(part for part in parts if part)
    return tuple(part for part in found if part not in _TITLES) or tuple(found)


def tidy(text: str) -> str:
    """Return *text* as it is read: composed, blanks joined, no invisible signs."""
    seen = (c for c in _UNSEEN.sub(" ", text) if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def _ascii(text: str) -> str:
    return _APOSTROPHES.sub("", _UNSEEN.sub("", text.lower()))


def _folded(text: str) -> str:
    text = _APOSTROPHES.sub("", text)
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    text = _APOSTROPHES.sub("", _UNSEEN.sub("", text))
    return unicodedata.normalize(
        "NFC", "".join(map(_plain, text)).translate(_LOOKALIKES)
    )


def _plain(sign: str) -> str:
    """Return a digit of any script as one of ours, a dash as a hyphen, a format as ""."""
    match unicodedata.category(sign):
        case "Nd":
            return str(unicodedata.decimal(sign))
        case "Pd":
            return "-"
        case "Cf":
            return ""
        case _:
            return "-" if sign == "\u2212" else sign


def _number(text: str) -> str | None:
    """Return a whole number in digits; None for anything else."""
    if found := _NUMBER.fullmatch(text):
        sign, digits = found.groups()
        return f"-{digits}" if sign == "-" and digits != "0" else digits
    if found := _POWER_OF_TEN.fullmatch(text):
        first, rest, power = found[1], (found[2] or "").rstrip("0"), int(found[3])
        if len(rest) <= power:
            return (first + rest.ljust(power, "0")).lstrip("0") or "0"
    return None


def _guid(text: str) -> str | None:
    found = _GUID.fullmatch(text)
    return "".join(found.groups()) if found else None
