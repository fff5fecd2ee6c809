"""The time zone of a school: who says it, where it is kept, and which are known."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings, strategies as st

from scopegate.consent.codec import event_from_json, event_to_json
from scopegate.errors import UnknownZoneError
from scopegate.register import connections

from ..deciding import DANA, MIS, SCHOOL, Scene


def connect(scene, zone=None, actor=None):
    """Connect the school, with a zone or without."""
    return scene.register.connect(
        school=SCHOOL, mis="arbor", adapter=MIS, zone=zone, actor=actor
    )


def zone_of(scene):
    """Return the zone of the school, as its state has it."""
    return scene.register.state(SCHOOL).zone


def test_a_school_is_in_london_unless_it_says_otherwise(scene):
    """No zone need be given, and none is looked for then."""
    assert zone_of(scene) == connect(scene).zone == zone_of(scene) == "Europe/London"


@settings(deadline=None)
@given(st.timezone_keys(allow_prefix=False))
def test_a_school_may_be_anywhere(zone):
    """Every zone of the tz database is taken, and kept in the connection."""
    scene = Scene()

    assert connect(scene, zone).zone == zone_of(scene) == zone
    assert ZoneInfo(zone)


def test_a_school_keeps_its_zone_until_it_says_another(scene):
    """Connecting again without a zone, even after a disconnection, keeps it."""
    connect(scene, "Asia/Tokyo")
    scene.register.disconnect(school=SCHOOL, actor=DANA)
    between = zone_of(scene)
    again = connect(scene, actor=DANA).zone
    moved = connect(scene, "Europe/London").zone

    assert (between, again, moved) == ("Asia/Tokyo", "Asia/Tokyo", "Europe/London")
    assert zone_of(scene) == "Europe/London"


@pytest.mark.parametrize(
    "zone", ["Europe/Londn", "europe/london", "", "Europe", "../x", "\0", "GMT+1\n"]
)
def test_a_zone_that_there_is_not_is_refused_before_the_mis_is_asked(scene, zone):
    """The error names what is near, or how one is written; nothing is recorded."""
    with pytest.raises(UnknownZoneError, match="unknown time zone `"):
        connect(scene, zone)

    assert scene.events() == []


@pytest.mark.parametrize(
    ("zone", "known", "sentence"),
    [
        (
            "Europe/Londn",
            available_timezones(),
            "unknown time zone `Europe/Londn`; did you mean `Europe/London`",
        ),
        (
            "Europe/London",
            set(),
            "unknown time zone `Europe/London`; write one of the tz database, such as"
            " `Europe/London`, or if this machine has no such database"
            " `pip install tzdata`",
        ),
    ],
)
def test_the_error_says_what_to_write_or_to_install(
    scene, zone, known, sentence, monkeypatch
):
    """A machine without a tz database can still connect a school without a zone."""
    monkeypatch.setattr(connections, "available_timezones", lambda: known)

    with pytest.raises(UnknownZoneError) as caught:
        connect(scene, zone)

    assert str(caught.value).startswith(sentence)
    assert connect(scene).zone == "Europe/London"


def test_a_zone_is_written_only_where_it_says_something(scene):
    """What was written before reads as it did, and is written so again."""
    connect(scene)
    connect(scene, "Asia/Tokyo")
    usual, other = scene.ledger.bodies(f"school/{SCHOOL}")

    assert b"zone" not in usual
    assert b'"zone":"Asia/Tokyo"' in other
    for body in (usual, other):
        assert event_to_json(event_from_json(body)) == body


def test_a_ledger_is_read_without_any_tz_database(scene):
    """The name is kept as it is, even one that this machine does not have."""
    connect(scene, "Asia/Tokyo")
    (body,) = scene.ledger.bodies(f"school/{SCHOOL}")

    read = event_from_json(body.replace(b"Asia/Tokyo", b"Mars/Utopia"))

    assert read.connection.zone == "Mars/Utopia"
