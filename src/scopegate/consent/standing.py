"""The state of a school at an instant: its connection, and the grants that are live.

Questions of the folded state that every decision and every page asks alike.
"""

from datetime import datetime

from ..catalogue.catalogue import Catalogue
from .connection import Connection, is_same_issuer, issuer_of
from .lifecycle import GrantStatus
from .mis_account import MisAccount
from .state import GrantRevision, SchoolState


def connection_of(state: SchoolState, school: str) -> Connection | None:
    """Return the connection of this very school, or None."""
    found = state.connection
    return found if found and found.school == school else None


def latest_revision(state: SchoolState, school: str, app: str) -> GrantRevision | None:
    """Return the newest grant of this very school for this very app, or None."""
    found = state.consent(app).latest
    if found and (found.grant.school, found.grant.app) == (school, app):
        return found
    return None


def live_revision(
    state: SchoolState, *, school: str, app: str, now: datetime
) -> GrantRevision | None:
    """Return the grant revision by which something may flow at *now*, or None.

    It is this very school's and app's newest, neither ended nor expired, and the
    school is connected.
    """
    found = latest_revision(state, school, app)
    if found is None or connection_of(state, school) is None:
        return None
    if found.status is not GrantStatus.AUTHORISED or found.grant.is_expired(now):
        return None
    return found


def live_revisions(
    state: SchoolState, *, school: str, now: datetime
) -> tuple[GrantRevision, ...]:
    """Return the `live_revision` of every app that has one, in the order of apps."""
    found = (
        live_revision(state, school=school, app=app, now=now)
        for app in sorted(state.consents)
    )
    return tuple(revision for revision in found if revision)


def lists_strangers(
    revision: GrantRevision | None, connection: Connection | None
) -> bool:
    """Tell whether a revision lists people whom *connection* may know as others.

    Their identifiers are those of another MIS, or of another of its id spaces.
    """
    if revision is None or not revision.grant.subjects.people:
        return False
    return not is_same_issuer(revision.issuer, issuer_of(connection))


def account_of(
    catalogue: Catalogue, state: SchoolState, *, school: str, now: datetime
) -> MisAccount | None:
    """Return a school's MIS account, next to what is authorised at *now*.

    None where the school has no connection.
    """
    connection = connection_of(state, school)
    if connection is None:
        return None
    live = live_revisions(state, school=school, now=now)
    return MisAccount.for_grants(catalogue, connection, live)
