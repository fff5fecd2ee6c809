"""The events a ledger holds: everything that ever happened, and nothing else.

State is a fold of them (`consent`). They hold names, texts that were shown and
instants; never a record's value, never an identifier of a pupil unless the
school itself listed it as covered or left out.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen
from attrs.converters import optional

from .._base.values import aware, clean, names, texts
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
    """The school's MIS proved whose data it serves."""

    connection: Connection
    at: datetime = field(converter=aware)


@made
@frozen
class Disconnected:
    """The school's connection was ended; nothing flows until there is another."""

    actor: Actor
    reason: str = field(converter=clean)
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
    """A school was shown this, and has until `lapses_at` to decide."""

    presentation: Presentation
    lapses_at: datetime | None = field(converter=optional(aware))
    at: datetime = field(converter=aware)


@made
@frozen
class Proposed:
    """The first of two people authorised; nothing flows by it yet."""

    proposal: Proposal
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
    | PermissionsChanged
    | TwoPersonRuleSet
    | RequestPublished
    | RequestCancelled
    | Presented
    | Proposed
    | Authorised
    | Amended
    | Declined
    | Lapsed
    | Cancelled
    | Revoked
    | Relinquished
    | Expired
    | Invalidated
    | Disclosed
)
