"""What may flow for one school and app, never staler than allowed."""

import logging
from collections.abc import Callable

from attrs import evolve, field, frozen

from .._base.values import Clock
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Step
from ..consent.events import Expired
from ..consent.fold import fold_requests, fold_school
from ..consent.state import Published, SchoolState
from ..ledgers import changes
from ..ledgers.base import Ledger, app_stream, school_stream
from ..policy.decide import permit as decide, public_only
from ..policy.permit import Permit
from .disclosure_log import Released
from .projection.projection import Projection

_LOG = logging.getLogger("scopegate.gate")


@frozen
class Filter:
    """A function from records of one resource to what may flow of them."""

    projection: Projection
    school_steps: tuple[tuple[Step, ...], ...]
    released: Released


@frozen
class View:
    """A permit, and what it was decided on.

    Attributes:
        permit: What may flow.
        state: The state of the school.
        published: What the app asks for.
        positions: The positions of the school's and the app's streams; None when the
            ledger did not answer.
        filters: The filters that belong to the permit, made when needed.
        narrowed: What records are released under where a query selects fields.
    """

    permit: Permit
    state: SchoolState
    published: Published
    positions: tuple[int, int] | None
    filters: dict[str, Filter] = field(factory=dict)
    narrowed: dict[tuple[str, frozenset[str]], Released] = field(factory=dict)


@frozen
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
    """Keeps the view of one school and app no staler than *max_staleness*.

    Decisions taken in this process are seen at once. Of other processes it asks
    the ledger when the last answer is *max_staleness* old; when the ledger gives
    none, only public data flows until it does.

    Args:
        catalogue: The catalogue in force.
        ledger: Where decisions are kept.
        clock: Gives the present instant.
        elapsed: Gives seconds that never run backwards.
        max_staleness: Seconds after which the ledger must be asked; 0 asks
            every time.
        school: The school.
        app: The app.

    Raises:
        LedgerError: The ledger cannot be read at the start.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        *,
        clock: Clock,
        elapsed: Callable[[], float],
        max_staleness: float,
        school: str,
        app: str,
    ) -> None:
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self.elapsed = elapsed
        self._max_staleness = max_staleness
        self.school = school
        self.app = app
        self._streams = (school_stream(school), app_stream(app))
        news, at = changes.latest(), elapsed()
        self._last = _Check(self._read(), news, at)

    @property
    def latest(self) -> View:
        """The view that was returned last."""
        return self._last.view

    def view(self, now: float) -> View:
        """Return the view of this instant.

        Args:
            now: The seconds that *elapsed* gives.
        """
        last, news = self._last, changes.latest()
        if last.news != news or now - last.at >= self._max_staleness:
            last = self._last = _Check(self._asked(last.view), news, now)
        until = last.view.permit.valid_until
        if until is not None and self._clock() >= until:
            view = self._decided(
                last.view.state, last.view.published, last.view.positions
            )
            last = self._last = evolve(last, view=view)
        return last.view

    def _asked(self, before: View) -> View:
        """Return the view by what the ledger says now; public data if nothing."""
        try:
            school, app = self._streams
            positions = self._ledger.position(school), self._ledger.position(app)
            return before if positions == before.positions else self._read()
        except Exception as error:  # whatever the reason, the answer is no
            if before.positions is not None:
                kind = type(error).__name__
                _LOG.warning("`%s`: public data only: %s", self.school, kind)
            return self._public(before)

    def _read(self) -> View:
        school, app = (self._ledger.read(stream) for stream in self._streams)
        positions = (len(school), len(app))
        return self._decided(fold_school(school), fold_requests(app), positions)

    def _decided(
        self,
        state: SchoolState,
        published: Published,
        positions: tuple[int, int] | None,
    ) -> View:
        permit = decide(
            self._catalogue,
            state,
            school=self.school,
            app=self.app,
            now=self._clock(),
            request=published.asked,
        )
        view = View(permit, state, published, positions)
        self._write_expiry(view)
        return view

    def _public(self, before: View) -> View:
        if before.positions is None:
            return before
        permit = public_only(before.permit)
        return View(permit, before.state, before.published, None)

    def _write_expiry(self, view: View) -> None:
        """Write down that the grant has expired, if that is so and not written.

        Written, it stays expired for those whose clock is behind as well.
        """
        grant = view.state.consent(self.app).current
        if view.positions is None or grant is None:
            return
        if not grant.is_expired(view.permit.at):
            return
        event = Expired(self.app, grant.id, grant.revision, view.permit.at)
        try:
            self._ledger.append(self._streams[0], [event], view.positions[0])
        except Exception:  # somebody else's turn; it is withheld all the same
            _LOG.info("`%s`: an expiry is not written yet", self.school)
