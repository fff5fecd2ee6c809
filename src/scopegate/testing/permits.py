"""Permits without a ledger: the result of a decision, for tests of what follows it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..consent.connection import Connection
from ..consent.decision import Actor, Choice, Decision
from ..consent.events import Authorised, Connected, Event
from ..consent.fold import fold_school
from ..consent.grant import Grant
from ..consent.present import present
from ..consent.presentation import Presentation
from ..consent.request import AccessRequest
from ..consent.state import SchoolState
from ..consent.subjects import Subjects
from ..policy.decide import permit
from ..policy.permit import Permit
from ._strategies.catalogues import SCHOOL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The instant at which everything here is decided."""

HEAD = Actor("Dana Head", role="Headteacher")
"""Who decides."""

_EVERYONE = Subjects.everyone()


def connection(school: str = SCHOOL) -> Connection:
    """Return a verified connection."""
    return Connection(school, "arbor", "Example School", NOON)


def decision_on(
    shown: Presentation, ticked: Iterable[str] = (), actor: Actor = HEAD
) -> Decision:
    """Return the decision that somebody takes at noon on what was shown."""
    return Decision.on(shown, frozenset(ticked), actor=actor, method="", at=NOON)


@checked
def grant_of(
    catalogue: Catalogue,
    scopes: Iterable[str],
    subjects: Subjects = _EVERYONE,
    expires_at: datetime | None = None,
) -> Grant:
    """Return the grant by which a school authorised *scopes*, all of them required."""
    request = AccessRequest("app", "to be tested", scopes)
    shown = present(catalogue, connection(), request, 1)
    return Grant.of(
        catalogue,
        shown,
        Choice(subjects=subjects, expires_at=expires_at),
        id="grant-1",
        revision=1,
        decisions=[decision_on(shown)],
    )


def state_of(grant: Grant) -> SchoolState:
    """Return the state of a school that is connected and authorised *grant*."""
    events: list[Event] = [Connected(connection(), NOON), Authorised(grant, NOON)]
    return fold_school(events)


@checked
def permit_for(
    catalogue: Catalogue, *scopes: str, subjects: Subjects = _EVERYONE
) -> Permit:
    """Return the permit after a school authorised *scopes*."""
    grant = grant_of(catalogue, scopes, subjects)
    return permit(catalogue, state_of(grant), school=SCHOOL, app="app", now=NOON)
