"""What a projection releases, said as plainly as it can be; the engine must equal it."""

from collections.abc import Callable
from typing import Any

from .._reading import MISSING, UNREADABLE, is_plain, is_record, read

Tree, Passes = Any, Callable[[str, object], bool]
OUT = object()  # nothing is released here


def reference(
    tree: Tree, at: str, value: object, passes: Passes, notes: list[str]
) -> object:
    """Return what may flow of *value*, which stands at the path *at*, or OUT.

    *tree* is what is permitted below, `True` at a leaf. *passes* tells of a list's
    path and an element whether that row may flow. *notes* receives malformed places.
    """
    if not at.endswith("[]") or value is None:
        return _one(tree, at, value, passes, notes)
    if type(value) is not list and type(value) is not tuple:
        notes.append(at)
        return OUT
    rows = [row for row in tuple(value) if tree is True or passes(at, row)]
    released = [_one(tree, at, row, passes, notes) for row in rows]
    return [row for row in released if row is not OUT]


def _one(
    tree: Tree, at: str, value: object, passes: Passes, notes: list[str]
) -> object:
    if value is None:
        return None
    if not (is_plain(value) if tree is True else is_record(value)):
        notes.append(at)
        return OUT
    if tree is True:
        return value
    released = {}
    for name, below in tree.items():
        found = read(value, name.removesuffix("[]"))
        if found is UNREADABLE:
            notes.append(f"{at}.{name}")
        elif found is not MISSING:
            part = reference(below, f"{at}.{name}", found, passes, notes)
            if part is not OUT:
                released[name.removesuffix("[]")] = part
    return released
