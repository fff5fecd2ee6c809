"""The kit for tests: strategies, laws and the reference interpreter (extra `testing`)."""

import pytest

# Before they are imported: without it a law says `AssertionError` and no more.
pytest.register_assert_rewrite(
    f"{__name__}._ledger_laws",
    f"{__name__}._ledger_machine",
    f"{__name__}._ledger_threads",
)

from .ledgers import ledger_suite  # noqa: E402 - see above

__all__ = ["ledger_suite"]
