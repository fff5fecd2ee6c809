"""What counts as the same identifier: wide where it refuses, exact where it allows."""

import re

import pytest
from hypothesis import given, strategies as st

from scopegate._base.likeness import exact, likeness, name_likeness, tidy

GUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

ALIKE = [
    ("7", "007"), ("7", "7.0"), (7, " 7\u00a0"), (7, "\u0667"), (7, "\uff17"),
    (107, "1.07E+2"), (107, '="0107"'), (107, "'0107"), (-5, "-005"), (0, "-0"),
    (7, "7\0\0"), (7, "\u200b7"), (7, "+7"), ("a", "a\ufe0f"),
    (GUID, GUID.upper()), (GUID, "{" + GUID + "}"), (GUID, GUID.replace("-", "")),
    (GUID, f"urn:uuid:{GUID}"),
    ("P103", "p103   "), ("P-103", "P\u2011103"), ("P103", "\u0420103"),
    ("Zo\u00eb", "Zoe\u0308"), ("Zo\u00eb", "ZOE"), ("stra\u00dfe", "STRASSE"),
    ("\u0130d", "id"), ("O\u2019Brien", "O'Brien"), ("user-defined", "User-Defined  "),
]  # fmt: skip

APART = [
    ("7", "70"), ("7", "-7"), ("1-23", "12-3"), ("P103", "P0103"), ("1.5", "15"),
    ("105", "1.05e1"), ("1000", "1,000"), ("7", ""), (GUID, GUID[:-1] + "2"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_ways_to_write_one_identifier_are_alike(one, other):
    """What differs by how it was typed, exported or stored is one identifier."""
    assert likeness(one) == likeness(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_identifiers_that_differ_are_not_alike(one, other):
    """Another number, another sign or another place of a hyphen is another one."""
    assert likeness(one) != likeness(other)


@given(st.text())
def test_likeness_is_settled_at_once(text):
    """The likeness of a likeness is itself, so that one comparison tells it all."""
    assert likeness(likeness(text)) == likeness(text)


@given(st.integers())
def test_a_number_is_alike_however_it_is_written(number):
    """Zeros before, a `.0` behind and blanks around make no other number."""
    sign, digits = re.fullmatch(r"(-?)(\d+)", str(number)).groups()

    assert likeness(f" {sign}00{digits}.00 ") == likeness(number)


def test_a_number_too_long_to_write_has_a_text():
    """A whole number of 10,000 digits is compared, and raises nothing."""
    assert exact(10**10_000) == likeness(10**10_000) == hex(10**10_000)


@pytest.mark.parametrize(
    "name", ["dana head", "Head, Dana", "Dr Dana Head", "Dana\u200b  HEAD", "Dana-Head"]
)
def test_a_name_in_another_form_is_the_same_name(name):
    """Order, case, forms of address and invisible signs make no other person."""
    assert name_likeness(name) == name_likeness("Dana Head")


@pytest.mark.parametrize("name", ["\u200b", " . ", "\u2800\u3164"])
def test_a_name_that_no_one_sees_is_none(name):
    """A text of invisible signs and dots names no one."""
    assert name_likeness(name) == ()


def test_a_text_is_kept_as_it_is_read():
    """Blanks are joined and signs that no one sees are left out; letters stay."""
    assert tidy(" St\u200b  Zoe\u0308's\tSchool ") == "St Zo\u00eb's School"
