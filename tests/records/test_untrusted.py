"""Looking at values without trusting them."""

from collections import defaultdict
from types import MappingProxyType, SimpleNamespace

import pytest

from scopegate.catalogue.field import Step
from scopegate.records.untrusted import (
    MISSING,
    UNREADABLE,
    is_plain,
    is_record,
    plain_at,
    read,
)
from scopegate.testing.hostile import (
    CANARY,
    Impostor,
    Liar,
    Raising,
    RaisingMapping,
    Twin,
)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": 1}, 1),
        ({}, MISSING),
        (MappingProxyType({"id": 1}), 1),
        (MappingProxyType({}), MISSING),
        (SimpleNamespace(id=1), 1),
        (SimpleNamespace(), MISSING),
        (defaultdict(int), MISSING),
        (Liar(id=1), 1),
        (Raising(), UNREADABLE),
        (RaisingMapping(), UNREADABLE),
        ({Twin("id"): CANARY}, UNREADABLE),
    ],
)
def test_a_read_gives_the_value_or_says_why_not(record, expected):
    """A read gives what the items say, MISSING, or UNREADABLE where it raised."""
    assert read(record, "id") == expected


def test_reading_does_not_change_a_defaultdict():
    """A `defaultdict` does not grow by being read."""
    record = defaultdict(int)

    read(record, "id")

    assert record == {}


def test_what_ends_the_program_is_not_swallowed():
    """An interrupt that arrives while an attribute is read goes on."""

    class Interrupting:
        def __getattr__(self, name):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(Interrupting(), "id")


def test_a_class_that_claims_to_be_text_is_not_plain():
    """What a metaclass says of equality does not make a value plain."""
    assert not is_plain(Impostor())


@pytest.mark.parametrize(
    "value", [None, 1, "x", b"y", [], (), {1}, print, int, SimpleNamespace]
)
def test_values_collections_and_classes_are_no_records(value):
    """Only mappings and objects with attributes are records."""
    assert not is_record(value)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"home": {"town": "Leeds"}}, "Leeds"),
        ({"home": SimpleNamespace(town="Leeds")}, "Leeds"),
        ({"home": {"town": None}}, UNREADABLE),
        ({"home": {"town": ["Leeds"]}}, UNREADABLE),
        ({"home": {}}, UNREADABLE),
        ({"home": None}, UNREADABLE),
        ({"home": "Leeds"}, UNREADABLE),
        ({"home": Raising()}, UNREADABLE),
        ({}, UNREADABLE),
    ],
)
def test_what_decides_must_be_known(record, expected):
    """A value that decides is plain and there, or it cannot be read."""
    assert plain_at(record, (Step("home"), Step("town"))) == expected
