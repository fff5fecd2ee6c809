"""`Presentation`: exactly what a school is shown, as a value with a digest.

The page, the terminal and the receipt draw this value and nothing else, so its
digest is evidence of every word the school saw when it decided.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from attrs import asdict, frozen

from .._base.canonical import digest_of
from ..arguments import made
from ..catalogue.field import Sensitivity
from .request import Terms
from .subjects import Coverage


class Mark(StrEnum):
    """How something shown compares with what is authorised at present."""

    NEW = "new"
    AUTHORISED = "authorised"


class DecisionKind(StrEnum):
    """What a school is asked to decide on: a request, or a change of a grant."""

    REQUEST = "request"
    AMENDMENT = "amendment"


@made
@frozen
class PresentedField:
    """A field as the school is shown it.

    Attributes:
        path: Its path.
        title: Its title.
        sensitivity: How much care it asks for.
        scopes: The scopes it comes with: the one it is shown in, those that one
            includes, or those that must come together.
        mark: How it compares with the present grant; None if there is none.
    """

    path: str
    title: str
    sensitivity: Sensitivity
    scopes: tuple[str, ...]
    mark: Mark | None = None


@made
@frozen
class PresentedScope:
    """A scope as the school is shown it, with every field it would let flow.

    Attributes:
        key: The scope's key.
        title: The scope's title.
        description: The scope's one line.
        sensitivity: The highest of anything inside.
        reason: Why the app asks for it, or empty if it gave no reason.
        fields: Every field, those of included scopes too.
        includes: The scopes that come along.
        writes: The titles of what the app could write to.
        mark: How it compares with the present grant; None if there is none.
    """

    key: str
    title: str
    description: str
    sensitivity: Sensitivity
    reason: str
    fields: tuple[PresentedField, ...]
    includes: tuple[str, ...]
    writes: tuple[str, ...]
    mark: Mark | None = None


@made
@frozen
class PresentedJoint:
    """Fields that flow only if several of the scopes shown are authorised."""

    scopes: tuple[str, ...]
    fields: tuple[PresentedField, ...]


@made
@frozen
class PresentedGrant:
    """The present grant, as the school is reminded of it.

    Attributes:
        id: Its id.
        revision: Its revision.
        coverage: How the list of people covered is meant; the people are not
            shown here, so that no identifier of a pupil is written down twice.
        expires_at: When it ends, in ISO 8601, or empty if it does not.
    """

    id: str
    revision: int
    coverage: Coverage
    expires_at: str


@made
@frozen
class Presentation:
    """Everything a school is shown before it decides; no box is ticked.

    Attributes:
        asking: Whether a request is to be authorised, or a grant amended.
        school: The school that is asked.
        school_name: Its name as its MIS gave it.
        mis: The MIS the data would come from.
        app: The app that asks.
        request_version: Which of the app's published requests this is.
        purpose: What the app says it asks for.
        terms: Retention, lawful basis, contact, as the app states them.
        required: Scopes that come with any authorisation.
        optional: Scopes to tick; every box starts empty.
        joint: What flows only when several scopes come together.
        grant: The present grant, which the marks compare with, or None.
        dropped: What the present grant permits and this does not offer.
        two_people: From which sensitivity on two people must authorise, or None.
        catalogue: Id and version of the catalogue the titles are from.
        catalogue_digest: Its content digest.
        policy_version: Its policy version.
        language: The language of the texts (BCP 47).
    """

    asking: DecisionKind
    school: str
    school_name: str
    mis: str
    app: str
    request_version: int
    purpose: str
    terms: Terms
    required: tuple[PresentedScope, ...]
    optional: tuple[PresentedScope, ...]
    joint: tuple[PresentedJoint, ...]
    grant: PresentedGrant | None
    dropped: tuple[PresentedField, ...]
    two_people: Sensitivity | None
    catalogue: str
    catalogue_digest: str
    policy_version: int
    language: str = "en-GB"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON of everything shown, in order."""
        return digest_of(asdict(self))

    def changes(self, now: "Presentation") -> tuple[str, ...]:
        """Return in words the parts that *now* shows otherwise; empty if none."""
        parts = (words for part, words in _PARTS.items() if self._differs(part, now))
        return tuple(dict.fromkeys(parts))

    def _differs(self, part: str, now: "Presentation") -> bool:
        return bool(getattr(self, part) != getattr(now, part))

    def is_older_than(self, other: "Presentation") -> bool:
        """Tell whether this was made of an older version of the same catalogue.

        Versions are compared by the numbers they are made of, such as 2026-11 or
        1.10; others cannot be, and only the policy version tells then.
        """
        mine, theirs = self.catalogue.rpartition(" "), other.catalogue.rpartition(" ")
        if mine[0] != theirs[0]:
            return False
        if self.policy_version != other.policy_version:
            return self.policy_version < other.policy_version
        numbers, others = _numbers(mine[2]), _numbers(theirs[2])
        return bool(numbers and others) and numbers < others

    @property
    def offered(self) -> frozenset[str]:
        """The scopes that may be ticked."""
        return frozenset(scope.key for scope in self.optional)

    @property
    def required_scopes(self) -> frozenset[str]:
        """The scopes that come with any authorisation."""
        return frozenset(scope.key for scope in self.required)

    @property
    def flowing(self) -> frozenset[str]:
        """The fields shown that flow by the present grant already."""
        fields = every_field((*self.required, *self.optional), self.joint)
        return frozenset(f.path for f in fields if f.mark is Mark.AUTHORISED)

    @property
    def is_additional(self) -> bool:
        """Whether this asks for data besides a grant that goes on unchanged."""
        return self.asking is DecisionKind.REQUEST and self.grant is not None

    def scopes_of(self, ticked: frozenset[str]) -> tuple[str, ...]:
        """Return every scope that comes with those *ticked*, included ones too."""
        chosen = self._chosen(ticked)
        keys = (key for scope in chosen for key in (scope.key, *scope.includes))
        return tuple(dict.fromkeys(keys))

    def fields_of(
        self, ticked: frozenset[str]
    ) -> Mapping[str, tuple[tuple[str, ...], Sensitivity]]:
        """Return the fields that come with those *ticked*: with scopes and sensitivity.

        What is shown is what is pinned: nothing else is looked at.
        """
        found: dict[str, tuple[tuple[str, ...], Sensitivity]] = {}
        for shown in self._fields(ticked):
            before = found.get(shown.path, ((), shown.sensitivity))[0]
            scopes = tuple(dict.fromkeys((*before, *shown.scopes)))
            found[shown.path] = (scopes, shown.sensitivity)
        return found

    def means(self, ticked: frozenset[str]) -> frozenset[tuple[str, ...]]:
        """Return all that comes with those *ticked* besides the fields, each part once.

        The purpose, each of the terms, the reason for each scope, and what the app may
        write: what a school decides on, as it does on the data.
        """
        terms = [(name, text) for name, text in asdict(self.terms).items()]
        chosen = tuple(self._chosen(ticked))
        reasons = [("reason", scope.key, scope.reason) for scope in chosen]
        writes = [("writes", each) for scope in chosen for each in scope.writes]
        return frozenset([("purpose", self.purpose), *terms, *reasons, *writes])

    def sensitivities(self, ticked: frozenset[str]) -> frozenset[Sensitivity]:
        """Return the sensitivity of what comes with those *ticked*.

        What a scope says of itself counts: it may open rows and hold no field.
        """
        scopes = {scope.sensitivity for scope in self._chosen(ticked)}
        return frozenset(scopes | {field.sensitivity for field in self._fields(ticked)})

    def _fields(self, ticked: frozenset[str]) -> Iterator[PresentedField]:
        for scope in self._chosen(ticked):
            yield from scope.fields
        held = set(self.scopes_of(ticked))
        for joint in self.joint:
            if held.issuperset(joint.scopes):
                yield from joint.fields

    def _chosen(self, ticked: frozenset[str]) -> Iterator[PresentedScope]:
        yield from self.required
        yield from (scope for scope in self.optional if scope.key in ticked)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version is made of; none if it has other parts."""
    if not _VERSION.fullmatch(version):
        return ()
    return tuple(map(int, re.findall("[0-9]+", version)))


_VERSION = re.compile(r"v?[0-9]{1,9}(?:[._-][0-9]{1,9})*")

_PARTS: Mapping[str, str] = {
    "asking": "what is decided on",
    "grant": "the grant",
    "request_version": "the request",
    "purpose": "the purpose",
    "terms": "the terms",
    "required": "a required scope",
    "optional": "an optional scope",
    "joint": "what several scopes bring together",
    "dropped": "what would no longer flow",
    "two_people": "the rule of two people",
    "school_name": "the school's name",
    "mis": "the MIS",
    "catalogue_digest": "the catalogue",
    "policy_version": "the catalogue",
}
"""What each part of a presentation is called; of most weight first."""


def every_field(
    scopes: Iterable[PresentedScope], joint: Iterable[PresentedJoint]
) -> Iterator[PresentedField]:
    """Yield every field shown in *scopes* and *joint*."""
    for scope in scopes:
        yield from scope.fields
    for rule in joint:
        yield from rule.fields
