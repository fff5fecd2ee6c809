"""What an event is judged by: the state before it, its neighbours, other streams."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice, takewhile
from typing import Any

from attrs import fields, frozen, has

from ...catalogue.catalogue import Catalogue
from ...consent.decision import Actor
from ...consent.events import (
    Amended,
    Authorised,
    Closed,
    Event,
    Paused,
    PeopleChecked,
    ProposalDropped,
    RequestCancelled,
    RequestPublished,
    Resumed,
)
from ...consent.fold import OfConsent, app_of
from ...consent.overdue import OverdueEvent, overdue
from ...consent.presentation import Presentation
from ...consent.request import AccessRequest
from ...consent.state import Consent, GrantRevision, Published, SchoolState

Problems = Iterator[str]
"""What is wrong with an event, each in a sentence without its place."""

Facts = frozenset[Hashable]
"""What a stream says that events of other streams rest on."""


class Others:
    """What other streams hold, read when an event of one stream rests on another.

    An event is read after those that rest on it, so that a ledger which is written to
    meanwhile has no fault by that.

    Args:
        read: Gives the events of a stream; None where that cannot be read.
        catalogues: Catalogues that pages may have been made of.
    """

    def __init__(
        self,
        read: Callable[[str], Sequence[Event] | None],
        catalogues: Iterable[Catalogue] = (),
    ) -> None:
        self._read = read
        self._facts: dict[str, Facts] = {}
        self._catalogues = {each.digest: each for each in catalogues}

    def learn(self, stream: str, events: Iterable[Event]) -> None:
        """Keep what a stream says, so that it is not read again."""
        self._facts[stream] = frozenset(_facts(events))

    def deny(self, stream: str, fact: Hashable) -> bool:
        """Tell whether a stream does not say *fact*; one that is unreadable may."""
        if fact not in self._facts.get(stream, ()):
            events = self._read(stream)
            if events is None:
                return False
            self.learn(stream, events)
        return fact not in self._facts[stream]

    def catalogue(self, page: Presentation) -> Catalogue | None:
        """Return the catalogue that a page was made of, if it is known."""
        return self._catalogues.get(page.catalogue_digest)


def published(request: AccessRequest, version: int) -> Hashable:
    """Return the fact that an app has published a request; empty reasons say nothing."""
    reasons = {key: reason for key, reason in request.reasons.items() if reason}
    return ("published", version, request.purpose, request.required, request.optional,
            frozenset(reasons.items()), request.terms)  # fmt: skip


def cancelled(version: int) -> Hashable:
    """Return the fact that an app has cancelled a version, or a later one."""
    return "cancelled", version


ASKS: Hashable = "asks"
"""The fact that an app has published something."""


def decided(app: str, grant: str, revision: int) -> Hashable:
    """Return the fact that a school has decided on a revision of a grant."""
    return "decided", app, grant, revision


def closed(successor: str) -> Hashable:
    """Return the fact that a school has closed, and who follows it."""
    return "closed", successor


def _facts(events: Iterable[Event]) -> Iterator[Hashable]:
    for event in events:
        match event:
            case RequestPublished():
                yield from (ASKS, published(event.request, event.version))
            case RequestCancelled():
                yield from map(cancelled, range(1, event.version + 1))
            case Authorised() | Amended():
                grant = event.grant
                yield decided(grant.app, grant.id, grant.revision)
            case Closed():
                yield closed(event.successor)
            case _:
                pass


@frozen
class Past:
    """What an event of a school is judged by.

    Attributes:
        school: The school.
        state: Its state just before.
        others: What other streams hold.
        is_of_now: Whether an event that earlier releases cannot read is there, so that
            they wrote nothing after it.
        events: All events of the school.
        position: Its position among them, from 0.
    """

    school: str
    state: SchoolState
    others: Others
    is_of_now: bool
    events: Sequence[Event]
    position: int

    @property
    def before(self) -> Iterator[Event]:
        """The events before it."""
        return islice(self.events, self.position)

    def batch(self, event: OfConsent) -> Sequence[Event]:
        """Return the events that were written with *event* after it, if any were.

        They are of its app and of its instant.
        """
        next_ones = islice(self.events, self.position + 1, None)
        return tuple(takewhile(partial(_are_of_one, event), next_ones))

    def in_force(self, app: str, at: datetime) -> GrantRevision | None:
        """Return the revision that is authorised and not expired, or None."""
        consent = self.state.consent(app)
        current = consent.current
        return None if current is None or current.is_expired(at) else consent.latest

    def unwritten(self, app: str, at: datetime) -> Iterator[OverdueEvent]:
        """Yield the events that time has caused by *at*, and that come before any other."""
        return overdue(self.state.consent(app), Published(), at)

    def leaves_yes(self, consent: Consent) -> bool:
        """Tell whether a first yes is left that is ended by an event of its own now."""
        return self.is_of_now and consent.amendment is not None

    def are_one(self, one: Actor, other: Actor) -> bool:
        """Tell whether two actors are one person, by the release that compared them."""
        is_alike = one.is_same_person(other)
        return is_alike if self.is_of_now else is_alike and _are_spelt_alike(one, other)


def _are_spelt_alike(one: Actor, other: Actor) -> bool:
    """Tell whether two actors are one person as earlier releases compared them."""
    if one.id and other.id:
        return one.id == other.id
    return one.name.casefold().split() == other.name.casefold().split()


def _are_of_one(event: OfConsent, other: Event) -> bool:
    is_same = isinstance(other, OfConsent) and app_of(other) == app_of(event)
    return is_same and other.at == event.at


def is_of_now(event: Event) -> bool:
    """Tell whether earlier releases could not read *event*."""
    kinds = Paused | Resumed | Closed | ProposalDropped | PeopleChecked
    return isinstance(event, kinds) or any(map(_says_more, _parts(event)))


def _parts(value: Any) -> Iterator[Any]:
    """Yield a value, and the values it is made of."""
    yield value
    for part in fields(type(value)):
        inner = getattr(value, part.name)
        if has(type(inner)):
            yield from _parts(inner)


def _says_more(value: Any) -> bool:
    added = (a for a in fields(type(value)) if "added" in a.metadata)
    return any(getattr(value, a.name) != a.default for a in added)
