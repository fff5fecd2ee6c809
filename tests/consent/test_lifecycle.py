"""The two state machines, and that the docs draw those that run."""

from itertools import product
from pathlib import Path

import pytest

from scopegate.consent.lifecycle import GRANT, REQUEST, GrantStatus, RequestStatus

PAGE = Path(__file__).parents[2] / "docs" / "look-up" / "states.md"
MACHINES = pytest.mark.parametrize("machine", [REQUEST, GRANT], ids=lambda m: m.name)


@MACHINES
def test_the_docs_draw_the_machine_that_runs(machine):
    """The diagram on the page is made of the table that the fold moves by."""
    block = f"```mermaid\n{machine.drawing()}\n```"

    assert block in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("machine", "states"), [(REQUEST, RequestStatus), (GRANT, GrantStatus)]
)
def test_every_state_can_be_reached(machine, states):
    """From the start some moves lead to each state, and to no other."""
    reached = {machine.start}
    while (
        more := {end for (state, _), end in machine.moves.items() if state in reached}
        - reached
    ):
        reached |= more

    assert reached == set(states)


def test_ends_are_final():
    """No move leads out of an end, whatever its name."""
    moves = {move for _, move in (*REQUEST.moves, *GRANT.moves)}
    ends = [
        *((REQUEST, s) for s in ("authorised", "declined", "lapsed", "cancelled")),
        *((GRANT, s) for s in GrantStatus if s is not GrantStatus.AUTHORISED),
    ]

    assert all(machine.is_final(state) for machine, state in ends)
    assert not any(m.after(state, move) for (m, state), move in product(ends, moves))


@MACHINES
def test_the_start_is_no_end(machine):
    """Something can always happen to what has just begun."""
    assert not machine.is_final(machine.start)
