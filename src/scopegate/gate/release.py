"""`Releaser`: releases what may flow of records the caller has; the core of `Access`.

Only here do a permit and a record meet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from threading import Lock
from typing import Protocol

from attrs import frozen

from ..adapters._asking.school_check import is_own
from ..adapters.base import Fetch
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import local_steps
from ..policy.permit import Permit
from .crew import Steps
from .current_permit import Filter, Pinned, View, Views, Watch
from .disclosure_log import Deferred, Released, Tally
from .projection.projection import compile_projection
from .unwritten import UnrecordedError

_LOG = logging.getLogger("scopegate.gate")


@made
@frozen
class Note:
    """Something about the records that a developer should know; never a value.

    Attributes:
        path: The permitted place.
        count: How often it was found so.
        problem: What was found; `malformed` is a value that is not what the
            catalogue declares, which is why nothing of it was released.
    """

    path: str
    count: int
    problem: str = "malformed"


class Counts(Protocol):
    """Where releases are counted."""

    def add(self, released: Released, now: float) -> bool:
        """Count one record about to be released, and tell whether to `write` first."""
        ...

    def write(self, released: Released, now: float) -> None:
        """Write what `add` said is due."""
        ...


class Releaser:
    """Releases what may flow of records; threads may share it.

    What may flow is looked up before every record.

    Attributes:
        school: The school whose data it is.
        app: The app that would receive it.
        catalogue: The catalogue in force.
    """

    def __init__(self, catalogue: Catalogue, watch: Watch, tally: Tally) -> None:
        self.school = watch.school
        self.app = watch.app
        self.catalogue = catalogue
        self._watch = watch
        self._tally = tally
        self._views: Views = watch
        self._counts: Counts = tally
        self._malformed: Counter[str] = Counter()
        self._lock = Lock()

    def close(self) -> Steps[None]:
        """Let nothing flow any more; yield what to wait for until all is written down.

        Raises:
            LedgerError: It could not be written down.
        """
        self._watch.close()
        yield from self._tally.flushing()

    def ahead(self) -> "Ahead":
        """Return the same for one coroutine, which looks up where it can wait."""
        return Ahead(self, Pinned(self._watch), Deferred(self._tally))

    def under(self, views: Views, counts: Counts) -> "Releaser":
        """Return the same, except where it looks up and counts."""
        other = copy(self)
        other._views, other._counts = views, counts
        return other

    @property
    def permit(self) -> Permit:
        """What may flow at this instant, with every reason."""
        return self._views.view(self._views.elapsed()).permit

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was malformed so far, by place; never a value."""
        with self._lock:
            return tuple(Note(path, n) for path, n in sorted(self._malformed.items()))

    def filter(self, resource: str, record: object) -> dict[str, object] | None:
        """Return the permitted part of a record, and count it; see `Access.filter`."""
        while True:
            now = self._views.elapsed()
            ready = self._filter(self._views.view(now), resource)
            released = self._project(ready, resource, record, self.note)
            if released is None:
                return None
            try:
                if self._counts.add(ready.released, now):
                    self._counts.write(ready.released, now)
            except UnrecordedError:
                self._views.expire()  # next time it is public data only
                continue
            return released

    def release(
        self, resource: str, record: object, notice: Callable[[str], None]
    ) -> tuple[Permit, dict[str, object] | None]:
        """Return the result of `filter`, uncounted; call `disclose` when giving it out.

        With it comes the permit by which it was released. What is malformed is reported
        to *notice* only.
        """
        view = self._views.view(self._views.elapsed())
        ready = self._filter(view, resource)
        return view.permit, self._project(ready, resource, record, notice)

    def note(self, path: str) -> None:
        """Keep that a permitted place was malformed once more; see `notes`."""
        with self._lock:
            self._malformed[path] += 1
            is_first = self._malformed[path] == 1
        if is_first:
            _LOG.warning("`%s` is malformed at school `%s`", path, self.school)

    def disclose(
        self, permit: Permit, resource: str, select: frozenset[str] | None = None
    ) -> None:
        """Count a record released under *permit* that is now given out.

        Args:
            permit: What it was released under.
            resource: The resource.
            select: The fields given out, among those that may flow; None: all.

        Raises:
            LedgerError: It had to be written first and could not be.
            UnrecordedError: Too much is not written down; it must not be given out, and
                only public data flows from now on.
        """
        last = self._views.latest
        if last.permit is not permit:  # something was decided since
            released = Released.under(permit, resource, select)
        elif select is None:
            released = self._filter(last, resource).released
        else:
            released = self._narrowed(last, resource, select)
        now = self._views.elapsed()
        try:
            if self._counts.add(released, now):
                self._counts.write(released, now)
        except UnrecordedError:
            self._views.expire()
            raise

    def fetch_for(
        self, permit: Permit, resource: str, wanted: Iterable[str] | None = None
    ) -> Fetch:
        """Return the fetch that an adapter is asked for to serve *permit*.

        Args:
            permit: What may flow.
            resource: The resource.
            wanted: The fields needed, among those that may flow; None: all.
        """
        home = self.catalogue.resource(resource)
        return Fetch(
            home,
            permit.fields_needed(resource, wanted),
            self.school,
            self.catalogue.school_path(home),
        )

    def _filter(self, view: View, resource: str) -> Filter:
        ready = view.filters.get(resource)
        if ready is None:
            ready = view.filters[resource] = self._prepare(view.permit, resource)
        return ready

    def _narrowed(self, view: View, resource: str, select: frozenset[str]) -> Released:
        known = view.narrowed.get((resource, select))
        if known is None:
            known = Released.under(view.permit, resource, select)
            view.narrowed[resource, select] = known
        return known

    def _prepare(self, permit: Permit, resource: str) -> Filter:
        paths = permit.school_paths(resource)
        return Filter(
            compile_projection(permit, resource),
            tuple(local_steps(path[len(resource) + 1 :]) for path in paths),
            Released.under(permit, resource),
        )

    def _project(
        self,
        ready: Filter,
        resource: str,
        record: object,
        notice: Callable[[str], None],
    ) -> dict[str, object] | None:
        for steps in ready.school_steps:
            if not is_own(record, resource, steps, self.school):
                return None
        return ready.projection(record, notice)


class Ahead:
    """What an access releases in a coroutine, which must hold no event loop.

    What may flow is looked up, and what is released is written, only where the
    coroutine waits for it: `look` before each step, `settle` before anything is given
    out. Between two looks it is the same that may flow.

    Attributes:
        releaser: What releases by the last look; for this coroutine only.
    """

    def __init__(self, releaser: Releaser, pinned: Pinned, deferred: Deferred) -> None:
        self.releaser = releaser.under(pinned, deferred)
        self._pinned, self._deferred = pinned, deferred

    async def look(self) -> None:
        """Look up what may flow now."""
        await self._pinned.look()

    async def settle(self) -> None:
        """Write what must be written before it is given out.

        Raises:
            LedgerError: It could not be; it must not be given out.
        """
        await self._deferred.settle()
