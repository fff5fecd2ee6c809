"""In a wing that reads from an MIS a name means one thing."""

import ast
from collections import Counter
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "scopegate"
SYSTEMS = {"interface.py", "pages.py", "query.py"}


@pytest.mark.parametrize("wing", ["_wire", "adapters", "http"])
def test_no_class_name_stands_twice_in_a_wing(wing):
    """A reader who has met a class in a wing meets no other of that name there."""
    names = Counter(
        node.name
        for path in (SRC / wing).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("system", ["_assembly", "_oneroster", "_wonde"])
def test_systems_have_the_same_rooms(system):
    """What an MIS is called, may be asked, and pages by stands in the same files."""
    found = {path.name for path in (SRC / "adapters" / system).glob("*.py")}

    assert found >= SYSTEMS
