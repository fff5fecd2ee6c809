"""Servers for all tests here, each in another process."""

import pytest

from ..servers.client import running


def _running(kind):
    with running(kind) as server:
        yield server


@pytest.fixture(scope="session")
def running_assembly():
    """Run one Assembly for all."""
    yield from _running("assembly")


@pytest.fixture(scope="session")
def running_oneroster():
    """Run one OneRoster provider for all."""
    yield from _running("oneroster")


@pytest.fixture(scope="session")
def running_wonde():
    """Run one Wonde for all."""
    yield from _running("wonde")


@pytest.fixture
def assembly(running_assembly):
    """An Assembly without any settings."""
    running_assembly.reset()
    return running_assembly


@pytest.fixture
def oneroster(running_oneroster):
    """A OneRoster provider without any settings."""
    running_oneroster.reset()
    return running_oneroster


@pytest.fixture
def wonde(running_wonde):
    """A Wonde without any settings."""
    running_wonde.reset()
    return running_wonde
