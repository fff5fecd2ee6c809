"""What an MIS may make a reader wait for and hold: only values that make sense."""

import pytest
from attrs import fields

from scopegate import http
from scopegate._wire.limits import Limits
from scopegate.adapters import steps

WHOLE = ["answer_bytes", "pages", "retries", "remembered"]
ALL = [*WHOLE, "seconds", "longest_wait"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("given", ["3", None, True, [1]])
def test_what_is_no_number_is_refused(name, given):
    """The attribute is named, with what belongs there."""
    with pytest.raises(ValueError, match=f"number as `{name}`, not "):
        Limits(**{name: given})


@pytest.mark.parametrize("name", [name for name in ALL if name != "retries"])
@pytest.mark.parametrize("given", [-1, 0])
def test_a_limit_that_is_not_above_0_is_refused(name, given):
    """Nothing could be read within it; the sentence names a value that would do."""
    with pytest.raises(ValueError, match=f"`Limits.{name}` is not above 0") as caught:
        Limits(**{name: given})

    assert str(caught.value).endswith(f"; give one such as {getattr(Limits(), name)}")


@pytest.mark.parametrize("name", ["seconds", "longest_wait"])
def test_a_time_that_is_no_number_is_refused(name):
    """NaN seconds would be neither over nor not."""
    with pytest.raises(ValueError, match=f"`Limits.{name}` is not above 0"):
        Limits(**{name: float("nan")})


def test_no_call_need_be_tried_again():
    """Of retries alone there may be none."""
    assert Limits(retries=0).retries == 0
    with pytest.raises(ValueError, match=r"`Limits\.retries` is not at least 0; "):
        Limits(retries=-1)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_counted_is_whole(name):
    """There is no half page."""
    with pytest.raises(ValueError, match=f"a whole number as `{name}`"):
        Limits(**{name: 1.5})


def test_every_attribute_is_held_to_it():
    """None was added that no one tries here."""
    assert {one.name for one in fields(Limits)} == set(ALL)


def test_both_channels_have_the_same():
    """What bounds an adapter is what bounds a guard."""
    assert steps.Limits is http.Limits is Limits
