"""Driving an interface with httpx: what an MIS may do to a reader, and must not.

The MIS is a server in another process, which fails in the ways it is told to.
"""

import asyncio
import gzip
import logging
import tracemalloc
import zlib

import httpx
import pytest
from hypothesis import given, strategies as st

from scopegate._wire.body import Body, BodyError, parse_json
from scopegate.adapters.base import NONE, Fetch
from scopegate.adapters.http import AsyncHTTPAdapter, HTTPAdapter
from scopegate.adapters.steps import Call, Limits, Page, Wait
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import SourceError

from ..servers.fixtures import serving
from .driving import WAYS, async_client, chain, client, counted, fetched

STUDENT = Resource("student", "Student", "id", [Field("student.id")])
WANTED = Fetch(STUDENT, ["student.id"], "1")
CANARY = "c4n4ry-Zed"
PUPILS = [{"id": f"A{n}", "surname": CANARY} for n in range(6)]
PLACE = "/v1.0/schools/S1/students"


class Small:
    """An interface that asks for pages of two, by their numbers."""

    school = None

    def __init__(self, url, last=3, step=None, headers=()):
        self.url, self.last, self.step, self.headers = url, last, step, dict(headers)

    def capabilities(self, _):
        """Return that it can do nothing."""
        return NONE

    def call(self, number):
        """Return the call for a page."""
        params = (("per_page", "2"), ("page", str(number)))
        headers = {"authorization": "Bearer app-token", **self.headers}
        return Call(self.url + PLACE, params, headers)

    def steps(self, asking):
        """Yield the pages, and a step in between if there is one."""
        for number in range(1, self.last + 1):
            answer = yield from asking.next_page(lambda _, n=number: self.call(n))
            yield Page(asking.records(answer, "data"))
            if self.step is not None:
                yield self.step


class Counting(Small):
    """One that counts, by reading."""

    def total_steps(self, asking):
        """Return how many records the first page has, whatever comes before it."""
        yield Wait(0)
        yield Page([{"id": "A9"}])
        answer = yield from asking.next_page(lambda _: self.call(1))
        return len(asking.records(answer, "data"))


running_server, server = serving(
    "wonde", {"schools": [{"id": "S1"}], "students": PUPILS}
)


# ---- As it should be -----------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_pages_are_delivered_in_their_order(server, way, is_packed):
    """All records come, whether the MIS packs its answers or not."""
    server.options(gzip=is_packed)

    assert fetched(way, Small(server.url), WANTED) == (PUPILS, None)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_is_asked_for_when_the_one_before_is_used_up(server, way):
    """Anyone who takes two records has asked the MIS once."""

    async def take():
        async with async_client() as line:
            records = AsyncHTTPAdapter(Small(server.url), line).fetch(WANTED)
            await anext(records)
            await anext(records)
            await records.aclose()

    if way == "async":
        asyncio.run(take())
    else:
        with client() as line:
            records = HTTPAdapter(Small(server.url), line).fetch(WANTED)
            next(records), next(records)

    assert len(server.log()) == 1


@pytest.mark.parametrize("way", WAYS)
def test_what_is_asked_is_what_the_interface_says(server, way):
    """Its query and headers go out, and what is accepted; a space is written %20."""
    interface = Small(server.url, last=1)
    interface.call = lambda _: Call(
        server.url + PLACE,
        (("filter", "a='b c' AND d>='1+2'"),),
        {"authorization": "Bearer app-token"},
    )

    fetched(way, interface, WANTED)

    [entry] = server.log()
    assert (entry["method"], entry["path"]) == (
        "GET",
        f"{PLACE}?filter=a%3D%27b%20c%27%20AND%20d%3E%3D%271%2B2%27",
    )
    assert entry["headers"] == {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Authorization": "Bearer app-token",
        "If-Modified-Since": None,
    }


@pytest.mark.parametrize("way", WAYS)
def test_a_form_is_posted(server, way):
    """A call with a form is a POST, and without a query there is none."""
    interface = Small(server.url)
    interface.call = lambda _: Call(f"{server.url}/token", form={"a": "1 &"})

    fetched(way, interface, WANTED)

    [entry] = server.log()
    assert (entry["method"], entry["path"], entry["body"]) == (
        "POST",
        "/token",
        "a=1+%26",
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_pause_is_made_and_the_reading_goes_on(server, way):
    """A step that waits comes between the pages and is not a record."""
    assert fetched(way, Small(server.url, step=Wait(0)), WANTED) == (PUPILS, None)


@pytest.mark.parametrize("way", WAYS)
def test_an_interface_that_counts_is_asked(server, way):
    """Its number is the total."""
    assert counted(way, Counting(server.url), WANTED) == 2


@pytest.mark.parametrize("way", WAYS)
def test_one_that_does_not_count_has_no_total(server, way):
    """Asking it is a fault, and the MIS is not asked."""
    with pytest.raises(SourceError, match="the MIS interface does not count"):
        counted(way, Small(server.url), WANTED)

    assert server.log() == []


def test_an_adapter_says_what_its_interface_says():
    """School and capabilities are the interface's own."""
    interface = Small("http://mis.example")
    interface.school = "1"
    with client() as line:
        adapter = HTTPAdapter(interface, line)

    assert (adapter.school, adapter.capabilities(STUDENT)) == ("1", NONE)


async def left(*given):
    """Return the client of an adapter that does not block, after it was closed."""
    async with AsyncHTTPAdapter(Small("http://x"), *given) as adapter:
        assert not adapter._client.is_closed
    return adapter._client


def test_an_adapter_closes_its_own_client():
    """After closing an adapter the client that it made asks no one any more."""
    with HTTPAdapter(Small("http://x")) as adapter:
        assert not adapter._client.is_closed

    assert adapter._client.is_closed
    assert asyncio.run(left()).is_closed


def test_an_adapter_leaves_a_client_that_it_was_given_open():
    """Closing an adapter closes no client of the caller."""
    other = async_client()
    with client() as line:
        with HTTPAdapter(Small("http://x"), line):
            pass

        assert not line.is_closed

    assert asyncio.run(left(other)) is other
    assert not other.is_closed
    asyncio.run(other.aclose())


# ---- As it should not be -------------------------------------------------------------

UNREADABLE = "the answer is not JSON that can be read; tell the MIS's operator"
CUT = "the connection to the MIS broke off; try again later"
LATE = "the MIS did not answer in time; try again later"
NO_LIST = "there is no list of records at `data`; check its version"
LARGE = "the answer is larger than 8,388,608 bytes; ask for smaller pages"
FAULTS = [
    ({"kind": "timeout"}, LATE),
    ({"kind": "cut"}, CUT),
    ({"kind": "reset"}, CUT),
    ({"kind": "flood"}, LARGE),
    ({"kind": "malformed"}, UNREADABLE),
    ({"kind": "html"}, UNREADABLE),
    ({"kind": "truncated"}, UNREADABLE),
    ({"kind": "utf16"}, UNREADABLE),
    ({"kind": "bad_utf8"}, UNREADABLE),
    ({"kind": "deep"}, UNREADABLE),
    ({"kind": "nan"}, UNREADABLE),
    ({"kind": "nan", "token": "-Infinity"}, UNREADABLE),
    ({"kind": "huge_number"}, UNREADABLE),
    (
        {"kind": "duplicate_keys"},
        "the answer has an object with one key twice; tell the MIS's operator",
    ),
    ({"kind": "array_for_object"}, NO_LIST),
    ({"kind": "long_string"}, LARGE),
    ({"kind": "gzip_bomb"}, LARGE),
    ({"kind": "gzip_bomb", "encoding": "deflate"}, LARGE),
    ({"kind": "bad_gzip"}, "the answer is cut short; try again later"),
    (
        {"kind": "bad_gzip", "how": "corrupt"},
        "the answer is not gzip, as it says; tell the MIS's operator",
    ),
    (
        {"kind": "unknown_encoding"},
        "the answer is packed in a way that was not asked for; ask for gzip, deflate",
    ),
    (
        {"kind": "redirect"},
        "the MIS answers from elsewhere (302); correct the address",
    ),
    (
        {"kind": "same_page"},
        "the page is the same as an earlier one; the MIS does not end",
    ),
    (
        {"kind": "status:429", "retry_after": 3},
        "the MIS asks to wait longer (429); try again later",
    ),
    *[
        ({"kind": f"status:{status}"}, problem)
        for status, problem in [
            (
                400,
                "the MIS does not understand what was asked (400); check its version",
            ),
            (401, "the MIS does not accept the credentials (401); renew them"),
            (
                403,
                "the MIS account cannot read this (403); ask the school to allow it",
            ),
            (404, "the MIS has nothing at this address (404); check it"),
            (500, "the MIS answered with status 500; try again later"),
            (503, "the MIS answered with status 503; try again later"),
        ]
    ],
]


def shown(fault):
    """Return a fault as it is named in a test report."""
    return "-".join(map(str, fault.values())) if isinstance(fault, dict) else ""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("fault", "problem"), FAULTS, ids=shown)
def test_whatever_an_mis_does_is_told_by_resource_and_page(server, way, fault, problem):
    """The first page stays delivered; what is wrong with the second is told in words.

    Nothing of the answer is in the error, nor in what it leads back to.
    """
    server.options(gzip=fault["kind"] != "flood")  # which has no end to pack
    server.fault(**{"at": 2, "canary": CANARY} | fault)
    timeout = httpx.Timeout(10, read=0.2 if fault["kind"] == "timeout" else 10)

    found, error = fetched(way, Small(server.url), WANTED, timeout=timeout)

    assert (found, str(error)) == (PUPILS[:2], f"student, page 2: {problem}")
    assert CANARY not in chain(error)


@pytest.mark.parametrize("way", WAYS)
def test_a_slow_answer_has_only_so_much_time(server, way):
    """An answer that drips is given up, though each drip comes in time."""
    server.fault("slow", at=2, seconds=0.02)

    limits = Limits(retries=0, seconds=0.05)
    found, error = fetched(way, Small(server.url), WANTED, limits)

    assert (found, str(error)) == (
        PUPILS[:2],
        "student, page 2: the answer takes too long; ask for less at once",
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_slow_answer_in_time_is_as_good_as_any(server, way):
    """What arrives in small pieces is put together."""
    server.options(gzip=False)
    server.fault("slow", seconds=0, size=7)

    assert fetched(way, Small(server.url), WANTED) == (PUPILS, None)


@pytest.mark.parametrize("way", WAYS)
def test_pages_without_end_have_one(server, way):
    """New records for ever are delivered up to the most pages, and then it is told."""
    server.fault("endless")

    interface = Small(server.url, last=1_000)
    found, error = fetched(way, interface, WANTED, Limits(pages=5))

    assert (len(found), str(error)) == (
        10,
        "student, page 6: there are more pages than allowed; raise `Limits.pages`",
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_redirect_is_not_followed(server, way):
    """Credentials are sent nowhere else, not even to the same MIS."""
    server.fault("redirect", at=1, location=f"{server.url}/elsewhere", status=307)

    fetched(way, Small(server.url), WANTED)

    assert len(server.log()) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("times", [1, 2])
def test_what_passes_is_borne(server, way, times):
    """A busy MIS is asked again after the pause that it asks for."""
    for at in range(2, 2 + times):
        server.fault("status:503", at=at, retry_after=0)

    assert fetched(way, Small(server.url), WANTED, Limits()) == (PUPILS, None)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "http://127.0.0.1:1",
            "the MIS cannot be reached; check the address and the network",
        ),
        ("nowhere", "the address of the MIS is not valid; correct it"),
        ("http://mis.example:port", "the address of the MIS is not valid; correct it"),
    ],
)
def test_an_mis_that_is_not_there_is_told(way, url, problem):
    """The address is not shown, which may hold a key."""
    assert str(fetched(way, Small(url), WANTED)[1]) == f"student, page 1: {problem}"


@pytest.mark.parametrize("way", WAYS)
def test_credentials_that_cannot_be_sent_are_not_shown(way, server):
    """A line break in a header is refused before anything is sent."""
    interface = Small(server.url, headers={"authorization": f"{CANARY}\nX: 1"})

    _, error = fetched(way, interface, WANTED)

    assert str(error) == f"student, page 1: {CUT}"
    assert (CANARY in chain(error), server.log()) == (False, [])


MOST = 1_000_000
"""Half of it may be held twice for a moment, as chunks and as a whole."""


@pytest.mark.parametrize("kind", ["gzip_bomb", "long_string", "flood"])
def test_a_bomb_does_not_fill_the_memory(server, kind):
    """However much an answer unpacks to, no more is held than is accepted."""
    server.options(gzip=False)
    server.fault(kind)
    fetched("sync", Small(server.url), WANTED)  # whatever is loaded once is loaded
    tracemalloc.start()

    found = fetched("sync", Small(server.url), WANTED, Limits(answer_bytes=MOST // 4))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (found[0], peak < MOST) == ([], True)


# ---- Bodies --------------------------------------------------------------------------

BODIES = st.binary(max_size=200_000)
SIZES = st.integers(1, 100)


def packed(data, encoding):
    """Return *data* packed in one of the ways that may be asked for."""
    match encoding:
        case "gzip" | "x-gzip":
            return gzip.compress(data, mtime=0)
        case "deflate":
            return zlib.compress(data)
        case _:
            return data


def unpacked(body, encoding, limit=1_000_000, size=7):
    """Return what a body comes to that arrives in pieces."""
    arriving = Body(encoding, limit)
    for start in range(0, len(body), size):
        arriving.feed(body[start : start + size])
    return arriving.finish()


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip", "deflate"])
@given(data=BODIES, repeat=st.sampled_from([1, 1, 1, 300]), size=SIZES)
def test_a_body_is_what_was_packed(encoding, data, repeat, size):
    """However it is packed, and in whatever pieces it arrives."""
    data = (data[:400] * repeat) if repeat > 1 else data

    pieces = max(size, len(data) // 50)
    assert unpacked(packed(data, encoding), encoding, size=pieces) == data


@pytest.mark.parametrize("encoding", ["GZIP", " gzip ", "Deflate"])
def test_the_name_of_an_encoding_is_read_as_it_is_written(encoding):
    """Case and spaces around it do not matter (RFC 9110 §8.4.1)."""
    assert unpacked(packed(b"Ada", encoding.strip().lower()), encoding) == b"Ada"


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_a_body_may_be_as_large_as_its_limit(encoding):
    """One byte more is too much."""
    assert len(unpacked(packed(b"x" * 99, encoding), encoding, 99)) == 99

    with pytest.raises(BodyError, match="is larger than 99 bytes"):
        unpacked(packed(b"x" * 100, encoding), encoding, 99)


@pytest.mark.parametrize(
    ("body", "encoding", "problem"),
    [
        (gzip.compress(b"Ada", mtime=0)[:-1], "gzip", "is cut short; try again later"),
        (zlib.compress(b"Ada")[:-1], "deflate", "is cut short; try again later"),
        (
            gzip.compress(b"Ada", mtime=0) * 2,
            "gzip",
            "goes on after its end; tell the MIS's operator",
        ),
        (
            gzip.compress(b"Ada", mtime=0) + b"\0",
            "gzip",
            "goes on after its end; tell the MIS's operator",
        ),
        (
            zlib.compress(b"Ada")[2:-4],
            "deflate",
            "is not deflate, as it says; tell the MIS's operator",
        ),
        (b"Ada", "gzip", "is not gzip, as it says; tell the MIS's operator"),
        (
            gzip.compress(b"Ada", mtime=0),
            "deflate",
            "is not deflate, as it says; tell the MIS's operator",
        ),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(body, encoding, problem):
    """Nothing is guessed: neither a missing end nor another way of packing."""
    with pytest.raises(BodyError, match=problem):
        unpacked(body, encoding)


def test_an_empty_body_is_empty_however_it_is_packed():
    """An answer without a body need not be packed at all."""
    assert unpacked(b"", "gzip") == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Ada",
        b"[NaN]",
        b"[1",
        b'"\xff"',
        b"\xef\xbb\xbf[]",
        b"[" * 10**6,
        b"1" * 5_000,
    ],
    ids=range(8),
)
def test_what_is_no_json_is_refused(body):
    """The error leads back to nothing in which the body could be found."""
    with pytest.raises(
        BodyError, match="is not JSON that can be read; tell the MIS's operator"
    ) as caught:
        parse_json(body)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_key_that_stands_twice_is_refused_wherever_it_is():
    """Also deep inside; no one can tell which of the two is meant."""
    with pytest.raises(
        BodyError, match="has an object with one key twice; tell the MIS's operator"
    ):
        parse_json(b'[{"a":[{"b":1,"c":2,"b":1}]}]')


@pytest.mark.parametrize("way", WAYS)
def test_httpx_logs_no_query(server, way, caplog):
    """A query holds conditions and cursors, and httpx logs what it asks for."""
    caplog.set_level(logging.DEBUG)

    fetched(way, Small(server.url), WANTED)

    told = [r.getMessage() for r in caplog.records if r.name == "httpx"]
    assert told
    assert not any("?" in line for line in told)
