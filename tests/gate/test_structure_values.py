"""What becomes of the values of a released record, strictly."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import field, frozen, make_class

from scopegate.catalogue.catalogue import Catalogue
from scopegate.errors import StructureError
from scopegate.gate.structure import structurer
from scopegate.testing.permits import permit_for

CANARY = "c4n4ry"
FIELDS = ["id", "name", "home.town", "tags[].name"]
CATALOGUE = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {"student": {"key": "id", "field": {path: {} for path in FIELDS}}},
        "scope": {"basic": {"fields": [f"student.{path}" for path in FIELDS]}},
    }
)
PERMIT = permit_for(CATALOGUE, "basic")


@frozen
class Home:
    """Where a pupil lives."""

    town: str


@frozen
class Person:
    """Somebody with a name."""

    name: str


def wanting(**attributes):
    """Return a class `Wanting` that needs an attribute of each name and type."""
    return make_class("Wanting", {n: field(type=t) for n, t in attributes.items()})


def made(kind, value):
    """Return what *value* becomes where a class says *kind*."""
    return structurer(wanting(name=kind), PERMIT, "student")({"name": value}).name


MOMENT = datetime(2026, 9, 1, 8, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (date, "2026-09-01", MOMENT.date()),
        (date, MOMENT.date(), MOMENT.date()),
        (time, "08:45", time(8, 45)),
        (time, time(8, 45), time(8, 45)),
        (datetime, "2026-09-01T08:45:00Z", MOMENT),
        (datetime, MOMENT, MOMENT),
        (date | None, None, None),
        (float, 7, 7),
        (float, 7.5, 7.5),
        (Decimal, Decimal("1.10"), Decimal("1.10")),
        (UUID, UUID(int=7), UUID(int=7)),
        (bytes, b"x", b"x"),
        (bool, True, True),
    ],
)
def test_a_value_is_taken_as_it_is_or_read_from_iso_8601(kind, value, expected):
    """Moments may come as text; everything else must be of its type."""
    found = made(kind, value)

    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, None),
        (str, 7),
        (int, "7"),
        (int, True),
        (int, 7.0),
        (bool, 1),
        (float, "7"),
        (float, True),
        (date, MOMENT),
        (date, CANARY),
        (datetime, date(2026, 9, 1)),
        (time, None),
        (Decimal, "1.10"),
        (UUID, str(UUID(int=7))),
        (bytes, CANARY),
        (Home, CANARY),
        (list[str], CANARY),
        (Sequence[str], CANARY),
        (list[str], {CANARY: 1}),
        (tuple[str, ...], CANARY),
        (set[str], CANARY),
        (dict[str, str], CANARY),
    ],
)
def test_nothing_else_is_coerced(kind, value):
    """What is not of the type is refused, null where text is wanted included."""
    with pytest.raises(StructureError):
        made(kind, value)


@pytest.mark.parametrize("value", [None, 7, [CANARY], {"x": CANARY}, CANARY.encode()])
def test_a_refusal_shows_the_place_and_no_value(value):
    """Where a record does not fit, class and places are named and nothing else."""
    make = structurer(wanting(home=Home, tags=list[Person]), PERMIT, "student")

    with pytest.raises(StructureError) as caught:
        make({"home": {"town": value}, "tags": [{"name": value}, {}]})

    assert (str(caught.value), caught.value.__cause__) == (
        "a record does not fit class `Wanting` at `home.town`, `tags[0].name`,"
        " `tags[1].name`; widen the types, or give the attributes defaults",
        None,
    )


def test_a_missing_value_without_a_default_is_told():
    """A permitted field that a record lacks is named, since the class needs it."""
    make = structurer(wanting(id=int, name=str), PERMIT, "student")

    with pytest.raises(StructureError) as caught:
        make({"id": 7})

    assert caught.value.fields == ("name",)


@pytest.mark.parametrize("kind", [int | str, list[int | str], object])
def test_a_type_that_cannot_be_made_is_refused_up_front(kind):
    """A class that no record could ever fit is refused before anything is read."""
    with pytest.raises(TypeError):
        structurer(wanting(name=kind), PERMIT, "student")
