"""`Presentation`: exactly what a school is shown, as a value with a digest.

The page, the terminal and the receipt draw this value and nothing else, so its
digest is evidence of every word the school saw when it decided.
"""

from collections.abc import Iterable
from functools import cached_property

from attrs import asdict, frozen

from ._canonical import digest_of
from .catalogue import Catalogue
from .connection import Connection
from .field import Sensitivity
from .request import AccessRequest, Terms


@frozen
class PresentedField:
    """A field as the school is shown it: its path, title and sensitivity."""

    path: str
    title: str
    sensitivity: Sensitivity


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
    """

    key: str
    title: str
    description: str
    sensitivity: Sensitivity
    reason: str
    fields: tuple[PresentedField, ...]
    includes: tuple[str, ...]
    writes: tuple[str, ...]


@frozen
class PresentedJoint:
    """Fields that flow only if several of the scopes shown are authorised."""

    scopes: tuple[str, ...]
    fields: tuple[PresentedField, ...]


@frozen
class Presentation:
    """Everything a school is shown before it decides; no box is ticked.

    Attributes:
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
        catalogue: Id and version of the catalogue the titles are from.
        catalogue_digest: Its content digest.
        policy_version: Its policy version.
    """

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
    catalogue: str
    catalogue_digest: str
    policy_version: int

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON of everything shown, in order."""
        return digest_of(asdict(self))

    @property
    def offered(self) -> frozenset[str]:
        """The scopes that may be ticked."""
        return frozenset(scope.key for scope in self.optional)

    @property
    def required_scopes(self) -> frozenset[str]:
        """The scopes that come with any authorisation."""
        return frozenset(scope.key for scope in self.required)


def present(
    catalogue: Catalogue, connection: Connection, request: AccessRequest, version: int
) -> Presentation:
    """Return what the connected school is shown of *request*, number *version*.

    Raises:
        UnknownScopeError: The catalogue no longer has a scope of the request.
    """
    return Presentation(
        school=connection.school,
        school_name=connection.name,
        mis=connection.mis,
        app=request.app,
        request_version=version,
        purpose=request.purpose,
        terms=request.terms,
        required=_shown(catalogue, request, request.required),
        optional=_shown(catalogue, request, request.optional),
        joint=_joint(catalogue, frozenset(catalogue.expand(request.scopes))),
        catalogue=f"{catalogue.id} {catalogue.version}",
        catalogue_digest=catalogue.digest,
        policy_version=catalogue.policy_version,
    )


def _shown(
    catalogue: Catalogue, request: AccessRequest, keys: frozenset[str]
) -> tuple[PresentedScope, ...]:
    for key in keys:
        catalogue.scope(key)
    return tuple(
        _scope(catalogue, key, request.reasons.get(key, ""))
        for key in catalogue.scopes
        if key in keys
    )


def _scope(catalogue: Catalogue, key: str, reason: str) -> PresentedScope:
    scope = catalogue.scope(key)
    held = catalogue.expand([key])
    return PresentedScope(
        key=key,
        title=scope.title,
        description=scope.description,
        sensitivity=max(
            (catalogue.sensitivity_of(k) for k in held), key=lambda s: s.rank
        ),
        reason=reason,
        fields=_fields(catalogue, catalogue.fields_of([key])),
        includes=tuple(k for k in held if k != key),
        writes=tuple(catalogue.resource(name).title for name in scope.writes),
    )


def _joint(catalogue: Catalogue, asked: frozenset[str]) -> tuple[PresentedJoint, ...]:
    return tuple(
        PresentedJoint(rule.scopes, _fields(catalogue, rule.fields))
        for rule in catalogue.joints
        if asked.issuperset(rule.scopes)
    )


def _fields(catalogue: Catalogue, paths: Iterable[str]) -> tuple[PresentedField, ...]:
    found = map(catalogue.field, paths)
    return tuple(PresentedField(f.path, f.title, f.sensitivity) for f in found)
