"""When two people must authorise, and who the second may be."""

from datetime import datetime

from .decision import Actor, TwoPersonRule
from .grant import Grant
from .presentation import Presentation
from .state import SchoolState


def rule_for(
    state: SchoolState, shown: Presentation, grant: Grant, now: datetime
) -> TwoPersonRule | None:
    """Return the rule by which two people must authorise a grant, or None.

    Narrowing never needs two.

    Args:
        state: The state of the school before.
        shown: The page that it is decided on.
        grant: What would be authorised.
        now: When.
    """
    if is_narrower(state, shown, grant, now):
        return None
    return rule_covering(state, shown, grant.ticked, grant.actor)


def rule_covering(
    state: SchoolState, shown: Presentation, ticked: frozenset[str], actor: Actor
) -> TwoPersonRule | None:
    """Return the rule that covers what those *ticked* bring, or None."""
    brought = shown.sensitivities(ticked)
    for rule in state.rules_for(actor):
        if any(map(rule.covers, brought)):
            return rule
    return None


def is_narrower(
    state: SchoolState, shown: Presentation, grant: Grant, now: datetime
) -> bool:
    """Tell whether a grant is nothing more than what is authorised already.

    Of data, of people, of time; for the same purpose, on the same terms, for the same
    reasons, and with nothing more that the app may write.
    """
    latest = state.consent(grant.app).latest
    if latest is None or latest.shown is None:
        return False
    return (
        permits_no_more(state, shown, grant, now)
        and grant.issuer in ((), latest.issuer)
        and shown.means(grant.ticked) <= latest.shown.means(latest.grant.ticked)
    )


def permits_no_more(
    state: SchoolState, shown: Presentation, grant: Grant, now: datetime
) -> bool:
    """Tell whether a grant permits nothing that does not flow already.

    What flows is what *shown* marks as authorised.
    """
    before = state.consent(grant.app).current
    if before is None or before.is_expired(now):
        return False
    return grant.is_within(before, shown.flowing)
