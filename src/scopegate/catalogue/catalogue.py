"""`Catalogue`: what an MIS can give, cut into scopes that a school can decide on."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Self, TypeVar

from attrs import asdict, evolve, field, frozen

from .._base.canonical import digest_of
from .._base.frozen import FrozenMapping
from ..arguments import checked, checks_itself
from ..errors import (
    CatalogueError,
    Fault,
    UnknownFieldError,
    UnknownNameError,
    UnknownResourceError,
    UnknownScopeError,
)
from . import builtin
from .check import faults_of, mis_faults
from .field import Field, Sensitivity
from .format import parts, permissions, toml_of, written
from .mis_permissions import Tables, frozen_tables
from .resource import Naming, Resource, RowRule
from .routes import Routes
from .scope import JointRule, Scope, closure
from .table import Table

T = TypeVar("T")


@checked
@frozen
class Catalogue:
    """Resources, fields, scopes, row rules and MIS permissions, as one value.

    Attributes:
        id: Which catalogue this is, `assembly`.
        version: Changes with any edit.
        policy_version: Counts up only when a meaning changes; a grant made under
            an older one stops for the fields that say so.
        resources: By name, in the order of display.
        scopes: By key, in the order of display.
        joints: Fields that wait for several scopes.
        rows: Rows that wait for a scope.
        mis: Per MIS and scope, what the MIS account must be allowed; `*` covers
            whatever is asked.

    Raises:
        CatalogueError: The parts do not hold together; names every fault.
    """

    id: str
    version: str
    resources: Mapping[str, Resource] = field(
        repr=False, converter=FrozenMapping[str, Resource]
    )
    scopes: Mapping[str, Scope] = field(repr=False, converter=FrozenMapping[str, Scope])
    policy_version: int = 1
    joints: tuple[JointRule, ...] = field(
        repr=False, converter=tuple[JointRule, ...], default=()
    )
    rows: tuple[RowRule, ...] = field(
        repr=False, converter=tuple[RowRule, ...], default=()
    )
    mis: Tables = field(repr=False, converter=frozen_tables, factory=dict)

    def __attrs_post_init__(self) -> None:
        faults = faults_of(
            self.resources,
            self.scopes,
            self.policy_version,
            self.joints,
            self.rows,
            self.mis,
        )
        if faults:
            raise CatalogueError(self._subject, faults)

    @classmethod
    @checks_itself
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Return the catalogue that a mapping in the file's shape describes.

        Raises:
            CatalogueError: Names every fault, with its place.
        """
        if not isinstance(source, Mapping):
            subject = "a catalogue without a name"
            raise CatalogueError(subject, [Fault("the catalogue", "is not a table")])
        table = Table(source)
        try:
            catalogue = cls(**parts(table))
        except CatalogueError as error:
            table.faults.extend(error.faults)
        if table.faults:
            subject = f"catalogue `{source.get('id')}`"
            raise CatalogueError(subject, table.faults)
        return catalogue

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Return the catalogue that a TOML file holds.

        Raises:
            CatalogueError: The file is not TOML, or not a catalogue.
            OSError: The file cannot be read.
        """
        return cls.from_dict(toml_of(Path(path)))

    @classmethod
    def builtin(cls, name: str) -> "Catalogue":
        """Return a catalogue that ships with scopegate.

        Raises:
            UnknownCatalogueError: None of that name does; says which do.
        """
        return _builtin_catalogue(name)

    @staticmethod
    def builtin_names() -> tuple[str, ...]:
        """Return the names of the catalogues that ship with scopegate."""
        return builtin.names()

    @checks_itself
    def with_mis_permissions(
        self, tables: Mapping[str, Mapping[str, Sequence[str]]], *, version: str
    ) -> "Catalogue":
        """Return this catalogue with permission tables added or replaced.

        No grant changes by it; what waits for a decision must be shown again, since the
        digest is another.

        Args:
            tables: By MIS, a whole table as `mis` has it; other MISs keep theirs.
            version: What the result is called; not as this one is.

        Raises:
            CatalogueError: Names every fault, with its place.
        """
        table = Table({"mis": tables})
        merged = {**self.mis, **permissions(table)}
        faults = [*table.faults, *mis_faults(merged, self.scopes)]
        if version == self.version:
            message = "is that of the catalogue without these tables; choose another"
            faults.append(Fault("version", message))
        if faults:
            raise CatalogueError(self._subject, faults)
        return evolve(self, version=version, mis=merged)

    def to_dict(self) -> dict[str, object]:
        """Return the catalogue in the file's shape; `from_dict` reads it back."""
        return {
            "id": self.id,
            "version": self.version,
            "policy_version": self.policy_version,
            "resource": {n: written(r) for n, r in self.resources.items()},
            "scope": {key: written(s) for key, s in self.scopes.items()},
            "joint": [asdict(joint) for joint in self.joints],
            "rows": [written(rule) for rule in self.rows],
            "mis": {mis: {**table} for mis, table in self.mis.items()},
        }

    @property
    def _subject(self) -> str:
        return f"catalogue `{self.id}`"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON of everything in it.

        The order of fields and scopes is part of what a school is shown, so it
        is part of the digest.
        """
        order = [[f.path for f in self.fields.values()], list(self.scopes)]
        return digest_of([self.to_dict(), order])

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by its path, in the order of the catalogue."""
        leaves = (leaf for r in self.resources.values() for leaf in r.fields)
        return FrozenMapping({leaf.path: leaf for leaf in leaves})

    @cached_property
    def _routes(self) -> Routes:
        return Routes(self.fields, self.scopes, self.joints)

    @property
    def routes(self) -> Mapping[str, tuple[frozenset[str], ...]]:
        """The ways to each field: sets of scopes that together release it."""
        return self._routes.to

    @property
    def namings(self) -> tuple[Naming, ...]:
        """Every place at which a record names a person."""
        return tuple(n for r in self.resources.values() for n in r.namings)

    @cached_property
    def public_scopes(self) -> frozenset[str]:
        """The scopes that flow over a connection before any grant."""
        public = Sensitivity.PUBLIC
        return frozenset(k for k, s in self.scopes.items() if s.sensitivity is public)

    @cached_property
    def public_fields(self) -> Mapping[str, tuple[str, ...]]:
        """What flows over a connection before any grant: each field with its scopes."""
        return FrozenMapping(self.fields_of(self.public_scopes))

    @cached_property
    def public_resource(self) -> Resource | None:
        """The resource that verifies a connection, or None if there is none.

        It is the first whose key a public scope holds.
        """
        for resource in self.resources.values():
            if f"{resource.name}.{resource.key}" in self.public_fields:
                return resource
        return None

    @checks_itself
    def school_path(self, resource: Resource) -> str | None:
        """Return the path at which a record of *resource* says whose it is, or None.

        The public resource says it by its key, if by nothing else.
        """
        if resource.school is None and resource == self.public_resource:
            return resource.key
        return resource.school

    @property
    def school_fields(self) -> tuple[str, ...]:
        """Every field by which a record says whose it is, as a full path."""
        found = ((r.name, self.school_path(r)) for r in self.resources.values())
        return tuple(f"{name}.{path}" for name, path in found if path is not None)

    def expand(self, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return *scopes* and all they include, in the order of the catalogue.

        Raises:
            UnknownScopeError: One of them is not in the catalogue.
        """
        found = closure(scopes, self.scope)
        return tuple(key for key in self.scopes if key in found)

    def fields_of(self, scopes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the fields that *scopes* release together, each with its scopes.

        What they include, and what waits for several of them, is counted in.

        Raises:
            UnknownScopeError: One of them is not in the catalogue.
        """
        return self._routes.released_by(self.expand(scopes))

    def sensitivity_of(self, key: str) -> Sensitivity:
        """Return the sensitivity of a scope, as a school must be told.

        It is the highest of what the scope says and what its fields say.
        """
        own = self.scope(key)
        joint = (p for rule in self.joints if key in rule.scopes for p in rule.fields)
        held = [self.fields[path].sensitivity for path in (*own.fields, *joint)]
        return max([own.sensitivity, *held], key=lambda level: level.rank)

    @checks_itself
    def resource(self, name: str) -> Resource:
        """Return a resource by its name.

        Raises:
            UnknownResourceError: The catalogue has none of that name.
        """
        return _found(self.resources, name, UnknownResourceError)

    @checks_itself
    def scope(self, key: str) -> Scope:
        """Return a scope by its whole key; a part of a key finds nothing.

        Raises:
            UnknownScopeError: The catalogue has none of that key.
        """
        return _found(self.scopes, key, UnknownScopeError)

    @checks_itself
    def field(self, path: str) -> Field:
        """Return a field by its path.

        Raises:
            UnknownFieldError: The catalogue has none of that path.
        """
        return _found(self.fields, path, UnknownFieldError)


def _found(table: Mapping[str, T], name: object, unknown: type[UnknownNameError]) -> T:
    found = table.get(name) if isinstance(name, str) else None
    if found is None:
        raise unknown(name, table)
    return found


@cache
def _builtin_catalogue(name: str) -> Catalogue:
    return Catalogue.from_dict(tomllib.loads(builtin.text(name)))
