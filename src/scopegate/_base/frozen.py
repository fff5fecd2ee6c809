"""Mappings that never change: hashed, compared, pickled and copied like any value."""

from collections.abc import Mapping
from typing import Any, Never, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


def _refuse(self: object, *_: object, **__: object) -> Never:
    message = "this mapping never changes; make another of it with `|`"
    raise TypeError(message)


class FrozenMapping(dict[K, V]):
    """A mapping that never changes, equal to any mapping of the same items.

    It keeps the order of the items given, which does not count when it is compared. It
    is hashable where its values are. A `dict` below, since that is what Python looks up
    quickest.
    """

    __slots__ = ()

    def __init__(self, items: Mapping[K, V]) -> None:
        super().__init__(items)

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __or__(self, more: Mapping[K, V]) -> Self:  # type: ignore[override]  # of one type
        return type(self)({**self, **more})

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none
        return hash(frozenset(self.items()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[dict[K, V]]]:
        return type(self), (dict(self),)
