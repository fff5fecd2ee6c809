"""`Permit`: what may flow for one school and app at an instant, and why not the rest.

The projection, the explanation, the diff and the pushed-down query are all made
of this one value, so they cannot drift apart.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from attrs import field, frozen
from attrs.converters import optional

from .._base.frozen import FrozenMapping
from .._base.values import aware, texts
from ..arguments import checks_itself, made
from ..catalogue.catalogue import Catalogue
from ..catalogue.resource import Naming
from ..consent.subjects import Subjects
from .reason import Explanation, Permitted, Reason, Withheld
from .rows import Selection
from .witness import witness


@made
@frozen
class Standing:
    """The part of one scope that may flow, so that an app can do without the rest.

    Attributes:
        permitted: Its fields that may flow.
        withheld: Its other fields, each with the reason.
    """

    permitted: tuple[str, ...]
    withheld: Mapping[str, Reason] = field(converter=FrozenMapping[str, Reason])

    @property
    def is_whole(self) -> bool:
        """Whether all of it may flow."""
        return bool(self.permitted) and not self.withheld


@made
@frozen
class PermitDiff:
    """What flows by one permit and not by another.

    Attributes:
        only_left: Fields that only the first permits.
        only_right: Fields that only the second permits.
        rows: Resources whose rows they choose differently.
        subjects: Whether they cover different people.
        witness: A made-up record as (resource, record) that the two release
            differently, or None when no field tells them apart.
    """

    only_left: frozenset[str]
    only_right: frozenset[str]
    rows: frozenset[str]
    subjects: bool
    witness: tuple[str, dict[str, object]] | None = field(hash=False)

    @property
    def is_empty(self) -> bool:
        """Whether the two permits let exactly the same flow."""
        return not (self.only_left or self.only_right or self.rows or self.subjects)


@made
@frozen
class Permit:
    """What may flow for one school and app at one instant.

    Attributes:
        school: The school whose data it is about.
        app: The app that would receive it.
        at: The instant it was decided for; aware.
        valid_until: The next instant at which the answer may change by time
            alone, or None when only a new event can change it.
        catalogue: The catalogue it is about.
        reasons: For every field of the catalogue, and every authorised field
            that the catalogue no longer has, why it may or may not flow.
        selections: Each must let a row pass.
        subjects: Which people are covered.
        namings: Where records name people, if not everyone is covered.
        schools: Where records say whose they are, as full paths; each must name
            this school.
    """

    school: str
    app: str
    at: datetime = field(converter=aware)
    valid_until: datetime | None = field(converter=optional(aware))
    catalogue: Catalogue = field(repr=False)
    reasons: Mapping[str, Permitted | Withheld] = field(
        repr=False, converter=FrozenMapping[str, Permitted | Withheld]
    )
    selections: tuple[Selection, ...] = field(repr=False)
    subjects: Subjects
    namings: tuple[Naming, ...] = field(repr=False, default=())
    schools: tuple[str, ...] = field(repr=False, converter=texts, default=())

    @cached_property
    def fields(self) -> frozenset[str]:
        """Every field that may flow."""
        return frozenset(
            path for path, why in self.reasons.items() if isinstance(why, Permitted)
        )

    def fields_of(self, resource: str) -> tuple[str, ...]:
        """Return the fields of *resource* that may flow, in the catalogue's order.

        Raises:
            UnknownResourceError: The catalogue has no such resource.
        """
        declared = self.catalogue.resource(resource).fields
        return tuple(leaf.path for leaf in declared if leaf.path in self.fields)

    def explain(self, path: str) -> Explanation:
        """Return an explanation of why a field may flow, or why not."""
        leaf = self.catalogue.fields.get(path)
        return Explanation(path, leaf.title if leaf else "", self.why(path))

    @checks_itself
    def why(self, path: str) -> Permitted | Withheld:
        """Return the reason for a field to flow or not; an unknown one is withheld."""
        return self.reasons.get(path, Withheld(Reason.NOT_IN_CATALOGUE))

    def withheld(self, resource: str) -> Mapping[str, Reason]:
        """Return the withheld fields of *resource*, each with the reason.

        Authorised fields that the catalogue no longer has are among them.
        """
        start = f"{resource}."
        return {
            path: why.reason
            for path, why in self.reasons.items()
            if isinstance(why, Withheld) and path.startswith(start)
        }

    def standing(self, scope: str) -> Standing:
        """Return the standing of one scope, and of those it includes.

        Raises:
            UnknownScopeError: The catalogue has no such scope.
        """
        found = {path: self.why(path) for path in self.catalogue.fields_of([scope])}
        return Standing(
            tuple(path for path, w in found.items() if isinstance(w, Permitted)),
            {path: w.reason for path, w in found.items() if isinstance(w, Withheld)},
        )

    def fields_needed(
        self, resource: str, wanted: Iterable[str] | None = None
    ) -> tuple[str, ...]:
        """Return the fields an MIS must be asked for to serve this permit.

        Those that may flow, and those that must be read to tell whether a row
        may; the latter are dropped before anything is released. Nothing when
        no field may flow.

        Args:
            resource: The resource.
            wanted: The fields needed, among those that may flow; by default all.
        """
        released = self.fields_of(resource)
        if not released:
            return ()
        chosen = released if wanted is None else self.fields.intersection(wanted)
        needed = {*chosen, *self._deciding(resource, chosen)}
        declared = self.catalogue.resource(resource).fields
        return tuple(leaf.path for leaf in declared if leaf.path in needed)

    def diff(self, other: "Permit") -> PermitDiff:
        """Return the exact differences in what this permit and *other* let flow."""
        left, right = self.fields - other.fields, other.fields - self.fields
        names = self.catalogue.resources.keys() | other.catalogue.resources.keys()
        return PermitDiff(
            only_left=left,
            only_right=right,
            rows=frozenset(n for n in names if self.rows(n) != other.rows(n)),
            subjects=self.subjects != other.subjects,
            witness=self._witness(left) or other._witness(right),
        )

    def rows(self, resource: str) -> frozenset[Selection]:
        """Return the selections by which rows of *resource* are withheld."""
        parts = (selection.of(resource) for selection in self.selections)
        return frozenset(part for part in parts if not part.is_open)

    def cuts(self, resource: str) -> frozenset[str]:
        """Return the lists of *resource* whose rows may be withheld in part.

        Each as below the resource, such as `contacts[]`; empty for the records
        themselves. What an MIS says about such rows, a count or a match, reveals
        withheld ones too.
        """
        cut = {at for part in self.rows(resource) for at in part.closed_lists}
        cut.update(naming.at for naming in self.names(resource))
        return frozenset(cut | ({""} if self.school_paths(resource) else set()))

    def names(self, resource: str) -> tuple[Naming, ...]:
        """Return the places where *resource* records name people, if that matters."""
        return tuple(n for n in self.namings if n.resource == resource)

    def school_paths(self, resource: str) -> tuple[str, ...]:
        """Return the full paths by which records of *resource* say whose they are."""
        return tuple(p for p in self.schools if p.startswith(f"{resource}."))

    def _deciding(self, resource: str, chosen: Iterable[str]) -> set[str]:
        """Return the fields that decide whether a row of *resource* may flow.

        For lists, only those of rows that hold one of the *chosen* fields.
        """
        within = tuple(path[len(resource) + 1 :] for path in chosen)
        paths = {
            path
            for selection in self.rows(resource)
            for at in selection.closed_lists
            if not at or any(path.startswith(at) for path in within)
            for rule in selection.of(resource, at).rules
            for path in rule.reads
        }
        paths.update(
            naming.read
            for naming in self.names(resource)
            if not naming.at or any(path.startswith(naming.at) for path in within)
        )
        paths.update(self.school_paths(resource))
        return paths

    def _witness(self, paths: frozenset[str]) -> tuple[str, dict[str, object]] | None:
        """Return a record with one of *paths*, which this permit releases."""
        for path in sorted(paths):
            resource = self.catalogue.field(path).resource
            record = witness(
                self.catalogue,
                path,
                self.school,
                self.selections,
                (self.subjects, self.names(resource)),
            )
            if record is not None:
                return resource, record
        return None
