"""`Access`: one app's opened use of one school's data; the enforcement point.

Only here do a permit and a record meet.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from threading import Lock
from typing import Self, TypeVar, overload

from attrs import frozen

from ._reading import UNREADABLE, plain_at
from ._tally import Released, Tally
from ._watch import Filter, View, Watch
from .adapters.base import (
    Adapter,
    AsyncAdapter,
    Fetch,
    check_adapter,
    prove_school,
    prove_school_async,
)
from .catalogue import Catalogue
from .errors import LedgerError, WrongSchoolError
from .field import Step, local_steps
from .permit import Permit
from .projection import compile_projection
from .query import Query
from .reading import Reading, drive, drive_async
from .reason import Explanation
from .structure import structurer

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


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


class Access:
    """One app's opened use of one school's data; threads may share it.

    What may flow is looked up before every record, so a decision taken in this
    process while it is open holds from the next record on, and one taken in
    another within the gate's `max_staleness`. Made by `Gate.open`.
    """

    def __init__(self, catalogue: Catalogue, watch: Watch, tally: Tally) -> None:
        self.school = watch.school
        self.app = watch.app
        self._catalogue = catalogue
        self._watch = watch
        self._tally = tally
        self._malformed: Counter[str] = Counter()
        self._lock = Lock()
        self._proven: list[Adapter | AsyncAdapter] = []
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except LedgerError:
            if kind is None:
                raise
            # What is under way already says more; the loss is told in the log.
            _LOG.error("`%s`: a batch of disclosures was not written", self.school)

    def close(self) -> None:
        """End this access; nothing flows through it any more.

        Raises:
            LedgerError: What was released last could not be written down.
        """
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

    def explain(self, path: str) -> Explanation:
        """Return why a field may flow, or why not, in words."""
        return self.permit.explain(path)

    def filter(self, resource: str, record: object) -> dict[str, object] | None:
        """Return what may flow of a record that the caller already holds.

        None when nothing may: nothing of the resource is permitted, the record
        is withheld by its row or subject, or it is no record at all.

        Raises:
            WrongSchoolError: The record names another school.
            UnknownResourceError: The catalogue has no such resource.
            LedgerError: The release had to be written first and could not be.
        """
        now = self._watch.elapsed()
        ready = self._filter(self._view(now), resource)
        released = self._project(ready, resource, record)
        if released is not None:
            self._tally.add(ready.released, now)
        return released

    def filter_many(
        self, resource: str, records: Iterable[object]
    ) -> Iterator[dict[str, object]]:
        """Yield what may flow of each of *records*, leaving out those withheld.

        Raises:
            WrongSchoolError: A record names another school.
            UnknownResourceError: The catalogue has no such resource.
            LedgerError: As for `filter`.
        """
        self._catalogue.resource(resource)
        found = (self.filter(resource, record) for record in records)
        return (record for record in found if record is not None)

    @overload
    def read(self, adapter: Adapter, query: Query) -> Iterator[dict[str, object]]: ...

    @overload
    def read(self, adapter: Adapter, query: Query, into: type[T]) -> Iterator[T]: ...

    def read(
        self, adapter: Adapter, query: Query, into: type[T] | None = None
    ) -> Iterator[T] | Iterator[dict[str, object]]:
        """Yield what may flow of the records of an MIS, or objects made of it.

        Everything that can be refused is refused here, before the MIS is asked.

        Args:
            adapter: The MIS.
            query: Which records, in which order, how many.
            into: An attrs class to make of each record; see `structurer`.

        Raises:
            AccessDeniedError: Nothing of the resource is permitted; also later,
                as soon as that becomes so while reading.
            QueryRefusedError: The query uses a field that is not permitted; also
                later, likewise.
            ClassRefusedError: *into* needs a field that is withheld.
            WrongSchoolError: The adapter, or a record, is of another school.
            UnknownResourceError: The catalogue has no such resource.
            LedgerError: As for `filter`.
        """
        reading, make = self._reading(query, into)
        if check_adapter(adapter, self.school) and not self._is_proven(adapter):
            prove_school(adapter, self._catalogue, self.school)
            self._proven.append(adapter)
        records = drive(reading, adapter)
        return records if make is None else map(make, records)

    @overload
    def read_async(
        self, adapter: AsyncAdapter, query: Query
    ) -> AsyncIterator[dict[str, object]]: ...

    @overload
    def read_async(
        self, adapter: AsyncAdapter, query: Query, into: type[T]
    ) -> AsyncIterator[T]: ...

    async def read_async(
        self, adapter: AsyncAdapter, query: Query, into: type[T] | None = None
    ) -> AsyncIterator[T] | AsyncIterator[dict[str, object]]:
        """Yield what `read` yields, of an MIS that is read without blocking.

        What `read` refuses at once is refused when the first record is asked
        for, before the MIS is.

        Raises:
            ScopegateError: As `read` does.
        """
        reading, make = self._reading(query, into)
        if check_adapter(adapter, self.school) and not self._is_proven(adapter):
            await prove_school_async(adapter, self._catalogue, self.school)
            self._proven.append(adapter)
        async for record in drive_async(reading, adapter):
            yield record if make is None else make(record)

    def release(
        self, resource: str, record: object
    ) -> tuple[Permit, dict[str, object] | None]:
        """Return what `filter` does, for whoever tells `disclose` when it is given.

        With it comes the permit by which it was released.
        """
        view = self._view(self._watch.elapsed())
        released = self._project(self._filter(view, resource), resource, record)
        return view.permit, released

    def disclose(self, permit: Permit, resource: str) -> None:
        """Count a record released under *permit* that is now given out.

        Raises:
            LedgerError: It had to be written first and could not be.
        """
        last = self._watch.latest
        if last.permit is permit:
            released = self._filter(last, resource).released
        else:  # something was decided since
            released = Released.under(permit, resource)
        self._tally.add(released, self._watch.elapsed())

    def fetch_for(self, permit: Permit, resource: str) -> Fetch:
        """Return what an adapter is asked for to serve *permit*."""
        home = self._catalogue.resource(resource)
        path = self._catalogue.school_path(home)
        return Fetch(home, permit.query(resource), self.school, path)

    def _reading(
        self, query: Query, into: type[T] | None
    ) -> tuple[Reading, Callable[[dict[str, object]], T] | None]:
        reading = Reading(self, query)
        if into is None:
            return reading, None
        return reading, structurer(into, reading.permit, query.resource)

    def _is_proven(self, adapter: Adapter | AsyncAdapter) -> bool:
        return any(adapter is known for known in self._proven)

    def _filter(self, view: View, resource: str) -> Filter:
        ready = view.filters.get(resource)
        if ready is None:
            ready = view.filters[resource] = self._prepare(view.permit, resource)
        return ready

    def _prepare(self, permit: Permit, resource: str) -> Filter:
        paths = permit.school_paths(resource)
        return Filter(
            compile_projection(permit, resource),
            tuple(local_steps(path[len(resource) + 1 :]) for path in paths),
            Released.under(permit, resource),
        )

    def _project(
        self, ready: Filter, resource: str, record: object
    ) -> dict[str, object] | None:
        for steps in ready.school_steps:
            if not self._is_own(record, resource, steps):
                return None
        return ready.projection(record, self._notice)

    def _is_own(self, record: object, resource: str, steps: tuple[Step, ...]) -> bool:
        """Tell whether a record says that it is this school's."""
        named = plain_at(record, steps)
        if named is UNREADABLE:
            return False
        if str(named) != self.school:
            place = ".".join(map(str, steps))
            raise WrongSchoolError(self.school, f"field `{resource}.{place}`")
        return True

    def _notice(self, path: str) -> None:
        with self._lock:
            self._malformed[path] += 1
            is_first = self._malformed[path] == 1
        if is_first:
            _LOG.warning("`%s` is malformed at school `%s`", path, self.school)

    def _view(self, now: float) -> View:
        """Return what may flow at this instant."""
        if not self._is_open:
            message = "this access is closed; open another"
            raise ValueError(message)
        return self._watch.view(now)
