"""`Adapter`: one MIS interface, told what to fetch and never why."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import field, frozen
from attrs.converters import optional

from .._base.values import aware, frozen_mapping, names, texts
from ..arguments import checked
from ..catalogue.resource import Resource
from ..records.condition import Comparison, Condition, conditions


@checked
@frozen
class Fetch:
    """What an adapter is asked for. All of it may be sent to the MIS.

    Attributes:
        resource: The resource, with all its fields as the catalogue has them.
        fields: The full paths wanted: those that may flow, and those that tell
            whether a row may. An interface that can project asks for no more.
        school: The school whose records are wanted.
        school_path: Where a record says whose it is, below the resource, or None.
        where: Conditions that the MIS is to decide; only such as the adapter
            declares, with plain values and none of them null. Whatever it makes
            of them, the gate decides them again.
        order_by: Full paths to sort by; empty unless the adapter declares that
            it sorts by each of them.
        limit: At most this many records will be taken if none is withheld; only a hint
            for the size of a page: more may be needed.
        search: A text to look for; only where the adapter declares that it does.
        changed_since: Only records changed since this aware instant; only where it
            declares that too.
    """

    resource: Resource
    fields: tuple[str, ...] = field(converter=texts)
    school: str
    school_path: str | None = None
    where: tuple[Condition, ...] = field(converter=conditions, default=(), kw_only=True)
    order_by: tuple[str, ...] = field(converter=texts, default=(), kw_only=True)
    limit: int | None = field(default=None, kw_only=True)
    search: str | None = field(default=None, kw_only=True, repr=False)
    changed_since: datetime | None = field(
        converter=optional(aware), default=None, kw_only=True
    )
    _renewal: Callable[[], "Fetch"] | None = field(
        default=None, kw_only=True, eq=False, repr=False
    )
    _refreshing: Callable[[], Awaitable[None]] | None = field(
        default=None, kw_only=True, eq=False, repr=False
    )

    def page_size(self, most: int) -> int:
        """Return the number of records to ask for at once, at most what is taken."""
        return most if self.limit is None else max(1, min(self.limit, most))

    def renew(self) -> "Fetch":
        """Return the fetch that may be asked for now; call it before every request.

        Before each page and each retry, since what is permitted may have
        changed meanwhile. An adapter sends what the answer says; only the size
        of its pages stays, since `limit` may have changed with the rest.

        Raises:
            ScopegateError: Nothing may be asked for any more; it is let through.
        """
        return self if self._renewal is None else self._renewal()

    async def refresh(self) -> None:
        """Look up what may be asked for, so that `renew` says what is so now.

        For an adapter that does not block: after it waited for something, and before it
        renews. A reading looks up before each record, so one request for each record,
        or each page, needs none.
        """
        if self._refreshing is not None:
            await self._refreshing()


def _kinds(
    given: Mapping[str, Iterable[Comparison]],
) -> Mapping[str, frozenset[Comparison]]:
    return frozen_mapping({path: frozenset(kinds) for path, kinds in given.items()})


def _maybe_names(given: Iterable[str] | None) -> frozenset[str] | None:
    return None if given is None else names(given)


@checked
@frozen
class Capabilities:
    """The parts of a query on one resource that an MIS interface can serve.

    The gate does the rest itself, or refuses it where only the MIS could.

    Attributes:
        projects: Whether it asks the MIS for the fields wanted and no others.
        page_size: The most records it holds at once; None where it holds one.
        conditions: For each full path the comparisons that the MIS decides. It may let
            more records pass than meet a condition as `Condition.holds` says, but no
            fewer.
        orders: Full paths by which it sorts exactly as `Query.rank` does: texts
            by code point, what is missing last. Fields in lists never count, whatever
            is declared, and a field that can hold anything but a plain value must not
            be among them.
        totals: Whether its `total` is the number of records that it gives.
        searches: The full paths that a free text is looked for in, all of them;
            None, or none, where it does not search.
        changes: The full paths whose changes it reports; None, or none, where it
            cannot. If a change of any field of the MIS counts, that is every field.
    """

    projects: bool = False
    page_size: int | None = None
    conditions: Mapping[str, frozenset[Comparison]] = field(
        converter=_kinds, factory=dict, hash=False
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
        return all(path in self.orders and "[]" not in path for path in paths)


NONE = Capabilities()
"""An interface that gives whole records, all of them, and no more than that."""


class Serving(Protocol):
    """What is known of an MIS interface before anything is asked."""

    @property
    def school(self) -> str | None:
        """The school whose data it serves, or None where it cannot tell.

        Where it is None the gate reads the public record and compares.
        """
        ...

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the parts of a query on *resource* it can serve; sends nothing."""
        ...


class Adapter(Serving, Protocol):
    """One MIS interface.

    It gives records in the catalogue's shape, as mappings or objects. It may
    give more fields and more rows than wanted; the gate releases what may flow
    whatever an adapter gives.
    """

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource, lazily; none for one it does not have.

        It calls `wanted.renew` before every request it makes.

        Raises:
            SourceError: The records cannot be read, or not any further; names
                the place and shows nothing of it.
        """
        ...


class AsyncAdapter(Serving, Protocol):
    """One MIS interface that is read without blocking; see `Adapter`."""

    def fetch(self, wanted: Fetch) -> AsyncIterator[object]:
        """Yield the records of a resource, lazily; see `Adapter.fetch`."""
        ...


@runtime_checkable
class Counting(Protocol):
    """An adapter that knows how many records there are without giving them."""

    def total(self, wanted: Fetch) -> int:
        """Return the number of records that `fetch` would give for *wanted*.

        Raises:
            SourceError: The MIS does not say.
        """
        ...


@runtime_checkable
class AsyncCounting(Protocol):
    """A `Counting` adapter that does not block."""

    async def total(self, wanted: Fetch) -> int:
        """Return the number of records that `fetch` would give for *wanted*."""
        ...
