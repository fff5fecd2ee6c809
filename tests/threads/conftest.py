"""Each case is run against the gate that is to be proven; `test_naive` runs the others."""

import pytest

from .claims import CLIENTS
from .gates import Real


@pytest.fixture
def gate():
    """The gate that is to be proven."""
    return Real


@pytest.fixture(autouse=True)
def clients_closed():
    """Close the clients of a test when it ends."""
    with CLIENTS:
        yield
