"""Records that the process already holds."""

from types import SimpleNamespace

import pytest

from scopegate.adapters.base import Fetch
from scopegate.adapters.records import RecordsAdapter
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource

STUDENT = Resource("student", "Student", "id", [Field("student.id")])
WANTED = Fetch(STUDENT, ["student.id"], "1")


@pytest.mark.parametrize("school", ["1", None])
def test_the_adapter_says_whose_data_it_serves(school):
    """The school is what the caller said, or nothing."""
    assert RecordsAdapter({}, school).school == school


def test_records_are_served_as_they_are():
    """Mappings and objects come in their order, the very same objects."""
    held = [{"id": 1, "more": 2}, SimpleNamespace(id=2)]
    adapter = RecordsAdapter({"student": held, "staff": [{"id": 3}]})

    served = list(adapter.fetch(WANTED))

    assert [a is b for a, b in zip(served, held, strict=True)] == [True, True]


def test_a_list_is_served_again():
    """What is held as a list can be fetched as often as asked."""
    adapter = RecordsAdapter({"student": [{"id": 1}]})

    assert list(adapter.fetch(WANTED)) == list(adapter.fetch(WANTED)) == [{"id": 1}]


def test_an_iterator_is_served_once():
    """What is held as an iterator is fetched once and is empty then."""
    adapter = RecordsAdapter({"student": iter([{"id": 1}])})

    assert [list(adapter.fetch(WANTED)) for _ in "12"] == [[{"id": 1}], []]


def test_a_resource_it_does_not_have_is_empty():
    """Asking for an unknown resource is not an error."""
    assert list(RecordsAdapter({}).fetch(WANTED)) == []


def test_nothing_is_read_ahead():
    """A record is taken from an iterator when it is asked for, not before."""
    left = iter([{"id": 1}, {"id": 2}])

    next(RecordsAdapter({"student": left}).fetch(WANTED))

    assert list(left) == [{"id": 2}]
