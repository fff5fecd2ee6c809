"""A planted secret is found wherever and however it is written, and nothing else is."""

import dataclasses
import gzip
import html
import io
import itertools
import json
import logging
import threading
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections import UserDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from types import MappingProxyType, SimpleNamespace
from urllib.parse import quote, quote_plus
from uuid import UUID

import attrs
import httpx
import pytest
from hypothesis import assume, example, given, strategies as st

from scopegate.testing._leaks import readings
from scopegate.testing.hostile import CANARY, MAKERS, growing
from scopegate.testing.leaks import assert_no_leak

SECRET = "Lovelace-7f3a"  # noqa: S105 - made up


@attrs.frozen
class Slotted:
    """A value that hides its attribute."""

    it: object = attrs.field(repr=False)


@attrs.define(slots=False)
class Unslotted:
    """A value with a dict."""

    it: object


@dataclasses.dataclass
class Plain:
    """A data class."""

    it: object = dataclasses.field(repr=False)


class OddError(Exception):
    """An exception that keeps something besides its text."""

    def __init__(self, it):
        super().__init__("something is wrong")
        self.it = it


class Saying:
    """An object that only its text tells."""

    __slots__ = ("_say",)

    def __init__(self, it):
        self._say = lambda: str(it)

    def __repr__(self):
        return self._say()


def noted(it):
    """Return an exception with a note."""
    error = ValueError("wrong")
    error.add_note(str(it))
    return error


def chained(how):
    """Return a function to an exception that has another at one of its ends."""

    def make(it):
        error, inner = ValueError("outer"), ValueError(it)
        setattr(error, how, inner)
        return error

    return make


def record(**parts):
    """Return a log record."""
    given = {"msg": "nothing", "args": (), "exc_info": None} | parts
    return logging.LogRecord("scopegate.x", 20, "x.py", 1, **given)


def response(**parts):
    """Return what a client of HTTP received."""
    request = httpx.Request("GET", parts.pop("url", "https://mis.example/"))
    return httpx.Response(200, request=request, **parts)


HOLDERS_OF_TEXT = {
    "set": lambda it: {str(it)},
    "frozenset": lambda it: frozenset([str(it)]),
    "key": lambda it: {str(it): 1},
    "tuple in a key": lambda it: {("x", str(it)): 1},
    "repr": Saying,
    "buffer of text": lambda it: io.StringIO(str(it)),
    "buffer of bytes": lambda it: io.BytesIO(str(it).encode()),
    "bytes": lambda it: str(it).encode(),
    "bytearray": lambda it: bytearray(str(it).encode()),
    "memoryview": lambda it: memoryview(str(it).encode()),
    "repr of bytes": lambda it: repr(str(it).encode()),
    "UTF-16": lambda it: str(it).encode("utf-16"),
    "UTF-16, the other way round": lambda it: b"x" + str(it).encode("utf-16-be"),
    "gzip": lambda it: gzip.compress(str(it).encode()),
    "zlib": lambda it: b"behind" + zlib.compress(str(it).encode()) + b"before",
    "note": noted,
    "message of a record": lambda it: record(msg=str(it)),
    "content of a response": lambda it: response(content=str(it).encode()),
    "header of a response": lambda it: response(headers={"X-It": quote(str(it))}),
    "address of a response": lambda it: response(
        url=f"https://mis.example/?q={quote(str(it))}"
    ),
}
HOLDERS = {
    "itself": lambda it: it,
    "list": lambda it: [0, it],
    "tuple": lambda it: (it,),
    "deque": lambda it: deque([it]),
    "value": lambda it: {"name": it},
    "defaultdict": lambda it: defaultdict(list, a=it),
    "mapping": lambda it: MappingProxyType({"a": it}),
    "mapping that is not a dict": lambda it: UserDict({"a": it}),
    "view": lambda it: {"a": it}.values(),
    "attribute": lambda it: SimpleNamespace(a=it),
    "slots": Slotted,
    "attrs": Unslotted,
    "data class": Plain,
    "partial": lambda it: partial(print, it),
    "argument of an exception": ValueError,
    "attribute of an exception": OddError,
    "cause": chained("__cause__"),
    "context": chained("__context__"),
    "group": lambda it: ExceptionGroup("several", [ValueError(1), KeyError(it)]),
    "object of an error": lambda it: AttributeError("no such name", name="x", obj=it),
    "argument of a record": lambda it: record(msg="read %s", args=(it,)),
    "argument too many": lambda it: record(msg="nothing", args=(it, it)),
    "exception of a record": lambda it: record(
        exc_info=(ValueError, ValueError(it), None)
    ),
    "extra of a record": lambda it: vars(record()) | {"it": it},
}

ENCODINGS = {
    "nothing": str,
    "JSON": json.dumps,
    "JSON in Unicode": lambda s: json.dumps(s, ensure_ascii=False),
    "repr": repr,
    "ascii": ascii,
    "URL": lambda s: quote(s, safe=""),
    "form": quote_plus,
    "every byte of a URL": lambda s: "".join(f"%{b:02x}" for b in s.encode()),
    "HTML": html.escape,
    "references": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "references in hexadecimal": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "hexadecimal": lambda s: s.encode().hex(),
    "upper hexadecimal": lambda s: f"0{s.encode().hex().upper()}",
    "spaced hexadecimal": lambda s: s.encode().hex(":"),
    "base64": lambda s: b64encode(s.encode()).decode(),
    "base64 behind one": lambda s: b64encode(f"x{s}xx".encode()).decode(),
    "base64 behind two": lambda s: urlsafe_b64encode(f"é{s}".encode()).decode(),
    "base64 that breaks off": lambda s: b64encode(f"{s}!".encode()).decode()[:-1],
    "base64 in lines": lambda s: "\r\n".join(
        b64encode(s.encode()).decode()[n : n + 4] for n in range(0, 400, 4)
    ),
}
PACKED = {
    "gzip in base64": lambda s: b64encode(gzip.compress(f"<{s}>".encode())).decode(),
    "zlib in hexadecimal": lambda s: zlib.compress(s.encode()).hex(),
}
ALL_ENCODINGS = ENCODINGS | PACKED


def other_case(text):
    """Return *text* with the case of its ASCII letters exchanged."""
    return "".join(c.swapcase() if c.isascii() else c for c in text)


LETTERS = st.characters(min_codepoint=32, exclude_categories=["Cc", "Cs", "Cn"])
SECRETS = st.text(LETTERS, min_size=4, max_size=12).filter(
    lambda text: len(text.strip()) >= 4
)
ALL_HOLDERS = HOLDERS | HOLDERS_OF_TEXT
NESTED = st.builds(
    lambda inner, outer: [inner, *outer],
    st.sampled_from(sorted(ALL_HOLDERS)),
    st.lists(st.sampled_from(sorted(HOLDERS)), max_size=3),
)


REFUSED = pytest.raises(TypeError, match="can be read only once")


def found_in(output, *secrets):
    """Return the message about *output*, or an empty one."""
    try:
        assert_no_leak(output, secrets)
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("holder", ALL_HOLDERS)
def test_a_secret_is_found_in_everything_that_can_hold_one(holder):
    """Wherever it is held, and in whatever case, a secret is found."""
    output = ALL_HOLDERS[holder](other_case(SECRET))

    with pytest.raises(AssertionError):
        assert_no_leak(output, [SECRET])


@pytest.mark.parametrize("encoding", ALL_ENCODINGS)
def test_a_secret_is_found_in_every_encoding(encoding):
    """However it is encoded, and whatever stands around it, a secret is found."""
    name = 'Ünï-"%+&<é>-Name'

    with pytest.raises(AssertionError):
        assert_no_leak(f"name {ALL_ENCODINGS[encoding](name)} is", [name])


@given(
    SECRETS,
    NESTED,
    st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=2)
    | st.sampled_from(sorted(PACKED)).map(lambda name: [name]),
    st.text(st.characters(codec="latin-1"), max_size=5),
)
@example('00"\u0100', ["UTF-16"], ["HTML"], "")
@example('00"é', ["itself"], ["HTML"], "\x01")
@example('"\u0100 \u2028b', ["UTF-16", "list"], ["form"], "\x85")
@example('"é\u2028\u0100"', ["bytes"], ["repr"], "")
def test_a_planted_secret_is_found(secret, holders, encodings, before):
    """Within two encodings, and things that hold each other, any secret is found.

    Fails on the release before: letters above ASCII were lost in UTF-16 that held an
    escape, and next to a control character.
    """
    text = other_case(secret)
    for encoding in encodings:
        text = ALL_ENCODINGS[encoding](f"{before} {text} ")
    output = f"{before} {text}"
    for holder in holders:
        output = ALL_HOLDERS[holder](output)

    with pytest.raises(AssertionError):
        assert_no_leak(output, [secret])


def message_on(secret, encoding, holders):
    """Return the message about an output that has a secret in names and in values."""
    output = {ALL_ENCODINGS[encoding](secret): ALL_ENCODINGS[encoding](secret)}
    for holder in holders:
        output = ALL_HOLDERS[holder](output)
    return found_in(SimpleNamespace(**{secret: output}), secret)


@given(SECRETS, st.sampled_from(sorted(ALL_ENCODINGS)), NESTED)
@example("TRAC", "HTML", ["UTF-16", "argument of a record", "argument too many"])
def test_no_secret_is_in_the_message(secret, encoding, holders):
    """Whatever the places are called, the message that names them shows no secret."""
    about_another = message_on("q-no-such-text-q", encoding, holders)
    # It is not a word of the message itself, nor of the places that it may name.
    assume(
        not found_in([about_another, "(what reading it raised).(traceback)"], secret)
    )

    message = message_on(secret, encoding, holders)

    assert message
    assert found_in(message, secret) == ""


OTHERS = st.characters(exclude_characters="qQ\0")


@given(
    st.recursive(
        st.text(OTHERS)
        | st.integers(-(10**9), 10**9)
        | st.floats(-1e9, 1e9)
        | st.binary(max_size=40).filter(lambda raw: b"q" not in raw),
        lambda below: st.lists(below) | st.dictionaries(st.text(OTHERS), below),
        max_leaves=8,
    ),
    st.sampled_from(sorted(ALL_ENCODINGS)),
)
def test_outputs_without_it_hold_no_secret(output, encoding):
    """Where a secret was not put none is found, whatever else is encoded there."""
    texts = [output, ALL_ENCODINGS[encoding](json.dumps(output, default=repr))]

    assert_no_leak(texts, ["q-secret-q", 735_129_864_201, b"\0\1\2q\3\4\5q"])


@pytest.mark.parametrize("make", MAKERS, ids=range(len(MAKERS)))
def test_hostile_outputs_are_looked_through(make):
    """Whatever an object does when it is read, looking comes to an end."""
    output = make()

    with nullcontext() if not isinstance(output, Iterator) else REFUSED:
        assert_no_leak(output, ["no such text"])


def test_a_list_that_grows_is_looked_through():
    """Looking reads nothing that would let a list grow."""
    rows = growing()

    assert_no_leak(rows, ["no such text"])

    assert len(rows) == 1


def test_what_a_hostile_object_raises_is_looked_at():
    """Where reading an object raises, the text of that is looked at too."""

    class Telling:
        """An object whose text cannot be had."""

        def __str__(self):
            raise ValueError(CANARY)

    assert found_in(Telling(), CANARY) == (
        "the output holds secret 1 at output.str().str(),"
        " secret 1 at output.str().repr(), secret 1 at output.str().(traceback),"
        " secret 1 at output.str().args[0]"
    )


def test_a_slot_that_was_never_set_holds_nothing():
    """An attribute that is declared and not there is passed over."""
    empty = Saying.__new__(Saying)

    assert_no_leak(empty, [SECRET])


def test_cycles_end():
    """An output that holds itself is looked through once."""
    ring = {"name": SECRET}
    ring["ring"] = [ring]

    assert found_in(ring, SECRET) == "the output holds secret 1 at output['name']"


def test_depth_does_not_matter():
    """Behind ten thousand lists a secret is found, and its place can be read."""
    deep = SECRET
    for _ in range(10_000):
        deep = [deep]

    message = found_in(deep, SECRET)

    assert message == f"the output holds secret 1 at output ... {'[0]' * 12}"


def test_the_message_says_which_where_and_how():
    """It names each secret by its number, with the place and what was decoded."""
    output = [{"name": "x"}, Slotted({"page": b64encode(SECRET.encode()).decode()})]

    assert found_in(output, "elsewhere", SECRET) == (
        "the output holds secret 2 at output[1].it['page'] (in base64)"
    )


def test_many_leaks_are_counted():
    """Of more than five leaks the first five are told, and how many more there are."""
    message = found_in([SECRET + str(n) for n in range(7)], SECRET)

    assert message.endswith("secret 1 at output[4], and 2 more")


def test_keys_that_are_long_or_odd_are_numbered():
    """A value is named by its number where its key cannot be read quickly."""
    message = found_in({"x" * 41: SECRET, (1,): SECRET}, SECRET)

    assert message == (
        "the output holds secret 1 at output[value 1], secret 1 at output[value 2]"
    )


def test_a_secret_in_the_name_of_a_place_is_not_shown():
    """A key that holds a secret is named by its number."""
    message = found_in({SECRET: SECRET}, SECRET)

    assert message == (
        "the output holds secret 1 at output[key 1], secret 1 at output[value 1]"
    )


def test_a_secret_made_of_the_names_of_places_is_not_shown():
    """Where only the whole place tells a secret none of its names is shown."""
    message = found_in({"love": {"lace": "love']['lace"}}, "love']['lace")

    assert message == "the output holds secret 1 at output[value 1][value 1]"


@pytest.mark.parametrize(
    ("secret", "held"),
    [
        (123_456, [123_456]),
        (123_456, "pupil 123456 of 3"),
        (-1234, {"at": -1234}),
        (12.75, {"mark": 12.75}),
        (Decimal("1.10"), [Decimal("1.10")]),
        (10**5000, {10**5000: 1}),
        (date(2014, 2, 11), {"dob": date(2014, 2, 11)}),
        (date(2014, 2, 11), datetime(2014, 2, 11, tzinfo=UTC)),
        (datetime(2014, 2, 11, 9, tzinfo=UTC), "at 2014-02-11 09:00:00+00:00"),
        (UUID(int=2**127), UUID(int=2**127).hex),
        (UUID(int=2**127), UUID(int=2**127).bytes),
        (b"\xff\xfe\xfd\xfc", [b"..\xff\xfe\xfd\xfc.."]),
        (b"\xff\xfe\xfd\xfc", repr(b"..\xff\xfe\xfd\xfc..")),
        (b"Lovelace", "Ada LOVELACE"),
    ],
    ids=itertools.count(),
)
def test_secrets_of_other_types_are_found(secret, held):
    """Numbers, moments, UUIDs and bytes are found as they are usually written."""
    assert found_in(held, secret)


@pytest.mark.parametrize("held", [1_123_456, "91234567", {"id": 1_234_560}])
def test_a_number_within_a_longer_one_is_another_number(held):
    """A number counts as found only where no other digit is next to it."""
    assert_no_leak(held, [123_456])


@pytest.mark.parametrize(
    "secret", ["", "abc", "a  ", "   \n ", b"xyz", 7, -12, 999, 0.5]
)
def test_short_secrets_are_refused(secret):
    """What would be found by chance is not a secret."""
    with pytest.raises(ValueError, match=r"^secret 2 has fewer than 4 characters"):
        assert_no_leak([], ["long enough", secret])


@pytest.mark.parametrize("secret", [None, True, ["Lovelace"], object(), 1j])
def test_secrets_of_unknown_types_are_refused(secret):
    """A secret that could be written in many ways would be found in none."""
    with pytest.raises(TypeError, match="secret 1 is of type"):
        assert_no_leak([], [secret])


def test_no_secret_at_all_is_refused():
    """A test that looks for nothing would pass whatever happens."""
    with pytest.raises(ValueError, match="there is no secret"):
        assert_no_leak("anything", [])


def test_one_text_is_one_secret():
    """A text instead of a list of texts is taken as one secret."""
    assert found_in("love", "love")
    with pytest.raises(AssertionError):
        assert_no_leak("Lovelace", "love")


async def never_awaited():
    """Return nothing, never."""


async def given_later():
    """Yield nothing."""
    yield 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: (part for part in "x"),
        lambda: map(str, "x"),
        lambda: iter([1]),
        given_later,
        lambda: open(__file__, encoding="utf-8"),  # noqa: SIM115 - closed below
    ],
    ids=["generator", "map", "iterator", "asynchronous", "file"],
)
def test_what_can_be_read_only_once_is_refused(make):
    """A generator is neither used up nor passed over."""
    output = make()

    with pytest.raises(TypeError, match=r"^output\[value 1\] can be read only once"):
        assert_no_leak({"rows": output}, [SECRET])

    getattr(output, "close", lambda: None)()


def test_a_coroutine_is_refused():
    """What was never awaited is not passed over."""
    output = never_awaited()

    with pytest.raises(TypeError, match="can be read only once"):
        assert_no_leak(output, [SECRET])

    output.close()


def test_a_response_that_was_not_read_is_refused():
    """Of a response whose content was never read nothing is known."""
    unread = httpx.Response(200, stream=httpx.ByteStream(b"x"))

    with pytest.raises(ValueError, match="was not read"):
        assert_no_leak(unread, [SECRET])


def test_a_response_without_a_request_is_looked_through():
    """A response that a test made by hand has no address, and is looked at."""
    assert found_in(httpx.Response(200, text=SECRET), SECRET)


def test_the_request_of_a_response_is_looked_through():
    """What was asked is an output too."""
    request = httpx.Request("POST", "https://mis.example/", content=SECRET.encode())

    message = found_in(httpx.Response(200, request=request), SECRET)

    assert message == "the output holds secret 1 at output.request.content"


def test_lines_of_source_are_no_output():
    """A test that names its secret where something raises is not a leak."""
    try:
        int("Lovelace-7f3a"[:0])
    except ValueError as error:
        assert_no_leak(error, [SECRET])


def test_the_functions_of_a_traceback_are_looked_at():
    """Where an exception came from is part of what it shows."""

    def lovelace():
        raise LookupError

    with pytest.raises(LookupError) as caught:
        lovelace()

    assert found_in(caught.value, "in lovelace")


def test_addresses_of_objects_are_no_output():
    """Where an object happens to lie in memory is never taken for a secret."""
    thing = object()

    assert_no_leak(thing, [f"{id(thing):x}"])


def test_numbers_of_the_logger_are_no_output():
    """When, where and in which thread something was logged is not secret."""
    entry = record()
    entry.lineno, entry.process, entry.thread = 8765, 8765, threading.get_ident()

    assert_no_leak(entry, [8765])


class Colour(Enum):
    """An enumeration, with its own idea of what it holds."""

    RED = SECRET


def test_values_of_enumerations_are_looked_at():
    """A member tells its value."""
    assert found_in(Colour.RED, SECRET)


def test_what_only_looks_packed_is_passed_over():
    """A beginning of gzip or zlib without the rest is not a fault."""
    packed = zlib.compress(SECRET.encode() * 50)

    assert_no_leak([packed[:5], b"x\x9c" + b"\xff" * 20, b"\x1f\x8b\x08"], [SECRET])


def test_unpacking_ends(monkeypatch):
    """Of something that unpacks to very much only so much is looked at."""
    monkeypatch.setattr(readings, "_LARGEST", 2**16)
    bomb = zlib.compress(bytes(2**16) + SECRET.encode())

    assert_no_leak(bomb, [SECRET])


def test_half_a_packed_text_is_read_as_far_as_it_goes():
    """What was cut off is looked at as far as it is there."""
    packed = gzip.compress((SECRET + "x" * 100).encode() + bytes(range(256)) * 9, 0)

    assert found_in(packed[:300], SECRET)


def test_escapes_that_are_none_stay():
    """Something that is written like a character beyond Unicode stays as it is."""
    assert found_in(rf"\UFFFFFFFF {SECRET}\u", SECRET)
