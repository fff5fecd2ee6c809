"""What holds on every page: who can use it, at which width, and what guards it."""

from itertools import pairwise

import pytest

from .measures import (
    AXE,
    HEADINGS,
    OPEN_ALL,
    OUT_OF_REACH,
    SMALL,
    STOP,
    STOPS,
    WIDTH,
)
from .places import MAIN, REST, put_bare, put_down, put_odd, put_stops

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
        " base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}

pytestmark = pytest.mark.slow
every_page = pytest.mark.parametrize("place", [*MAIN, *REST], ids=str)


@pytest.fixture(scope="session")
def sites(server, year):
    """Give the addresses of the sites that the places are of."""
    put = {"odd": put_odd, "down": put_down, "stops": put_stops, "bare": put_bare}
    return {"year": year.url} | {site: serve(server) for site, serve in put.items()}


def problems(page, axe):
    """Return what axe finds on a page."""
    page.evaluate(axe)
    return page.evaluate(AXE)


@every_page
def test_axe_finds_nothing_wrong(sites, enter, axe, place):
    """No rule of WCAG 2.2 A and AA that a machine can check is broken, nor a custom."""
    page = place.enter(sites, enter, viewport=WIDE, color_scheme="light")
    page.evaluate(OPEN_ALL)

    wide = problems(page, axe)
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    narrow = problems(page, axe)

    assert (wide, narrow) == ([], [])


@every_page
def test_a_narrow_page_is_read_without_scrolling_sideways(sites, enter, place):
    """At 320 px the page is no wider, and every control can be clicked."""
    page = place.enter(sites, enter, viewport=NARROW)
    page.evaluate(OPEN_ALL)

    assert page.evaluate(WIDTH) <= 320
    assert page.evaluate(OUT_OF_REACH) == []
    assert page.evaluate(SMALL) == []


@every_page
def test_a_page_is_in_order(sites, enter, place):
    """Headings skip no level, controls are large enough, and Tab goes as one reads."""
    page = place.enter(sites, enter, viewport=WIDE)

    levels = page.evaluate(HEADINGS)
    small = page.evaluate(SMALL)
    stops = list(tab_through(page))

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [pair for pair in pairs(levels) if pair[1] > pair[0] + 1] == []
    assert small == []
    assert [stop["place"] for stop in stops] == list(range(len(stops)))
    assert [s for s in stops if not (s["isOutlined"] and s["isInView"])] == []
    assert [pair for pair in pairs(stops) if jumps_back(*pair)] == []


def tab_through(page):
    """Press Tab as often as there are stops, and yield each."""
    for _ in range(page.evaluate(STOPS)):
        page.keyboard.press("Tab")
        yield page.evaluate(STOP)


def pairs(things):
    """Return each thing with the one after it."""
    return list(pairwise(things))


def jumps_back(one, after):
    """Tell whether a stop is above the one before it, and in no column next to it."""
    is_above = after["top"] < one["top"] - 4
    return is_above and after["left"] < one["right"] - 4


@every_page
def test_a_page_is_guarded(sites, enter, place):
    """Every answer carries the headers, and no other origin is asked for anything."""
    page = place.enter(sites, enter)
    answers = []
    page.on("response", lambda answer: answers.append(answer))

    whole = page.reload()

    site = sites[place.site]
    files = [headers_of(answer) for answer in answers if "/static/" in answer.url]
    kept = {"cache-control": "public, max-age=300"}
    assert headers_of(whole) == HEADERS
    assert len(files) >= 2
    assert [found for found in files if found != HEADERS | kept] == []
    assert {answer.url.startswith(site) for answer in answers} == {True}


def headers_of(answer):
    """Return those headers of an answer that guard it."""
    return {name: answer.headers.get(name) for name in HEADERS}
