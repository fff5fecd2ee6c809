"""A converter that takes values only as they are."""

from enum import StrEnum

import pytest
from attrs import frozen
from cattrs import Converter
from hypothesis import given

from scopegate._base.strict import exactly, problems, strict
from scopegate.testing.strategies import plain_values

CANARY = "c4n4ry"


@frozen
class Address:
    """A part of a record."""

    town: str
    number: int


@frozen
class Person:
    """A record with a part."""

    name: str
    homes: list[Address]


CONVERTER = strict(Converter(), str, int)


@given(plain_values())
def test_a_value_of_exactly_the_type_is_taken_as_it_is(value):
    """Whatever the value, its own type takes it and gives back the same object."""
    assert exactly(type(value))(value, type(value)) is value


class Text(str):
    """A subclass of text."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, str), (7, str), ("7", int), (True, int), (Text("x"), str)],
)
def test_another_type_is_refused(value, kind):
    """Nothing becomes text or a number that is not exactly one, subclasses included."""
    with pytest.raises(TypeError, match=f"expected {kind.__name__}"):
        exactly(kind)(value, kind)


class Size(StrEnum):
    """Some texts, named."""

    SMALL = "small"


def test_an_enum_of_texts_is_structured_as_its_member():
    """A member comes back as itself, not as a text that is equal to it."""
    assert CONVERTER.structure("small", Size) is Size.SMALL


@pytest.mark.parametrize("value", ["large", None, 1, Text("small"), ["small"]])
def test_what_is_no_member_is_refused(value):
    """Another text is not a member, and neither is one that only compares equal."""
    with pytest.raises((TypeError, ValueError)):
        CONVERTER.structure(value, Size)


def test_what_fits_is_structured():
    """A strict converter still builds classes of what fits."""
    found = CONVERTER.structure(
        {"name": "Ada", "homes": [{"town": "Leeds", "number": 7}]}, Person
    )

    assert found == Person("Ada", [Address("Leeds", 7)])


def test_every_problem_is_told_with_its_place_and_no_value():
    """What is missing and what does not fit is said of each place, without values."""
    broken = {"homes": [{"town": "Leeds", "number": CANARY}, {"number": 8}, CANARY]}

    with pytest.raises(Exception, match="Person") as caught:
        CONVERTER.structure(broken, Person)

    assert problems(caught.value) == [
        "is missing @ $.name",
        "does not fit @ $.homes[0].number",
        "is missing @ $.homes[1].town",
        "does not fit @ $.homes[2].town",
        "does not fit @ $.homes[2].number",
    ]
