"""`Reading`: one query under way, without I/O.

Written once for every way to ask an MIS: what drives it fetches, and nothing
else; see `drive`.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

from attrs import evolve

from ..adapters.base import Capabilities, Fetch
from ..errors import SourceError
from ..policy.permit import Permit
from ..records.query import Query, Rank
from .asked import Asked
from .projection.projection import Plan, Projection, compile_plan, compile_projection
from .query_rules import decided_by_mis
from .unwritten import UnrecordedError


class Releasing(Protocol):
    """What a reading needs of the access it belongs to."""

    @property
    def permit(self) -> Permit:
        """What may flow at this instant; the same object while nothing changes."""
        ...

    def release(
        self, resource: str, record: object, notice: Callable[[str], None]
    ) -> tuple[Permit, dict[str, object] | None]:
        """Return the part of a record that may flow now, or None, and the permit."""
        ...

    def note(self, path: str) -> None:
        """Keep that a permitted place was malformed once more."""
        ...

    def disclose(
        self, permit: Permit, resource: str, select: frozenset[str] | None = None
    ) -> None:
        """Count a record released under *permit* that is now given out."""
        ...

    def fetch_for(
        self, permit: Permit, resource: str, wanted: Iterable[str] | None = None
    ) -> Fetch:
        """Return the fetch that an adapter is asked for to serve *permit*."""
        ...


class Reading:
    """Reading without I/O: what to fetch, whether to go on, what to give out.

    Whatever drives it asks `check` before it asks the MIS for more, hands each
    record to `take`, and each record that has waited to `confirm`.

    Args:
        access: Whose permit it is read under.
        query: What is asked.
        able: What the MIS interface can do; the reading does the rest.
        is_counted: Whether records are only counted. Then their order matters
            only where a limit leaves some out, and `select` not at all.
        refresh: Looks up what may flow, where the access does so only when told to.
    """

    def __init__(
        self,
        access: Releasing,
        query: Query,
        able: Capabilities,
        *,
        is_counted: bool = False,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._access = access
        self._able = able
        self._is_counted = is_counted
        self._refresh = refresh
        self.query = query
        is_ordered = bool(query.order_by) and not (is_counted and query.limit is None)
        self.is_sorted = is_ordered and able.sorts_by(query.order_by)
        self.is_held = is_ordered and not self.is_sorted
        self._where = decided_by_mis(access.permit, query, able)
        self._start()
        self._used = self.permit
        self._plans: set[Plan] = set()

    @property
    def permit(self) -> Permit:
        """The permit that the query was decided under last."""
        return self._asked.permit

    @property
    def may_ask_total(self) -> bool:
        """Whether what the MIS counts is exactly what the query would give."""
        is_whole = self._able.totals and not self.query.chooses
        return is_whole and not self._asked.withholds_rows

    def check(self) -> None:
        """Raise unless the query may still be asked."""
        if self._access.permit is not self.permit:
            self._start()

    def check_count(self) -> None:
        """Raise unless all that was counted may still flow.

        What was counted cannot be filtered again, as records that wait are.

        Raises:
            SourceError: It was decided meanwhile that other rows may flow.
        """
        self.check()
        self._use(self.permit)
        if not self._has_kept_rows():
            problem = "which rows may flow was changed while they were counted"
            raise SourceError(self.query.resource, f"{problem}; count again")

    def renew(self) -> Fetch:
        """Return the fetch that may be asked for now; see `Fetch.renew`."""
        self.check()
        return self.wanted

    def take(self, record: object) -> dict[str, object] | None:
        """Return the part of an MIS record that may flow now, or None."""
        self.check()
        found: list[str] = []
        permit, released = self._access.release(
            self.query.resource, record, found.append
        )
        if permit is not self.permit:
            # It is one that no check has seen, and may be taken back by now. That
            # the record is there may reveal what the query must no longer use.
            self.check()
        self._use(permit)
        if self._may_tell_of(released):
            for path in found:
                self._access.note(path)
        return released

    def confirm(self, released: dict[str, object]) -> dict[str, object] | None:
        """Return the part of a released record that may still flow, or None; count it.

        A record that had to be sorted has waited: if anything was decided since
        the first of them was taken, what was released is filtered once more.
        """
        kept: dict[str, object] | None = released
        if self.is_held:  # otherwise it was taken, and checked, just now
            kept = self._rechecked(released)
        while kept is not None:
            asked = self._asked
            given = kept if asked.narrow is None else asked.narrow(kept)
            if given is None or self._discloses(asked.chosen):
                return given
            kept = self._rechecked(kept)
        return None

    def group(self, released: dict[str, object]) -> tuple[object, ...]:
        """Return the group that a record is counted under, and count the record."""
        given = frozenset(self.query.group_by)
        while given and not self._discloses(given):
            self.check()
            self._use(self.permit)
        return self.query.group(released)

    def arrange(
        self, released: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        """Yield released records that are wanted, in order, up to the limit."""
        if self.is_held:
            return self.query.arrange(released)
        ordered = self._in_order(released) if self.is_sorted else released
        return islice(filter(self.query.passes, ordered), self.query.limit)

    def keep_order(self, last: Rank | None, record: dict[str, object]) -> Rank:
        """Return the rank of *record*, which must not come before *last*.

        Raises:
            SourceError: The MIS does not sort as its adapter says.
        """
        rank = self.query.rank(record)
        if last is not None and rank < last:
            problem = (
                "the records are not in the order asked for"
                "; take `orders` from the adapter's capabilities"
            )
            raise SourceError(self.query.resource, problem)
        return rank

    def _in_order(
        self, released: Iterable[dict[str, object]]
    ) -> Iterator[dict[str, object]]:
        last: Rank | None = None
        for record in released:
            last = self.keep_order(last, record)
            yield record

    def _rechecked(self, released: dict[str, object]) -> dict[str, object] | None:
        """Return the part of a released record that may still flow, or None."""
        self.check()
        self._use(self.permit)
        return self._again()(released) if len(self._plans) > 1 else released

    def _discloses(self, given: frozenset[str] | None) -> bool:
        """Count a record to be given out; False where that may no longer be."""
        try:
            self._access.disclose(self._used, self.query.resource, given)
        except UnrecordedError:
            return False
        return True

    def _use(self, permit: Permit) -> None:
        """Keep the permit a record is released by, and all that any was."""
        if permit is not self._used or not self._plans:
            self._used = permit
            self._plans.add(Plan.of(permit, self.query.resource))

    def _has_kept_rows(self) -> bool:
        """Tell whether the same rows could flow all the while."""
        return len({plan.rows for plan in self._plans}) == 1

    def _again(self) -> Projection:
        """Return a projection that filters released records once more.

        Where the same rows may flow as before they are not decided on again: the fields
        needed to decide may be gone from what was released.
        """
        resource = self.query.resource
        if self._has_kept_rows():
            return compile_plan(Plan.narrow(self.permit, resource, self.permit.fields))
        return compile_projection(self.permit, resource)

    def _may_tell_of(self, released: dict[str, object] | None) -> bool:
        """Tell whether a record is given whatever its withheld values are.

        A condition that the MIS decides on what is malformed, and so withheld,
        may be met there and not here.
        """
        if not self._where:
            return True
        return released is not None and self.query.admits(released)

    def _start(self) -> None:
        """Decide the query under the permit of this instant."""
        permit = self._access.permit
        asked = Asked.of(permit, self.query, self._able, self._where)
        self.wanted = self._fetch(asked)
        # Last, since an adapter may ask from threads of its own: who sees this permit
        # takes the rest to belong to it.
        self._asked = asked

    def _fetch(self, asked: Asked) -> Fetch:
        """Return the fetch for the MIS: all of the query that it can serve."""
        query = self.query
        needed = asked.needed_to_count if self._is_counted else asked.needed
        return evolve(
            self._access.fetch_for(asked.permit, query.resource, needed),
            where=self._where,
            order_by=query.order_by if self.is_sorted else (),
            limit=None if self._leaves_out(asked) else query.limit,
            search=query.search,
            changed_since=query.changed_since,
            renewal=self.renew,
            refreshing=self._refresh,
        )

    def _leaves_out(self, asked: Asked) -> bool:
        """Tell whether records that the MIS gives may be left out."""
        is_chosen = self._where == self.query.where and self.query.after is None
        return self.is_held or not is_chosen or asked.withholds_records
