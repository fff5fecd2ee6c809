"""The kit for tests of services, ledgers and adapters (extra `testing`).

Here are the tools. Strategies are in `scopegate.testing.strategies`; what they
give for each type `st.from_type` finds by itself, and the fixtures `fake_clock` and
`no_leak` are there where pytest is.
"""

import pytest

# Before they are imported: without it a law says `AssertionError` and no more.
_LAWS = {
    "_adapters": "choosing fidelity midway pages promises secrets sharing withheld",
    "_ledgers": "machine one_writer threads",
}
pytest.register_assert_rewrite(
    *(f"{__name__}.{room}.{name}" for room in _LAWS for name in _LAWS[room].split())
)

from .adapters import Shape, adapter_suite, async_adapter_suite  # noqa: E402 - see above
from .clock import FakeClock  # noqa: E402 - see above
from .leak_watch import LeakWatch  # noqa: E402 - see above
from .leaks import assert_no_leak  # noqa: E402 - see above
from .ledgers import ledger_suite  # noqa: E402 - see above

__all__ = [
    "FakeClock",
    "LeakWatch",
    "Shape",
    "adapter_suite",
    "assert_no_leak",
    "async_adapter_suite",
    "ledger_suite",
]
