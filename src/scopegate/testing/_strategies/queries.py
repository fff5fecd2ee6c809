"""Hypothesis strategies for the conditions and queries that a permit allows."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from ...catalogue.field import Field
from ...policy.permit import Permit
from ...records.condition import Comparison, Condition
from ...records.query import Query
from ...records.untrusted import is_nan
from .arguments import checked, drawn_or
from .catalogues import Draw, plain_values


def conditions(
    permit: Permit, resource: str, *, values: st.SearchStrategy[Any] | None = None
) -> st.SearchStrategy[Condition]:
    """Return conditions that records of a resource may be chosen by.

    Args:
        permit: What may flow.
        resource: A resource with something that may.
        values: What to compare with, except NaN and, for a text, numbers; by default
            plain values of any type.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
        InvalidArgument: Nothing of the resource may flow.
    """
    known = drawn_or("values", values, plain_values()).filter(lambda v: not is_nan(v))
    one_of = st.just(Comparison.ONE_OF)
    compared = st.sampled_from([c for c in Comparison if c is not Comparison.ONE_OF])
    leaves = [permit.catalogue.field(p) for p in _permitted(permit, resource)]

    def of(leaf: Field) -> st.SearchStrategy[Condition]:
        value = known.filter(leaf.may_equal)
        path = st.just(leaf.path)
        among = st.builds(Condition, path, one_of, st.lists(value, max_size=3))
        return st.builds(Condition, path, compared, value) | among

    return st.sampled_from(leaves).flatmap(of)


def _permitted(permit: Permit, resource: str) -> Sequence[str]:
    found = checked("permit", permit, Permit).fields_of(resource)
    if not found:
        message = (
            f"the permit lets nothing of `{resource}` flow, so nothing may be asked"
        )
        raise InvalidArgument(message)
    return found


def queries(
    permit: Permit,
    *,
    resources: st.SearchStrategy[str] | None = None,
    values: st.SearchStrategy[Any] | None = None,
) -> st.SearchStrategy[Query]:
    """Return queries that a gate lets through under a permit, to any adapter.

    They never search, nor ask for what was changed: whether that may be asked,
    and can be, depends on the adapter.

    Args:
        permit: What may flow.
        resources: The names of the resources to read; by default all with something
            that may flow.
        values: What conditions compare with; by default plain values.

    Raises:
        InvalidArgument: Nothing at all may flow.
    """
    catalogue = checked("permit", permit, Permit).catalogue
    open_ = [name for name in catalogue.resources if permit.fields_of(name)]
    if not open_:
        message = "the permit lets nothing flow, so nothing may be asked"
        raise InvalidArgument(message)
    chosen = drawn_or("resources", resources, st.sampled_from(open_))
    return chosen.flatmap(lambda resource: _queries(permit, resource, values))


@st.composite
def _queries(
    draw: Draw, permit: Permit, resource: str, values: st.SearchStrategy[Any] | None
) -> Query:
    permitted = _permitted(permit, resource)
    some = st.lists(st.sampled_from(permitted), max_size=2, unique=True)
    order_by = draw(some)
    known = drawn_or("values", values, plain_values())
    places = len(order_by)
    after = st.lists(known, min_size=places, max_size=places)
    unlisted = [p for p in permitted if not permit.catalogue.field(p).is_listed]
    branches = sorted(b for path in permitted for b in _selectable(path))
    return Query(
        resource,
        where=draw(st.lists(conditions(permit, resource, values=values), max_size=2)),
        order_by=order_by,
        limit=draw(st.none() | st.integers(0, 5)),
        select=draw(st.lists(st.sampled_from(branches), max_size=3, unique=True)),
        after=draw(st.none() | after) if order_by else None,
        group_by=draw(_some_of(unlisted)),
    )


def _some_of(paths: Sequence[str]) -> st.SearchStrategy[list[str]]:
    if not paths:
        return st.just([])
    return st.lists(st.sampled_from(paths), max_size=2, unique=True)


def _selectable(path: str) -> list[str]:
    """Return a field and the branches above it, none of them the resource."""
    names = path.split(".")
    return [".".join(names[:depth]) for depth in range(2, len(names) + 1)]
