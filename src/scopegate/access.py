"""`Access`: one app's opened use of one school's data; the enforcement point.

Only here do a permit and a record meet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import Self, TypeVar, overload

from attrs import field, frozen

from ._reading import UNREADABLE, plain_at
from ._types import Clock
from .adapters.base import Adapter, Fetch, prove_school
from .catalogue import Catalogue
from .consent import fold, fold_requests
from .errors import WrongSchoolError
from .field import Step, local_steps
from .ledgers.base import Ledger, app_stream, school_stream
from .permit import Explanation, Permit
from .policy import permit as decide
from .projection import Projection, compile_projection
from .query import Query
from .reading import Reading, drive
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


@frozen
class _Filter:
    """What turns records of one resource into what may flow of them."""

    projection: Projection
    school_steps: tuple[Step, ...]


@frozen
class _View:
    """A permit, with the ledger positions and filters that belong to it."""

    positions: tuple[int, int]
    permit: Permit
    filters: dict[str, _Filter] = field(factory=dict)

    def holds(self, positions: tuple[int, int], clock: Clock) -> bool:
        """Tell whether the permit is still the answer; the clock is asked if it matters."""
        until = self.permit.valid_until
        return positions == self.positions and (until is None or clock() < until)


class Access:
    """One app's opened use of one school's data; threads may share it.

    What may flow is looked up before every record, so a decision taken while
    it is open holds from the next record on. Made by `Gate.open`.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        ledger: Ledger,
        clock: Clock,
        *,
        school: str,
        app: str,
    ) -> None:
        self.school = school
        self.app = app
        self._catalogue = catalogue
        self._ledger = ledger
        self._clock = clock
        self._streams = (school_stream(school), app_stream(app))
        self._malformed: Counter[str] = Counter()
        self._lock = Lock()
        self._proven: list[Adapter] = []
        self._is_open = True
        self._seen = self._decide()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End this access; nothing flows through it any more."""
        self._is_open = False

    @property
    def permit(self) -> Permit:
        """What may flow at this instant, with every reason."""
        return self._view().permit

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
        """
        return self._release(self._view(), resource, record)

    def filter_many(
        self, resource: str, records: Iterable[object]
    ) -> Iterator[dict[str, object]]:
        """Yield what may flow of each of *records*, leaving out those withheld.

        Raises:
            WrongSchoolError: A record names another school.
            UnknownResourceError: The catalogue has no such resource.
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
        """
        reading = Reading(self, query)
        make: Callable[[dict[str, object]], T] | None = None
        if into is not None:
            make = structurer(into, reading.permit, query.resource)
        self._prove(adapter)
        records = drive(reading, adapter)
        return records if make is None else map(make, records)

    def fetch_for(self, permit: Permit, resource: str) -> Fetch:
        """Return what an adapter is asked for to serve *permit*."""
        home = self._catalogue.resource(resource)
        path = self._catalogue.school_path(home)
        return Fetch(home, permit.query(resource), self.school, path)

    def _prove(self, adapter: Adapter) -> None:
        """See to it, once for each adapter, that it serves this school."""
        if adapter.school is not None:
            if adapter.school != self.school:
                raise WrongSchoolError(self.school, "the adapter")
        elif not any(adapter is known for known in self._proven):
            prove_school(adapter, self._catalogue, self.school)
            self._proven.append(adapter)

    def _release(
        self, view: _View, resource: str, record: object
    ) -> dict[str, object] | None:
        ready = view.filters.get(resource)
        if ready is None:
            ready = view.filters[resource] = self._prepare(view.permit, resource)
        if ready.school_steps and not self._is_own(
            record, resource, ready.school_steps
        ):
            return None
        return ready.projection(record, self._notice)

    def _prepare(self, permit: Permit, resource: str) -> _Filter:
        path = self._catalogue.school_path(self._catalogue.resource(resource))
        steps = local_steps(path) if path else ()
        return _Filter(compile_projection(permit, resource), steps)

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

    def _view(self) -> _View:
        """Return the permit of this instant, decided anew if anything happened."""
        if not self._is_open:
            message = "this access is closed; open another"
            raise ValueError(message)
        seen = self._seen
        if not seen.holds(self._positions(), self._clock):
            seen = self._seen = self._decide()
        return seen

    def _positions(self) -> tuple[int, int]:
        school, app = self._streams
        return self._ledger.position(school), self._ledger.position(app)

    def _decide(self) -> _View:
        school, app = (self._ledger.read(stream) for stream in self._streams)
        permit = decide(
            self._catalogue,
            fold(school),
            school=self.school,
            app=self.app,
            now=self._clock(),
            request=fold_requests(app).request,
        )
        return _View((len(school), len(app)), permit)
