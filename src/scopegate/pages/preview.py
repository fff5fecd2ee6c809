"""`Preview`: one made-up record before and after what the school has ticked so far.

What it says flows has been let through the gate; nothing here decides it again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from attrs import frozen

from .._base.days import day_in_words
from .._base.local_time import LONDON, LocalTime
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Field, Sensitivity
from ..consent.connection import Connection
from ..consent.decision import Actor, Choice, Decision
from ..consent.events import Authorised, Connected, Event
from ..consent.grant import Grant
from ..consent.presentation import DecisionKind, Presentation
from ..consent.state import GrantRevision
from ..gate.access import Access
from ..gate.gate import Gate
from ..ledgers.base import school_stream
from ..ledgers.memory import MemoryLedger
from .made_up import made_up_record, value_at
from .words import counted

_NOBODY = Actor("no one: this is a preview")


@made
@frozen
class PreviewRow:
    """One field of the made-up record.

    Attributes:
        path: Its full path.
        title: Its title, or the last name of its path where it has none.
        sensitivity: How much care it asks for.
        before: What the MIS would hold there, as text.
        after: What the app would receive, as text; None where it is withheld.
        scopes: The scopes shown that bring it, alone or with others; empty where
            the app does not ask for it.
    """

    path: str
    title: str
    sensitivity: Sensitivity
    before: str
    after: str | None
    scopes: tuple[str, ...]


@made
@frozen
class Preview:
    """A made-up record: what the MIS holds, and what the app would receive.

    Attributes:
        resource: What it is a record of.
        title: The title of that, or its name where it has none.
        rows: Every field of the resource, in the catalogue's order.
    """

    resource: str
    title: str
    rows: tuple[PreviewRow, ...]

    @property
    def flowing(self) -> int:
        """How many fields the app would receive."""
        return sum(row.after is not None for row in self.rows)

    @property
    def total(self) -> int:
        """How many fields the record has."""
        return len(self.rows)

    @property
    def is_withheld(self) -> bool:
        """Whether the app would receive nothing of the record."""
        return self.flowing == 0


def preview_of(
    catalogue: Catalogue,
    connection: Connection | None,
    shown: Presentation,
    ticked: frozenset[str],
    *,
    now: datetime,
    held: GrantRevision | None = None,
    resource: str | None = None,
) -> Preview | None:
    """Return a preview, on a made-up record, of what would flow by a decision now.

    The record is about somebody whom the decision covers. It passes the row
    rules where that is possible, without the optional scopes if it can.

    Args:
        catalogue: The catalogue in force.
        connection: The school's connection; without one nothing flows.
        shown: What the school is shown.
        ticked: The optional scopes ticked so far; those not offered are ignored.
        now: An aware instant.
        held: The present grant, if there is one; an amendment keeps to its rules.
        resource: What to show a record of; None is the resource about a person with
            most on offer, or otherwise the resource with most on offer.

    Returns:
        The preview, or None where nothing in the catalogue is offered.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
    """
    offers = _offers(catalogue, shown)
    if not offers:
        return None
    name = _first(catalogue, offers) if resource is None else resource
    home = catalogue.resource(name)
    before = held.grant if held and shown.asking is DecisionKind.AMENDMENT else None

    def opened(ticks: frozenset[str]) -> Access:
        grant = _grant(catalogue, shown, ticks, now, before)
        return _opened(catalogue, connection, grant, now)

    with opened(ticked) as access:
        whole = made_up_record(home, [opened(frozenset()).permit, access.permit])
        released = access.filter(home.name, whole) or {}
    times = LocalTime.of(connection.zone if connection else LONDON)
    rows = (_row(leaf, whole, released, offers, times) for leaf in home.fields)
    return Preview(home.name, home.title or home.name, tuple(rows))


Offers = Mapping[str, tuple[str, ...]]
"""By field, the scopes shown that bring it."""


def _offers(catalogue: Catalogue, shown: Presentation) -> Offers:
    """Return the fields of the catalogue that are offered, alone or jointly."""
    found: dict[str, dict[str, None]] = {}
    scopes = (*shown.required, *shown.optional)
    for scope in scopes:
        for field in scope.fields:
            found.setdefault(field.path, {})[scope.key] = None
    for joint in shown.joint:
        parts = [
            s.key for s in scopes if not {s.key, *s.includes}.isdisjoint(joint.scopes)
        ]
        for field in joint.fields:
            found.setdefault(field.path, {}).update(dict.fromkeys(parts))
    return {p: tuple(keys) for p, keys in found.items() if p in catalogue.fields}


def _first(catalogue: Catalogue, offered: Iterable[str]) -> str:
    """Return the resource that people would look at first."""
    counts = Counter(catalogue.field(path).resource for path in offered)
    found = [r for r in catalogue.resources.values() if r.name in counts]
    return max(found, key=lambda r: (r.subject is not None, counts[r.name])).name


def _grant(
    catalogue: Catalogue,
    shown: Presentation,
    ticked: frozenset[str],
    now: datetime,
    before: Grant | None,
) -> Grant:
    """Return the grant that deciding now would make; it covers everyone."""
    empty = shown.offered - ticked
    by = Decision(_NOBODY, "", now, shown.digest, ticked, empty, shown.terms)
    return Grant.of(
        catalogue,
        shown,
        Choice(ticked),
        id="preview",
        revision=1,
        decisions=[by],
        before=before,
    )


def _opened(
    catalogue: Catalogue, connection: Connection | None, grant: Grant, now: datetime
) -> Access:
    """Return the access that *grant* would open, on a ledger of its own."""
    connected: list[Event] = [Connected(connection, now)] if connection else []
    ledger = MemoryLedger()
    ledger.append(
        school_stream(grant.school), [*connected, Authorised(grant, now)], expected=0
    )
    gate = Gate(catalogue, ledger, clock=lambda: now)
    return gate.open(school=grant.school, app=grant.app)


def _row(
    leaf: Field,
    whole: Mapping[str, object],
    released: Mapping[str, object],
    offers: Offers,
    times: LocalTime,
) -> PreviewRow:
    after = value_at(released, leaf.steps)
    return PreviewRow(
        path=leaf.path,
        title=leaf.title or leaf.steps[-1].name,
        sensitivity=leaf.sensitivity,
        before=_text(value_at(whole, leaf.steps), times),
        after=None if after is None else _text(after, times),
        scopes=offers.get(leaf.path, ()),
    )


def _text(value: object, times: LocalTime) -> str:
    """Return a made-up value as text for a person."""
    match value:
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return times.instant(value)
        case date():
            return day_in_words(value)
        case time():
            return value.isoformat(timespec="minutes")
        case bytes():
            return counted(len(value), "byte")
        case _:
            return str(value)
