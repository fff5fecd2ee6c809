"""What may flow for one school and app, never staler than allowed."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from math import inf
from typing import Protocol

from attrs import evolve, field, frozen

from .._base.values import Clock
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Step
from ..consent.events import Event, Expired
from ..consent.overdue import dropped_by
from ..ledgers import changes, witness
from ..ledgers.base import Ledger, app_stream, school_stream
from ..policy.decide import permit as decide, public_only
from ..policy.permit import Permit
from .crew import Patience, Steps, no_answer, waited, waited_async, writers_of
from .disclosure_log import Released, Tally
from .lookup import Known, Question, RestingError
from .projection.projection import Projection
from .unwritten import UnrecordedError

_LOG = logging.getLogger("scopegate.gate")

TRIES = 3
"""How often the ledger is asked for one view, where its answers come too late."""


@frozen
class Filter:
    """A function from records of one resource to what may flow of them."""

    projection: Projection
    school_steps: tuple[tuple[Step, ...], ...]
    released: Released


@frozen(eq=False)
class View:
    """A permit, and what it was decided on.

    Attributes:
        permit: What may flow.
        known: What the ledger says, as of the last answer.
        is_public: Whether no one can tell if that still holds, so that only public data
            flows.
        filters: The filters that belong to the permit, made when needed.
        narrowed: What records are released under where a query selects fields.
    """

    permit: Permit
    known: Known
    is_public: bool = False
    filters: dict[str, Filter] = field(factory=dict)
    narrowed: dict[tuple[str, frozenset[str]], Released] = field(factory=dict)

    def public(self) -> "View":
        """Return the view of what is public in this one."""
        if self.is_public:
            return self
        return View(public_only(self.permit), self.known, is_public=True)


class Views(Protocol):
    """Where what may flow is looked up."""

    school: str
    app: str
    elapsed: Callable[[], float]

    @property
    def latest(self) -> View:
        """The view that was returned last."""
        ...

    def view(self, now: float) -> View:
        """Return the view of this instant, in the seconds that `elapsed` gives."""
        ...

    def expire(self) -> None:
        """Look up again next time, since no more may be released unrecorded."""
        ...


@frozen(eq=False)
class _Check:
    """A view, and when it was last known to be the answer.

    Attributes:
        view: The view.
        news: The number of the last decision in this process before that.
        at: In seconds that never run backwards, from before the ledger was asked.
    """

    view: View
    news: int
    at: float


class Watch:
    """Keeps the view of one school and app no staler than allowed.

    Decisions taken in this process are seen at once. Of other processes it asks
    the ledger when the last answer is too old; when the ledger gives none in time,
    only public data flows until it does. To be opened before anything else.

    Args:
        catalogue: The catalogue in force.
        ledger: Where decisions are kept.
        clock: Gives the present instant.
        elapsed: Gives seconds that never run backwards.
        patience: How old an answer may be, and how long to wait for one.
        tally: Counts what is released.
        school: The school.
        app: The app.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock,
        elapsed: Callable[[], float],
        patience: Patience,
        tally: Tally,
        school: str,
        app: str,
    ) -> None:
        self._catalogue = catalogue
        self._question = Question(
            ledger, (school_stream(school), app_stream(app)), elapsed
        )
        self._clock = clock
        self.elapsed = elapsed
        self._patience = patience
        self._staleness = patience.staleness
        self._tally = tally
        self.school = school
        self.app = app
        self._is_closed = False
        self._last: _Check
        self._expiry: Future[None] | None = None

    def opened(self) -> Steps[View]:
        """Yield the steps to the first view, and return it.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        try:
            self._last = yield from self._looked(None)
        except RestingError:
            raise no_answer(self._question.ledger) from None
        return self._last.view

    def close(self) -> None:
        """Give no view any more."""
        self._is_closed = True
        self.expire()

    @property
    def latest(self) -> View:
        """The view that was returned last."""
        return self._last.view

    def view(self, now: float) -> View:
        """Return the view of this instant.

        Args:
            now: The seconds that *elapsed* gives.

        Raises:
            ValueError: The access was closed.
        """
        last = self._last
        if last.news != changes.latest() or now - last.at >= self._staleness:
            last = waited(self._renewed(last))
        until = last.view.permit.valid_until
        if until is None or self._clock() < until:
            return last.view
        return self._decided_again(last)

    async def view_async(self, now: float) -> View:
        """Return the same as `view`, and hold no event loop meanwhile."""
        last = self._last
        if last.news != changes.latest() or now - last.at >= self._staleness:
            last = await waited_async(self._renewed(last))
        until = last.view.permit.valid_until
        if until is None or self._clock() < until:
            return last.view
        return self._decided_again(last)

    def expire(self) -> None:
        """Look up again next time."""
        self._last = evolve(self._last, at=-inf)

    def _renewed(self, last: _Check) -> Steps[_Check]:
        """Return the view by what the ledger says now; public data if nothing."""
        if self._is_closed:
            message = "this access is closed; open another"
            raise ValueError(message)
        news = changes.latest()
        try:
            if self._tally.is_full():
                raise UnrecordedError
            found = yield from self._looked(last.view)
        except RestingError:  # the one who may try finds out for all
            found = _Check(self._public(last.view, "it is slow"), news, -inf)
        except Exception as error:  # whatever the reason, the answer is no
            view = self._public(last.view, type(error).__name__)
            found = _Check(view, news, self.elapsed())
        return self._kept(last, found)

    def _looked(self, before: View | None) -> Steps[_Check]:
        """Return the view by what the ledger says, asked again where that comes late.

        Raises:
            RestingError: No one waits for the ledger at present.
            LedgerError: It cannot be read, or not in time.
        """
        until = self.elapsed() + self._patience.wait
        for _ in range(TRIES):
            looked = yield from self._question.asked(
                before.known if before else None,
                seconds=until - self.elapsed(),
                rest=self._staleness,
                may_join=self._staleness > 0,
            )
            view = self._seen(before, looked.known)
            if self.elapsed() - looked.at < self._patience.oldest:
                return _Check(view, looked.news, looked.at)
            if self.elapsed() >= until:
                break
        raise no_answer(self._question.ledger)

    def _kept(self, last: _Check, found: _Check) -> _Check:
        """Keep what was found, unless another thread found something newer."""
        is_newer = found.at >= self._last.at and not found.view.is_public
        if self._last is last or is_newer:
            self._last = found
        if self._is_closed:
            self.expire()
        return found

    def _seen(self, before: View | None, known: Known) -> View:
        """Return the view of what is known: the same object where nothing is new."""
        if before and not before.is_public and before.known.heads == known.heads:
            return before
        return self._decided(known)

    def _decided(self, known: Known) -> View:
        permit = decide(
            self._catalogue,
            known.state,
            school=self.school,
            app=self.app,
            now=self._clock(),
            request=known.published.asked,
        )
        view = View(permit, known)
        self._write_expiry(view)
        return view

    def _decided_again(self, last: _Check) -> View:
        """Return a view whose grant has ended, decided at this instant."""
        found = evolve(last, view=self._decided(last.view.known))
        return self._kept(last, found).view

    def _public(self, before: View, why: str) -> View:
        if not before.is_public:
            _LOG.warning("`%s`: public data only: %s", self.school, why)
        return before.public()

    def _write_expiry(self, view: View) -> None:
        """Write down that the grant has expired, if that is so and not written.

        Written, it stays expired for those whose clock is behind as well. No one waits
        for it.
        """
        grant = view.known.state.consent(self.app).current
        if grant is None or not grant.is_expired(view.permit.at):
            return
        if self._expiry is None or self._expiry.done():
            at = view.permit.at
            event = Expired(self.app, grant.id, grant.revision, at)
            dropped = dropped_by([event], view.known.state, self.app, at)
            append = partial(self._append, [*dropped, event], view.known.heads[0].size)
            self._expiry = writers_of(self._question.ledger).send(append)

    def _append(self, events: Sequence[Event], position: int) -> None:
        ledger, stream = self._question.ledger, self._question.streams[0]
        try:
            witness.append(ledger, stream, events, position)
        except Exception:  # somebody else's turn; it is withheld all the same
            _LOG.info("`%s`: an expiry is not written yet", self.school)


class Pinned:
    """The view that a coroutine looked up last, where it could wait for it.

    Between two places where it may wait, it decides by that one.

    Args:
        watch: Where it is looked up.
    """

    def __init__(self, watch: Watch) -> None:
        self.school, self.app, self.elapsed = watch.school, watch.app, watch.elapsed
        self.latest = watch.latest
        self._watch = watch

    async def look(self) -> None:
        """Look up what may flow now."""
        self.latest = await self._watch.view_async(self.elapsed())

    def view(self, now: float) -> View:
        """Return the view that was looked up last."""
        return self.latest

    def expire(self) -> None:
        """Let only public data flow until the next look, which asks."""
        self.latest = self.latest.public()
        self._watch.expire()
