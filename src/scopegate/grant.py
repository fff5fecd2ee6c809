"""`Grant`: what one school authorised for one app, pinned at that instant."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self, assert_never

from attrs import field, frozen
from attrs.converters import optional

from ._types import EMPTY, aware, clean, frozen_mapping, names, texts
from .catalogue import Catalogue
from .field import Sensitivity
from .presentation import Presentation
from .resource import RowRule

People = Iterable[str | int] | str | int
"""Identifiers of people, or one."""


@frozen
class Actor:
    """Who took a decision, and by what authority.

    Attributes:
        name: The person's name.
        role: The authority they act by, "Headteacher".
        id: How the host system knows them, if it does.

    Raises:
        ValueError: The name is empty, or a text has a control character.
    """

    name: str = field(converter=clean)
    role: str = field(converter=clean, default="")
    id: str = field(converter=clean, default="")

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            message = "an actor has a name; a decision names who took it"
            raise ValueError(message)


class Coverage(StrEnum):
    """How a list of people is meant."""

    EVERYONE = "everyone"
    EXCEPT = "everyone_except"
    ONLY = "only"


def _people(
    given: Mapping[str, People],
) -> Mapping[str, frozenset[str]]:
    return frozen_mapping({kind: _identifiers(ids) for kind, ids in given.items()})


def _identifiers(given: People) -> frozenset[str]:
    """Return identifiers as text; one alone stands for a list of one."""
    return frozenset([str(given)] if isinstance(given, str | int) else map(str, given))


@frozen
class Subjects:
    """Which people a grant covers, applied where a resource names its subject.

    People are told apart by the resource they are a record of, so that pupil 7
    and staff member 7 are never taken for each other. Identifiers are compared
    as text: the number 7 and the text "7" are the same person.

    Attributes:
        coverage: How the list is meant.
        people: Identifiers, by resource. Never shown.
    """

    coverage: Coverage = field(converter=Coverage, default=Coverage.EVERYONE)
    people: Mapping[str, frozenset[str]] = field(
        converter=_people, default=EMPTY, repr=False, hash=False
    )

    @classmethod
    def everyone(cls) -> Self:
        """Return the subjects that leave nobody out."""
        return cls()

    @classmethod
    def everyone_except(cls, **people: People) -> Self:
        """Return everyone but *people*, such as `student=[103, 107]`."""
        return cls(Coverage.EXCEPT, people)

    @classmethod
    def only(cls, **people: People) -> Self:
        """Return nobody but *people*, such as `student=[103, 107]`."""
        return cls(Coverage.ONLY, people)

    def covers(self, person: str, identifier: str | int) -> bool:
        """Tell whether the *person* (a resource) of that identifier is covered."""
        listed = str(identifier) in self.people.get(person, ())
        match self.coverage:
            case Coverage.EVERYONE:
                return True
            case Coverage.EXCEPT:
                return not listed
            case Coverage.ONLY:
                return listed
            case _:
                assert_never(self.coverage)


@frozen
class Pin:
    """What was known of a field when it was authorised.

    Attributes:
        scopes: The authorised scopes it came with.
        sensitivity: How it was classified, and shown.
    """

    scopes: tuple[str, ...] = field(converter=texts)
    sensitivity: Sensitivity = field(converter=Sensitivity)


def _pins(given: Mapping[str, Pin]) -> Mapping[str, Pin]:
    return frozen_mapping(given)


def _rows(given: Iterable[RowRule]) -> tuple[RowRule, ...]:
    return tuple(given)


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
        ticked: The optional scopes ticked.
        unticked: The optional scopes left empty.
        pins: Each authorised field, and what was known of it.
        rows: The row rules that held at the time.
        subjects: Which people it covers.
        catalogue: The id of the catalogue it was made on.
        catalogue_version: That catalogue's version.
        policy_version: That catalogue's policy version.
        request_version: Which published request it answers.
        presentation: The digest of what was shown.
        actor: Who authorised it.
        authorised_at: When; aware.
        expires_at: The first instant at which it permits nothing, or None.
    """

    id: str
    revision: int
    school: str
    app: str
    scopes: tuple[str, ...] = field(converter=texts)
    ticked: frozenset[str] = field(converter=names)
    unticked: frozenset[str] = field(converter=names)
    pins: Mapping[str, Pin] = field(repr=False, converter=_pins)
    rows: tuple[RowRule, ...] = field(repr=False, converter=_rows)
    subjects: Subjects
    catalogue: str
    catalogue_version: str
    policy_version: int
    request_version: int
    presentation: str
    actor: Actor
    authorised_at: datetime = field(converter=aware)
    expires_at: datetime | None = field(converter=optional(aware), default=None)

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        shown: Presentation,
        ticked: frozenset[str],
        *,
        id: str,
        revision: int,
        subjects: Subjects,
        actor: Actor,
        at: datetime,
        expires_at: datetime | None = None,
    ) -> Self:
        """Return what authorising *shown* with the boxes *ticked* comes to.

        The required scopes come with it. Everything is pinned as *catalogue*
        has it now, which must be the catalogue *shown* was made of.
        """
        scopes = catalogue.expand(shown.required_scopes | ticked)
        pins = {
            path: Pin(used, catalogue.field(path).sensitivity)
            for path, used in catalogue.fields_of(scopes).items()
        }
        return cls(
            id=id,
            revision=revision,
            school=shown.school,
            app=shown.app,
            scopes=scopes,
            ticked=ticked,
            unticked=shown.offered - ticked,
            pins=pins,
            rows=catalogue.rows,
            subjects=subjects,
            catalogue=catalogue.id,
            catalogue_version=catalogue.version,
            policy_version=catalogue.policy_version,
            request_version=shown.request_version,
            presentation=shown.digest,
            actor=actor,
            authorised_at=at,
            expires_at=expires_at,
        )

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
        return self.expires_at is not None and now >= self.expires_at
