"""Adapters with one fault each, and the obligations of the suite that it breaks.

Each is a mistake that is easily made in an adapter, or that some MIS makes for it.
They are in `faulty_pages`, `faulty_queries`, `faulty_values` and `faulty_uses`.
"""

from collections.abc import Callable

from attrs import frozen


@frozen
class Fault:
    """One fault.

    Attributes:
        made: The adapter that has it.
        breaks: Names of obligations that it must fail.
    """

    made: Callable[..., object]
    breaks: tuple[str, ...]


FAULTS: dict[str, Fault] = {}
ASYNC_FAULTS: dict[str, Fault] = {}


def fails(*obligations):
    """Keep a class as one that must fail these obligations."""

    def keep(made):
        FAULTS[made.__name__] = Fault(made, obligations)
        return made

    return keep


def fails_async(*obligations):
    """Keep a class that does not block as one that must fail these obligations."""

    def keep(made):
        ASYNC_FAULTS[made.__name__] = Fault(made, obligations)
        return made

    return keep
