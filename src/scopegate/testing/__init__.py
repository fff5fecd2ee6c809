"""The kit for tests of services, ledgers and adapters (extra `testing`).

Strategies for every value are in `scopegate.testing.strategies`; `st.from_type` finds
them on its own, and the fixtures `fake_clock` and `no_leak` are there where pytest is.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on
from ..extras import needs

with needs("testing"):
    import hypothesis  # noqa: F401 - the laws are properties
    import pytest

_LAWS = {
    "_adapters": "choosing fidelity midway pages promises secrets sharing withheld",
    "_ledgers": "machine one_writer threads",
}
# Before they are imported: without it a law says `AssertionError` and no more.
pytest.register_assert_rewrite(
    *(f"{__name__}.{room}.{name}" for room in _LAWS for name in _LAWS[room].split())
)

if TYPE_CHECKING:
    from .adapters import (
        Shape as Shape,
        adapter_suite as adapter_suite,
        async_adapter_suite as async_adapter_suite,
    )
    from .clock import FakeClock as FakeClock
    from .leak_watch import LeakWatch as LeakWatch
    from .leaks import assert_no_leak as assert_no_leak
    from .ledgers import ledger_suite as ledger_suite
    from .permits import NOON as NOON, grant_of as grant_of, permit_for as permit_for
    from .registration import register_strategies as register_strategies
    from .school import School as School
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "adapters": "Shape adapter_suite async_adapter_suite",
            "clock": "FakeClock",
            "leak_watch": "LeakWatch",
            "leaks": "assert_no_leak",
            "ledgers": "ledger_suite",
            "permits": "NOON grant_of permit_for",
            "registration": "register_strategies",
            "school": "School",
        },
    )
