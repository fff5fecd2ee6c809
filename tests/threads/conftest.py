"""Each case is run against the gate that is to be proven; `test_naive` runs the others."""

import pytest

from .gates import Real


@pytest.fixture
def gate():
    """The gate that is to be proven."""
    return Real
