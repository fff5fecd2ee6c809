"""`Asked`: what a query comes to under one permit, decided in one visit."""

from typing import Self

from attrs import field, frozen

from ..adapters.base import Capabilities
from ..errors import QueryRefusedError
from ..policy.permit import Permit
from ..records.condition import Condition
from ..records.query import Query
from .projection.projection import Plan, Projection, compile_plan
from .query_rules import check_matches, check_query, selected, told_of


@frozen
class Asked:
    """A query that may be asked under a permit, and what it may be asked for.

    Attributes:
        permit: The permit.
        resource: What is read.
        chosen: The fields that `select` leaves, of those that may flow; None: all.
        used: The fields that the query looks at besides.
        narrow: Leaves only the chosen fields of a released record; None: all.
        withholds_records: Whether whole records may be withheld.
        withholds_rows: Whether records, or rows in their lists, may be withheld.
    """

    permit: Permit = field(repr=False)
    resource: str
    chosen: frozenset[str] | None
    used: tuple[str, ...]
    narrow: Projection | None = field(repr=False)
    withholds_records: bool
    withholds_rows: bool

    @classmethod
    def of(
        cls,
        permit: Permit,
        query: Query,
        able: Capabilities,
        where: tuple[Condition, ...],
    ) -> Self:
        """Return the query as it is decided under *permit*.

        Args:
            permit: What may flow.
            query: What is asked.
            able: What the MIS interface can do.
            where: The conditions that the MIS decides, from when it was asked first.

        Raises:
            AccessDeniedError: Nothing of the resource may flow.
            QueryRefusedError: The query uses what must not be used, or the MIS would
                leave out records by what is withheld by now.
            UnsupportedQueryError: Neither the interface nor the gate can do it.
        """
        check_query(permit, query)
        check_matches(permit, query, able)
        lost = told_of(permit, query.resource, (c.path for c in where))
        if lost:
            problem = "has conditions by which the MIS would reveal withheld values"
            raise QueryRefusedError(query.resource, lost, problem)
        chosen = selected(permit, query.select) if query.select else None
        cuts = permit.cuts(query.resource)
        return cls(
            permit,
            query.resource,
            chosen,
            query.fields,
            _narrowing(permit, query.resource, chosen),
            "" in cuts,
            bool(cuts),
        )

    @property
    def needed(self) -> frozenset[str] | None:
        """The fields that are needed to give records out; None: all that may flow."""
        return None if self.chosen is None else self.chosen.union(self.used)

    @property
    def needed_to_count(self) -> frozenset[str]:
        """The fields that are needed to count records: one at least, best the key."""
        home = self.permit.catalogue.resource(self.resource)
        fields = self.permit.fields_of(home.name)
        key = f"{home.name}.{home.key}"
        return frozenset(self.used or [key if key in fields else fields[0]])


def _narrowing(
    permit: Permit, resource: str, chosen: frozenset[str] | None
) -> Projection | None:
    """Return a projection that keeps only the *chosen* fields of a released record."""
    if chosen is None:
        return None
    return compile_plan(Plan.narrow(permit, resource, chosen))
