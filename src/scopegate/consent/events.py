"""The events a ledger holds: everything that ever happened, and nothing else.

State is a fold of them (`consent`). They hold names, texts that were shown and
instants; never a record's value, never an identifier of a pupil unless the
school itself listed it as covered or left out.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen
from attrs.converters import optional

from .._base.values import ADDED, aware, clean, names, texts
from ..arguments import made
from .connection import Connection
from .decision import Actor, Decision, Proposal, TwoPersonRule
from .grant import Grant
from .presentation import Presentation
from .request import AccessRequest


def _held(given: Iterable[str] | None) -> frozenset[str] | None:
    return None if given is None else names(given)


@made
@frozen
class Connected:
    """The school's MIS proved whose data it serves.

    Attributes:
        connection: The connection.
        at: When.
        actor: Who lifted the school's stop by it, where there was one.
    """

    connection: Connection
    at: datetime = field(converter=aware)
    actor: Actor | None = field(default=None, metadata=ADDED)


@made
@frozen
class Disconnected:
    """The school's connection was ended; nothing flows until there is another.

    Attributes:
        actor: Who ended it.
        reason: Why.
        at: When.
        holds: Whether only a connection that names an actor lifts it. It did not in
            ledgers of before.
    """

    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)
    holds: bool = field(default=False, metadata=ADDED)


@made
@frozen
class Paused:
    """A school stopped an app, or all of them, until it says otherwise.

    Attributes:
        app: The app, or empty for all.
        actor: Who stopped it.
        reason: Why.
        at: When.
    """

    app: str
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Resumed:
    """A school lifted a pause: that of an app, or that of all of them.

    Attributes:
        app: The app, or empty for the pause of all.
        actor: Who lifted it.
        reason: Why.
        at: When.
    """

    app: str
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Closed:
    """The school, as this URN, has come to its end; nothing flows under it any more.

    Attributes:
        successor: The school that follows it, or empty.
        actor: Who closed it.
        reason: Why.
        at: When.
    """

    successor: str
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Succeeded:
    """A school that has closed named this one as its successor; nothing flows by it.

    Attributes:
        predecessor: The school that has closed.
        actor: Who closed it.
        at: When.
    """

    predecessor: str
    actor: Actor
    at: datetime = field(converter=aware)


@made
@frozen
class PermissionsChanged:
    """What the school's MIS account may do is now this; None when unknown."""

    permissions: frozenset[str] | None = field(converter=_held)
    at: datetime = field(converter=aware)


@made
@frozen
class TwoPersonRuleSet:
    """From now on the school wants two people to authorise; None ends the rule."""

    rule: TwoPersonRule | None
    actor: Actor
    at: datetime = field(converter=aware)


@made
@frozen
class RequestPublished:
    """An app published what it asks for; *version* counts from 1 for each app."""

    request: AccessRequest
    version: int
    at: datetime = field(converter=aware)


@made
@frozen
class RequestCancelled:
    """An app took back what it had published; grants go on unchanged."""

    version: int
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Presented:
    """A school was shown this, and has until `lapses_at` to decide.

    Attributes:
        presentation: What it was shown.
        lapses_at: The first instant at which it is too late to decide, or None.
        at: When.
        actor: Who was shown it, or asked that it be, where that is known.
    """

    presentation: Presentation
    lapses_at: datetime | None = field(converter=optional(aware))
    at: datetime = field(converter=aware)
    actor: Actor | None = field(default=None, metadata=ADDED)


@made
@frozen
class Proposed:
    """The first of two people authorised; nothing flows by it yet."""

    proposal: Proposal
    at: datetime = field(converter=aware)


class Dropped(StrEnum):
    """Why the yes of the first of two people does not count any more."""

    PAGE_CHANGED = "page_changed"
    GRANT_CHANGED = "grant_changed"
    NO_AUTHORITY = "no_authority"

    @property
    def sentence(self) -> str:
        """The reason in words for a person."""
        return _DROPPED[self]


_DROPPED = {
    Dropped.PAGE_CHANGED: "what the school is shown has changed since",
    Dropped.GRANT_CHANGED: "the grant that it would have changed was changed or ended",
    Dropped.NO_AUTHORITY: "the first person has no authority any more",
}


@made
@frozen
class ProposalDropped:
    """The yes of the first of two people does not count any more.

    Attributes:
        app: The app it was about.
        presentation: The digest of what the first person authorised.
        why: Why not.
        at: When.
    """

    app: str
    presentation: str
    why: Dropped = field(converter=Dropped)
    at: datetime = field(converter=aware)


@made
@frozen
class Authorised:
    """A school authorised an app; supersedes the revision before."""

    grant: Grant
    at: datetime = field(converter=aware)


@made
@frozen
class Amended:
    """A school changed the ticks of a grant; supersedes the revision before."""

    grant: Grant
    at: datetime = field(converter=aware)


@made
@frozen
class PeopleChecked:
    """The people whom a grant lists were looked up in the MIS; nothing flows by it.

    Attributes:
        app: The app.
        grant: The grant.
        revision: Its revision.
        found: How many entries are one person's.
        alike: How many are only like somebody's, or are several people's.
        missing: How many are like no one's.
        at: When.
        actor: Who asked, where that is known.
    """

    app: str
    grant: str
    revision: int
    found: int
    alike: int
    missing: int
    at: datetime = field(converter=aware)
    actor: Actor | None = None


@made
@frozen
class Declined:
    """A school declined what it was shown; no grant changes."""

    app: str
    decision: Decision
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Lapsed:
    """What a school was shown was not decided in time; by its digest."""

    app: str
    presentation: str
    at: datetime = field(converter=aware)


@made
@frozen
class Cancelled:
    """What a school was shown had been taken back by the app; by its digest."""

    app: str
    presentation: str
    at: datetime = field(converter=aware)


@made
@frozen
class Revoked:
    """A school ended a grant; what it covered no longer flows."""

    app: str
    grant: str
    revision: int
    actor: Actor
    method: str = field(converter=clean)
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Relinquished:
    """An app gave a grant back; what it covered no longer flows."""

    app: str
    grant: str
    revision: int
    actor: Actor
    reason: str = field(converter=clean)
    at: datetime = field(converter=aware)


@made
@frozen
class Expired:
    """A grant's time was found to be over."""

    app: str
    grant: str
    revision: int
    at: datetime = field(converter=aware)


@made
@frozen
class Invalidated:
    """Fields of a grant were found to mean, or weigh, more than was authorised.

    They stop for good, even if the catalogue takes the change back; when none
    are left the revision has ended.
    """

    app: str
    grant: str
    revision: int
    fields: tuple[str, ...] = field(converter=texts)
    policy_version: int
    at: datetime = field(converter=aware)


@made
@frozen
class Disclosed:
    """Records of one resource were released to an app, counted in a batch.

    Attributes:
        app: Who received them.
        grant: The grant they were released under, or empty for public data.
        revision: Its revision, 0 for public data.
        resource: The resource.
        fields: The fields that were permitted.
        count: How many records.
        since: When the first of them was released; aware.
        at: When the last was, by the clock when the batch was written.
    """

    app: str
    grant: str
    revision: int
    resource: str
    fields: tuple[str, ...] = field(converter=texts)
    count: int
    since: datetime = field(converter=aware)
    at: datetime = field(converter=aware)


Decided = Authorised | Amended
"""What makes a new grant revision."""

Ended = Revoked | Relinquished | Expired | Invalidated
"""What ends a grant revision, wholly or in part."""

Event = (
    Connected
    | Disconnected
    | Paused
    | Resumed
    | Closed
    | Succeeded
    | PermissionsChanged
    | TwoPersonRuleSet
    | RequestPublished
    | RequestCancelled
    | Presented
    | Proposed
    | ProposalDropped
    | Authorised
    | Amended
    | PeopleChecked
    | Declined
    | Lapsed
    | Cancelled
    | Revoked
    | Relinquished
    | Expired
    | Invalidated
    | Disclosed
)
