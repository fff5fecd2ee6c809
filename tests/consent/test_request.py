"""What an app asks, drafted and checked for publishing."""

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate.catalogue.catalogue import Catalogue
from scopegate.consent.request import AccessRequest, Terms
from scopegate.errors import Fault, InvalidRequestError

KEYS = st.text(st.sampled_from("ab._é"), min_size=1, max_size=3)

CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {"student": {"key": "id", "field": {"id": {}, "dob": {}}}},
        "scope": {
            "students.basic": {"fields": ["student.id"]},
            "students.dob": {"fields": ["student.dob"], "includes": ["students.basic"]},
        },
    }
)


@given(st.sets(KEYS), st.sets(KEYS), st.data())
def test_a_scope_string_spells_a_request(required, optional, data):
    """Written in any order, with or without `:required`, it reads the same request."""
    optional = optional - required
    words = [
        *(f"{key}{data.draw(st.sampled_from(['', ':required']))}" for key in required),
        *(f"{key}:optional" for key in optional),
    ]

    text = " ".join(data.draw(st.permutations(words)))

    assert AccessRequest.from_scope_string(text) == AccessRequest(
        required=required, optional=optional
    )


@pytest.mark.parametrize(
    ("text", "required", "optional"),
    [
        ("", set(), set()),
        ("a", {"a"}, set()),
        ("  a \n b\t", {"a", "b"}, set()),
        ("a:required b:optional", {"a"}, {"b"}),
        ("a a:required", {"a"}, set()),
        ("students.fsm students.fsm_history:optional", {"students.fsm"}, {"students.fsm_history"}),
    ],
)  # fmt: skip
def test_the_forms_of_a_scope_string(text, required, optional):
    """A key alone is required; a suffix says which; spaces stand between."""
    request = AccessRequest.from_scope_string(text)

    assert (request.required, request.optional) == (required, optional)


@pytest.mark.parametrize(
    "word", ["a:maybe", ":optional", ":", "a:optional:required", "a:"]
)
def test_a_malformed_word_of_a_scope_string_is_refused(word):
    """Another suffix, an empty one or none before it is a fault that shows the word."""
    with pytest.raises(InvalidRequestError) as caught:
        AccessRequest.from_scope_string(f"b {word}")

    message = "is written key, key:required or key:optional"
    assert caught.value.faults == (Fault(f"scope `{word}`", message),)


def test_all_malformed_words_are_told_together():
    """A scope string with two bad words gives two faults in their order."""
    with pytest.raises(InvalidRequestError) as caught:
        AccessRequest.from_scope_string("x:y ok z:w")

    assert [f.place for f in caught.value.faults] == ["scope `x:y`", "scope `z:w`"]


def test_a_scope_string_comes_with_the_rest_of_the_request():
    """App, purpose, reasons and terms are given besides the string."""
    terms = Terms("a year", "public task", "dpo@app.example")

    request = AccessRequest.from_scope_string(
        "a", app="app", purpose="to work", reasons={"a": "for it"}, terms=terms
    )

    assert request == AccessRequest(
        "app", "to work", {"a"}, reasons={"a": "for it"}, terms=terms
    )


def test_asking_both_ways_is_refused():
    """A scope that is required and optional has to be one of them."""
    with pytest.raises(InvalidRequestError) as caught:
        AccessRequest.from_scope_string("a a:optional", app="app")

    assert str(caught.value) == (
        "1 fault in the request of app `app`: scope `a`: is required and optional;"
        " choose one"
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"reasons": {"a": "for it"}}, [Fault("reason for `a`", "is given, but the scope is not asked for")]),
        ({"required": {"a b"}}, [Fault("scope `a b`", "is not a scope key")]),
        ({"required": {"e ", "d ", "c ", "b ", "a "}}, [Fault(f"scope `{c} `", "is not a scope key") for c in "abcde"]),
        ({"required": {""}}, [Fault("scope ``", "is not a scope key")]),
        ({"optional": {"a\x00"}}, [Fault("scope `a\x00`", "is not a scope key")]),
        ({"app": "a\nb"}, [Fault("app", "holds a control character")]),
        ({"purpose": "\x1b[2J"}, [Fault("purpose", "holds a control character")]),
        ({"required": "a"}, [Fault("scopes", "is one text; pass a set of scopes, or from_scope_string")]),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused(parts, expected):
    """What no request could mean is refused where it is built, with the place."""
    with pytest.raises(InvalidRequestError) as caught:
        AccessRequest(**parts)

    assert list(caught.value.faults) == expected


@pytest.mark.parametrize(
    "parts",
    [
        {"required": {"a"}, "reasons": {"a": "\x1b[2J"}},
        {"required": {"a"}, "reasons": {"a": "\ud800"}},
        {"terms": Terms(retention="\ud800")},
        {"terms": Terms(contact="\x1b[2J")},
    ],
)
def test_every_text_that_a_school_is_shown_is_clean(parts):
    """Reasons and terms hold no control character and nothing that has no UTF-8."""
    with pytest.raises(InvalidRequestError):
        AccessRequest(**parts)


def test_a_request_keeps_nothing_of_the_callers():
    """Changing what a request was built from does not change the request."""
    required, reasons = {"a"}, {"a": "for it"}
    request = AccessRequest("app", "to work", required, reasons=reasons)

    required.clear()
    reasons.clear()

    assert request == AccessRequest("app", "to work", {"a"}, reasons={"a": "for it"})


def test_the_scopes_of_a_request_are_both_kinds():
    """Required and optional scopes together are what is asked for."""
    assert AccessRequest(required={"a"}, optional={"b"}).scopes == {"a", "b"}


SOUND = AccessRequest("app", "to work", {"students.basic"}, {"students.dob"})


def test_a_sound_request_has_no_fault():
    """What the tests below break can be published to begin with."""
    assert SOUND.faults(CATALOGUE) == ()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"app": " "}, [Fault("app", "is missing; name the app that asks")]),
        ({"purpose": ""}, [Fault("purpose", "is missing; tell the school what the app does")]),
        ({"required": (), "optional": ()}, [Fault("scopes", "are missing; ask for at least one")]),
        ({"required": {"students.basics"}}, [Fault("required", "names the unknown scope `students.basics`; did you mean `students.basic`, `students.dob`?")]),
        ({"optional": {"zzz"}}, [Fault("optional", "names the unknown scope `zzz`")]),
        ({"required": {"students"}}, [Fault("required", "names the unknown scope `students`; did you mean `students.dob`, `students.basic`?")]),
        ({"required": {"students.dob"}, "optional": {"students.basic"}}, [Fault("optional", "offers `students.basic`, which a required scope already brings along; leave it out, or ask for less as required")]),
    ],
)  # fmt: skip
def test_what_keeps_a_request_from_being_published(parts, expected):
    """Each thing a published request must have is told when it is not there."""
    assert list(evolve(SOUND, **parts).faults(CATALOGUE)) == expected


def test_everything_that_keeps_a_request_back_is_told_at_once():
    """An empty draft misses its app, its purpose and its scopes."""
    places = [fault.place for fault in AccessRequest().faults(CATALOGUE)]

    assert places == ["app", "purpose", "scopes"]
