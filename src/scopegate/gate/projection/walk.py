"""The permitted fields of one resource as a tree, and the careful walk over it.

The walk says what a projection releases. The generated function (`unrolled`) is
the same walk unrolled for records of plain dicts and lists; whatever is not as
plain as that comes back here.
"""

from collections.abc import Callable, Iterable

from attrs import frozen

from ...catalogue.field import Step
from ...policy.rows import RowCheck
from ...records.untrusted import (
    MISSING,
    UNREADABLE,
    elements,
    is_plain,
    is_record,
    read,
)

Notice = Callable[[str], None]
"""Called with the path of each permitted place that is malformed."""

OUT = object()
"""Says that nothing is released here."""


@frozen
class Leaf:
    """A permitted field.

    Attributes:
        name: The key or attribute to read.
        path: The full path, for notes.
        is_list: Whether it is a list of plain values.
        check: Which elements of the list pass, or None when all do.
    """

    name: str
    path: str
    is_list: bool
    check: RowCheck | None = None

    def release(self, value: object, notice: Notice) -> object:
        """Return the permitted part of *value*, or OUT."""
        if value is None:
            return None
        if not self.is_list:
            return value if is_plain(value) else _malformed(self.path, notice)
        found = elements(value)
        if found is None:
            return _malformed(self.path, notice)
        passing = found if self.check is None else filter(self.check, found)
        return [
            e for e in passing if is_plain(e) or _malformed(self.path, notice) is None
        ]


@frozen
class Branch:
    """An object, or a list of objects, below which something is permitted.

    Attributes:
        name: The key or attribute to read; the resource's name at the root.
        path: The full path, for notes.
        is_list: Whether it is a list.
        children: What is permitted below, in the catalogue's order.
        check: Which rows of the list pass, or None when all do.
    """

    name: str
    path: str
    is_list: bool
    children: tuple["Leaf | Branch", ...]
    check: RowCheck | None = None

    @property
    def depth(self) -> int:
        """The number of levels of branches it has, itself included."""
        below = (c.depth for c in self.children if isinstance(c, Branch))
        return 1 + max(below, default=0)

    def release(self, value: object, notice: Notice) -> object:
        """Return the permitted part of *value*, or OUT."""
        if not self.is_list:
            return self._object(value, notice)
        if value is None:
            return None
        found = elements(value)
        if found is None:
            return _malformed(self.path, notice)
        passing = found if self.check is None else filter(self.check, found)
        released = (self._object(row, notice) for row in passing)
        return [row for row in released if row is not OUT]

    def _object(self, value: object, notice: Notice) -> object:
        if value is None:
            return None
        if not is_record(value):
            return _malformed(self.path, notice)
        released: dict[str, object] = {}
        for child in self.children:
            found = read(value, child.name)
            if found is UNREADABLE:
                _malformed(child.path, notice)
            elif found is not MISSING:
                below = child.release(found, notice)
                if below is not OUT:
                    released[child.name] = below
        return released


def _malformed(path: str, notice: Notice) -> object:
    notice(path)
    return OUT


def grow(
    resource: str,
    declared: Iterable[tuple[Step, ...]],
    permitted: Iterable[tuple[Step, ...]],
    checks: dict[str, RowCheck],
) -> Branch:
    """Return the tree of what is permitted of one resource.

    Args:
        resource: Its name.
        declared: The steps of all its fields, in the catalogue's order, which is
            the order of output whatever is permitted.
        permitted: The steps of those that may flow.
        checks: For the lists whose rows are withheld in part, which pass.
    """
    order = _order(declared)
    return _branch(resource, (), resource, list(permitted), order, checks)


def _order(declared: Iterable[tuple[Step, ...]]) -> dict[tuple[Step, ...], int]:
    """Return the place of each leaf and branch: where the catalogue first has it."""
    places: dict[tuple[Step, ...], int] = {}
    for steps in declared:
        for size in range(1, len(steps) + 1):
            places.setdefault(steps[:size], len(places))
    return places


def _branch(
    name: str,
    here: tuple[Step, ...],
    path: str,
    leaves: list[tuple[Step, ...]],
    order: dict[tuple[Step, ...], int],
    checks: dict[str, RowCheck],
) -> Branch:
    size = len(here) + 1
    below: dict[tuple[Step, ...], list[tuple[Step, ...]]] = {}
    for steps in leaves:
        below.setdefault(steps[:size], []).append(steps)
    children: list[Leaf | Branch] = []
    for start in sorted(below, key=order.__getitem__):
        step, child_path = start[-1], f"{path}.{start[-1]}"
        if below[start] == [start]:
            check = checks.get(".".join(map(str, start))) if step.is_list else None
            children.append(Leaf(step.name, child_path, step.is_list, check))
        else:
            children.append(
                _branch(step.name, start, child_path, below[start], order, checks)
            )
    return Branch(
        name=name,
        path=path,
        is_list=bool(here) and here[-1].is_list,
        children=tuple(children),
        check=checks.get(".".join(map(str, here))) if here else None,
    )
