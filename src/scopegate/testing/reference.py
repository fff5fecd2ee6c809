"""What a projection releases, said as plainly as it can be; the engine must equal it."""

from collections.abc import Callable
from typing import Any

from ..records.untrusted import MISSING, UNREADABLE, is_plain, is_record, read

Passes = Callable[
    [str, object], bool
]  # may this element of the list at this path flow?
Notes = list[str]  # receives the path of each permitted place that is malformed
OUT = object()  # nothing is released here


def release(tree: Any, at: str, value: object, passes: Passes, notes: Notes) -> object:
    """Return the permitted part of *value* at path *at*; *tree* is `True` at a leaf."""
    if not at.endswith("[]") or value is None:
        return _one(tree, at, value, passes, notes)
    if type(value) is not list and type(value) is not tuple:
        notes.append(at)
        return OUT
    rows = [row for row in tuple(value) if passes(at, row)]
    released = [_one(tree, at, row, passes, notes) for row in rows]
    return [row for row in released if row is not OUT]


def _one(tree: Any, at: str, value: object, passes: Passes, notes: Notes) -> object:
    if value is None or (tree is True and is_plain(value)):
        return value
    if tree is True or not is_record(value):
        notes.append(at)
        return OUT
    released = {}
    for name, below in tree.items():
        found = read(value, name.removesuffix("[]"))
        if found is UNREADABLE:
            notes.append(f"{at}.{name}")
        elif found is not MISSING:
            part = release(below, f"{at}.{name}", found, passes, notes)
            if part is not OUT:
                released[name.removesuffix("[]")] = part
    return released
