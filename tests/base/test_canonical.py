"""Canonical JSON against RFC 8785."""

import json
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate._base.canonical import canonical_json, digest_of

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS, below),
    max_leaves=12,
)


@FEWER
@given(VALUES)
def test_json_reads_canonical_json_back(value):
    """An ordinary JSON reader gives the value that was written."""
    assert json.loads(canonical_json(value)) == value


@FEWER
@given(VALUES, st.randoms(use_true_random=False))
def test_equal_values_give_equal_bytes(value, random):
    """The order in which an object's keys were put in leaves no trace."""
    assert canonical_json(shuffled(value, random)) == canonical_json(value)


def shuffled(value, random):
    """Return a value equal to *value* with the keys of every object reordered."""
    if isinstance(value, list):
        return [shuffled(below, random) for below in value]
    if isinstance(value, dict):
        keys = random.sample(list(value), len(value))
        return {key: shuffled(value[key], random) for key in keys}
    return value


@FEWER
@given(VALUES, VALUES)
def test_different_values_give_different_digests(one, other):
    """Two values have the same digest exactly if they are the same JSON."""
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (digest_of(one) == digest_of(other)) is alike


@given(st.dictionaries(TEXTS, st.none()))
def test_keys_are_ordered_by_utf16_code_units(value):
    """Keys come in the order of RFC 8785 §3.2.3, which is not that of code points."""
    pairs = json.loads(canonical_json(value), object_pairs_hook=lambda found: found)

    keys = [key for key, _ in pairs]
    assert keys == sorted(value, key=lambda key: key.encode("utf-16-be"))


def test_the_standards_own_example_of_key_order():
    """The example of RFC 8785 §3.2.3 comes out in the order printed there."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }

    order = list(json.loads(canonical_json(value)).values())

    assert order == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_the_standards_own_example_of_literals_and_strings():
    """Text and literals of RFC 8785 §3.2.2 are written as printed there."""
    value = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }

    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_a_label_is_written_as_its_text():
    """A member of a text enumeration is the text it means."""

    class Label(StrEnum):
        """A label."""

        PUBLIC = "public"

    assert canonical_json({Label.PUBLIC: Label.PUBLIC}) == b'{"public":"public"}'


def test_a_tuple_is_a_list():
    """A tuple and a list of the same have the same bytes."""
    assert canonical_json((1, (2,))) == canonical_json([1, [2]])


@pytest.mark.parametrize(
    "value", [1.0, 2**53, -(2**53), b"x", {1}, object(), [1.5], {"a": 2**53}]
)
def test_what_has_no_canonical_json_is_refused(value):
    """Numbers that are not exact and values JSON has not are a TypeError."""
    with pytest.raises(TypeError, match=r"`(float|int|bytes|set|object)` has no"):
        canonical_json(value)


@pytest.mark.parametrize("value", [{1: "one"}, {"a": 1, None: 2}])
def test_a_key_that_is_no_text_is_refused(value):
    """An object whose key is not a text is a TypeError, as the docstring promises."""
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}])
def test_a_lone_surrogate_is_refused(value):
    """Text that has no UTF-8 is refused, since RFC 8785 §3.2.2.2 says so."""
    with pytest.raises((TypeError, ValueError)):
        canonical_json(value)
