"""The pytest plugin: there where scopegate is installed, and free until it is used."""

import subprocess
import sys
import textwrap

import pytest

TESTS = {
    "unused": """
        import sys

        def test_nothing_is_imported():
            loaded = {"_scopegate_pytest", "hypothesis", "scopegate"} & set(sys.modules)
            assert loaded == {"_scopegate_pytest"}
    """,
    "clock": """
        from datetime import timedelta
        from scopegate.testing.permits import NOON

        def test_clock(fake_clock):
            fake_clock.go_on(timedelta(hours=1))
            assert fake_clock() == NOON + timedelta(hours=1)
    """,
    "no leak": """
        import logging

        def test_log(no_leak):
            no_leak.watch_for("Lovelace")
            logging.getLogger("scopegate.x").warning("read %d", 3)
    """,
    "leak": """
        import logging

        def test_log(no_leak):
            no_leak.watch_for("Lovelace")
            logging.getLogger("scopegate.x").debug("Lovelace"[:8])
    """,
    "no secret": """
        def test_nothing(no_leak):
            pass
    """,
    "failing law": """
        from scopegate.ledgers.memory import MemoryLedger
        from scopegate.testing import ledger_suite

        class Guessing(MemoryLedger):
            def position(self, stream):
                return 7

        TestGuessing = ledger_suite(Guessing)
    """,
}


@pytest.fixture
def run(tmp_path):
    """Return a function that runs one of the tests above and gives what is printed."""

    def run(name, *more):
        path = tmp_path / "test_it.py"
        path.write_text(textwrap.dedent(TESTS[name]))
        ran = subprocess.run(  # noqa: S603 - this interpreter, and a file of ours
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                path,
                *more,
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        return ran.stdout

    return run


@pytest.mark.parametrize("name", ["unused", "clock", "no leak"])
def test_a_test_that_is_right_passes(run, name):
    """The fixtures are found without anything being imported or configured."""
    assert "1 passed" in run(name)


def test_a_leak_fails_the_test(run):
    """A test that logs a secret fails, and says where it was logged."""
    printed = run("leak")

    assert "1 passed, 1 error" in printed
    assert "AssertionError: the output holds secret 1 at output['logged'][0]" in printed


def test_a_test_that_names_no_secret_fails(run):
    """Watching for nothing is a mistake, and told as one."""
    assert "there is no secret to look for" in run("no secret")


def test_a_failing_law_tells_what_it_compared(run):
    """Assertions in the suites are rewritten, so that a failure shows both sides."""
    printed = run("failing law", "-k", "never_written")

    assert "assert (([], [], 7), []) == (([], [], 0), [])" in printed
