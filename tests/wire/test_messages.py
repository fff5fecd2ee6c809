"""Answers of an MIS: what of them is heeded, and what of them is shown."""

import pytest

from scopegate._wire.messages import Answer, whole_number
from scopegate.adapters import steps


@pytest.mark.parametrize(
    "told", ["", "-1", "+1", "1e3", "1.0", " 1", "1\n", "\u0667", "9" * 19]
)
def test_what_is_no_number_is_none(told):
    """What a header says in the place of a number, such as a total, is not heeded."""
    assert Answer(200, {"Total": told}).number("total") is None


@pytest.mark.parametrize("told", ["0", "7", "007", "9" * 18])
def test_a_number_is_read_as_it_is(told):
    """With up to 18 digits, by the name of its header in whatever case."""
    assert Answer(200, {"X-Total-Count": told}).number("x-total-count") == int(told)


def test_a_header_that_is_not_there_says_no_number():
    """As if it said nothing."""
    assert Answer(200).number("total") is None


def test_digits_are_counted():
    """One more than may be is too many."""
    assert [whole_number(text, 3) for text in ("999", "1000")] == [999, None]


def test_both_channels_have_one_answer():
    """A part is not the whole for either, and no header is shown by either."""
    shown = Answer(206, {"Set-Cookie": "hush"}, b"hush")

    assert steps.Answer is Answer
    assert (shown.is_good, "hush" in repr(shown)) == (False, False)
