"""Hypothesis strategies for what a ledger may hold: whatever registers have written.

Nothing is made up: a register on a ledger in memory is told to do one thing after
another, and a clock goes on, or back, in between. What it refuses writes nothing.
"""

from contextlib import suppress

from hypothesis import strategies as st

from ...catalogue.catalogue import Catalogue
from ...consent.events import Event
from ...errors import DecisionError, WrongSchoolError
from ...ledgers.base import school_stream
from ...ledgers.memory import MemoryLedger
from .arguments import checked
from .catalogues import Draw
from .world import SCHOOLS, World, public_records

MOST_DEEDS = 20
"""How many things are done in a history at most, where a test does not say."""


@st.composite
def _ledgers(draw: Draw, catalogue: Catalogue, most: int) -> MemoryLedger:
    world = World(draw, catalogue)
    for _ in range(draw(st.integers(0, most))):
        deed = draw(st.sampled_from(world.likely()))
        with suppress(DecisionError, WrongSchoolError):
            deed(world)
    return world.ledger


def memory_ledgers(
    catalogue: Catalogue, *, max_deeds: int = MOST_DEEDS
) -> st.SearchStrategy[MemoryLedger]:
    """Return ledgers with a history of two schools and two apps, each a new one.

    Their schools are `SCHOOLS`, their apps `APPS`; time begins at
    `NOON`, and may have gone back now and then.

    Args:
        catalogue: The catalogue; it has a public resource.
        max_deeds: How many things happen at most, some of which come to nothing.
    """
    public_records(checked("catalogue", catalogue, Catalogue), SCHOOLS[0])
    return _ledgers(catalogue, checked("max_deeds", max_deeds, int))


def histories(
    catalogue: Catalogue, *, max_deeds: int = MOST_DEEDS
) -> st.SearchStrategy[tuple[Event, ...]]:
    """Return the events of one school, the first of `SCHOOLS`, in the order written.

    `fold_school` makes its state of them. What apps have published, and what was read,
    is in other streams; see `memory_ledgers`.

    Args:
        catalogue: The catalogue; it has a public resource.
        max_deeds: How many things happen at most, some of which come to nothing.
    """
    written = memory_ledgers(catalogue, max_deeds=max_deeds)
    return written.map(lambda ledger: tuple(ledger.read(school_stream(SCHOOLS[0]))))
