"""`PerObject`: one value for each object, for as long as the object is there."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

T = TypeVar("T")


class PerObject(Generic[T]):
    """Keeps a value for each object, and makes it when it is asked for first.

    Objects are told apart by identity, so they need not be hashable. One that cannot
    be referred to weakly is kept together with its value.

    Args:
        make: Makes the value of an object; may be called once too often by threads.
        is_inherited: Whether a process that was forked finds the values of its parent,
            rather than none: what has threads is of no use to it.
    """

    def __init__(self, make: Callable[[], T], *, is_inherited: bool) -> None:
        self._make = make
        self._is_inherited = is_inherited
        self._found: dict[tuple[int, int], tuple[object, T]] = {}

    def of(self, owner: object) -> T:
        """Return the value of an object, the same for every thread."""
        key = id(owner), 0 if self._is_inherited else os.getpid()
        found = self._found.get(key)
        if found is None:
            # Atomic, so that the first two threads get the same one.
            found = self._found.setdefault(key, (self._held(owner, key), self._make()))
        return found[1]

    def _held(self, owner: object, key: tuple[int, int]) -> object:
        try:
            return ref(owner, lambda _: self._found.pop(key, None))
        except TypeError:
            return owner
