"""Mappings that never change: hashed, compared, pickled and copied like any value."""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(Mapping[K, V]):
    """A mapping that never changes, equal to any mapping of the same items.

    Its order is that of what it was made of, and counts for nothing. It is hashable
    where its values are.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def keys(self) -> KeysView[K]:
        """Return the keys, in order."""
        return self._items.keys()

    def items(self) -> ItemsView[K, V]:
        """Return the keys with their values, in order."""
        return self._items.items()

    def values(self) -> ValuesView[V]:
        """Return the values, in order."""
        return self._items.values()

    def __or__(self, more: Mapping[K, V]) -> "FrozenMapping[K, V]":
        return FrozenMapping({**self._items, **more})

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[type, tuple[dict[K, V]]]:
        return type(self), (self._items,)
