"""`Grant`: what one school authorised for one app, pinned at that instant."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Self

from attrs import field, frozen
from attrs.converters import optional

from .._base.frozen import FrozenMapping
from .._base.values import ADDED, aware, texts
from ..arguments import checks_itself, made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from ..catalogue.resource import Naming, RowRule
from .connection import Issuer
from .decision import Actor, Choice, Decision
from .presentation import Presentation
from .subjects import Subjects


@made
@frozen
class Pin:
    """What was known of a field when it was authorised.

    Attributes:
        scopes: The authorised scopes it came with.
        sensitivity: How it was classified, and shown.
    """

    scopes: tuple[str, ...] = field(converter=texts)
    sensitivity: Sensitivity = field(converter=Sensitivity)


def _namings(given: Iterable[Naming]) -> tuple[Naming, ...]:
    return tuple(dict.fromkeys(given))


@made
@frozen
class PinnedRows:
    """The row rules of a day on which something was authorised.

    Attributes:
        rules: The rules.
        public: The scopes that were public; one that becomes public later opens
            no row of a grant.
    """

    rules: tuple[RowRule, ...] = field(converter=tuple[RowRule, ...])
    public: tuple[str, ...] = field(converter=texts, default=())

    @classmethod
    def of(cls, catalogue: Catalogue) -> Self:
        """Return those in force in *catalogue*."""
        public = catalogue.public_scopes
        return cls(catalogue.rows, tuple(k for k in catalogue.scopes if k in public))


def _rows(given: Iterable[PinnedRows]) -> tuple[PinnedRows, ...]:
    return tuple(dict.fromkeys(given))


@made
@frozen
class Grant:
    """What one school authorised for one app: fields, not names of scopes.

    A field that joins a scope later, or a row rule that is lifted later, does
    not widen it: both were pinned when the school decided.

    Attributes:
        id: Stays the same through all revisions.
        revision: Counts from 1.
        school: The school that authorised.
        app: The app it authorised.
        scopes: Every scope authorised, with what they include.
        pins: Each authorised field, and what was known of it.
        rows: The row rules a row must pass: those of each day something in this
            grant was authorised on.
        subjects: Which people it covers.
        namings: Where records named people on those days, if not everyone is
            covered; a place that the catalogue no longer names still counts.
        catalogue: The id of the catalogue it was made on.
        catalogue_version: That catalogue's version.
        policy_version: That catalogue's policy version.
        request_version: Which published request it answers.
        decisions: The decisions it rests on; two where two people must decide,
            the one that completed it last.
        expires_at: The first instant at which it permits nothing, or None.
        schools: Where records said on those days whose they are, as full paths; a place
            that the catalogue no longer names still counts.
        issuer: Who issued the identifiers that *subjects* lists; empty for no one.

    Raises:
        ValueError: It rests on no decision.
    """

    id: str
    revision: int
    school: str
    app: str
    scopes: tuple[str, ...] = field(converter=texts)
    pins: Mapping[str, Pin] = field(repr=False, converter=FrozenMapping[str, Pin])
    rows: tuple[PinnedRows, ...] = field(repr=False, converter=_rows)
    subjects: Subjects
    namings: tuple[Naming, ...] = field(repr=False, converter=_namings)
    catalogue: str
    catalogue_version: str
    policy_version: int
    request_version: int
    decisions: tuple[Decision, ...] = field(converter=tuple[Decision, ...])
    expires_at: datetime | None = field(converter=optional(aware), default=None)
    schools: tuple[str, ...] = field(repr=False, converter=texts, default=())
    issuer: Issuer = field(
        repr=False, converter=tuple[str, ...], default=(), metadata=ADDED
    )

    def __attrs_post_init__(self) -> None:
        if not self.decisions:
            message = "a grant rests on a decision; give at least one"
            raise ValueError(message)

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        shown: Presentation,
        choice: Choice,
        *,
        id: str,
        revision: int,
        decisions: Iterable[Decision],
        before: "Grant | None" = None,
    ) -> Self:
        """Return the grant that authorising *shown* with that choice makes.

        The required scopes come with it. Exactly the fields shown in the scopes
        chosen are pinned, and those shown as waiting for several of them.

        Args:
            catalogue: The catalogue *shown* was made of.
            shown: What the school was shown.
            choice: The boxes ticked, the people covered, the expiry.
            id: The grant's id.
            revision: Its revision.
            decisions: The decisions it rests on.
            before: The revision that *shown* amends, whose row rules stay on.
        """
        scopes = shown.scopes_of(choice.ticked)
        rows = PinnedRows.of(catalogue)
        return cls(
            id=id,
            revision=revision,
            school=shown.school,
            app=shown.app,
            scopes=scopes,
            pins={
                path: Pin(used, sensitivity)
                for path, (used, sensitivity) in shown.fields_of(choice.ticked).items()
            },
            rows=(*before.rows, rows) if before else (rows,),
            subjects=choice.subjects,
            namings=_namings_for(choice.subjects, catalogue, before),
            catalogue=catalogue.id,
            catalogue_version=catalogue.version,
            policy_version=catalogue.policy_version,
            request_version=shown.request_version,
            decisions=decisions,
            expires_at=choice.expires_at,
            schools=dict.fromkeys(
                (*(before.schools if before else ()), *catalogue.school_fields)
            ),
            issuer=choice.issuer,
        )

    @property
    def decision(self) -> Decision:
        """The decision that completed it."""
        return self.decisions[-1]

    @property
    def actor(self) -> Actor:
        """Who authorised it, the last of several."""
        return self.decision.actor

    @property
    def authorised_at(self) -> datetime:
        """When it was authorised."""
        return self.decision.at

    @property
    def ticked(self) -> frozenset[str]:
        """The optional scopes ticked."""
        return self.decision.ticked

    @property
    def unticked(self) -> frozenset[str]:
        """The optional scopes left empty."""
        return self.decision.unticked

    @property
    def fields(self) -> frozenset[str]:
        """Every authorised field."""
        return frozenset(self.pins)

    def is_expired(self, now: datetime) -> bool:
        """Tell whether it permits nothing any more at *now*.

        It holds up to, but not including, `expires_at`.

        Args:
            now: An aware instant.
        """
        return self.expires_at is not None and aware(now) >= self.expires_at

    @checks_itself
    def has_changed(self, path: str, catalogue: Catalogue) -> bool:
        """Tell whether *path* means more, or weighs more, than what was authorised.

        Args:
            path: A field of this grant that *catalogue* has.
            catalogue: The catalogue in force.
        """
        leaf = catalogue.field(path)
        return (
            self.catalogue != catalogue.id
            or self.policy_version > catalogue.policy_version
            or self.policy_version < leaf.policy_version
            or leaf.sensitivity.rank > self.pins[path].sensitivity.rank
        )

    def is_within(self, other: "Grant", flowing: frozenset[str]) -> bool:
        """Tell whether it permits nothing that *other* does not.

        Compared are scopes (one may open rows and hold no field), fields, rows,
        people, the places that name them, and expiry.

        Args:
            other: Another revision.
            flowing: Those fields of *other* that still mean what was authorised.
        """
        ends = other.expires_at is None or (
            self.expires_at is not None and self.expires_at <= other.expires_at
        )
        return (
            ends
            and self.fields <= flowing
            and {*self.scopes} <= {*other.scopes}
            and {*self.rows} >= {*other.rows}
            and {*self.namings} >= {*other.namings}
            and {*self.schools} >= {*other.schools}
            and self.subjects.is_within(other.subjects)
        )


def _namings_for(
    subjects: Subjects, catalogue: Catalogue, before: Grant | None
) -> tuple[Naming, ...]:
    """Return the places to pin; none where it does not matter who is named."""
    if subjects == Subjects():
        return ()
    return (*(before.namings if before else ()), *catalogue.namings)
