"""`Permit`: what may flow for one school and app at an instant, and why the rest not.

The projection, the explanation, the diff and the pushed-down query are all made
of this one value, so they cannot drift apart.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import assert_never

from attrs import field, frozen

from ._types import frozen_mapping
from ._witness import witness
from .catalogue import Catalogue
from .decision import Actor
from .resource import Naming
from .selection import Selection
from .subjects import Subjects


class Reason(StrEnum):
    """Why a field is withheld."""

    NOT_REQUESTED = "not_requested"
    NOT_GRANTED = "not_granted"
    REFUSED = "refused"
    REVOKED = "revoked"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"
    POLICY_CHANGED = "policy_changed"
    NO_CONNECTION = "no_connection"
    MIS_PERMISSION_MISSING = "mis_permission_missing"
    NOT_IN_CATALOGUE = "not_in_catalogue"
    LEDGER_UNREADABLE = "ledger_unreadable"

    @property
    def sentence(self) -> str:
        """The reason in words for a person."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Reason, str] = {
    Reason.NOT_REQUESTED: "the app did not ask for it",
    Reason.NOT_GRANTED: "the app asks for it and the school has not decided",
    Reason.REFUSED: "the app asked for it and the school did not authorise it",
    Reason.REVOKED: "the school authorised it and has revoked that",
    Reason.RELINQUISHED: "the school authorised it and the app has given it back",
    Reason.EXPIRED: "the school authorised it for a time that is over",
    Reason.POLICY_CHANGED: "its meaning or sensitivity changed after it was authorised",
    Reason.NO_CONNECTION: "the school has no verified connection to its MIS",
    Reason.MIS_PERMISSION_MISSING: "the MIS account lacks a permission it needs",
    Reason.NOT_IN_CATALOGUE: "the catalogue does not have it",
    Reason.LEDGER_UNREADABLE: "the ledger cannot be read, so nobody can tell",
}


@frozen
class Permitted:
    """Why a field may flow.

    Attributes:
        scopes: The scopes it comes with.
        grant: The id of the grant, or None where a public scope suffices.
        revision: The grant's revision, 0 where there is no grant.
        actor: Who authorised it, or None where a public scope suffices.
        since: When it was authorised, or the connection verified.
    """

    scopes: tuple[str, ...]
    grant: str | None
    revision: int
    actor: Actor | None
    since: datetime


@frozen
class Withheld:
    """Why a field may not flow.

    Attributes:
        reason: The reason.
        since: When that became so, where there is such an instant.
        actor: Who decided it, where somebody did.
    """

    reason: Reason
    since: datetime | None = None
    actor: Actor | None = None


@frozen
class Explanation:
    """Why one field may flow, or why not; its text is a sentence for a person.

    Attributes:
        field: The field's path.
        title: What a school is shown as its name, or empty if it is unknown.
        why: The reason.
    """

    field: str
    title: str
    why: Permitted | Withheld

    @property
    def is_permitted(self) -> bool:
        """Whether the field may flow."""
        return isinstance(self.why, Permitted)

    def __str__(self) -> str:
        match self.why:
            case Permitted(grant=None):
                return f"{self.field} may flow: it is public ({', '.join(self.why.scopes)})"
            case Permitted():
                by = self.why.actor
                who = (
                    f"{by.name}, {by.role}" if by and by.role else by.name if by else ""
                )
                return (
                    f"{self.field} may flow: {who} authorised {', '.join(self.why.scopes)}"
                    f" on {self.why.since:%d %B %Y}"
                )
            case Withheld():
                return f"{self.field} is withheld: {self.why.reason.sentence}"
            case _:
                assert_never(self.why)


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
    witness: tuple[str, dict[str, object]] | None

    @property
    def is_empty(self) -> bool:
        """Whether the two permits let exactly the same flow."""
        return not (self.only_left or self.only_right or self.rows or self.subjects)


def _reasons(
    given: Mapping[str, Permitted | Withheld],
) -> Mapping[str, Permitted | Withheld]:
    return frozen_mapping(given)


@frozen
class Permit:
    """What may flow for one school and app at one instant.

    Attributes:
        school: The school whose data it is about.
        app: The app that would receive it.
        at: The instant it was decided for; aware.
        valid_until: The next instant at which the answer may change by time
            alone, or None when only a new event can change it.
        catalogue: The catalogue it speaks of.
        reasons: For every field of the catalogue, and every authorised field
            that the catalogue no longer has, why it may or may not flow.
        selections: Each must let a row pass.
        subjects: Which people are covered.
        namings: Where records name people, if not everyone is covered.
    """

    school: str
    app: str
    at: datetime
    valid_until: datetime | None
    catalogue: Catalogue = field(repr=False)
    reasons: Mapping[str, Permitted | Withheld] = field(repr=False, converter=_reasons)
    selections: tuple[Selection, ...] = field(repr=False)
    subjects: Subjects
    namings: tuple[Naming, ...] = field(repr=False, default=())

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
        """Return why a field may flow, or why not, in words."""
        leaf = self.catalogue.fields.get(path)
        return Explanation(path, leaf.title if leaf else "", self.why(path))

    def why(self, path: str) -> Permitted | Withheld:
        """Return why a field may flow, or why not; unknown fields may not."""
        return self.reasons.get(path, Withheld(Reason.NOT_IN_CATALOGUE))

    def withheld(self, resource: str) -> Mapping[str, Reason]:
        """Return every withheld field of *resource* with the reason.

        Authorised fields that the catalogue no longer has are among them.
        """
        start = f"{resource}."
        return {
            path: why.reason
            for path, why in self.reasons.items()
            if isinstance(why, Withheld) and path.startswith(start)
        }

    def query(self, resource: str) -> tuple[str, ...]:
        """Return the fields an MIS must be asked for to serve this permit.

        Those that may flow, and those that must be read to tell whether a row
        may; the latter are dropped before anything is released. Nothing when
        no field may flow.
        """
        released = self.fields_of(resource)
        if not released:
            return ()
        needed = {*released, *self._deciding(resource)}
        declared = self.catalogue.resource(resource).fields
        return tuple(leaf.path for leaf in declared if leaf.path in needed)

    def diff(self, other: "Permit") -> PermitDiff:
        """Return exactly what this permit and *other* let flow differently."""
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

    def names(self, resource: str) -> tuple[Naming, ...]:
        """Return where records of *resource* name people, if that decides anything."""
        return tuple(n for n in self.namings if n.resource == resource)

    def _deciding(self, resource: str) -> set[str]:
        """Return the fields that decide whether a row of *resource* may flow."""
        home = self.catalogue.resource(resource)
        paths = {
            path
            for selection in self.rows(resource)
            for at in selection.lists
            if not (part := selection.of(resource, at)).is_open
            for rule in part.rules
            for path in rule.reads
        }
        released = self.fields_of(resource)
        paths.update(
            naming.read
            for naming in self.names(resource)
            if any(path.startswith(f"{resource}.{naming.at}") for path in released)
        )
        if (school := self.catalogue.school_path(home)) is not None:
            paths.add(f"{resource}.{school}")
        return paths

    def _witness(self, paths: frozenset[str]) -> tuple[str, dict[str, object]] | None:
        """Return a record that this permit releases one of *paths* of."""
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
