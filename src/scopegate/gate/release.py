"""`Releaser`: releases what may flow of records the caller has; the core of `Access`.

Only here do a permit and a record meet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock

from attrs import frozen

from ..adapters.base import Fetch
from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Step, local_steps
from ..errors import WrongSchoolError
from ..policy.permit import Permit
from ..records.untrusted import UNREADABLE, plain_at
from .current_permit import Filter, View, Watch
from .disclosure_log import Released, Tally
from .projection.projection import compile_projection

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


class Releaser:
    """Releases what may flow of records; threads may share it.

    What may flow is looked up before every record.
    """

    def __init__(self, catalogue: Catalogue, watch: Watch, tally: Tally) -> None:
        self.school = watch.school
        self.app = watch.app
        self._catalogue = catalogue
        self._watch = watch
        self._tally = tally
        self._malformed: Counter[str] = Counter()
        self._lock = Lock()
        self._is_open = True

    def close(self) -> None:
        """Let nothing flow any more, and write down what was released last."""
        self._is_open = False
        self._tally.flush()

    @property
    def permit(self) -> Permit:
        """What may flow at this instant, with every reason."""
        return self._view(self._watch.elapsed()).permit

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was malformed so far, by place; never a value."""
        with self._lock:
            return tuple(Note(path, n) for path, n in sorted(self._malformed.items()))

    def filter(self, resource: str, record: object) -> dict[str, object] | None:
        """Return the permitted part of a record, and count it; see `Access.filter`."""
        now = self._watch.elapsed()
        ready = self._filter(self._view(now), resource)
        released = self._project(ready, resource, record, self.note)
        if released is not None:
            self._tally.add(ready.released, now)
        return released

    def release(
        self, resource: str, record: object, notice: Callable[[str], None]
    ) -> tuple[Permit, dict[str, object] | None]:
        """Return the result of `filter`, uncounted; call `disclose` when giving it out.

        With it comes the permit by which it was released. What is malformed is reported
        to *notice* only.
        """
        view = self._view(self._watch.elapsed())
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
        """
        last = self._watch.latest
        if last.permit is not permit:  # something was decided since
            released = Released.under(permit, resource, select)
        elif select is None:
            released = self._filter(last, resource).released
        else:
            released = self._narrowed(last, resource, select)
        self._tally.add(released, self._watch.elapsed())

    def fetch_for(
        self, permit: Permit, resource: str, wanted: Iterable[str] | None = None
    ) -> Fetch:
        """Return the fetch that an adapter is asked for to serve *permit*.

        Args:
            permit: What may flow.
            resource: The resource.
            wanted: The fields needed, among those that may flow; None: all.
        """
        home = self._catalogue.resource(resource)
        return Fetch(
            home,
            permit.fields_needed(resource, wanted),
            self.school,
            self._catalogue.school_path(home),
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
            if not self._is_own(record, resource, steps):
                return None
        return ready.projection(record, notice)

    def _is_own(self, record: object, resource: str, steps: tuple[Step, ...]) -> bool:
        """Tell whether a record says that it is this school's."""
        named = plain_at(record, steps)
        if named is UNREADABLE:
            return False
        if str(named) != self.school:
            place = ".".join(map(str, steps))
            raise WrongSchoolError(self.school, f"field `{resource}.{place}`")
        return True

    def _view(self, now: float) -> View:
        """Return the permit at this instant."""
        if not self._is_open:
            message = "this access is closed; open another"
            raise ValueError(message)
        return self._watch.view(now)
