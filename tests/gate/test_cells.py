"""Every cell of the table of what a projection releases, for dicts and for objects."""

from collections import OrderedDict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest
from pydantic import BaseModel

from scopegate.catalogue.catalogue import Catalogue
from scopegate.gate.projection.projection import compile_projection
from scopegate.testing.hostile import Number, Raising, Text, Zone
from scopegate.testing.permits import permit_for

CATALOGUE = Catalogue.from_dict(
    {
        "id": "table",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {
                "key": "id",
                "field": {
                    "id": {},
                    "upn": {},
                    "home.town": {},
                    "home.lat": {},
                    "tags[]": {},
                    "emails[].address": {},
                    "emails[].kind": {},
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "pupils": {
                "fields": [
                    "pupil.id",
                    "pupil.home.town",
                    "pupil.tags[]",
                    "pupil.emails[].address",
                ]
            },
        },
    }
)
PROJECT = compile_projection(permit_for(CATALOGUE, "pupils"), "pupil")
NESTED = [[1]]


def as_object(value):
    """Return *value* with every dict as an object with attributes."""
    if type(value) is dict:
        return SimpleNamespace(**{name: as_object(v) for name, v in value.items()})
    return [as_object(v) for v in value] if type(value) is list else value


def both(record):
    """Return what is released of *record* as a dict and as an object, with the notes."""
    results = []
    for given in (record, as_object(record)):
        notes = []
        results.append((PROJECT(given, notes.append), notes))
    return results


PLAIN = [
    "x", "", 7, 10**4000, 1.5, True, None, date(2010, 2, 11), time(8, 45), Decimal("1.1"),
    datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=ZoneInfo("Europe/London")),
    UUID(int=7), b"x", "\ud800",
]  # fmt: skip
NOT_PLAIN = [
    {"a": 1}, [1], (1,), {1}, Text("x"), Number(7), object(), Raising(), SimpleNamespace(id=1),
    datetime(2026, 9, 1, tzinfo=Zone()), time(8, 45, tzinfo=Zone()), 1j, bytearray(b"x"), print,
    str,
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_plain_value_is_released(value):
    """A plain value at a permitted leaf is released as it is."""
    assert both({"id": value}) == [({"id": value}, [])] * 2


@pytest.mark.parametrize("value", NOT_PLAIN, ids=lambda v: type(v).__name__)
def test_anything_else_at_a_leaf_is_not_released(value):
    """Whatever is not exactly of a plain type is left out, with a note of the path."""
    assert both({"id": value, "upn": 1}) == [({}, ["pupil.id"])] * 2


def test_a_missing_leaf_stays_missing():
    """A key that is not there is not made up."""
    assert both({"upn": 1}) == [({}, [])] * 2


def test_a_missing_branch_stays_missing():
    """A branch that is not there is not made up."""
    assert both({"id": 1}) == [({"id": 1}, [])] * 2


def test_a_null_leaf_stays_null():
    """Null at a permitted leaf is released as null."""
    assert both({"id": None}) == [({"id": None}, [])] * 2


@pytest.mark.parametrize("name", ["home", "tags", "emails"])
def test_a_null_branch_stays_null(name):
    """Null where an object or a list is declared is released as null."""
    assert both({name: None}) == [({name: None}, [])] * 2


def test_a_leaf_below_an_object_is_released():
    """Of an object only its permitted leaves are released."""
    assert (
        both({"home": {"town": "Leeds", "lat": 1}})
        == [({"home": {"town": "Leeds"}}, [])] * 2
    )


def test_an_object_without_permitted_values_is_empty():
    """An object that is there, and holds nothing permitted, is released empty."""
    assert both({"home": {"lat": 1}}) == [({"home": {}}, [])] * 2


def test_a_branch_without_a_permitted_leaf_does_not_appear():
    """What has no permitted leaf below it is not even released empty."""
    project = compile_projection(permit_for(CATALOGUE, "school"), "school")

    assert project({"urn": "1", "home": {"town": "Leeds"}}) == {"urn": "1"}


@pytest.mark.parametrize(
    "value", ["Leeds", 7, [], [{"town": "Leeds"}], (), True, b"x", Text("y")]
)
def test_anything_else_where_an_object_is_declared_is_not_released(value):
    """A value or a list where an object is declared is left out, with a note."""
    assert both({"home": value}) == [({}, ["pupil.home"])] * 2


@pytest.mark.parametrize("value", ["x", 7, {"address": "x"}, {1}, Raising()])
def test_anything_else_where_a_list_is_declared_is_not_released(value):
    """A value or an object where a list is declared is left out, with a note."""
    assert both({"emails": value}) == [({}, ["pupil.emails[]"])] * 2


def test_a_list_keeps_its_order_and_its_nulls():
    """Elements stay in order, and a null element stays null."""
    emails = [{"address": "b", "kind": "home"}, None, {"address": "a"}]

    expected = {"emails": [{"address": "b"}, None, {"address": "a"}]}
    assert both({"emails": emails}) == [(expected, [])] * 2


def test_a_malformed_element_is_left_out():
    """An element that is not an object is left out, with a note; the others stay."""
    expected = ({"emails": [{"address": "a"}]}, ["pupil.emails[]", "pupil.emails[]"])

    assert both({"emails": [7, {"address": "a"}, NESTED]}) == [expected] * 2


def test_a_list_of_plain_values_keeps_them():
    """A list of plain values is released with its order and its nulls."""
    assert both({"tags": ["b", None, "a"]}) == [({"tags": ["b", None, "a"]}, [])] * 2


def test_a_list_of_lists_is_not_released():
    """A list within a list of plain values is left out, with a note."""
    assert both({"tags": ["a", ["b"]]}) == [({"tags": ["a"]}, ["pupil.tags[]"])] * 2


def test_an_empty_list_stays_empty():
    """An empty list is released as one."""
    assert both({"emails": [], "tags": []}) == [({"tags": [], "emails": []}, [])] * 2


def test_a_tuple_is_read_as_a_list():
    """A tuple where a list is declared is released as a list."""
    assert both({"tags": ("a", "b")}) == [({"tags": ["a", "b"]}, [])] * 2


def test_the_rest_of_a_record_is_released_beside_what_is_malformed():
    """A malformed place costs nothing but itself."""
    record = {"id": 1, "home": 7, "tags": ["a"], "emails": [{"address": {}}]}

    expected = {"id": 1, "tags": ["a"], "emails": [{}]}
    notes = ["pupil.home", "pupil.emails[].address"]
    assert both(record) == [(expected, notes)] * 2


@pytest.mark.parametrize("value", [None, 7, "x", [], [{"id": 1}], NESTED])
def test_what_is_no_record_is_left_out(value):
    """Where a record should be and is not, nothing is released, with a note."""
    notes = []

    assert PROJECT(value, notes.append) is None
    assert notes == ["pupil"]


@attrs.frozen
class AttrsPupil:
    """A pupil as an attrs class."""

    id: int
    upn: str


class PydanticPupil(BaseModel):
    """A pupil as a pydantic model."""

    id: int
    upn: str


@pytest.mark.parametrize(
    "record",
    [
        AttrsPupil(1, "A1"),
        PydanticPupil(id=1, upn="A1"),
        attrs.make_class("Slotted", ["id", "upn"], slots=True)(1, "A1"),
        OrderedDict(id=1, upn="A1"),
    ],
    ids=lambda r: type(r).__name__,
)
def test_records_of_every_making_are_read(record):
    """Classes of attrs, pydantic models, slotted classes and mappings are all read."""
    assert PROJECT(record) == {"id": 1}


def test_only_permitted_attributes_are_touched():
    """Reading an object touches no attribute that is not permitted."""
    touched = []

    class Watched:
        def __getattribute__(self, name):
            touched.append(name)
            raise AttributeError(name)

    PROJECT(Watched())

    assert touched == ["id", "home", "tags", "emails"]
