"""The pytest plugin: there where scopegate is installed, and free until it is used."""

import os
import subprocess
import sys
import textwrap

import pytest

from scopegate.testing import LeakWatch
from scopegate.testing.permits import NOON

UNUSED = """
    import sys

    def test_nothing_is_imported():
        loaded = {"_scopegate_pytest", "hypothesis", "scopegate"} & set(sys.modules)
        assert loaded == {"_scopegate_pytest"}
"""
USED = """
    import logging
    from datetime import timedelta

    from scopegate.ledgers.memory import MemoryLedger
    from scopegate.testing import ledger_suite
    from scopegate.testing.permits import NOON

    def test_clock(fake_clock):
        fake_clock.go_on(timedelta(hours=1))
        assert fake_clock() == NOON + timedelta(hours=1)

    def test_no_leak(no_leak):
        no_leak.watch_for("Lovelace")
        logging.getLogger("scopegate.x").warning("read %d", 3)

    def test_leak(no_leak):
        no_leak.watch_for("Lovelace")
        logging.getLogger("scopegate.x").debug("Lovelace")

    def test_nothing_to_watch_for(no_leak):
        pass

    class Guessing(MemoryLedger):
        def position(self, stream):
            return 7

    TestGuessing = ledger_suite(Guessing)
"""


def run(folder, text, *more):
    """Return what pytest prints of a file of tests that holds *text*."""
    path = folder / "test_it.py"
    path.write_text(textwrap.dedent(text))
    ran = subprocess.run(  # noqa: S603 - this interpreter, and a file of ours
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", path, *more],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"},
    )
    return ran.stdout


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return what pytest prints of the tests above, and of one law."""
    folder = tmp_path_factory.mktemp("plugin")
    return run(folder, USED, "-k", "not Guessing or never_written")


def test_a_plugin_that_is_not_used_imports_nothing(tmp_path):
    """Where no test asks for a fixture neither scopegate nor Hypothesis is imported."""
    assert "1 passed" in run(tmp_path, UNUSED)


@pytest.mark.parametrize("name", ["test_clock", "test_no_leak"])
def test_a_test_that_is_right_passes(printed, name):
    """The fixtures are found without anything being imported or configured."""
    assert f"PASSED test_it.py::{name}\n" in printed


def test_a_leak_fails_the_test(printed):
    """A test that logs a secret fails, and says where it was logged."""
    assert "ERROR test_it.py::test_leak - Assert" in printed
    assert "AssertionError: the output holds secret 1 at output['logged'][0]" in printed


def test_a_test_that_names_no_secret_fails(printed):
    """Watching for nothing is a mistake, and told as one."""
    assert "ERROR test_it.py::test_nothing_to_watch_for - Value" in printed


def test_a_failing_law_tells_what_it_compared(printed):
    """Assertions in the suites are rewritten, so that a failure shows both sides."""
    assert "assert (([], [], 7), []) == (([], [], 0), [])" in printed


def test_the_clock_stands_at_noon(fake_clock):
    """`fake_clock` is a clock of the kit that no one has moved."""
    assert fake_clock() == NOON


def test_the_watch_is_open(no_leak):
    """`no_leak` is a watch of the kit that is told its secrets in the test."""
    no_leak.watch_for("Lovelace")

    assert isinstance(no_leak, LeakWatch)
