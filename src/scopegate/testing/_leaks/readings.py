"""What a text may say when decoded: every form in which a secret may hide."""

import re
import zlib
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html import unescape as html_unescape
from itertools import product
from urllib.parse import unquote, unquote_plus

from .secret import SHORTEST, as_text

How = tuple[str, ...]
"""The decodings that led to a form, the outermost first; none for the text itself."""

DEEPEST = 4
"""How many encodings may lie inside each other."""

_LARGEST = 2**24
"""Where the unpacking of what claims to be compressed ends."""

_DIGIT = "[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rf"\\(?:u({_DIGIT}{{4}})|U({_DIGIT}{{8}})|[xX]({_DIGIT}{{2}})|(.))", re.DOTALL
)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0"}
_BASE64 = re.compile(r"[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|\r?\n){5,}")
_HEX = re.compile(r"[0-9A-Fa-f]{8,}|(?:[0-9A-Fa-f]{2}[ :-]){3,}[0-9A-Fa-f]{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_STRETCH = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]{4,}")
_WIDE = re.compile(r"[\x01-\x7f]\0[\x01-\x7f]\0|\0[\x01-\x7f]\0[\x01-\x7f]|\+\0|\0\+")
"""What every text in UTF-16 has somewhere, if it is in a further encoding."""

_BYTES = re.compile(r"[\x00-\xff]{2,}")
_UTF8 = re.compile(r"[\xc2-\xf4][\x80-\xbf]{1,3}")
_PACKED = re.compile("\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def readings(text: str) -> Iterator[tuple[How, str]]:
    """Yield *text* and every form that it decodes to, each once, with the way there.

    Bytes are given and found as texts of one character for each byte.
    """
    seen, waiting = {text}, deque[tuple[How, str]]([((), text)])
    while waiting:
        how, form = waiting.popleft()
        yield how, form
        for name, decode in _DECODERS if len(how) < DEEPEST else ():
            for found in decode(form):
                if len(found) >= SHORTEST and found not in seen:
                    seen.add(found)
                    waiting.append(((*how, name), found))


def _written(text: str, signs: str) -> str:
    """Return *text*; of binary data only the readable parts that have one of *signs*."""
    if not _CONTROL.search(text):
        return text
    found = _STRETCH.findall(text)
    return "\0".join(part for part in found if any(sign in part for sign in signs))


def _utf16(text: str) -> Iterable[str]:
    """Yield the texts in UTF-16, in both orders of bytes and from both starts.

    Also the text without its zeros, which is the ASCII of any wider encoding.
    """
    if "\0" in text:
        yield text.replace("\0", "")
    if _WIDE.search(text):
        for start, order in product((0, 1), ("utf-16-le", "utf-16-be")):
            yield _BYTES.sub(partial(_of_pairs, start, order), text)


def _of_pairs(start: int, order: str, run: re.Match[str]) -> str:
    """Return the text in the bytes of *run*, without half a character at its end."""
    raw = run[0][start:].encode("latin-1")
    return raw[: len(raw) // 2 * 2].decode(order, "surrogatepass")


def _utf8(text: str) -> Iterable[str]:
    """Return a text that is in UTF-8 between its escapes, with the UTF-8 decoded."""
    written = _written(text, "\\%&")
    return (_UTF8.sub(_of_bytes, written),) if _UTF8.search(written) else ()


def _of_bytes(run: re.Match[str]) -> str:
    return run[0].encode("latin-1").decode(errors="replace")


def _escapes(text: str) -> Iterable[str]:
    """Return a text without the escapes of JSON, JavaScript and Python."""
    if "\\" not in text:
        return ()
    found = _ESCAPE.sub(_unescaped, _written(text, "\\"))
    pairs = found.encode("utf-16", "surrogatepass")  # two escapes may be one character
    return (pairs.decode("utf-16", "replace"), found)


def _unescaped(match: re.Match[str]) -> str:
    *codes, short = match.groups()
    if short is not None:
        return _SHORT.get(short, short)
    code = int(next(filter(None, codes)), 16)
    return chr(code) if code < 0x110000 else match[0]


def _percent(text: str) -> Iterable[str]:
    """Return a text without the escapes of URLs and forms."""
    if "%" not in text and "+" not in text:
        return ()
    written = _written(text, "%+")
    return (
        decode(written, encoding=encoding, errors="replace")
        for decode in (unquote, unquote_plus)
        for encoding in ("utf-8", "latin-1")
    )


def _entities(text: str) -> Iterable[str]:
    """Return a text without the character references of HTML."""
    return (html_unescape(_written(text, "&")),) if "&" in text else ()


def _base64(text: str) -> Iterable[str]:
    """Return the texts in base64, as read from each of four starts.

    Where the encoding begins, and so on which bytes its characters fall, cannot
    be seen from inside; one of the four is right.
    """
    alike = text.translate({ord("-"): "+", ord("_"): "/"})
    found = [re.sub(r"\s", "", run) for run in _BASE64.findall(alike)]
    for start in range(4 if found else 0):
        yield "\n".join(as_text(_decoded(run[start:])) for run in found)


def _decoded(run: str) -> bytes:
    """Return the bytes of base64 that may break off anywhere."""
    whole = run[:-1] if len(run) % 4 == 1 else run
    return b64decode(whole + "=" * (-len(whole) % 4))


def _hex(text: str) -> Iterable[str]:
    """Return the texts in hexadecimal, from both starts."""
    found = [re.sub(r"[ :-]", "", run) for run in _HEX.findall(text)]
    for start in range(2 if found else 0):
        even = (run[start : len(run) - (len(run) - start) % 2] for run in found)
        yield "\n".join(as_text(bytes.fromhex(run)) for run in even)


def _packed(text: str) -> Iterable[str]:
    """Yield the data that gzip and zlib have packed; as much of it as is there."""
    for match in _PACKED.finditer(text):
        yield as_text(_unpacked(text[match.start() :].encode("latin-1", "replace")))


def _unpacked(raw: bytes) -> bytes:
    unpacker, found = zlib.decompressobj(wbits=47), bytearray()  # either header
    try:
        for at in range(0, len(raw), 1_024):
            found += unpacker.decompress(raw[at : at + 1_024], _LARGEST - len(found))
            if unpacker.eof or len(found) >= _LARGEST:
                break
    except zlib.error:  # it only looked packed, or is not any more from here on
        pass
    return bytes(found)


_DECODERS: tuple[tuple[str, Callable[[str], Iterable[str]]], ...] = (
    ("UTF-16", _utf16),
    ("UTF-8", _utf8),
    ("escapes", _escapes),
    ("percent-encoding", _percent),
    ("HTML entities", _entities),
    ("base64", _base64),
    ("hexadecimal", _hex),
    ("compression", _packed),
)
