"""Where the stories of the register begin."""

import pytest

from ..deciding import Scene


@pytest.fixture
def scene():
    """Return a scene in which nothing has happened."""
    return Scene()
