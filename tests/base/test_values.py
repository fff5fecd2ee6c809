"""The converters that freeze, and the text shown to people."""

import copy
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given, strategies as st

from scopegate._base.values import (
    aware,
    clean,
    clock_in_utc,
    frozen_mapping,
    is_clean,
    names,
    printable,
    quoted,
    texts,
    utc_now,
)

from ..zones import zoned


def test_the_present_instant_is_aware():
    """The clock that is used by default gives instants in UTC."""
    assert utc_now().tzinfo is UTC


@given(st.lists(st.text()))
def test_texts_and_names_keep_what_they_are_given(given):
    """A tuple keeps the order, a set what is there at all."""
    assert (texts(iter(given)), names(iter(given))) == (tuple(given), set(given))


def test_a_frozen_mapping_keeps_nothing_of_the_callers():
    """Changing the mapping that was given does not change the frozen one."""
    given = {"a": 1}
    frozen = frozen_mapping(given)

    given["a"] = 2

    assert frozen == {"a": 1}


def test_a_frozen_mapping_is_read_only():
    """Nothing can be written into a frozen mapping."""
    with pytest.raises(TypeError):
        frozen_mapping({})["a"] = 1


@given(st.text())
def test_what_is_shown_is_clean(text):
    """Whatever is in a name, what is shown upsets no terminal and no log."""
    assert is_clean(printable(text))


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"))))
def test_ordinary_text_is_shown_as_it_is(text):
    """Letters of any language, marks and spaces are not escaped."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202e", r"\u202e"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("école", "école"),
    ],
)
def test_what_could_deceive_is_shown_as_an_escape(text, shown):
    """Control characters, reversed text, line separators and surrogates are spelt."""
    assert printable(text) == shown


def test_names_are_quoted_for_a_sentence():
    """Names are in backticks, apart by commas, each made printable."""
    assert quoted(["a", "b\n"]) == r"`a`, `b\n`"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", True), ("é 🙂", True), ("\x7f", False), ("\x85", False), ("\udfff", False)],
)
def test_text_is_clean_without_control_characters_and_surrogates(text, expected):
    """A control character or a lone surrogate makes a text unclean."""
    assert is_clean(text) is expected


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\ud800"])
def test_a_text_that_is_kept_must_be_clean(text):
    """Control characters and lone surrogates are refused, and not shown."""
    with pytest.raises(ValueError, match="a text that is kept has no control"):
        clean(text)


@given(st.text().filter(is_clean))
def test_a_clean_text_is_kept_as_it_is(text):
    """The converter of texts changes nothing."""
    assert clean(text) is text


class Unsure(tzinfo):
    """A zone that does not say how far it is from UTC."""

    def utcoffset(self, _):
        """Return nothing."""


class Odd(datetime):
    """An instant that is never after another, as those of some libraries are."""

    def __ge__(self, _):
        return False


@pytest.mark.parametrize("zone", [None, Unsure()])
def test_an_instant_without_an_offset_is_refused(zone):
    """A naive instant would mean another one elsewhere.

    Fails on the release before for a zone that gives no offset.
    """
    with pytest.raises(ValueError, match="time zone"):
        aware(datetime(2026, 11, 23, 12, tzinfo=zone))


@pytest.mark.parametrize(
    ("at", "hours"),
    [(datetime.min.replace(tzinfo=UTC), 1), (datetime.max.replace(tzinfo=UTC), -2)],
)
def test_an_instant_outside_the_calendar_is_refused(at, hours):
    """In UTC it would be in the year 0, or 10000."""
    with pytest.raises(ValueError, match="years 1 to 9999"):
        aware(at.replace(tzinfo=timezone(timedelta(hours=hours))))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANY = st.datetimes(
    datetime(1800, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)


@given(ANY | zoned())
def test_an_instant_is_kept_in_utc(at):
    """The converter of instants changes how one is written, and not when it is.

    Fails on the release before: it kept the zone, by whose clocks Python compares.
    """
    assert aware(at).tzinfo is UTC
    assert aware(at) - EPOCH == at - EPOCH


@given(zoned(), zoned())
def test_of_two_instants_the_later_one_is_later(one, other):
    """Also in the hour that a clock shows twice."""
    assert (aware(one) < aware(other)) == (one - EPOCH < other - EPOCH)
    assert (aware(one) == aware(other)) == (one - EPOCH == other - EPOCH)


def test_an_instant_of_another_class_becomes_a_plain_one():
    """What a subclass says of before and after does not count."""
    for zone in (UTC, timezone(timedelta(hours=1))):
        found = aware(Odd(2026, 11, 23, 12, tzinfo=zone))

        assert type(found) is datetime
        assert found >= found


@given(zoned())
def test_a_clock_gives_the_same_instant_in_utc(at):
    """Whatever zone it is set to."""
    assert clock_in_utc(lambda: at)() == aware(at)


def test_a_frozen_mapping_is_its_own_copy():
    """What never changes needs no second one: a copy, shallow or deep, is the same."""
    mapping = frozen_mapping({"a": 1})

    assert copy.copy(mapping) is mapping
    assert copy.deepcopy(mapping) is mapping
