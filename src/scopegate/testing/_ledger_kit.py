"""What the laws of ledgers are written with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from ..ledgers.base import Ledger

Make = Callable[[], Ledger]
"""Makes an empty ledger."""

Reopen = Callable[[Ledger], Ledger]
"""Closes a ledger, and opens what it left."""

Law = Callable[..., None]
"""A function that takes a kit, then what is drawn; its docstring is the claim."""


def close(ledger: Ledger) -> None:
    """Close a ledger that can be closed."""
    getattr(ledger, "close", lambda: None)()


@frozen
class Kit:
    """What the tests of one suite work with.

    Attributes:
        make: Makes an empty ledger.
        reopen: Gives back the ledger after a restart, or None if it has none.
        examples: How many examples a law is tried on.
    """

    make: Make
    reopen: Reopen | None
    examples: int

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Give an empty ledger, closed in the end."""
        ledger = self.make()
        try:
            yield ledger
        finally:
            close(ledger)

    def settings(self) -> settings:
        """Return the settings of a law; how long a store takes is no failure."""
        return settings(max_examples=self.examples, deadline=None)

    def test(self, law: Law, drawn: st.SearchStrategy[Any] | None) -> Law:
        """Return *law* as a method of a test class, a new function each time."""

        def example(_: object) -> None:
            law(self)

        def property_(_: object, drawn: Sequence[Any]) -> None:
            law(self, *drawn)

        found = example if drawn is None else property_
        found.__name__ = found.__qualname__ = f"test_{law.__name__}"
        found.__doc__ = law.__doc__
        return found if drawn is None else self.settings()(given(drawn=drawn)(found))


class Laws(list[tuple[Law, st.SearchStrategy[Any] | None]]):
    """Laws, each with what is drawn for it."""

    def law(self, *drawn: st.SearchStrategy[Any]) -> Callable[[Law], Law]:
        """Keep a function as a law; it is a property if anything is drawn."""

        def keep(law: Law) -> Law:
            self.append((law, st.tuples(*drawn) if drawn else None))
            return law

        return keep
