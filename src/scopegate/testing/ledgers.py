"""The laws of `Ledger`, as a suite of tests for any implementation.

    TestMyLedger = ledger_suite(make, reopen)

Each call makes tests of its own: Hypothesis refuses to run one test for two
classes, so a base class to inherit from could not hold properties.
"""

from hypothesis import settings

from ..arguments import checked
from ._ledgers import one_writer, threads
from ._ledgers.ledger_kit import LedgerKit, Make, Reopen
from .laws import suite_of


@checked
def ledger_suite(
    make: Make, reopen: Reopen | None = None, *, examples: int | None = None
) -> type:
    """Return a class of tests that holds a kind of ledger to `Ledger`.

    Args:
        make: Makes an empty ledger; called for each example. A ledger that has
            `close` is closed afterwards.
        reopen: Closes a ledger, and opens it again as another process would;
            None for one that does not outlive its process.
        examples: How many examples each law is tried on; by default a quarter of
            what the Hypothesis profile says, since stores are slow.
    """
    kit = LedgerKit(make, reopen, examples or max(1, settings().max_examples // 4))
    laws = (*one_writer.LAWS, *threads.LAWS)
    return suite_of(kit, laws, "LedgerSuite", "A ledger keeps its promises.")
