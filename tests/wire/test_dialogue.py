"""A dialogue drives a generator of steps, and leaves nothing between two of them."""

import pytest

from scopegate._wire.dialogue import Dialogue


def adding():
    """Yield what is asked for, and return the replies."""
    return [(yield "one"), (yield "two"), (yield "three")]


def test_each_step_is_handed_its_reply():
    """The first is handed none, since nothing was asked before it."""
    dialogue = Dialogue(adding())

    for step in dialogue:
        dialogue.reply = step.upper()

    assert dialogue.result == ["ONE", "TWO", "THREE"]


def test_a_reply_is_handed_on_once():
    """A step that no one replies to gets nothing, and not what the one before got."""
    dialogue = Dialogue(adding())

    for step in dialogue:
        if step == "one":
            dialogue.reply = 1

    assert dialogue.result == [1, None, None]


def test_what_the_steps_raise_is_raised():
    """As it is, and over nothing."""

    def failing():
        yield "one"
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        list(Dialogue(failing()))

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
