"""The result of each decision: from a case, purely, to events or a refusal.

The register reads the ledger, asks here, and writes. Nothing here reads a clock
or a ledger, so that every rule can be tried on its own.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from .._base.values import aware, names
from ..consent.connection import issuer_of
from ..consent.decision import (
    NO_END,
    Actor,
    Choice,
    Decision,
    NoEnd,
    Proposal,
    TwoPersonRule,
)
from ..consent.events import (
    Amended,
    Authorised,
    Declined,
    Event,
    Proposed,
    Relinquished,
    Revoked,
)
from ..consent.grant import Grant
from ..consent.presentation import DecisionKind, Presentation
from ..consent.subjects import Subjects
from ..consent.two_people import rule_for
from ..errors import (
    NotAwaitingError,
    NotOfferedError,
    PastExpiryError,
    SecondPersonError,
    UnknownResourceError,
)
from .case import Case


@frozen
class DecidedBy:
    """Who decides, how, and when."""

    actor: Actor
    method: str
    at: datetime = field(converter=aware)


def choice_of(
    case: Case,
    before: Grant | None,
    *,
    optional: Iterable[str],
    subjects: Subjects | None,
    expires_at: datetime | NoEnd | None,
) -> Choice:
    """Return the choice; what is not said stays as in the present grant.

    Identifiers that are listed now are those of the MIS that is connected now; those
    that stay are of the MIS that they were of.
    """
    issuer = issuer_of(case.state.connection)
    if before is not None and subjects is None:
        subjects, issuer = before.subjects, case.issuer
    if before is not None and expires_at is None:
        expires_at = before.expires_at
    return Choice(
        names(optional),
        subjects or Subjects.everyone(),
        None if expires_at is NO_END else expires_at,
        issuer if subjects and subjects.people else (),
    )


def authorised(
    case: Case, shown: Presentation, choice: Choice, by: DecidedBy, new_id: str
) -> tuple[Event, Grant | Proposal]:
    """Return the event, and the grant or proposal, of a yes to *shown*.

    Raises:
        NotOfferedError: A tick is for a scope that is not offered.
        UnknownResourceError: People are listed of a kind that no record names.
        PastExpiryError: It would have ended before it began.
        SecondPersonError: Two people must authorise, and this is not the
            second one saying the same as the first.
        DecisionError: See `confirmed`.
    """
    current = case.confirmed(shown)
    if strays := choice.ticked - current.offered:
        raise NotOfferedError(case.school, case.app, strays, current.offered)
    _check_people(case, choice, current)
    if choice.expires_at is not None and choice.expires_at <= case.now:
        raise PastExpiryError(case.school, case.app)
    decision = _decision(current, choice.ticked, by)
    grant = _grant(case, current, choice, [decision], new_id)
    rule = rule_for(case.state, current, grant, case.now)
    if rule is None:
        return _made(case, current, grant)
    first = case.consent.proposal_on(current.digest, case.now)
    if first is None:
        return _proposed(case, decision, choice, rule)
    _check_second(case, first, choice, by.actor)
    both = evolve(grant, decisions=(first.decision, decision))
    return _made(case, current, both)


def _check_people(case: Case, choice: Choice, shown: Presentation) -> None:
    """Refuse people of a kind that nothing names: they would not be left out."""
    namings = case.catalogue.namings
    if case.grant is not None and shown.asking is DecisionKind.AMENDMENT:
        namings += case.grant.namings
    known = {naming.person for naming in namings}
    for kind in sorted(choice.subjects.people.keys() - known):
        raise UnknownResourceError(kind, known)


def declined(case: Case, shown: Presentation, by: DecidedBy, reason: str) -> Event:
    """Return the event of a no to *shown*; no grant changes.

    Raises:
        DecisionError: See `confirmed`.
    """
    current = case.confirmed(shown)
    waits = case.consent.proposal_on(current.digest, case.now)
    if current.asking is DecisionKind.AMENDMENT and waits is None:
        advice = "no one has proposed to amend the grant; there is nothing to decline"
        raise NotAwaitingError(case.school, case.app, case.status, advice)
    decision = _decision(current, frozenset(), by)
    return Declined(case.app, decision, reason, by.at)


def revoked(case: Case, by: DecidedBy, reason: str) -> Event:
    """Return the event that ends the grant.

    Raises:
        NoGrantError: There is no authorised grant.
    """
    grant = case.authorised_revision("revoke").grant
    return Revoked(
        case.app, grant.id, grant.revision, by.actor, by.method, reason, by.at
    )


def relinquished(case: Case, by: DecidedBy, reason: str) -> Event:
    """Return the event that the app gives its grant back.

    Raises:
        NoGrantError: There is no authorised grant.
    """
    grant = case.authorised_revision("relinquish").grant
    return Relinquished(case.app, grant.id, grant.revision, by.actor, reason, by.at)


def _grant(
    case: Case, shown: Presentation, choice: Choice, by: list[Decision], new_id: str
) -> Grant:
    before = case.grant
    is_amendment = shown.asking is DecisionKind.AMENDMENT
    return Grant.of(
        case.catalogue,
        shown,
        choice,
        id=before.id if before else new_id,
        revision=before.revision + 1 if before else 1,
        decisions=by,
        before=before if is_amendment else None,
    )


def _made(case: Case, shown: Presentation, grant: Grant) -> tuple[Event, Grant]:
    if shown.asking is DecisionKind.AMENDMENT:
        return Amended(grant, case.now), grant
    return Authorised(grant, case.now), grant


def _proposed(
    case: Case, decision: Decision, choice: Choice, rule: TwoPersonRule
) -> tuple[Event, Proposal]:
    until = case.now + timedelta(days=rule.days)
    proposal = Proposal(case.app, decision, choice, until)
    return Proposed(proposal, case.now), proposal


def _check_second(case: Case, first: Proposal, choice: Choice, actor: Actor) -> None:
    one = first.decision.actor
    if actor.is_same_person(one):
        problem = f"`{one.name}` has authorised already; a second person must"
        raise SecondPersonError(case.school, case.app, problem)
    if choice != first.choice:
        problem = (
            f"`{one.name}` chose other ticks, people or expiry"
            "; choose the same, or decline"
        )
        raise SecondPersonError(case.school, case.app, problem)


def _decision(shown: Presentation, ticked: frozenset[str], by: DecidedBy) -> Decision:
    return Decision.on(shown, ticked, actor=by.actor, method=by.method, at=by.at)
