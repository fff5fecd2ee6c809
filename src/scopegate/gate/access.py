"""`Access`: one app's opened use of one school's data; the enforcement point."""

import logging
from collections.abc import (
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import aclosing, closing, contextmanager
from typing import Any, Self, TypeVar, overload

from .._base.values import EMPTY
from ..adapters._asking.pull import told
from ..adapters._asking.school_check import (
    check_adapter,
    prove_school,
    prove_school_async,
)
from ..adapters.base import Adapter, AsyncAdapter
from ..arguments import checked, checks_itself
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import parse_path
from ..errors import LedgerError
from ..policy.permit import Permit
from ..policy.reason import Explanation
from ..records.query import Query
from . import count as counting
from .count import Groups
from .crew import waited, waited_async
from .current_permit import Watch
from .disclosure_log import Tally
from .drive import drive, drive_async
from .query_rules import check_query
from .reading import Reading
from .release import Ahead, Note, Releaser
from .slips import check_record, check_records, misplaced
from .structure import structurer
from .wrap import Fetching, Guarded, guard, guard_client

__all__ = ["Access", "Note"]

T = TypeVar("T")

_LOG = logging.getLogger("scopegate.gate")
_ORDER = "give the resource first, then the record"


@checked
class Access:
    """One app's opened use of one school's data; threads may share it.

    What may flow is looked up before every record, so a decision taken in this
    process while it is open holds from the next record on, and one taken in
    another within the gate's `max_staleness`. A method that is not asynchronous may
    wait for the ledger, for `max_wait` at most. Made by `Gate.open`.

    Attributes:
        school: The school whose data it is.
        app: The app that would receive it.
        releaser: What releases single records, for guards that give them out later.
    """

    def __init__(self, catalogue: Catalogue, watch: Watch, tally: Tally) -> None:
        self.school, self.app = watch.school, watch.app
        self.releaser = Releaser(catalogue, watch, tally)
        self._catalogue = catalogue
        self._proven: list[Adapter | AsyncAdapter] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._unless_under_way(kind):
            self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._unless_under_way(kind):
            await self.close_async()

    def close(self) -> None:
        """End this access; nothing flows through it any more.

        Raises:
            LedgerError: What was released last could not be written down yet.
        """
        waited(self.releaser.close())

    async def close_async(self) -> None:
        """End this access as `close` does, and hold no event loop meanwhile.

        Raises:
            LedgerError: As `close` does.
        """
        await waited_async(self.releaser.close())

    @contextmanager
    def _unless_under_way(self, kind: type[BaseException] | None) -> Iterator[None]:
        """Raise that disclosures were not written, unless an error is under way."""
        try:
            yield
        except LedgerError:
            if kind is None:
                raise
            # What is under way already says more; the log reports the loss.
            _LOG.error("`%s`: a batch of disclosures was not written", self.school)

    @property
    def permit(self) -> Permit:
        """What may flow at this instant, with every reason."""
        return self.releaser.permit

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was malformed so far, by place; never a value."""
        return self.releaser.notes

    def explain(self, path: str) -> Explanation:
        """Return an explanation of why a field may flow, or why not.

        Args:
            path: The full path of the field, such as `student.dob`.

        Raises:
            PathError: It is not a path.
        """
        parse_path(path)
        return self.permit.explain(path)

    @checks_itself
    def filter(self, resource: str, record: object) -> dict[str, object] | None:
        """Return the permitted part of a record that the caller already holds.

        None when nothing may: nothing of the resource is permitted, or the record
        is withheld by its row or subject.

        Args:
            resource: The resource.
            record: A mapping, or an object with attributes.

        Raises:
            ArgumentError: It is not one record: a list, a table, a text.
            WrongSchoolError: The record names another school.
            UnknownResourceError: The catalogue has no such resource.
            LedgerError: The release had to be written first and could not be.
        """
        if not isinstance(resource, str):
            raise misplaced(resource, "filter", "a text as `resource`", _ORDER)
        released = self.releaser.filter(resource, record)
        if not released:  # no hurry then to see whether it was asked rightly
            check_record(record)
        return released

    @checks_itself
    async def filter_async(
        self, resource: str, record: object
    ) -> dict[str, object] | None:
        """Return the same as `filter`, and hold no event loop while the ledger is asked.

        Raises:
            ScopegateError: As `filter` does.
        """
        if not isinstance(resource, str):
            raise misplaced(resource, "filter_async", "a text as `resource`", _ORDER)
        ahead = self.releaser.ahead()
        await ahead.look()
        released = ahead.releaser.filter(resource, record)
        await ahead.settle()
        if not released:
            check_record(record)
        return released

    @checks_itself
    def filter_many(
        self, resource: str, records: Iterable[object]
    ) -> Iterator[dict[str, object]]:
        """Yield the permitted part of each of *records*, leaving out those withheld.

        Args:
            resource: The resource.
            records: Mappings, or objects with attributes. What is neither is left
                out with a note.

        Raises:
            ArgumentError: They are not several records: one record, a table, a text.
            WrongSchoolError: A record names another school.
            UnknownResourceError: The catalogue has no such resource.
            LedgerError: As for `filter`.
        """
        if not isinstance(resource, str):
            raise misplaced(resource, "filter_many", "a text as `resource`", _ORDER)
        check_records(records)
        self._catalogue.resource(resource)
        found = (self.releaser.filter(resource, record) for record in records)
        return (record for record in found if record is not None)

    @overload
    def read(self, adapter: Adapter, query: Query) -> Iterator[dict[str, object]]: ...

    @overload
    def read(self, adapter: Adapter, query: Query, into: type[T]) -> Iterator[T]: ...

    def read(
        self, adapter: Adapter, query: Query, into: type[T] | None = None
    ) -> Iterator[T] | Iterator[dict[str, object]]:
        """Yield the permitted parts of an MIS's records, or objects made of them.

        Everything that can be refused is refused here, before the MIS is asked.

        Args:
            adapter: The MIS.
            query: Which records, in which order, how many.
            into: An attrs class to make of each record; see `structurer`.

        Raises:
            AccessDeniedError: Nothing of the resource is permitted; also later,
                as soon as that becomes so while reading.
            QueryRefusedError: The query uses a field that is not permitted, or would
                reveal one; also later, in the same way.
            UnsupportedQueryError: The MIS interface cannot do what it asks.
            ClassRefusedError: *into* needs a field that is withheld.
            WrongSchoolError: The adapter, or a record, is of another school.
            UnknownResourceError: The catalogue has no such resource.
            SourceError: The MIS cannot be read, or not any further.
            LedgerError: As for `filter`.
        """
        reading = self._reading(adapter, query)
        make = self._maker(reading, into)
        self._prove(adapter)
        records = drive(reading, adapter)
        return records if make is None else _made(make, records)

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
        """Yield the same as `read`, from an MIS that is read without blocking.

        What `read` refuses at once is refused when the first record is asked
        for, before the MIS is.

        Raises:
            ScopegateError: As `read` does.
        """
        ahead, reading = await self._reading_ahead(adapter, query)
        make = self._maker(reading, into)
        await self._prove_async(adapter)
        async with aclosing(drive_async(ahead, reading, adapter)) as records:
            async for record in records:
                yield record if make is None else make(record)

    def count(self, adapter: Adapter, query: Query) -> int:
        """Return the number of records `read` would give; none of them is given out.

        The MIS is asked for its own count only where no record can be withheld.

        Raises:
            ScopegateError: As `read` does.
        """
        reading = self._reading(adapter, query, is_counted=True)
        self._prove(adapter)
        return counting.count(reading, adapter)

    async def count_async(self, adapter: AsyncAdapter, query: Query) -> int:
        """Return the same as `count`, from an MIS that is read without blocking.

        Raises:
            ScopegateError: As `read` does.
        """
        ahead, reading = await self._reading_ahead(adapter, query, is_counted=True)
        await self._prove_async(adapter)
        return await counting.count_async(ahead, reading, adapter)

    def count_by(self, adapter: Adapter, query: Query) -> Groups:
        """Return the number of records `read` would give, by the values of `group_by`.

        Each is counted under the values released of it; a missing or null value
        counts as None, and equal ones as one, such as 1 and True; an instant is in
        UTC. Only groups that hold a record are there. The values are given out, and
        that is written down as it is of records.

        Raises:
            ScopegateError: As `read` does.
        """
        reading = self._reading(adapter, query, is_counted=True)
        self._prove(adapter)
        return counting.count_by(reading, adapter)

    async def count_by_async(self, adapter: AsyncAdapter, query: Query) -> Groups:
        """Return the same as `count_by`, from an MIS that is read without blocking.

        Raises:
            ScopegateError: As `read` does.
        """
        ahead, reading = await self._reading_ahead(adapter, query, is_counted=True)
        await self._prove_async(adapter)
        return await counting.count_by_async(ahead, reading, adapter)

    def guard(
        self,
        function: Guarded,
        *,
        resource: str,
        arguments: Mapping[str, str | None] = EMPTY,
    ) -> Guarded:
        """Return a function that gives the permitted part of what *function* returns.

        A record comes back as a dict, or None where it is withheld; several come as
        a list, and what is lazy (an iterator, a coroutine, an asynchronous iterator)
        stays so. Anything that is neither becomes None. What may flow is looked up
        before every call and every record; when nothing may any more, a lazy result
        ends with an error before the next record is asked for.

        Args:
            function: Fetches records of one resource, in the catalogue's shape.
            resource: The resource.
            arguments: For each parameter that may be passed, the full path of
                the field by which it chooses records, or None for none.

        Raises:
            UnknownResourceError: The catalogue has no such resource.
            AccessDeniedError: By the function returned: nothing of the resource may
                flow; *function* is not called.
            QueryRefusedError: By it, too: an argument chooses by a withheld field.
            ArgumentRefusedError: By it, too: an argument is not in `arguments`.
            SourceError: By it, too: *function* failed; says how, and nothing it said.
        """
        self._catalogue.resource(resource)
        return guard(self.releaser, function, Fetching(resource, arguments))

    def guard_client(
        self, client: object, methods: Mapping[str, str | Fetching]
    ) -> Any:
        """Return an object with the guarded *methods* of *client*, and nothing else.

        Args:
            client: Any object with methods that fetch records.
            methods: For each method the resource that it fetches, or a
                `Fetching` where it takes arguments.

        Raises:
            UnknownResourceError: The catalogue has no such resource.
            TypeError: The client lacks one of the methods, or its name is private.
        """
        fetchings = {
            name: how if isinstance(how, Fetching) else Fetching(how)
            for name, how in methods.items()
        }
        for fetching in fetchings.values():
            self._catalogue.resource(fetching.resource)
        return guard_client(self.releaser, client, fetchings)

    def _reading(
        self,
        adapter: Adapter | AsyncAdapter,
        query: Query,
        *,
        is_counted: bool = False,
        ahead: Ahead | None = None,
    ) -> Reading:
        home = self._catalogue.resource(query.resource)
        releaser = self.releaser if ahead is None else ahead.releaser
        check_query(releaser.permit, query)  # before the adapter is asked anything
        able = told(home.name, lambda: adapter.capabilities(home))
        refresh = None if ahead is None else ahead.look
        return Reading(releaser, query, able, is_counted=is_counted, refresh=refresh)

    async def _reading_ahead(
        self, adapter: AsyncAdapter, query: Query, *, is_counted: bool = False
    ) -> tuple[Ahead, Reading]:
        ahead = self.releaser.ahead()
        await ahead.look()
        return ahead, self._reading(adapter, query, is_counted=is_counted, ahead=ahead)

    def _maker(
        self, reading: Reading, into: type[T] | None
    ) -> Callable[[dict[str, object]], T] | None:
        if into is None:
            return None
        return structurer(into, reading.permit, reading.query.resource)

    def _prove(self, adapter: Adapter) -> None:
        if check_adapter(adapter, self.school) and not self._is_proven(adapter):
            prove_school(adapter, self._catalogue, self.school)
            self._proven.append(adapter)

    async def _prove_async(self, adapter: AsyncAdapter) -> None:
        if check_adapter(adapter, self.school) and not self._is_proven(adapter):
            await prove_school_async(adapter, self._catalogue, self.school)
            self._proven.append(adapter)

    def _is_proven(self, adapter: Adapter | AsyncAdapter) -> bool:
        return any(adapter is known for known in self._proven)


def _made(
    make: Callable[[dict[str, object]], T], records: Generator[dict[str, object]]
) -> Generator[T]:
    """Yield the object made of each record, and close the source of the records."""
    with closing(records):
        for record in records:
            yield make(record)
