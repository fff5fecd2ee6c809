"""What the laws of ledgers are written with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import frozen
from hypothesis import settings

from ...ledgers.base import Ledger

Make = Callable[[], Ledger]
"""Makes an empty ledger."""

Reopen = Callable[[Ledger], Ledger]
"""Closes a ledger, and opens it again."""


def close(ledger: Ledger) -> None:
    """Close a ledger that can be closed."""
    getattr(ledger, "close", lambda: None)()


@frozen
class LedgerKit:
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
        """Return the settings of a law; a slow store is not a failure."""
        return settings(max_examples=self.examples, deadline=None)
