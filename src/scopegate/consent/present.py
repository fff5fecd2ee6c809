"""How a presentation is made: of a request, or of a grant that may be amended."""

from collections.abc import Iterable

from attrs import evolve

from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from .connection import Connection
from .grant import Grant
from .presentation import (
    DecisionKind,
    Mark,
    Presentation,
    PresentedField,
    PresentedGrant,
    PresentedJoint,
    PresentedScope,
    every_field,
)
from .request import AccessRequest
from .state import GrantRevision


def present(
    catalogue: Catalogue,
    connection: Connection,
    request: AccessRequest,
    version: int,
    *,
    held: GrantRevision | None = None,
    two_people: Sensitivity | None = None,
) -> Presentation:
    """Return the presentation of *request*, number *version*, to a connected school.

    Args:
        catalogue: The catalogue in force.
        connection: The school's connection.
        request: What the app asks for.
        version: Which of its published requests that is.
        held: The present grant, to compare with, if there is one.
        two_people: From which sensitivity on two people must authorise.

    Raises:
        UnknownScopeError: The catalogue no longer has a scope of the request.
    """
    maker = _Maker(catalogue, held)
    required = maker.scopes(request, request.required)
    optional = maker.scopes(request, request.optional)
    joint = maker.joint(frozenset(catalogue.expand(request.scopes)))
    return Presentation(
        asking=DecisionKind.REQUEST,
        school=connection.school,
        school_name=connection.name,
        mis=connection.mis,
        app=request.app,
        request_version=version,
        purpose=request.purpose,
        terms=request.terms,
        required=required,
        optional=optional,
        joint=joint,
        grant=maker.reminder,
        dropped=maker.dropped(every_field((*required, *optional), joint)),
        two_people=two_people,
        catalogue=f"{catalogue.id} {catalogue.version}",
        catalogue_digest=catalogue.digest,
        policy_version=catalogue.policy_version,
    )


def present_amendment(
    catalogue: Catalogue,
    connection: Connection,
    shown: Presentation,
    held: GrantRevision,
    *,
    two_people: Sensitivity | None = None,
) -> Presentation:
    """Return the presentation by which a school can change its present grant.

    Scopes that are authorised show exactly the fields that flow by it, however
    the catalogue has changed; a scope that may be ticked shows today's.

    Args:
        catalogue: The catalogue in force; the one the grant was made on, by id.
        connection: The school's connection.
        shown: What the school was shown when it authorised the grant.
        held: The present grant.
        two_people: From which sensitivity on two people must authorise.
    """
    maker, grant = _Maker(catalogue, held), held.grant
    scopes = frozenset(grant.scopes)
    required = tuple(map(maker.kept, shown.required))
    optional = tuple(
        maker.kept(scope)
        if scope.key in grant.ticked
        else maker.scope(scope.key, scope.reason)
        for scope in shown.optional
        if scope.key in grant.ticked or scope.key in catalogue.scopes
    )
    keys = {k for s in (*required, *optional) for k in (s.key, *s.includes)}
    kept = [j for j in shown.joint if scopes.issuperset(j.scopes)]
    fresh = [j for j in maker.joint(keys) if not scopes.issuperset(j.scopes)]
    joint = (*(evolve(j, fields=maker.kept_fields(j.fields)) for j in kept), *fresh)
    return evolve(
        shown,
        asking=DecisionKind.AMENDMENT,
        school_name=connection.name,
        mis=connection.mis,
        required=required,
        optional=optional,
        joint=joint,
        grant=maker.reminder,
        dropped=maker.dropped(every_field((*required, *optional), joint)),
        two_people=two_people,
        catalogue=f"{catalogue.id} {catalogue.version}",
        catalogue_digest=catalogue.digest,
        policy_version=catalogue.policy_version,
    )


def reminder_of(grant: Grant) -> PresentedGrant:
    """Return the reminder of the present grant that a page shows."""
    ends = grant.expires_at.isoformat() if grant.expires_at else ""
    return PresentedGrant(grant.id, grant.revision, grant.subjects.coverage, ends)


class _Maker:
    """Makes the parts of a presentation, marked against a grant if there is one."""

    def __init__(self, catalogue: Catalogue, held: GrantRevision | None) -> None:
        self._catalogue = catalogue
        self._grant = held.grant if held else None
        self._live = held.live_fields(catalogue) if held else frozenset()

    @property
    def reminder(self) -> PresentedGrant | None:
        """The present grant, as the school is reminded of it."""
        return reminder_of(self._grant) if self._grant else None

    def scopes(
        self, request: AccessRequest, keys: frozenset[str]
    ) -> tuple[PresentedScope, ...]:
        """Return those scopes of a request that *keys* name, as in the catalogue."""
        for key in keys:
            self._catalogue.scope(key)
        return tuple(
            self.scope(key, request.reasons.get(key, ""))
            for key in self._catalogue.scopes
            if key in keys
        )

    def scope(self, key: str, reason: str) -> PresentedScope:
        """Return a scope as it is in the catalogue today."""
        catalogue = self._catalogue
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
            fields=tuple(
                self._field(path, used)
                for path, used in catalogue.fields_of([key]).items()
            ),
            includes=tuple(k for k in held if k != key),
            writes=tuple(catalogue.resource(name).title for name in scope.writes),
            mark=self._mark(self._grant is not None and key in self._grant.scopes),
        )

    def joint(self, asked: Iterable[str]) -> tuple[PresentedJoint, ...]:
        """Return the fields that wait for several of the scopes *asked* for."""
        keys = frozenset(asked)
        return tuple(
            PresentedJoint(
                rule.scopes, tuple(self._field(p, rule.scopes) for p in rule.fields)
            )
            for rule in self._catalogue.joints
            if keys.issuperset(rule.scopes)
        )

    def kept(self, scope: PresentedScope) -> PresentedScope:
        """Return an authorised scope with those of its fields that still flow."""
        fields = self.kept_fields(scope.fields)
        return evolve(scope, fields=fields, mark=Mark.AUTHORISED)

    def kept_fields(
        self, fields: Iterable[PresentedField]
    ) -> tuple[PresentedField, ...]:
        """Return those of *fields* that still flow."""
        flowing = (f for f in fields if f.path in self._live)
        return tuple(evolve(f, mark=Mark.AUTHORISED) for f in flowing)

    def dropped(self, shown: Iterable[PresentedField]) -> tuple[PresentedField, ...]:
        """Return the fields of the present grant that are not among those *shown*."""
        if self._grant is None:
            return ()
        offered = {field.path for field in shown}
        return tuple(
            PresentedField(path, self._title(path), pin.sensitivity, pin.scopes)
            for path, pin in self._grant.pins.items()
            if path not in offered
        )

    def _field(self, path: str, scopes: tuple[str, ...]) -> PresentedField:
        leaf = self._catalogue.field(path)
        mark = self._mark(path in self._live)
        return PresentedField(path, leaf.title, leaf.sensitivity, scopes, mark)

    def _title(self, path: str) -> str:
        leaf = self._catalogue.fields.get(path)
        return leaf.title if leaf else ""

    def _mark(self, is_authorised: bool) -> Mark | None:  # noqa: FBT001 - one question
        if self._grant is None:
            return None
        return Mark.AUTHORISED if is_authorised else Mark.NEW
