"""The text that signed notes, checkpoints, proofs and keys are made of.

One value has one text here, so whatever is read is written back as it was.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256

from ..errors import ProofError

MOST_BYTES = 2**20
"""The longest text that is read or written; C2SP leaves the limit to us."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,19}")
_NO_NAME = re.compile(r"[+\x00-\x1f\ud800-\udfff]")


def well_formed(kind: str, raw: str | bytes) -> str:
    """Return *raw* as text that a note may hold.

    Raises:
        ProofError: It is too long, not UTF-8, or has control characters below
            U+0020 other than newlines.
    """
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        size = len(text.encode())
    except UnicodeError:
        raise ProofError(kind, "it is not UTF-8") from None
    if size > MOST_BYTES:
        raise ProofError(kind, f"it is longer than {MOST_BYTES} bytes")
    if _CONTROL.search(text):
        raise ProofError(kind, "it has control characters")
    return text


def is_line(text: str) -> bool:
    """Tell whether *text* can be one line that is not empty."""
    return bool(text) and "\n" not in text


def is_key_name(name: str) -> bool:
    """Tell whether *name* may name a key: it has neither Unicode spaces nor a plus."""
    return bool(name) and not (_NO_NAME.search(name) or any(map(str.isspace, name)))


def key_id_of(name: str, signature_type: int, public_key: bytes) -> bytes:
    """Return a key's id, as C2SP signed-note recommends to choose it."""
    kind = bytes([signature_type])
    return sha256(f"{name}\n".encode() + kind + public_key).digest()[:4]


def to_base64(raw: bytes) -> str:
    """Return *raw* in the base64 of RFC 4648 §4."""
    return b64encode(raw).decode()


def from_base64(kind: str, text: str) -> bytes:
    """Return the bytes that `to_base64` writes as *text*.

    Raises:
        ProofError: There are none, even if only because of stray bits (RFC 4648 §3.5).
    """
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if to_base64(raw) != text:
        raise ProofError(kind, "something in it is not exactly base64")
    return raw


def from_decimal(kind: str, text: str) -> int:
    """Return the whole number *text* is, in ASCII and without leading zeros.

    Raises:
        ProofError: It is not a number, or has more digits than 64 bits can have.
    """
    if not _DECIMAL.fullmatch(text):
        raise ProofError(kind, "a number in it is not exactly a decimal")
    return int(text)
