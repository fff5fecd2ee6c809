"""What to do about a resource when nothing of it may flow: wait, stop, or try again."""

from ..errors import AccessDeniedError, Denial
from .permit import Permit
from .reason import Reason

_IN_ORDER: tuple[tuple[frozenset[Reason], Denial], ...] = (
    (frozenset({Reason.LEDGER_UNREADABLE}), Denial.TEMPORARY),
    (
        frozenset((Reason.REVOKED, Reason.RELINQUISHED, Reason.EXPIRED, Reason.CLOSED)),
        Denial.ENDED,
    ),
    (frozenset({Reason.NO_CONNECTION}), Denial.DISCONNECTED),
    (frozenset({Reason.PAUSED}), Denial.PAUSED),
    (frozenset({Reason.MIS_PERMISSION_MISSING}), Denial.MIS_PERMISSION),
    (
        frozenset(
            (Reason.NOT_GRANTED, Reason.POLICY_CHANGED, Reason.IDENTIFIERS_CHANGED)
        ),
        Denial.PENDING,
    ),
    (frozenset({Reason.REFUSED}), Denial.ENDED),
    (frozenset({Reason.NOT_REQUESTED, Reason.NOT_IN_CATALOGUE}), Denial.NOT_REQUESTED),
)
"""The first that any field of the resource has counts.

A ledger that does not answer comes first, for then nothing is known. That a grant has
ended comes before all else, even where the school has disconnected its MIS since. That
something optional was not ticked comes last, since what is undecided may yet be granted.
"""


def denied(permit: Permit, resource: str) -> AccessDeniedError:
    """Return the error that says why nothing of *resource* may flow, and what to do."""
    withheld = permit.withheld(resource)
    reasons = set(withheld.values())
    found = (denial for some, denial in _IN_ORDER if not some.isdisjoint(reasons))
    unasked = _IN_ORDER[-1][0]
    return AccessDeniedError(
        resource,
        permit.school,
        permit.app,
        next(found, Denial.NOT_REQUESTED),
        {path: why for path, why in withheld.items() if why not in unasked},
        permit=permit,
    )
