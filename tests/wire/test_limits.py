"""What an MIS may make a reader wait for and hold: only values that make sense."""

import pytest
from attrs import fields

from scopegate import http
from scopegate._wire.limits import Limits
from scopegate.adapters import steps

WHOLE = ["answer_bytes", "pages", "retries", "remembered"]
ALL = [*WHOLE, "seconds", "longest_wait"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("given", [-1, -0.5, float("nan"), "3", None, True, [1]])
def test_what_makes_no_sense_is_refused(name, given):
    """The attribute is named with a value that would do, and the given one is not."""
    usual = getattr(Limits(), name)

    with pytest.raises(ValueError, match=f"`Limits.{name}` is not a") as caught:
        Limits(**{name: given})

    assert str(caught.value).endswith(f"; give one such as {usual}")


@pytest.mark.parametrize("name", [name for name in ALL if name != "retries"])
def test_a_limit_of_0_is_refused(name):
    """Nothing could be read within it."""
    with pytest.raises(ValueError, match=f"`Limits.{name}` is not a .*number above 0;"):
        Limits(**{name: 0})


def test_no_call_need_be_tried_again():
    """Of retries alone there may be none."""
    assert Limits(retries=0).retries == 0
    with pytest.raises(ValueError, match="is not a whole number of at least 0; "):
        Limits(retries=-1)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_counted_is_whole(name):
    """There is no half page."""
    with pytest.raises(ValueError, match=f"`Limits.{name}` is not a whole number"):
        Limits(**{name: 1.5})


def test_every_attribute_is_held_to_it():
    """None was added that nobody tries here."""
    assert {one.name for one in fields(Limits)} == set(ALL)


def test_both_channels_have_the_same():
    """What bounds an adapter is what bounds a guard."""
    assert steps.Limits is http.Limits is Limits
