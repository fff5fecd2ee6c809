"""The command, and what is said where the extra that brings it is not installed."""

import importlib
import sys
from types import SimpleNamespace

import pytest

from scopegate.errors import MissingExtraError


@pytest.fixture
def program():
    """Return the module that is run, which is imported for these tests only."""
    yield importlib.import_module("scopegate.__main__")
    del sys.modules["scopegate.__main__"]


def test_without_its_extra_the_command_ends_with_2_and_one_sentence(
    program, monkeypatch, capsys
):
    """What is missing is one line on the stream for errors, and no traceback."""

    def missing(_name):
        raise MissingExtraError("cli", "click", ["click>=8.4"])

    monkeypatch.setattr(program, "import_module", missing)

    assert program.main() == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("scopegate: `click` is not installed; the extra")


def test_the_command_ends_as_its_commands_end(program, monkeypatch):
    """The exit code of a command is that of the program."""
    commands = SimpleNamespace(scopegate=lambda: 3)
    monkeypatch.setattr(program, "import_module", lambda _: commands)

    assert program.main() == 3
