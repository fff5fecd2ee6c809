"""`Adapter`: one MIS interface, told what to fetch and never why."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from attrs import field, frozen

from .._types import frozen_mapping, names, texts
from ..condition import Comparison, Condition
from ..connection import Connection
from ..errors import ScopegateError, SourceError, WrongSchoolError
from ..resource import Resource

T = TypeVar("T")


def _conditions(given: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(given)


@frozen
class Fetch:
    """What an adapter is asked for. All of it may be sent to the MIS.

    Attributes:
        resource: The resource, with all its fields as the catalogue has them.
        fields: The full paths wanted: those that may flow, and those that tell
            whether a row may. An interface that can project asks for no more.
        school: The school whose records are wanted.
        school_path: Where a record says whose it is, below the resource, or None.
        connection: The school's connection; None while it is being verified.
        where: Conditions that the MIS is to decide; only such as the adapter
            declares. Whatever it makes of them, the gate decides them again.
        order_by: Full paths to sort by; empty unless the adapter declares that
            it sorts by each of them.
        limit: No more than this many records will be taken if none is withheld;
            a hint for the size of a page, and no more: more may be needed.
        search: A text to look for; only where the adapter declares that it does.
        changed_since: Only records changed since this aware instant; likewise.
    """

    resource: Resource
    fields: tuple[str, ...] = field(converter=texts)
    school: str
    school_path: str | None = None
    connection: Connection | None = field(default=None, kw_only=True)
    where: tuple[Condition, ...] = field(
        converter=_conditions, default=(), kw_only=True
    )
    order_by: tuple[str, ...] = field(converter=texts, default=(), kw_only=True)
    limit: int | None = field(default=None, kw_only=True)
    search: str | None = field(default=None, kw_only=True, repr=False)
    changed_since: datetime | None = field(default=None, kw_only=True)
    _renewal: Callable[[], "Fetch"] | None = field(
        default=None, kw_only=True, eq=False, repr=False
    )

    def renew(self) -> "Fetch":
        """Return what may be asked for now; to be called before every request.

        Before each page and each retry, since what is permitted may have
        changed meanwhile. An adapter sends what the answer says.

        Raises:
            ScopegateError: Nothing may be asked for any more; it is let through.
        """
        return self if self._renewal is None else self._renewal()


def _kinds(
    given: Mapping[str, Iterable[Comparison]],
) -> Mapping[str, frozenset[Comparison]]:
    return frozen_mapping({path: frozenset(kinds) for path, kinds in given.items()})


def _maybe_names(given: Iterable[str] | None) -> frozenset[str] | None:
    return None if given is None else names(given)


@frozen
class Capabilities:
    """What an MIS interface can do of a query on one resource.

    What it cannot the gate does itself, or refuses where only the MIS could.

    Attributes:
        projects: Whether it asks the MIS for the fields wanted and no others.
        page_size: The most records it holds at once; None where it holds one.
        conditions: For each full path the comparisons that the MIS decides. It
            may let pass more records than meet a condition, and none fewer.
        orders: Full paths by which it sorts exactly as `Query.rank` does: texts
            by code point, what is missing last. Fields in lists are none of
            them, nor are such as may hold anything but a plain value.
        totals: Whether its `total` is the number of records that it gives.
        searches: The full paths that a free text is looked for in, all of them;
            None where it does not search.
        changes: The full paths of which it tells a change; None where it cannot
            tell. What is changed by any field of the MIS is every field.
    """

    projects: bool = False
    page_size: int | None = None
    conditions: Mapping[str, frozenset[Comparison]] = field(
        converter=_kinds, factory=dict
    )
    orders: frozenset[str] = field(converter=names, default=frozenset())
    totals: bool = False
    searches: frozenset[str] | None = field(converter=_maybe_names, default=None)
    changes: frozenset[str] | None = field(converter=_maybe_names, default=None)

    def decides(self, condition: Condition) -> bool:
        """Tell whether the MIS can be asked to decide *condition*."""
        return condition.comparison in self.conditions.get(condition.path, ())

    def sorts_by(self, paths: Iterable[str]) -> bool:
        """Tell whether the MIS can be asked to sort by all of *paths*."""
        return self.orders.issuperset(paths)


NONE = Capabilities()
"""An interface that gives whole records, all of them, and no more than that."""


class Adapter(Protocol):
    """One MIS interface.

    It gives records in the catalogue's shape, as mappings or objects. It may
    give more fields and more rows than wanted; the gate releases what may flow
    whatever an adapter gives.
    """

    @property
    def school(self) -> str | None:
        """The school whose data it serves, or None where it cannot tell.

        Where it is None the gate reads the public record and compares.
        """
        ...

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return what it can do of a query on *resource*; asks nobody."""
        ...

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource, lazily; none for one it does not have.

        It calls `wanted.renew` before every request it makes.

        Raises:
            SourceError: The records cannot be read, or not any further; names
                the place and shows nothing of it.
        """
        ...


class AsyncAdapter(Protocol):
    """One MIS interface that is read without blocking; see `Adapter`."""

    @property
    def school(self) -> str | None:
        """The school whose data it serves, or None where it cannot tell."""
        ...

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return what it can do of a query on *resource*; asks nobody."""
        ...

    def fetch(self, wanted: Fetch) -> AsyncIterator[object]:
        """Yield the records of a resource, lazily; none for one it does not have.

        Raises:
            SourceError: The records cannot be read, or not any further.
        """
        ...


@runtime_checkable
class Counting(Protocol):
    """An adapter that knows how many records there are without giving them."""

    def total(self, wanted: Fetch) -> int:
        """Return how many records `fetch` would give for *wanted*.

        Raises:
            SourceError: The MIS does not say.
        """
        ...


@runtime_checkable
class AsyncCounting(Protocol):
    """A `Counting` adapter that does not block."""

    async def total(self, wanted: Fetch) -> int:
        """Return how many records `fetch` would give for *wanted*."""
        ...


def check_adapter(adapter: Adapter | AsyncAdapter, school: str) -> bool:
    """Tell whether *adapter* has still to prove that it serves *school*.

    Raises:
        WrongSchoolError: It says that it serves another.
    """
    if adapter.school not in (None, school):
        raise WrongSchoolError(school, "the adapter")
    return adapter.school is None


def pulled(adapter: Adapter, wanted: Fetch) -> Iterator[object]:
    """Yield what *adapter* gives; what it raises is told without its text.

    Raises:
        SourceError: It failed; names the resource and the kind of the failure.
    """
    try:
        yield from adapter.fetch(wanted)
    except ScopegateError:
        raise
    except Exception as error:  # its text may show records, so it is not shown
        failure = type(error).__name__
    else:
        return
    raise _failed(wanted.resource, failure)


async def pulled_async(adapter: AsyncAdapter, wanted: Fetch) -> AsyncGenerator[object]:
    """Yield what `pulled` does, of an adapter that does not block.

    Raises:
        SourceError: As `pulled` does.
    """
    try:
        records = adapter.fetch(wanted)
        try:
            async for record in records:
                yield record
        finally:
            await _closed(records)
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    else:
        return
    raise _failed(wanted.resource, failure)


def told(resource: Resource, ask: Callable[[], T]) -> T:
    """Return what an adapter tells when it is asked about *resource*.

    Raises:
        SourceError: It failed; names the resource and the kind of the failure.
    """
    try:
        return ask()
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    raise _failed(resource, failure)


async def told_async(resource: Resource, ask: Callable[[], Awaitable[T]]) -> T:
    """Return what `told` does, of an adapter that does not block.

    Raises:
        SourceError: As `told` does.
    """
    try:
        return await ask()
    except ScopegateError:
        raise
    except Exception as error:  # as above
        failure = type(error).__name__
    raise _failed(resource, failure)


async def _closed(records: AsyncIterator[object]) -> None:
    """End what gives records, so that no connection is left open behind it."""
    close = getattr(records, "aclose", None)
    if close is not None:
        await close()


def _failed(resource: Resource, failure: str) -> SourceError:
    problem = f"the adapter failed with `{failure}`; look at it in the adapter's tests"
    return SourceError(resource.name, problem)
