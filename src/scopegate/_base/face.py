"""How a wing exports its public names: each when it is asked for (PEP 562)."""

import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec

_PACKAGE = __name__.partition(".")[0]

Face = tuple[list[str], Callable[[str], object], Callable[[], list[str]]]
"""The `__all__`, `__getattr__` and `__dir__` of a module."""


def hand_on(wing: str, names: Mapping[str, str]) -> Face:
    """Return the module attributes that make a module the face of *wing*.

    Importing a face costs nothing; a module of the wing, and what it needs, is
    imported with the first of its names.

    Args:
        wing: The full name of the module that is the face.
        names: For each module, relative to the wing, the names to export, with
            spaces between them.
    """
    home = {name: module for module in names for name in names[module].split()}

    def look_up(name: str) -> object:
        if name not in home:
            raise _unknown(wing, name)
        found = getattr(import_module(f".{home[name]}", wing), name)
        setattr(sys.modules[wing], name, found)  # the next time it is simply there
        return found

    def list_names() -> list[str]:
        return sorted({*vars(sys.modules[wing]), *home})

    return sorted(home), look_up, list_names


def _unknown(wing: str, name: str) -> Exception:
    """Return an error that says which face exports *name*, or that none does.

    An `ImportError` then, since Python hides the text of an `AttributeError` when a
    name is imported. The other faces are imported to find it, which bring along what
    they need; so not for what Python and its tools look up: a special
    name, or a module of the wing that is about to be imported.
    """
    is_asked_by_python = name.startswith("__") or find_spec(f"{wing}.{name}")
    for face in () if is_asked_by_python else _faces():
        if name in getattr(sys.modules.get(face), "__all__", ()):
            message = f"`{name}` is in `{face}`; write `from {face} import {name}`"
            return ImportError(message, name=wing)
    return AttributeError(f"module {wing!r} has no attribute {name!r}")


def _faces() -> Iterator[str]:
    """Yield the full names of the faces that can be imported, each imported."""
    yield _PACKAGE
    for found in pkgutil.iter_modules(sys.modules[_PACKAGE].__path__):
        if found.ispkg and not found.name.startswith("_"):
            face = f"{_PACKAGE}.{found.name}"
            try:
                import_module(face)
            except ImportError:  # what it needs is not installed
                continue
            yield face
