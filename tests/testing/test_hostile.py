"""The hostile values are hostile: a careless reader lets the canary out."""

from datetime import datetime, timedelta

import pytest

from scopegate.testing.hostile import (
    CANARY,
    Impostor,
    Liar,
    Raising,
    RaisingMapping,
    Text,
    Zone,
    growing,
)

CARELESS = {
    "text of a text": lambda: str(Text("x")),
    "repr": lambda: repr(Raising()),
    "item of a dict": lambda: Liar(id=1)["id"],
    "get of a dict": lambda: Liar(id=1).get("id"),
    "keys of a mapping": lambda: next(iter(RaisingMapping())),
    "attribute of an impostor": lambda: Impostor().secret,
    "name of a zone": lambda: datetime(2026, 1, 1, tzinfo=Zone()).strftime("%Z"),
    "attribute that grows": lambda: growing()[0].anything,
}


@pytest.mark.parametrize("way", CARELESS)
def test_a_careless_reader_lets_the_canary_out(way):
    """What the projection must not do would show the canary."""
    assert CARELESS[way]() == CANARY


def test_a_zone_that_carries_something_still_tells_the_time():
    """A moment with such a zone behaves as any other, which is why it is dangerous."""
    moment = datetime(2026, 1, 1, tzinfo=Zone())

    assert (moment.utcoffset(), moment.dst()) == (timedelta(0), None)


def test_an_impostor_passes_a_test_by_equality():
    """A class that claims to equal `str` is found among the plain types by a set."""
    assert type(Impostor()) in {str}


def test_a_raising_mapping_has_a_length():
    """It looks like a mapping until it is read."""
    assert len(RaisingMapping()) == 1


def test_a_list_grows_when_an_element_is_read():
    """A reader that reads while iterating never comes to an end."""
    rows = growing()
    _ = rows[0].anything

    assert len(rows) == 2
