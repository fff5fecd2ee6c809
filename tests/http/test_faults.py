"""Whatever goes wrong below, a client learns that it did, in words without a value."""

import asyncio
import logging
import subprocess
import sys
import time
import tracemalloc

import httpx
import pytest
import requests
import urllib3

from scopegate.errors import SourceError
from scopegate.http import AssemblyDialect, Guard, Limits, Route
from scopegate.http.httpx import AsyncGuardTransport, GuardTransport
from scopegate.http.requests import GuardHTTPAdapter
from scopegate.testing.leaks import assert_no_leak

from .clients import WAYS, async_client, client, get, outcome, session
from .scenes import BASE, access_to

CANARY = "canary-2014"
HEADERS = {
    "Accept": "application/vnd.assembly+json; version=1.1",
    "Authorization": "Bearer school-token",
}
PUPILS = [{"id": n, "first_name": f"Ada {n}", "upn": CANARY} for n in range(1, 6)]
BASIC = access_to("students.basic")
ROUTES = [
    Route("/students", "student", "[]", dialect=AssemblyDialect()),
    Route("/students/{id}", "student", "", dialect=AssemblyDialect()),
]
MEGABYTE = 2**20


@pytest.fixture
def mis(assembly):
    """An Assembly with five pupils."""
    assembly.serve({"student": PUPILS})
    return assembly


def guard(server, **limits):
    """Return a guard before a server, within some limits."""
    return Guard(BASIC, server.url, ROUTES, limits=Limits(**limits))


# ---- What arrives --------------------------------------------------------------------

CONTENT = [
    ("malformed", {}),
    ("html", {}),
    ("truncated", {}),
    ("utf16", {}),
    ("bad_utf8", {}),
    ("unknown_encoding", {}),
    ("unknown_encoding", {"encoding": "gzip, gzip"}),
    ("unknown_encoding", {"encoding": "zstd"}),
    ("bad_gzip", {}),
    ("bad_gzip", {"how": "corrupt"}),
    ("duplicate_keys", {"field": "first_name"}),
    ("duplicate_keys", {"field": "upn"}),
    ("deep", {}),
    ("nan", {}),
    ("nan", {"token": "-Infinity"}),
    ("nan", {"token": "1e999"}),
    ("huge_number", {}),
    ("array_for_object", {}),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "more"), CONTENT)
def test_unreadable_answers_are_told(way, kind, more, mis, caplog):
    """An answer that cannot be read is an error that names the place, and no value."""
    caplog.set_level(logging.DEBUG, "scopegate")
    mis.fault(kind, canary=CANARY, **{"field": "id", **more})

    with pytest.raises(SourceError, match="student, page 1: ") as caught:
        get(way, guard(mis), f"{mis.url}/students", headers=HEADERS)

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert_no_leak([caught.value, caplog.records], [CANARY])


@pytest.mark.parametrize("way", WAYS)
def test_long_text_is_refused(way, mis):
    """An answer that is larger than may be held is refused, whatever field is large."""
    mis.fault("long_string", field="upn", megabytes=10)

    with pytest.raises(SourceError, match="is larger than 8,388,608 bytes"):
        get(way, guard(mis), f"{mis.url}/students", headers=HEADERS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bomb_does_not_go_off(way, encoding, mis):
    """A small answer that unpacks to very much is given up at the bound."""
    mis.fault("gzip_bomb", megabytes=100, encoding=encoding)
    guarded = guard(mis, answer_bytes=MEGABYTE)

    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="is larger than 1,048,576 bytes"):
            get(way, guarded, f"{mis.url}/students", headers=HEADERS)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 8 * MEGABYTE


@pytest.mark.parametrize("way", WAYS)
def test_flood_is_given_up(way, mis):
    """An answer that does not end is given up at the bound."""
    mis.options(gzip=False)
    mis.fault("flood")

    with pytest.raises(SourceError, match="is larger than 1,048,576 bytes"):
        get(
            way,
            guard(mis, answer_bytes=MEGABYTE),
            f"{mis.url}/students",
            headers=HEADERS,
        )


@pytest.mark.parametrize("way", WAYS)
def test_drip_is_given_up(way, mis):
    """An answer that comes in drips is given up when its time is over."""
    mis.options(gzip=False)
    mis.fault("slow", size=1, seconds=0.2)  # the whole of it would take a minute
    start = time.monotonic()

    with pytest.raises(SourceError, match="takes too long"):
        get(way, guard(mis, seconds=0.1), f"{mis.url}/students", headers=HEADERS)

    assert time.monotonic() - start < 20


@pytest.mark.parametrize("way", WAYS)
def test_slow_answer_in_time_is_given(way, mis):
    """An answer that comes in drips and in time is whole."""
    mis.options(gzip=False)
    mis.fault("slow", size=40, seconds=0.001)

    told = get(way, guard(mis), f"{mis.url}/students", headers=HEADERS)

    assert told.status == 200


# ---- What does not arrive ------------------------------------------------------------

BROKEN = {
    "httpx": {
        "timeout": httpx.ReadTimeout,
        "cut": httpx.RemoteProtocolError,
        "reset": httpx.ReadError,
    },
    "requests": {
        "timeout": requests.ReadTimeout,
        "cut": requests.exceptions.ChunkedEncodingError,
        "reset": requests.exceptions.ChunkedEncodingError,
    },
}
BROKEN["async"] = BROKEN["httpx"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["timeout", "cut", "reset"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_broken_connections_keep_their_kind(way, kind, is_packed, mis):
    """A client sees the kind of error that its own code looks for, and its own request."""
    mis.options(gzip=is_packed)
    mis.fault(kind)
    url = f"{mis.url}/students?year_code={CANARY}"

    with pytest.raises(BROKEN[way][kind]) as caught:
        get(
            way,
            guard(mis),
            url,
            headers=HEADERS,
            timeout=0.2 if kind == "timeout" else 20,
        )

    error = caught.value
    assert type(error) is BROKEN[way][kind]
    assert str(error).startswith("the MIS could not be asked (`")
    assert CANARY not in str(error)
    assert str(error.request.url) == url
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("way", WAYS)
def test_unreachable_mis_keeps_its_kind(way):
    """An MIS that cannot be reached is told as a client knows it."""
    guarded = Guard(BASIC, "http://127.0.0.1:1", ROUTES)
    kind = requests.ConnectionError if way == "requests" else httpx.ConnectError

    with pytest.raises(kind, match="the MIS could not be asked"):
        get(way, guarded, "http://127.0.0.1:1/students")


class Failing(
    httpx.BaseTransport, httpx.AsyncBaseTransport, requests.adapters.BaseAdapter
):
    """What asks an MIS, and fails with an error that shows what was sent."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def handle_request(self, request):
        """Fail."""
        raise self.error from ValueError(CANARY)

    async def handle_async_request(self, request):
        """Fail without blocking."""
        raise self.error from ValueError(CANARY)

    def send(self, request, **how):
        """Fail as an adapter."""
        raise self.error from ValueError(CANARY)

    def close(self):
        """Do nothing."""


class Own(httpx.ConnectTimeout):
    """A kind of error that some transport made for itself."""


class OwnRequests(requests.exceptions.ProxyError):
    """A kind of error that some adapter made for itself."""


def failed(way, error):
    """Return the error that a client sees when what is below it fails."""
    guarded, below = Guard(BASIC, BASE, ROUTES), Failing(error)
    try:
        asked(way, guarded, below)
    except Exception as caught:
        return caught
    raise AssertionError


def asked(way, guarded, below):
    """Ask for students, with something of ours below the guard."""
    if way == "httpx":
        with client(guarded, below) as made:
            made.get(f"{BASE}/students")
    elif way == "requests":
        with session(guarded, below) as made:
            made.get(f"{BASE}/students")
    else:
        asyncio.run(asked_async(guarded, below))


async def asked_async(guarded, below):
    """Ask for students without blocking, with something of ours below the guard."""
    async with async_client(guarded, below) as made:
        await made.get(f"{BASE}/students")


KINDS = [
    *((way, kind) for way in ("httpx", "async") for kind in (
        httpx.ReadTimeout, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.WriteError,
        httpx.ProxyError, httpx.UnsupportedProtocol, httpx.DecodingError,
        httpx.TransportError, httpx.RequestError,
    )),
    *(("requests", kind) for kind in (
        requests.ConnectTimeout, requests.ReadTimeout, requests.exceptions.SSLError,
        requests.exceptions.ProxyError, requests.exceptions.RetryError,
        requests.exceptions.InvalidURL, requests.RequestException,
    )),
]  # fmt: skip


@pytest.mark.parametrize(("way", "kind"), KINDS)
def test_each_kind_is_raised_anew(way, kind):
    """An error of a client's own library is raised again, of its kind, without its text."""
    error = failed(way, kind(f"failed at https://x/?dob={CANARY}"))

    assert type(error) is kind
    assert str(error.request.url) == f"{BASE}/students"
    error.request = None if way == "requests" else httpx.Request("GET", BASE)
    assert_no_leak([str(error), repr(error), error.args, error.__context__], [CANARY])


@pytest.mark.parametrize(
    ("way", "error", "kind"),
    [
        ("httpx", Own(CANARY), httpx.ConnectTimeout),
        ("async", Own(CANARY), httpx.ConnectTimeout),
        ("requests", OwnRequests(CANARY), requests.exceptions.ProxyError),
        ("requests", urllib3.exceptions.SSLError(CANARY), requests.exceptions.SSLError),
        ("requests", urllib3.exceptions.HTTPError(CANARY), requests.ConnectionError),
        (
            "requests",
            urllib3.exceptions.ReadTimeoutError(None, CANARY, CANARY),
            requests.ConnectionError,
        ),
    ],
)
def test_kinds_of_their_own_become_known_ones(way, error, kind):
    """An error that a library does not know becomes the nearest one that it does."""
    found = failed(way, error)

    assert type(found) is kind
    assert CANARY not in f"{found} {found!r}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "error", [ValueError(CANARY), KeyError(CANARY), OSError(1, CANARY)]
)
def test_other_errors_are_told_by_kind(way, error):
    """An error of no client at all is reported by its kind, and not its text."""
    found = failed(way, error)

    assert type(found) is SourceError
    assert f"failed with `{type(error).__name__}`" in str(found)
    assert found.__context__ is None
    assert_no_leak(found, [CANARY])


@pytest.mark.parametrize("way", WAYS)
def test_what_ends_a_program_passes(way):
    """What ends a program, such as a key that was pressed, is let through as it is."""
    guarded = Guard(BASIC, BASE, ROUTES)

    with pytest.raises(KeyboardInterrupt):
        asked(way, guarded, Failing(KeyboardInterrupt()))


# ---- What a client could do besides --------------------------------------------------


def test_extensions_do_not_change_the_address(mis):
    """An extension of httpx that names another target, or listens, is not sent on."""
    heard = []
    with client(guard(mis), headers=HEADERS) as made:
        response = made.get(
            f"{mis.url}/students",
            extensions={
                "target": b"/staff_members",
                "trace": lambda *a: heard.append(a),
            },
        )

    assert [entry["path"] for entry in mis.log()] == ["/students"]
    assert heard == []
    assert response.extensions == {}


def test_cookies_are_not_kept(mis):
    """What an MIS would have a client remember does not reach its jar."""

    def answer(_):
        return httpx.Response(200, json=[], headers={"Set-Cookie": f"a={CANARY}"})

    with client(guard(mis), httpx.MockTransport(answer), headers=HEADERS) as made:
        response = made.get(f"{mis.url}/students")

    assert (len(made.cookies), "set-cookie" in response.headers) == (0, False)


def test_hooks_see_what_is_released(mis):
    """What a client has called for each response is called with the released one."""
    seen = []
    hooks = {"response": [lambda r: seen.append((r.read(), dict(r.headers)))]}
    with client(guard(mis), headers=HEADERS, event_hooks=hooks) as made:
        made.get(f"{mis.url}/students")
    with session(guard(mis)) as other:
        other.hooks["response"] = lambda r, **_: seen.append((r.content, r.raw.headers))
        other.get(f"{mis.url}/students", headers=HEADERS)

    assert len(seen) == 2
    assert_no_leak(seen, [CANARY])


class Closing(httpx.MockTransport):
    """A transport that keeps what is done with it."""

    def __init__(self):
        super().__init__(lambda _: httpx.Response(200, json=[]))
        self.done = []

    def __enter__(self):
        self.done.append("enter")
        return self

    async def __aenter__(self):
        self.done.append("enter")
        return self

    def close(self):
        """Keep that it was closed."""
        self.done.append("close")

    async def aclose(self):
        """Keep that it was closed."""
        self.done.append("close")


def test_transport_below_is_opened_and_closed(mis):
    """With a client the transport below it is opened and closed."""
    below, other = Closing(), Closing()
    with client(guard(mis), below):
        pass

    async def use():
        async with async_client(guard(mis), other):
            pass

    asyncio.run(use())

    assert below.done == other.done == ["enter", "close"]


def test_session_closes_the_adapter_below(mis):
    """With a session the adapter below it is closed."""

    class Below(requests.adapters.HTTPAdapter):
        closed = 0

        def close(self):
            self.closed += 1

    below = Below()
    session(guard(mis), below).close()

    assert below.closed == 2  # once for each mount


def test_what_is_made_by_default(mis):
    """Without a transport, or an adapter, each makes one of its own."""
    url, found = f"{mis.url}/students", []
    with httpx.Client(transport=GuardTransport(guard(mis)), headers=HEADERS) as made:
        found.append(made.get(url).status_code)

    async def use():
        under = AsyncGuardTransport(guard(mis))
        async with httpx.AsyncClient(transport=under, headers=HEADERS) as other:
            found.append((await other.get(url)).status_code)

    asyncio.run(use())
    found.append(get("requests", guard(mis), url, headers=HEADERS).status)

    assert found == [200] * 3


@pytest.mark.parametrize(
    "kind", [GuardTransport, AsyncGuardTransport, GuardHTTPAdapter]
)
def test_nothing_below_is_printed(kind, mis):
    """What is printed of each is the guard, and nothing of a client or an access."""
    below = Failing(ValueError(CANARY))

    assert repr(kind(guard(mis), below)).endswith(
        f"with <guard of `{mis.url}/` with 2 routes>>"
    )


@pytest.mark.parametrize("method", ["GET", None])
@pytest.mark.parametrize("url", [None, "x"])
def test_request_that_was_never_prepared_is_refused(method, url):
    """A request of requests without an address or a method leads nowhere."""
    adapter = GuardHTTPAdapter(Guard(BASIC, BASE, ROUTES))
    request = requests.PreparedRequest()
    request.method, request.url, request.headers = method, url, {b"a": b"b"}

    with pytest.raises(PermissionError):
        adapter.send(request)


def test_httpx_is_not_needed_for_a_guard():
    """Neither scopegate nor its guards bring an HTTP client along."""
    code = (
        "import sys, scopegate, scopegate.http;"
        "sys.exit(bool({'httpx', 'requests', 'urllib3'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603 - this interpreter

    assert done.returncode == 0


@pytest.mark.parametrize("way", WAYS)
def test_outcome_of_a_fault_tells_nothing(way, mis):
    """Two answers that differ in a withheld value, and break off alike, look alike."""
    found = []
    for value in ("one", "other"):
        mis.reset()
        mis.serve({"student": [{"id": 1, "first_name": "Ada", "upn": value}]})
        mis.fault("malformed", canary=value)
        found.append(outcome(way, guard(mis), f"{mis.url}/students", headers=HEADERS))

    assert found[0] == found[1]
