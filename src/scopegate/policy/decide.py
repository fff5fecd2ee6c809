"""The policy decision: `permit`, from what was authorised to what may flow now.

Pure: the same state, request and instant give the same permit. It starts from
nothing and adds what is permitted; whatever is not a clear yes is refused.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property

from attrs import evolve, field, frozen

from .._base.values import aware
from ..catalogue.catalogue import Catalogue
from ..catalogue.mis_permissions import needed
from ..catalogue.resource import Naming
from ..consent.connection import Connection
from ..consent.grant import Grant
from ..consent.lifecycle import GrantStatus, RequestStatus
from ..consent.request import AccessRequest
from ..consent.standing import (
    connection_of,
    latest_revision,
    lists_strangers,
    live_revision,
)
from ..consent.state import Consent, GrantRevision, SchoolState
from ..consent.subjects import Subjects
from .permit import Permit
from .reason import Permitted, Reason, Withheld
from .rows import Selection


def public_only(permit: Permit) -> Permit:
    """Return the rest of *permit* when no one can tell whether it still holds.

    Public fields over a connection that was verified, and nothing else.
    """
    unsure = Withheld(Reason.LEDGER_UNREADABLE)
    return evolve(
        permit,
        valid_until=None,
        reasons={
            path: unsure if isinstance(why, Permitted) and why.grant else why
            for path, why in permit.reasons.items()
        },
        selections=_selections(permit.catalogue, None),
        subjects=Subjects(),
        namings=(),
    )


_ENDED = {
    GrantStatus.RELINQUISHED: Reason.RELINQUISHED,
    GrantStatus.EXPIRED: Reason.EXPIRED,
    GrantStatus.INVALIDATED: Reason.POLICY_CHANGED,
}
"""Why a field of an ended grant is withheld, where no one revoked it."""


def permit(
    catalogue: Catalogue,
    state: SchoolState,
    *,
    school: str,
    app: str,
    now: datetime,
    request: AccessRequest | None = None,
) -> Permit:
    """Return the permit for *app* on data of *school* at *now*, with every reason.

    Without a verified connection nothing flows. Without an authorised grant
    only public scopes do.

    Args:
        catalogue: The catalogue in force.
        state: What the ledger says of the school.
        school: The school whose data it is.
        app: The app that would receive it.
        now: An aware instant.
        request: What the app asks for now; only decides between reasons.

    Raises:
        ValueError: *now* has no time zone.
    """
    decision = _Decision(catalogue, school, state, app, now, request)
    grant = decision.live_grant
    return Permit(
        school=school,
        app=app,
        at=decision.now,
        valid_until=grant.expires_at if grant else None,
        catalogue=catalogue,
        reasons={path: decision.reason(path) for path in decision.paths},
        selections=_selections(catalogue, grant),
        subjects=grant.subjects if grant else Subjects(),
        namings=_namings(catalogue, grant),
        schools=dict.fromkeys(
            (*catalogue.school_fields, *(grant.schools if grant else ()))
        ),
    )


def _selections(catalogue: Catalogue, grant: Grant | None) -> tuple[Selection, ...]:
    """Return the row rules in force: today's, and those of each day of the grant.

    A row must pass all, so that lifting a rule, or making the scope it waits
    for public, never widens a grant.
    """
    today = catalogue.public_scopes
    if grant is None:
        return (Selection(catalogue.rows, today),)
    scopes = frozenset(grant.scopes)
    pinned = (Selection(p.rules, scopes.union(p.public)) for p in grant.rows)
    return tuple(dict.fromkeys((Selection(catalogue.rows, scopes | today), *pinned)))


def _namings(catalogue: Catalogue, grant: Grant | None) -> tuple[Naming, ...]:
    """Return the places that name people, today and on the days of the grant."""
    if grant is None or grant.subjects == Subjects():
        return ()
    return tuple(dict.fromkeys((*catalogue.namings, *grant.namings)))


@frozen
class _Decision:
    """Everything a reason may depend on."""

    catalogue: Catalogue
    school: str
    state: SchoolState
    app: str
    now: datetime = field(converter=aware)
    request: AccessRequest | None

    @cached_property
    def connection(self) -> Connection | None:
        """The connection of this very school, or None."""
        return connection_of(self.state, self.school)

    @cached_property
    def consent(self) -> Consent:
        """What the school decided on this app."""
        return self.state.consent(self.app)

    @cached_property
    def latest(self) -> GrantRevision | None:
        """The newest grant of this very school for this very app, or None."""
        return latest_revision(self.state, self.school, self.app)

    @cached_property
    def live_grant(self) -> Grant | None:
        """The grant that may permit something now, or None."""
        found = live_revision(
            self.state, school=self.school, app=self.app, now=self.now
        )
        return found.grant if found else None

    @property
    def paths(self) -> Iterator[str]:
        """Every field that has a reason."""
        yield from self.catalogue.fields
        for path in self.latest.grant.pins if self.latest else ():
            if path not in self.catalogue.fields:
                yield path

    def reason(self, path: str) -> Permitted | Withheld:
        """Return the reason why *path* may flow, or why not."""
        if self.connection is None:
            return self._ended(path) or self._unconnected
        if path not in self.catalogue.fields:
            return Withheld(Reason.NOT_IN_CATALOGUE)
        if path.partition(".")[0] in self._unknown_people:
            return self._ended(path) or Withheld(Reason.IDENTIFIERS_CHANGED)
        if path in self.catalogue.public_fields:
            return self._public(path, self.connection)
        if self.latest and path in self.latest.grant.pins:
            return self._pinned(path, self.latest, self.connection)
        return self._undecided(path)

    @cached_property
    def _unconnected(self) -> Withheld:
        """Why nothing flows: the school has closed, has stopped it, or is not connected."""
        closed, stopped = self.state.closed, self.state.stopped
        if closed:
            return Withheld(Reason.CLOSED, closed.at, closed.actor)
        if stopped:
            return Withheld(Reason.NO_CONNECTION, stopped.at, stopped.actor)
        return Withheld(Reason.NO_CONNECTION)

    @cached_property
    def _unknown_people(self) -> frozenset[str]:
        """The resources that name people, if the grant lists some of another MIS.

        Whom its identifiers mean now no one knows.
        """
        grant = self.live_grant
        if grant is None or not lists_strangers(self.latest, self.connection):
            return frozenset()
        return frozenset(n.resource for n in _namings(self.catalogue, grant))

    def _public(self, path: str, connection: Connection) -> Permitted:
        scopes = self.catalogue.public_fields[path]
        return Permitted(scopes, None, 0, None, connection.verified_at)

    def _pinned(
        self, path: str, latest: GrantRevision, connection: Connection
    ) -> Permitted | Withheld:
        """Return the reason for a field that was authorised."""
        grant = latest.grant
        ended = self._ended(path)
        if ended is not None:
            return ended
        pause = self.state.pause_of(self.app)
        if pause is not None:
            return Withheld(Reason.PAUSED, pause.at, pause.actor)
        if path in latest.stopped or grant.has_changed(path, self.catalogue):
            return Withheld(Reason.POLICY_CHANGED)
        if not self._is_servable(path, grant, connection):
            return Withheld(Reason.MIS_PERMISSION_MISSING)
        scopes = grant.pins[path].scopes
        return Permitted(
            scopes, grant.id, grant.revision, grant.actor, grant.authorised_at
        )

    def _ended(self, path: str) -> Withheld | None:
        """Return the reason why an authorised field no longer flows, or None."""
        latest = self.latest
        if latest is None or path not in latest.grant.pins:
            return None
        if latest.status is not GrantStatus.AUTHORISED:
            reason = _ENDED.get(latest.status, Reason.REVOKED)
            return Withheld(reason, latest.ended_at, latest.ended_by)
        if latest.grant.is_expired(self.now):
            return Withheld(Reason.EXPIRED, latest.grant.expires_at)
        return None

    def _is_servable(self, path: str, grant: Grant, connection: Connection) -> bool:
        """Tell whether the MIS account may read what *path* needs, as far as known."""
        held = connection.permissions
        if held is None:
            return True
        scopes = grant.pins[path].scopes
        return needed(self.catalogue.mis, connection.mis, scopes) <= held

    def _undecided(self, path: str) -> Withheld:
        """Return the reason for a field that was never authorised."""
        if path in self._refused:
            return Withheld(Reason.REFUSED)
        if path in self._asked:
            return Withheld(Reason.NOT_GRANTED)
        return Withheld(Reason.NOT_REQUESTED)

    @cached_property
    def _asked(self) -> frozenset[str]:
        """What the app asks for now."""
        return self._fields_of(self.request.scopes if self.request else ())

    @cached_property
    def _refused(self) -> frozenset[str]:
        """The fields that the school was shown last and did not authorise.

        Those it was shown, whatever the scopes hold by now.
        """
        shown = self.consent.shown
        answers = {RequestStatus.AUTHORISED, RequestStatus.DECLINED}
        if shown is None or self.consent.status not in answers:
            return frozenset()
        return frozenset(shown.fields_of(shown.offered))

    def _fields_of(self, scopes: Iterable[str]) -> frozenset[str]:
        """Return the fields that *scopes* would release; unknown scopes have none."""
        known = [key for key in scopes if key in self.catalogue.scopes]
        return frozenset(self.catalogue.fields_of(known))
