"""What can go wrong between an MIS and its client, one function each.

Each takes the fault as it was told: `kind`, and what else is named there.
`CONTENT` changes an answer, `WIRE` sends it, and those in `PAGED` are left to
the maker of the pages: `same_page` gives the first for ever, `endless` a new one
for ever, `foreign_next` leads on to another *location*. `status:503` and similar
are the MIS's own errors, with the *canary* for a text and *retry_after* if told.
"""

import functools
import json
import socket
import struct
import time
import zlib
from collections.abc import Iterator, Mapping

ENDLESS = ("same_page", "endless")
PAGED = (*ENDLESS, "foreign_next")
ELSEWHERE = "http://other.example/"
RAW = "\u2400raw\u2400"
MEGABYTE = 1_000_000


# ---- The content ---------------------------------------------------------------------


def _place(answer, fault: Mapping) -> str:
    """Return the field to spoil, of the first record or of what there is."""
    if answer.record is None:
        answer.record = answer.payload if isinstance(answer.payload, dict) else {}
        if isinstance(answer.payload, list):
            answer.payload.append(answer.record)
    return fault.get("field") or next(iter(answer.record), "id")


def _put(answer, fault: Mapping, raw: str) -> None:
    """Put raw text where the record has a value."""
    name = _place(answer, fault)
    answer.record[name] = RAW
    answer.raw = (json.dumps(RAW, ensure_ascii=False), raw)


def _long_string(answer, fault: Mapping) -> None:
    """A field of *megabytes*, 10 unless told."""
    size = int(fault.get("megabytes", 10) * MEGABYTE)
    _put(answer, fault, json.dumps("x" * size))


def _duplicate_keys(answer, fault: Mapping) -> None:
    """A field twice: as it is, then as the *canary*."""
    name = _place(answer, fault)
    was, canary = answer.record.get(name), fault.get("canary", "CANARY")
    twice = f"{json.dumps(was)},{json.dumps(name)}:{json.dumps(canary)}"
    _put(answer, fault | {"field": name}, twice)


def _deep(answer, fault: Mapping) -> None:
    """Lists inside lists, *depth* of them, 100,000 unless told."""
    depth = fault.get("depth", 100_000)
    _put(answer, fault, "[" * depth + "]" * depth)


def _nan(answer, fault: Mapping) -> None:
    """A number that JSON has not: the *token* NaN, Infinity or -Infinity."""
    _put(answer, fault, fault.get("token", "NaN"))


def _huge_number(answer, fault: Mapping) -> None:
    """An integer of *digits*, 5,000 unless told."""
    _put(answer, fault, "9" * fault.get("digits", 5_000))


def _array_for_object(answer, _: Mapping) -> None:
    """A list where an object is expected, or the other way round."""
    body = answer.payload
    answer.payload = [body] if isinstance(body, dict) else {"data": body}


# ---- The body ------------------------------------------------------------------------


def _malformed(answer, fault: Mapping) -> None:
    """Text that is not JSON and holds the *canary*."""
    answer.body = f'{{"name": {fault.get("canary", "CANARY")}'.encode()


def _html(answer, fault: Mapping) -> None:
    """A page for people, with the *canary* in it."""
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    answer.body = f"<html><p>{fault.get('canary', 'CANARY')}</p></html>".encode()


def _redirect(answer, fault: Mapping) -> None:
    """Somewhere else: a *location* and a *status*, 302 unless told."""
    answer.status = fault.get("status", 302)
    answer.headers["Location"] = fault.get("location", ELSEWHERE)
    answer.body = b""


def _truncated(answer, _: Mapping) -> None:
    """Half of the JSON, whose length is told as it is."""
    whole = answer.encoded()
    answer.body = whole[: len(whole) // 2]


def _utf16(answer, _: Mapping) -> None:
    """JSON in another encoding than the headers say."""
    answer.body = answer.text().encode("utf-16")


def _bad_utf8(answer, _: Mapping) -> None:
    """JSON with a byte that UTF-8 never has, inside its first text."""
    body = answer.encoded()
    answer.body = body.replace(b'"', b'"\xff', 1)


def _unknown_encoding(answer, fault: Mapping) -> None:
    """JSON said to be packed in a way the client did not offer."""
    answer.headers["Content-Encoding"] = fault.get("encoding", "br")


def _bad_gzip(answer, fault: Mapping) -> None:
    """A packed body with its end cut off, or *how*: a bit of it wrong."""
    packed = bytearray(_packed(answer.encoded(), b"", 0, b"", "gzip"))
    if fault.get("how", "truncated") == "corrupt":
        packed[-6] ^= 0x55
    else:
        del packed[len(packed) // 2 :]
    answer.body = bytes(packed)
    answer.headers["Content-Encoding"] = "gzip"


def _gzip_bomb(answer, fault: Mapping) -> None:
    """The first record over and over, to *megabytes*, in a small packed body.

    200 unless told. The *encoding* is gzip, or deflate.
    """
    encoding = fault.get("encoding", "gzip")
    text = answer.text()
    record = json.dumps(answer.record, ensure_ascii=False, separators=(",", ":"))
    before, found, after = text.partition(record)
    if not found:
        before, record, after = "[", "0", "]"
    block = (record + ",").encode()
    block *= max(1, MEGABYTE // len(block))
    copies = fault.get("megabytes", 200) * MEGABYTE // len(block) + 1
    tail = (record + after).encode()
    answer.body = _packed(before.encode(), block, copies, tail, encoding)
    answer.headers["Content-Encoding"] = encoding


@functools.lru_cache(maxsize=8)
def _packed(
    head: bytes, block: bytes, copies: int, tail: bytes, encoding: str
) -> bytes:
    """Pack head, copies of a block, and tail, and never hold them unpacked.

    After a full flush the packer remembers nothing, so a block always packs to
    the same bytes, and those can be copied.
    """
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = pack.compress(head) + pack.flush(zlib.Z_FULL_FLUSH)
    body += (pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)) * copies
    body += pack.compress(tail) + pack.flush()
    pieces = [head, *[block] * copies, tail]
    if encoding == "deflate":
        check = functools.reduce(lambda sum_, one: zlib.adler32(one, sum_), pieces, 1)
        return b"\x78\xda" + body + struct.pack(">L", check)
    check = functools.reduce(lambda sum_, one: zlib.crc32(one, sum_), pieces, 0)
    size = sum(map(len, pieces)) & 0xFFFFFFFF
    return b"\x1f\x8b\x08\0\0\0\0\0\2\xff" + body + struct.pack("<LL", check, size)


# ---- The wire ------------------------------------------------------------------------


def _timeout(handler, _answer, _fault: Mapping) -> None:
    """Nothing at all, until the client goes."""
    while handler.connection.recv(4096):
        pass
    handler.close_connection = True


def _slow(handler, answer, fault: Mapping) -> None:
    """The answer in drips of *size* bytes, *seconds* apart: 1 and 0.05."""
    body = answer.encoded()
    handler.wfile.write(handler.head(answer, len(body)))
    for drip in _drips(body, fault.get("size", 1)):
        time.sleep(fault.get("seconds", 0.05))
        handler.wfile.write(drip)


def _drips(body: bytes, size: int) -> Iterator[bytes]:
    return (body[n : n + size] for n in range(0, len(body), size))


def _half(handler, answer) -> None:
    """Send half of a body after the length of all of it, and then no more."""
    body = answer.encoded()
    handler.wfile.write(handler.head(answer, len(body)) + body[: len(body) // 2])
    handler.close_connection = True


def _cut(handler, answer, _: Mapping) -> None:
    """Half of the body, then the end of the connection."""
    _half(handler, answer)


def _reset(handler, answer, _: Mapping) -> None:
    """Half of the body, then the connection torn down."""
    _half(handler, answer)
    # With no time to linger, closing sends a reset. The server itself would say
    # goodbye first, so that nothing may be open when its turn comes.
    handler.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    for end in (handler.rfile, handler.wfile, handler.connection):
        end.close()


def _flood(handler, answer, _: Mapping) -> None:
    """A body of no stated length that does not end, until the client goes."""
    answer.headers["Connection"] = "close"
    handler.wfile.write(handler.head(answer, None) + b"[")
    while True:
        handler.wfile.write(b"0," * 50_000)


CONTENT = {
    "long_string": _long_string,
    "duplicate_keys": _duplicate_keys,
    "deep": _deep,
    "nan": _nan,
    "huge_number": _huge_number,
    "array_for_object": _array_for_object,
    "malformed": _malformed,
    "html": _html,
    "redirect": _redirect,
    "truncated": _truncated,
    "utf16": _utf16,
    "bad_utf8": _bad_utf8,
    "unknown_encoding": _unknown_encoding,
    "bad_gzip": _bad_gzip,
    "gzip_bomb": _gzip_bomb,
}
WIRE = {
    "timeout": _timeout,
    "slow": _slow,
    "cut": _cut,
    "reset": _reset,
    "flood": _flood,
}
