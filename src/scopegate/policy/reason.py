"""Why a field may flow, or why not: values that decide, and words for people."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from attrs import field, frozen
from attrs.converters import optional

from .._base.days import day_in_words
from .._base.values import aware
from ..arguments import made
from ..consent.decision import Actor


class Reason(StrEnum):
    """Why a field is withheld."""

    NOT_REQUESTED = "not_requested"
    NOT_GRANTED = "not_granted"
    REFUSED = "refused"
    REVOKED = "revoked"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"
    POLICY_CHANGED = "policy_changed"
    IDENTIFIERS_CHANGED = "identifiers_changed"
    PAUSED = "paused"
    CLOSED = "closed"
    NO_CONNECTION = "no_connection"
    MIS_PERMISSION_MISSING = "mis_permission_missing"
    NOT_IN_CATALOGUE = "not_in_catalogue"
    LEDGER_UNREADABLE = "ledger_unreadable"

    @property
    def sentence(self) -> str:
        """The reason in words for a person."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Reason, str] = {
    Reason.NOT_REQUESTED: "the app did not ask for it",
    Reason.NOT_GRANTED: "the app asks for it and the school has not decided",
    Reason.REFUSED: "the app asked for it and the school did not authorise it",
    Reason.REVOKED: "the school authorised it and has revoked that",
    Reason.RELINQUISHED: "the school authorised it and the app has given it back",
    Reason.EXPIRED: "the school authorised it for a time that is over",
    Reason.POLICY_CHANGED: "its meaning or sensitivity changed after it was authorised",
    Reason.IDENTIFIERS_CHANGED: (
        "the school listed people by identifiers of another MIS, and must list them"
        " again"
    ),
    Reason.PAUSED: "the school has paused the app",
    Reason.CLOSED: "the school has closed",
    Reason.NO_CONNECTION: "the school has no verified connection to its MIS",
    Reason.MIS_PERMISSION_MISSING: "the MIS account lacks a permission it needs",
    Reason.NOT_IN_CATALOGUE: "the catalogue does not have it",
    Reason.LEDGER_UNREADABLE: "the ledger does not answer, or takes no record of what flows",
}


@made
@frozen
class Permitted:
    """Why a field may flow.

    Attributes:
        scopes: The scopes it comes with.
        grant: The id of the grant, or None where a public scope suffices.
        revision: The grant's revision, 0 where there is no grant.
        actor: Who authorised it, or None where a public scope suffices.
        since: When it was authorised, or the connection verified.
    """

    scopes: tuple[str, ...]
    grant: str | None
    revision: int
    actor: Actor | None
    since: datetime = field(converter=aware)


@made
@frozen
class Withheld:
    """Why a field is withheld.

    Attributes:
        reason: The reason.
        since: When that became so, where there is such an instant.
        actor: Who decided it, where somebody did.
    """

    reason: Reason
    since: datetime | None = field(converter=optional(aware), default=None)
    actor: Actor | None = None


@made
@frozen
class Explanation:
    """Why one field may flow, or why not; its text is a sentence for a person.

    Attributes:
        field: The field's path.
        title: What a school is shown as its name, or empty if it is unknown.
        why: The reason.
    """

    field: str
    title: str
    why: Permitted | Withheld

    @property
    def is_permitted(self) -> bool:
        """Whether the field may flow."""
        return isinstance(self.why, Permitted)

    def __str__(self) -> str:
        match self.why:
            case Permitted(grant=None):
                return f"{self.field} may flow: it is public ({', '.join(self.why.scopes)})"
            case Permitted():
                by = self.why.actor
                who = (
                    f"{by.name}, {by.role}" if by and by.role else by.name if by else ""
                )
                return (
                    f"{self.field} may flow: {who} authorised {', '.join(self.why.scopes)}"
                    f" on {day_in_words(self.why.since)} (UTC)"
                )
            case Withheld():
                return f"{self.field} is withheld: {self.why.reason.sentence}"
            case _:
                assert_never(self.why)
