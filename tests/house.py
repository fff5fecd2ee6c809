"""The package as a tree: its modules, what each imports, and what is public."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import attrs

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


WINGS = sorted(p.parent for p in SRC.glob("*/__init__.py") if p.parent.name[0] != "_")
FACES = ["scopegate", *(f"scopegate.{path.name}" for path in WINGS)]
LISTS = [*FACES, "scopegate.errors", "scopegate.testing.strategies"]
"""What lists public names: the faces, and two modules that are lists themselves."""
PUBLIC = [
    (face, name) for face in LISTS for name in importlib.import_module(face).__all__
]
"""Every public name, with what lists it."""


def public(face: str, name: str) -> object:
    """Return the object of a public name."""
    return getattr(importlib.import_module(face), name)


def public_classes() -> list[type]:
    """Return every public class, each once, in the order of names."""
    found = {public(face, name) for face, name in PUBLIC if name[0].isupper()}
    classes = (each for each in found if inspect.isclass(each))
    return sorted(classes, key=lambda kind: (kind.__name__, kind.__module__))


def public_values() -> list[type]:
    """Return the classes of public values: frozen, and compared by what they hold."""
    return [
        kind
        for kind in public_classes()
        if attrs.has(kind)
        and not issubclass(kind, Exception)
        and attrs.inspect(kind).is_frozen
        and kind.__eq__ is not object.__eq__
    ]
