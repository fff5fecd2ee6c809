"""What was granted to one app at one school, for the app itself to read.

An app must do without what a school left out, so it has to know what that is.
The members are those of RFC 9396 §2 where it has them, and our own besides.
"""

from datetime import UTC, datetime

from ..arguments import checked
from ..policy.permit import Permit
from ..policy.reason import Withheld
from ..register.case import Case
from .answers import Answer, Answers
from .matrix import Cell, cell_of
from .situation import situation_of

TYPE = "scopegate:school_data"
"""The type of an authorisation details object (RFC 9396 §2)."""


@checked
def authorization_details(case: Case) -> list[dict[str, object]]:
    """Return the details of what one app may have of one school, as values for JSON.

    One object (RFC 9396 §2): `type`; `identifier`, the school; `actions`;
    `datatypes`, the resources with something that may flow; `privileges`, the scopes
    with something that may flow. Besides them `status`, a `Situation` as the app may
    know it; `grant_id`, `revision`, `authorised_at` and `expires_at` (ISO 8601, UTC) of the grant in force,
    null without one; `fields`, all that may flow, public ones too; `scopes`, those
    asked for or authorised, by `granted`, `refused`, `pending` and `stopped`;
    `withheld`, why a field that is asked for or was authorised does not flow;
    `subjects`, how the people covered are meant.

    Everything is in the catalogue's order. No one is named: neither who decided, nor
    whom the school left out. Nothing of another app is in it.

    Args:
        case: The app's case at the school.
    """
    answers = Answers(case)
    permit, grant = answers.permit, answers.live.grant if answers.live else None
    fields = [path for path in permit.reasons if path in permit.fields]
    resources = case.catalogue.resources
    return [
        {
            "type": TYPE,
            "identifier": case.school,
            "actions": ["read"],
            "datatypes": [name for name in resources if permit.fields_of(name)],
            "privileges": [k for k in answers.scopes if _flows(answers, k)],
            "status": situation_of(case).for_app.value,
            "grant_id": grant.id if grant else None,
            "revision": grant.revision if grant else None,
            "authorised_at": _iso(grant.authorised_at if grant else None),
            "expires_at": _iso(grant.expires_at if grant else None),
            "fields": fields,
            "scopes": {
                a.value: [*answers.of(a)] for a in Answer if a is not Answer.NONE
            },
            "withheld": _withheld(answers, permit),
            "subjects": permit.subjects.coverage.value,
        }
    ]


def _flows(answers: Answers, key: str) -> bool:
    return cell_of(answers, key) in {Cell.FLOWS, Cell.PARTLY}


def _withheld(answers: Answers, permit: Permit) -> dict[str, str]:
    """Return the reason for a withheld field that is asked for or was authorised."""
    asked = set(answers.case.catalogue.fields_of(answers.asked))
    pinned = answers.latest.grant.fields if answers.latest else frozenset()
    return {
        path: why.reason.value
        for path, why in permit.reasons.items()
        if isinstance(why, Withheld) and path in asked | pinned
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
