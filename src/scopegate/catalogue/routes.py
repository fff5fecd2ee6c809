"""`Routes`: which scopes lead to which fields, alone or together."""

from collections.abc import Iterable, Mapping

from .._base.values import frozen_mapping
from .scope import JointRule, Scope


class Routes:
    """The ways from scopes to fields, for looking up what some scopes release.

    Attributes:
        to: For each field, sets of scopes that together release it.
    """

    def __init__(
        self,
        fields: Iterable[str],
        scopes: Mapping[str, Scope],
        joints: Iterable[JointRule],
    ) -> None:
        found: dict[str, tuple[frozenset[str], ...]] = dict.fromkeys(fields, ())
        for scope in scopes.values():
            for path in scope.fields:
                found[path] += (frozenset({scope.key}),)
        for joint in joints:
            for path in joint.fields:
                found[path] += (frozenset(joint.scopes),)
        self.to: Mapping[str, tuple[frozenset[str], ...]] = frozen_mapping(found)
        self._order = {path: place for place, path in enumerate(found)}
        self._near: dict[str, list[str]] = {key: [] for key in scopes}
        for path, routes in found.items():
            for key in frozenset().union(*routes):
                self._near[key].append(path)

    def released_by(self, held: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Return the fields that *held* release, each with the scopes that do.

        Args:
            held: Scopes, with all they include, in the order of the catalogue.
        """
        granted = frozenset(held)
        near = {path for key in held for path in self._near[key]}
        released = {}
        for path in sorted(near, key=self._order.__getitem__):
            used = frozenset().union(*(r for r in self.to[path] if r <= granted))
            if used:
                released[path] = tuple(key for key in held if key in used)
        return released
