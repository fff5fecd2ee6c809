"""Canonical JSON (RFC 8785) and its SHA-256: one value, one text, one digest.

Only what scopegate's own values hold is accepted: text, whole numbers that fit
a double exactly, booleans, null, lists and objects with text keys.
"""

import json
from hashlib import sha256

_LARGEST = 2**53 - 1  # the largest whole number RFC 8785 section 3.2.2.3 keeps exact

# Made once: `json.dumps` makes a new encoder for every text.
_plain = json.JSONEncoder(ensure_ascii=False).encode


def canonical_json(value: object) -> bytes:
    """Return *value* as canonical JSON in UTF-8.

    Raises:
        TypeError: *value* holds something other than the kinds named above.
    """
    return _text(value).encode()


def digest_of(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of *value*, in hexadecimal."""
    return sha256(canonical_json(value)).hexdigest()


def _text(value: object) -> str:
    match value:
        case None | bool() | str():
            return _plain(value)
        case int() if abs(value) <= _LARGEST:
            return str(value)
        case list() | tuple():
            return f"[{','.join(map(_text, value))}]"
        case dict() if all(isinstance(key, str) for key in value):
            members = sorted(value.items(), key=_utf16)
            return f"{{{','.join(f'{_text(k)}:{_text(v)}' for k, v in members)}}}"
        case _:
            message = f"`{type(value).__name__}` has no canonical JSON here"
            raise TypeError(message)


def _utf16(member: tuple[str, object]) -> bytes:
    """Return the sort key RFC 8785 section 3.2.3 asks for: UTF-16 code units."""
    return member[0].encode("utf-16-be")
