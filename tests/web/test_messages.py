"""What a framework hands over: parameters, forms, headers and cookies."""

import pytest
from hypothesis import given, strategies as st

from scopegate.web import Answered, Asked

COOKIES = st.text(st.characters(exclude_characters=";"), max_size=20).filter(
    lambda text: not text.strip().startswith("mine")
)


@given(st.lists(COOKIES, max_size=4), st.lists(COOKIES, max_size=4))
def test_a_cookie_is_found_among_any_others(before, after):
    """Whatever cookies the host has, however spelt, ours is read as well."""
    header = ";".join([*before, " mine=abc_-1 ", *after])

    assert Asked("GET", "/", headers={"Cookie": header}).cookie("mine") == "abc_-1"


@pytest.mark.parametrize("header", ["", "mine", "yours=1", "xmine=1", "mine =", ";;"])
def test_a_cookie_that_is_not_there_is_empty(header):
    """Without a header, or without that very name, there is no cookie."""
    assert Asked("GET", "/", headers={"cookie": header}).cookie("mine") == ""
    assert Asked("GET", "/").cookie("mine") == ""


def test_a_posted_form_is_read_and_not_the_address():
    """Parameters of an address count for nothing where a form is posted."""
    pairs = {"query": [("tick", "a"), ("tick", "b")], "form": [("tick", "c")]}
    got, posted = Asked("GET", "/", **pairs), Asked("POST", "/", **pairs)

    assert (got.first("tick"), got.all("tick")) == ("a", ("a", "b"))
    assert (posted.first("tick"), posted.all("tick")) == ("c", ("c",))
    assert (got.first("x"), got.all("x")) == ("", ())


def test_a_header_of_an_answer_is_found_in_any_case():
    """A header is found however its name is written, and is empty where there is none."""
    answer = Answered(303, b"", [("Location", "/x")])

    assert (answer.header("location"), answer.header("vary")) == ("/x", "")


def test_neither_shows_what_people_sent():
    """A form, a cookie and a body stay out of what a log may show."""
    asked = Asked(
        "POST", "/x", form=[("a", "secret")], query=[("b", "secret")],
        headers={"cookie": "secret"},
    )  # fmt: skip

    assert "secret" not in repr(asked) + repr(Answered(200, b"secret", ()))
