"""Imports inside the package only ever go down."""

import ast
from pathlib import Path

import pytest

FLOORS = (
    ("_base",),
    (
        "_wire",
        "errors",
    ),
    (
        "catalogue",
        "proofs",
    ),
    (
        "records",
        "consent",
    ),
    (
        "adapters",
        "ledgers",
        "policy",
    ),
    (
        "register",
        "gate",
        "evidence",
    ),
    (
        "pages",
        "samples",
    ),
    (
        "http",
        "web",
    ),
    (
        "cli",
        "testing",
    ),
    ("__init__",),
    ("__main__",),
)
SRC = Path(__file__).parent.parent / "src" / "scopegate"
MODULES = sorted(SRC.rglob("*.py"))
PLUGS = [p for p in MODULES if p.parent.name in {"adapters", "ledgers"}]
FLOOR_OF = {room: n for n, rooms in enumerate(FLOORS) for room in rooms}


def name(path: Path) -> str:
    """Return *path* as shown in a test report."""
    return str(path.relative_to(SRC))


def room(path: Path) -> str:
    """Return the top-level module or folder that *path* belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def rooms_imported_by(path: Path) -> set[str]:
    """Return the rooms a module imports, wherever in the file it does so."""
    here = path.relative_to(SRC).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - (node.level - 1)]
            target = [*base, *(node.module.split(".") if node.module else [])]
            found |= {target[0]} if target else {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [a.name for a in node.names]
            tops = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
            assert not any(t.split(".")[0] == "scopegate" for t in tops), path
    return found - {room(path)}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_down(path):
    """A module imports only from floors below its own."""
    above = {r for r in rooms_imported_by(path) if FLOOR_OF[r] >= FLOOR_OF[room(path)]}

    assert not above


@pytest.mark.parametrize("path", PLUGS, ids=name)
def test_plugs_do_not_know_each_other(path):
    """Of its own folder a plug imports only what plugs rest on, and private modules."""
    siblings = {
        node.module or node.names[0].name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level == 1
    }

    assert all(s in {"base", "steps", "changes"} or s.startswith("_") for s in siblings)


@pytest.mark.parametrize("path", PLUGS, ids=name)
def test_plugs_know_neither_grant_nor_permit(path):
    """An adapter never sees a grant, and a ledger never sees a record or a permit."""
    forbidden = {"grant", "permit", "policy", "projection", "access", "gate"}

    assert not rooms_imported_by(path) & forbidden
