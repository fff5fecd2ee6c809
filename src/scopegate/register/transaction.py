"""`Transactions`: read the ledger, decide, append, and decide again if overtaken."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import field, frozen

from .._base.values import Clock, clock_in_utc
from ..catalogue.catalogue import Catalogue
from ..consent.decision import Actor
from ..consent.events import (
    Dropped,
    Event,
    Expired,
    ProposalDropped,
    Relinquished,
    Revoked,
)
from ..consent.fold import fold_requests, fold_school
from ..consent.presentation import Presentation
from ..consent.state import Published, SchoolState
from ..errors import NoAuthorityError, StaleWriteError
from ..ledgers import changes, witness
from ..ledgers.base import Ledger, app_stream, school_stream
from .case import Case
from .rules import DecidedBy

T = TypeVar("T")

Authority = Callable[[Actor, str, datetime], bool]
"""Says whether somebody may decide for a school at an instant."""

_LOG = logging.getLogger("scopegate.register")


class Seen:
    """What a decision reads besides its own stream, and at which positions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.positions: dict[str, int] = {}

    def published(self, app: str) -> Published:
        """Return the request that an app has published."""
        stream = app_stream(app)
        events = witness.read(self._ledger, stream)
        self.positions[stream] = len(events)
        return fold_requests(events)


Decide = Callable[[Sequence[Event], Seen], tuple[list[Event], T]]
"""Makes events and a result of what a stream holds."""


@frozen
class Transactions:
    """What decisions are taken with, and how each is written.

    Attributes:
        catalogue: The catalogue in force.
        ledger: Where events are kept.
        clock: Gives the instant of a decision.
        new_id: Gives the id of a new grant.
        authority: Says whether an actor may decide for a school at an instant.
        decide_within: How long a school has to decide on what it was shown, or
            None for ever.
    """

    catalogue: Catalogue
    ledger: Ledger
    clock: Clock = field(converter=clock_in_utc)
    new_id: Callable[[], str]
    authority: Authority
    decide_within: timedelta | None

    def commit(self, stream: str, decide: Decide[T]) -> T:
        """Append what *decide* makes of the stream, and return its result.

        It is asked again while somebody else writes in between, to this stream or to
        another that was read for it.
        """
        while True:
            events, seen = witness.read(self.ledger, stream), Seen(self.ledger)
            new, result = decide(events, seen)
            if not new:
                return result
            try:
                at = len(events)
                witness.append(self.ledger, stream, new, at, seen=seen.positions)
            except StaleWriteError:
                continue
            finally:
                changes.tell()
            kinds = ", ".join(type(event).__name__ for event in new)
            _LOG.info("%s: %s", stream, kinds)
            return result

    def decide(
        self, school: str, app: str, decide: Callable[[Case], tuple[list[Event], T]]
    ) -> T:
        """Commit what *decide* makes of a case, and with it what is overdue."""

        def decide_on(events: Sequence[Event], seen: Seen) -> tuple[list[Event], T]:
            case = self.case(fold_school(events), school, app, seen.published(app))
            new, result = decide(case)
            return [*_before(case, new), *new], result

        return self.commit(school_stream(school), decide_on)

    def case(
        self, state: SchoolState, school: str, app: str, published: Published
    ) -> Case:
        """Return one app's case at one school, as it is now."""
        return Case(self.catalogue, state, published, school, app, self.clock())

    def look(self, school: str, app: str) -> Case:
        """Return one app's case at one school, to look at and not to decide."""
        state = fold_school(self.ledger.read(school_stream(school)))
        return self.case(state, school, app, self.published(app))

    def published(self, app: str) -> Published:
        """Return the request that an app has published."""
        return Seen(self.ledger).published(app)

    def decided_by(self, case: Case, actor: Actor, method: str) -> DecidedBy:
        """Return the `DecidedBy` of a case: who, how, and when.

        Raises:
            NoAuthorityError: They have no authority to decide for the school.
        """
        self.check_authority(actor, case.school, case.app, case.now)
        return DecidedBy(actor, method, case.now)

    def check_authority(
        self, actor: Actor, school: str, app: str, at: datetime
    ) -> None:
        """Raise unless an actor may decide for a school at an instant.

        Raises:
            NoAuthorityError: They have no authority.
        """
        if not self.authority(actor, school, at):
            raise NoAuthorityError(school, app, actor.name)

    def without_authority(self, case: Case, shown: Presentation) -> list[Event]:
        """Return the event that the first person no longer has authority for *shown*."""
        first = case.consent.proposal_on(shown.digest, case.now)
        if first is None:
            return []
        if self.authority(first.decision.actor, case.school, case.now):
            return []
        why = Dropped.NO_AUTHORITY
        return [ProposalDropped(case.app, shown.digest, why, case.now)]

    def showing(
        self, case: Case, shown: Presentation, actor: Actor | None
    ) -> list[Event]:
        """Return the event that something is shown to *actor*, where that is news."""
        within = self.decide_within
        until = None if within is None else case.now + within
        return case.showing(shown, until, actor)


def _before(case: Case, new: Sequence[Event]) -> Iterator[Event]:
    """Yield the events that are overdue, and those of a yes that is dropped by it all.

    An expiry of what *new* ends is not among them.
    """
    is_ended = any(isinstance(event, Revoked | Relinquished) for event in new)
    overdue = [e for e in case.overdue() if not (is_ended and isinstance(e, Expired))]
    yield from case.dropped_by([*overdue, *new])
    yield from overdue
