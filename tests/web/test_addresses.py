"""Addresses: any name can be in one, spelt in one way, and none leads elsewhere."""

import re

import pytest
from hypothesis import example, given, strategies as st

from scopegate.web.addresses import Addresses, spelt, unspelt, with_query

NAMES = st.text(st.characters(), max_size=20)  # surrogates and controls too
SPELLINGS = st.text(st.sampled_from("aZ9_-~2F0eE3/%.\ud800é "), max_size=12)
HOSTILE = ["", "..", "../..", "a/b", "a%2Fb", "//evil.example", "?x=1#y", "a\r\nb", "~"]


@given(NAMES)
def test_every_name_is_spelt_and_read_again(name):
    """Whatever a name holds, its spelling is read as that very name."""
    assert unspelt(spelt(name)) == name


@given(NAMES)
def test_a_spelling_needs_no_quoting(name):
    """A spelling has only what means itself in a path, a header and a file name."""
    assert re.fullmatch(r"[A-Za-z0-9_~-]*", spelt(name))


@given(NAMES | SPELLINGS)
@example("~2f")
@example("~41")
@example("~C0~AF")
@example("\ud800")
def test_a_name_has_one_spelling_only(text):
    """What is read as a name is spelt just so; every other spelling is refused."""
    name = unspelt(text)

    assert name is None or spelt(name) == text


@pytest.mark.parametrize(
    "text",
    ["a b", "a/b", "~2f", "~41", "~", "~4", "~C0~AF", "~FF", "é", "..", "\ud800"],
)
def test_no_other_spelling_is_read(text):
    """Small digits, needless escapes, halves and overlong bytes are not names."""
    assert unspelt(text) is None


@given(NAMES, NAMES)
@example("..", "../..")
@example("//evil.example", "a\r\nSet-Cookie: x=1")
def test_every_address_is_below_the_mount(one, other):
    """No name leads out of the part of the site that its address is of."""
    at = Addresses("/consent")
    a, b = spelt(one), spelt(other)

    assert (
        at.home(),
        at.static("x.css"),
        at.school("s" + one),
        at.school("s" + one, "processing.csv"),
        at.app("s" + one, "a" + other, "request"),
        at.again("s" + one, "a" + other, "s" + other),
        at.receipt("s" + one, "g" + other, 3, "receipt.txt"),
        at.vendor("a" + other),
        at.vendor("a" + other, "grants.json"),
    ) == (
        "/consent/",
        "/consent/static/x.css",
        f"/consent/schools/s{a}",
        f"/consent/schools/s{a}/processing.csv",
        f"/consent/schools/s{a}/apps/a{b}/request",
        f"/consent/schools/s{a}/apps/a{b}/request?from=s{b}",
        f"/consent/schools/s{a}/receipts/g{b}/3/receipt.txt",
        f"/consent/apps/a{b}",
        f"/consent/apps/a{b}/grants.json",
    )


def test_parameters_stand_behind_an_address():
    """An address with parameters quotes them; without any it stays as it is."""
    assert with_query("/a", ("done", "a&b=c")) == "/a?done=a%26b%3Dc"
    assert with_query("/a") == "/a"
