"""How a decision is taken: read the ledger, decide, append, and anew if overtaken."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from .._base.values import Clock, utc_now
from ..catalogue.catalogue import Catalogue
from ..consent.decision import Actor
from ..consent.events import Event, Expired, Relinquished, Revoked
from ..consent.fold import fold_requests, fold_school
from ..consent.presentation import Presentation
from ..consent.state import Published, SchoolState
from ..errors import NoAuthorityError, StaleWriteError
from ..ledgers import changes
from ..ledgers.base import Ledger, app_stream, school_stream
from .case import Case
from .rules import Signing

T = TypeVar("T")

Authority = Callable[[Actor, str, datetime], bool]
"""Tells whether somebody may decide for a school at an instant."""

_LOG = logging.getLogger("scopegate.register")


def _new_id() -> str:
    return uuid4().hex


def _anyone(_actor: Actor, _school: str, _at: datetime) -> bool:
    """Leave it to the host to let nobody decide who may not."""
    return True


class Office:
    """What every decision needs; `ConsentRegister` has the decisions."""

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock = utc_now,
        new_id: Callable[[], str] = _new_id,
        authority: Authority = _anyone,
        decide_within: timedelta | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._authority = authority
        self._decide_within = decide_within

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue in force."""
        return self._catalogue

    @property
    def ledger(self) -> Ledger:
        """Where events are kept."""
        return self._ledger

    def now(self) -> datetime:
        """Return the instant that a decision taken now would have."""
        return self._clock()

    def state(self, school: str) -> SchoolState:
        """Return all that is known of one school."""
        return fold_school(self._ledger.read(school_stream(school)))

    def published(self, app: str) -> Published:
        """Return what an app asks for now."""
        return fold_requests(self._ledger.read(app_stream(app)))

    def settle(self, school: str) -> tuple[Event, ...]:
        """Record what time, the apps and the catalogue have ended at a school.

        Requests that have lapsed or were cancelled, grants that have expired,
        and fields whose meaning has changed, which from then on stay withheld
        even if the catalogue takes the change back. Nothing flows before it
        that would not flow after it; run it daily, and after each new catalogue.

        Returns:
            What was recorded, which may be nothing.
        """

        def decide(events: Sequence[Event]) -> tuple[list[Event], tuple[Event, ...]]:
            state = fold_school(events)
            cases = [self._case(state, school, app) for app in sorted(state.consents)]
            new = [e for case in cases for e in (*case.overdue(), *case.invalidated())]
            return new, tuple(new)

        return self._commit(school_stream(school), decide)

    def _decide(
        self, school: str, app: str, decide: Callable[[Case], tuple[list[Event], T]]
    ) -> T:
        def decide_on(events: Sequence[Event]) -> tuple[list[Event], T]:
            case = self._case(fold_school(events), school, app)
            new, result = decide(case)
            return [*_before(case, new), *new], result

        return self._commit(school_stream(school), decide_on)

    def _case(self, state: SchoolState, school: str, app: str) -> Case:
        published = self.published(app)
        return Case(self._catalogue, state, published, school, app, self._clock())

    def _signing(self, case: Case, actor: Actor, method: str) -> Signing:
        self._check_authority(actor, case.school, case.app, case.now)
        return Signing(actor, method, case.now)

    def _check_authority(
        self, actor: Actor, school: str, app: str, at: datetime
    ) -> None:
        if not self._authority(actor, school, at):
            raise NoAuthorityError(school, app, actor.name)

    def _showing(self, case: Case, shown: Presentation) -> list[Event]:
        within = self._decide_within
        return case.showing(shown, None if within is None else case.now + within)

    def _commit(
        self, stream: str, decide: Callable[[Sequence[Event]], tuple[list[Event], T]]
    ) -> T:
        """Append what *decide* makes of the stream, deciding anew while it moves on."""
        while True:
            events = self._ledger.read(stream)
            new, result = decide(events)
            if not new:
                return result
            try:
                self._ledger.append(stream, new, len(events))
            except StaleWriteError:
                continue
            finally:
                changes.tell()
            kinds = ", ".join(type(event).__name__ for event in new)
            _LOG.info("%s: %s", stream, kinds)
            return result


def _before(case: Case, new: Sequence[Event]) -> Iterator[Event]:
    """Yield what is overdue, but for an expiry of what *new* ends anyhow."""
    is_ended = any(isinstance(event, Revoked | Relinquished) for event in new)
    for event in case.overdue():
        if not (is_ended and isinstance(event, Expired)):
            yield event
