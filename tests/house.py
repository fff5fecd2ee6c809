"""The package as a tree: its modules, and which of them each imports."""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

SRC = Path(__file__).parents[1] / "src" / "scopegate"
MODULES = sorted(SRC.rglob("*.py"))


def name(path: Path) -> str:
    """Return *path* as shown in a test report."""
    return str(path.relative_to(SRC))


def wing(path: Path) -> str:
    """Return the wing that a module belongs to; a module at the root is its own."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text())


def classes(path: Path) -> list[str]:
    """Return the names of the classes that a module defines, however deep."""
    return [n.name for n in ast.walk(tree(path)) if isinstance(n, ast.ClassDef)]


@cache
def imported(path: Path) -> frozenset[Path]:
    """Return the modules of the package that a module imports, wherever in the file."""
    here = path.relative_to(SRC).parent.parts
    found: set[Path] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = here[: len(here) - (node.level - 1)]
            steps = node.module.split(".") if node.module else []
            names = [alias.name for alias in node.names]
            found |= set(_targets(SRC.joinpath(*above, *steps), names))
    return frozenset(found)


def _targets(place: Path, names: list[str]) -> Iterator[Path]:
    """Yield the files that `from place import names` reads."""
    for found in (_file(place / name) for name in names):
        if found is not None:
            yield found
    whole = _file(place)
    if whole is not None and any(_file(place / name) is None for name in names):
        yield whole


def _file(place: Path) -> Path | None:
    module, folder = place.with_suffix(".py"), place / "__init__.py"
    return module if module.exists() else folder if folder.exists() else None


def foreign_imports(path: Path) -> set[str]:
    """Return the names of packages that a module imports by their full name."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {full.partition(".")[0] for full in found}


def wings_imported(path: Path) -> set[str]:
    """Return the other wings that a module imports from."""
    return {wing(target) for target in imported(path)} - {wing(path)}


def circles() -> list[tuple[str, str]]:
    """Return the pairs of modules of which each leads to the other by imports."""
    reach = {path: set(imported(path)) for path in MODULES}
    for middle in MODULES:
        for path in MODULES:
            if middle in reach[path]:
                reach[path] |= reach[middle]
    return [
        (name(one), name(other))
        for one, other in combinations(MODULES, 2)
        if other in reach[one] and one in reach[other]
    ]
