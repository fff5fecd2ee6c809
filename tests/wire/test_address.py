"""Addresses are read strictly: no spelling leads anywhere but to a declared route."""

import re
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given, settings, strategies as st

from scopegate._wire.address import (
    Address,
    AddressError,
    Template,
    parse_query,
    write_query,
)
from scopegate.errors import RouteRefusedError, SourceError
from scopegate.http import Route, TokenRoute

from ..http.scenes import BASE, access_to, ask, fixed, guard

GUARD = guard(
    access_to("students.basic"),
    Route("/students", "student", "data[]"),
    Route("/students/left", "student", "data[]"),
    Route("/students/{id}", "student", "data"),
    Route("/{id}/both", "student", "data"),
    Route("/slash/", "student", "data[]"),
    TokenRoute("/token"),
)
SENT = re.compile(
    r"https://mis\.example/v1/"
    r"(students|students/left|slash/|students/[^/?#]+|[^/?#]+/both)"
)
PIECES = st.sampled_from(
    [
        *(
            "/",
            "//",
            "/v1",
            "/students",
            "/students/",
            "/left",
            "/1",
            "/both",
            "students",
        ),
        *("..", "/..", "/.", "%2e%2e", "%2E", "%2f", "%2F", "%5c", "\\", ";", ";a=b"),
        *("?", "#", "&", "=", "@", ":", "%", "%zz", "%00", "%0a", "%25", "%252f"),
        *(" ", "é", "%C3%A9", "%ff", "\uff0f", "\u2025", "\x00", "V1", "Students"),
        *("mis.example", "https://", "http://", "evil.example", ":443", ":8443"),
    ]
)
URLS = st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join)
TRICKS = [
    f"{BASE}/students/../staff",
    f"{BASE}/students/%2e%2e/staff",
    f"{BASE}/students/%2E%2E",
    f"{BASE}/students/.",
    f"{BASE}/students//1",
    f"{BASE}//students",
    f"{BASE}/students/1/",
    f"{BASE}/students/",
    f"{BASE}/Students",
    f"{BASE}/STUDENTS/1",
    f"{BASE}/%73tudents",
    f"{BASE}/students;dob=2014",
    f"{BASE}/students/1;v=2",
    f"{BASE}/students/1%3Bv=2",
    f"{BASE}/students/1%2F..%2Fstaff",
    f"{BASE}/students/1%252Fstaff",
    f"{BASE}/students/1%5Cstaff",
    f"{BASE}/students/1\\staff",
    f"{BASE}\\students",
    f"{BASE}/students/1%00",
    f"{BASE}/students/1%0d%0aHost:evil",
    f"{BASE}/students/1%",
    f"{BASE}/students/%zz",
    f"{BASE}/students/%ff",
    f"{BASE}/students/1%3Fdob=2014",
    f"{BASE}/students/1%23",
    f"{BASE}/students#/staff",
    f"{BASE}/students/1#staff",
    f"{BASE}/students/\uff0e\uff0e",
    f"{BASE}/slash",
    f"{BASE}/",
    BASE,
    "https://mis.example/students",
    "https://mis.example/v1x/students",
    "http://mis.example/v1/students",
    "https://mis.example:8443/v1/students",
    "https://mis.example.:443/v1/students",
    "https://mis.example@evil.example/v1/students",
    "https://user:pass@mis.example/v1/students",
    "https://evil.example/v1/students",
    "https://evil.example#@mis.example/v1/students",
    "https://mis.example\\@evil.example/v1/students",
    "https://mıs.example/v1/students",
    "http\u017f://mis.example/v1/students",
    "https://mi\u017f.example/v1/students",
    "https://mis.example%2F/v1/students",
    "https://[::1]/v1/students",
    "ftp://mis.example/v1/students",
    "file:///v1/students",
    "//mis.example/v1/students",
    "/v1/students",
    "",
]


@pytest.mark.parametrize("url", TRICKS)
def test_tricks_lead_nowhere(url):
    """An address that is not exactly one of a route is refused, and nothing is sent."""
    mis = fixed({"data": []})

    with pytest.raises(RouteRefusedError):
        ask(GUARD, url or "x://", mis)

    assert mis.urls == []


@settings(deadline=None)
@given(st.sampled_from(["", BASE, f"{BASE}/students", "https://"]), URLS)
@example(BASE, "/students/1/../2")
def test_nothing_is_sent_outside_the_routes(start, rest):
    """Whatever the address, what is sent is that of a declared route, or nothing."""
    mis = fixed({"data": [{"id": 1}]})
    with suppress(RouteRefusedError, SourceError):
        ask(GUARD, start + rest if "://" in start + rest else f"x://{rest}", mis)

    assert all(SENT.fullmatch(url) for url in mis.urls)
    assert all(".." not in urlsplit(url).path.split("/") for url in mis.urls)


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9._~:@=+,-]{1,12}", fullmatch=True))
def test_value_is_sent_in_one_spelling(value):
    """A value arrives at the MIS as it was meant, however the client escaped it."""
    sent = []
    for spelling in (quote(value, safe=""), quote(value, safe=":@=+,"), value):
        mis = fixed({"data": {}})
        with suppress(RouteRefusedError):
            ask(GUARD, f"/students/{spelling}", mis)
        sent.append(mis.urls)

    assert sent[0] == sent[1] == sent[2]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/students/left", "/students/left"),
        ("/students/7", "/students/7"),
        ("/students/%37", "/students/7"),
        ("/students/a%40b", "/students/a%40b"),
        ("/students/both", "/students/both"),
        ("/slash/", "/slash/"),
    ],
)
def test_closest_route_is_meant(path, sent):
    """Where a word and a variable both fit, the word is meant."""
    mis = fixed({"data": []} if path in {"/students/left", "/slash/"} else {"data": {}})

    ask(GUARD, path, mis)

    assert mis.urls == [BASE + sent]


@pytest.mark.parametrize(
    "url", ["HTTPS://MIS.example/v1/students", "https://mis.example:443/v1/students"]
)
def test_another_spelling_of_the_host_is_the_same(url):
    """Scheme and host have no case, and a port may be the usual one."""
    mis = fixed({"data": []})

    ask(GUARD, url, mis)

    assert mis.urls == [f"{BASE}/students"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=6)), max_size=4))
def test_query_comes_back(pairs):
    """What is written as a query is read as the same, or refused as no text."""
    named = list(dict(pairs).items())
    try:
        written = write_query(named)
    except UnicodeEncodeError:
        return
    try:
        found = parse_query(written)
    except AddressError:
        return

    assert list(found) == named


@pytest.mark.parametrize(
    "query",
    ["a=1&a=2", "a=1&%61=2", "a=%zz", "a=%", "a=%ff", "a=%00", "%0a=1", "&".join(
        f"a{n}=1" for n in range(101)
    )],
)  # fmt: skip
def test_unclear_query_is_refused(query):
    """A query that could be read in two ways is not read at all."""
    with pytest.raises(AddressError):
        parse_query(query)


def test_plus_is_a_blank():
    """A plus means a blank, and an escaped one means itself."""
    assert parse_query("a=x+y%2Bz") == (("a", "x y+z"),)


@pytest.mark.parametrize(
    "path",
    ["", "students", "/a b", "/a//b", "/..", "/a/./b", "/{id", "/{}", "/a{id}", "/é",
     "/{id}/{id}", "/a?b", "/a#b", "/a;b", "/%61"],
)  # fmt: skip
def test_template_is_plain(path):
    """A path of a route has plain words and whole variables, each variable once."""
    with pytest.raises(ValueError, match=r"path|variable|word"):
        Template(path)


def test_address_shows_no_query():
    """What is printed of an address is where it leads, and nothing behind that."""
    shown = repr(Address.parse("https://mis.example/canary?dob=canary"))

    assert "canary" not in shown
