"""`GrantView`: what a school authorised for an app, and what became of it, in words."""

from collections.abc import Iterator
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LONDON, LocalTime
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from ..consent.disclosures import Usage
from ..consent.grant import Grant
from ..consent.lifecycle import GrantStatus
from ..consent.state import GrantRevision
from ..errors import UnknownScopeError
from ..evidence.receipt_facts import people_in_words
from ..policy.permit import Permit
from .people import PeopleCheck
from .scopes import SENSITIVITY_WORDS
from .words import counted, opened, person, until_in_words

NEVER_READ_DAYS = 90
"""After how many days without a read a scope is said to be unread (CDR reminds a
customer after 90 days that a consent is live)."""


@made
@frozen
class GrantedScope:
    """One scope of a grant.

    Attributes:
        key: Its key.
        title: Its title, or its key where the catalogue no longer has it.
        sensitivity: How much care it asks for, in words.
        is_special: Whether anything in it asks for special care.
        is_ticked: Whether it was optional, and could be unticked.
        flows: What of it flows, in words.
        last_read: When anything of it was read last, in words.
        is_unread: Whether nothing of it was read for `NEVER_READ_DAYS`.
    """

    key: str
    title: str
    sensitivity: str
    is_special: bool
    is_ticked: bool
    flows: str
    last_read: str
    is_unread: bool


@made
@frozen
class GrantView:
    """One grant revision, in words.

    Attributes:
        id: The grant's id.
        revision: Its revision.
        is_live: Whether something may flow by it.
        is_revoked: Whether the school has revoked it.
        since: When it was authorised.
        by: Who authorised it.
        until: When it ends, or that it does when it is revoked.
        ended: How it ended, or empty.
        people: Whom it covers; names no one.
        people_check: Whether the MIS knows those it lists; None where it lists no one,
            or has ended.
        scopes: What it covers.
        last_accessed: When the app received anything last, in words.
        records: How many records the app received by it.
    """

    id: str
    revision: int
    is_live: bool
    is_revoked: bool
    since: str
    by: str
    until: str
    ended: str
    people: str
    people_check: PeopleCheck | None
    scopes: tuple[GrantedScope, ...] = field(converter=tuple[GrantedScope, ...])
    last_accessed: str
    records: str

    @property
    def unread(self) -> tuple[GrantedScope, ...]:
        """The scopes from which nothing was read for `NEVER_READ_DAYS`."""
        return tuple(scope for scope in self.scopes if scope.is_unread)

    @property
    def can_narrow(self) -> bool:
        """Whether unticking what was not read would leave less than now."""
        return any(scope.is_ticked for scope in self.unread)

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        revision: GrantRevision,
        permit: Permit,
        usage: Usage,
        now: datetime,
        zone: str = LONDON,
    ) -> "GrantView":
        """Return a grant revision, in words.

        Args:
            catalogue: The catalogue in force.
            revision: The revision.
            permit: What may flow to its app at *now*.
            usage: What the app has read.
            now: The instant; aware.
            zone: The time zone to show instants in, by its name in the tz database.
        """
        grant, times = revision.grant, LocalTime.of(zone)
        is_live = revision.status is GrantStatus.AUTHORISED and not grant.is_expired(
            now
        )
        scopes = tuple(_granted(catalogue, revision, permit, usage, now, times))
        records = sum(n for (held, _), n in usage.records.items() if held == grant.id)
        last = usage.last_accessed
        return cls(
            id=grant.id,
            revision=grant.revision,
            is_live=is_live,
            is_revoked=revision.status is GrantStatus.REVOKED,
            since=times.instant(grant.authorised_at),
            by=" and ".join(person(each.actor) for each in grant.decisions),
            until=until_in_words(grant.expires_at, times),
            ended=ended_in_words(revision, times),
            people=opened(people_in_words(grant.subjects)),
            people_check=PeopleCheck.of(revision, times) if is_live else None,
            scopes=scopes,
            last_accessed=times.instant(last) if last else "Never",
            records=counted(records, "record"),
        )


def ended_in_words(revision: GrantRevision, times: LocalTime) -> str:
    """Return a phrase for how a revision ended, or nothing where it has not."""
    if revision.ended_at is None:
        return ""
    by = f" by {person(revision.ended_by)}" if revision.ended_by else ""
    return f"{opened(revision.status.value)} {times.on(revision.ended_at)}{by}"


def _granted(
    catalogue: Catalogue,
    revision: GrantRevision,
    permit: Permit,
    usage: Usage,
    now: datetime,
    times: LocalTime,
) -> Iterator[GrantedScope]:
    """Yield the scopes that were chosen, in the order of the catalogue."""
    grant = revision.grant
    unread = frozenset(usage.unread(grant, now, NEVER_READ_DAYS))
    order = {key: n for n, key in enumerate(catalogue.scopes)}
    for key in sorted(grant.scopes, key=lambda k: (order.get(k, len(order)), k)):
        pinned = frozenset(p for p, pin in grant.pins.items() if key in pin.scopes)
        read = [usage.fields[path] for path in pinned if path in usage.fields]
        sensitivity = _sensitivity(catalogue, key, grant)
        yield GrantedScope(
            key=key,
            title=title_of(catalogue, key),
            sensitivity=SENSITIVITY_WORDS[sensitivity],
            is_special=sensitivity.rank >= Sensitivity.SPECIAL.rank,
            is_ticked=key in grant.ticked,
            flows=_flows(pinned, permit.fields),
            last_read=times.instant(max(read)) if read else "Never",
            is_unread=bool(pinned) and pinned <= unread,
        )


def _flows(pinned: frozenset[str], permitted: frozenset[str]) -> str:
    """Return a phrase for what flows of a scope."""
    flowing = len(pinned & permitted)
    if flowing == len(pinned):
        return counted(flowing, "field") if pinned else "No fields of its own"
    return f"{flowing:,} of {counted(len(pinned), 'field')}"


def title_of(catalogue: Catalogue, key: str) -> str:
    """Return the title of a scope, or its key where the catalogue has none."""
    try:
        return catalogue.scope(key).title or key
    except UnknownScopeError:
        return key


def _sensitivity(catalogue: Catalogue, key: str, grant: Grant) -> Sensitivity:
    """Return the sensitivity of a scope, by the catalogue or by what was pinned."""
    held = [pin.sensitivity for pin in grant.pins.values() if key in pin.scopes]
    if key in catalogue.scopes:
        held.append(catalogue.sensitivity_of(key))
    return max(held, key=lambda s: s.rank, default=Sensitivity.PERSONAL)
