"""What a query may ask: checked before the MIS is asked, and when a permit changes.

A query can reveal a field as surely as a record does: by which records meet a
condition, by their order, by how many there are. So everything it names must be
permitted, and what only the MIS can decide must look only at permitted values.
"""

import logging
from collections.abc import Iterable

from .._base.kinds import called
from ..adapters.base import Capabilities
from ..catalogue.field import Field
from ..errors import ArgumentError, QueryRefusedError, UnsupportedQueryError
from ..policy.denial import denied
from ..policy.permit import Permit
from ..records.condition import Condition
from ..records.query import Query
from ..records.untrusted import is_plain

_LOG = logging.getLogger("scopegate.gate")
_CONDITION = "Condition"
_TEXT = "the catalogue says that it is a text: give one, or correct its `kind` there"


def check_resource(permit: Permit, resource: str) -> None:
    """Raise unless something of *resource* may flow.

    Raises:
        AccessDeniedError: Nothing of it may.
        UnknownResourceError: The catalogue has no such resource.
    """
    if not permit.fields_of(resource):
        _LOG.info("`%s` is denied to `%s` at `%s`", resource, permit.app, permit.school)
        raise denied(permit, resource)


def check_query(permit: Permit, query: Query) -> None:
    """Raise unless all that *query* names may flow; no adapter is asked for this.

    Raises:
        AccessDeniedError: Nothing of the resource may flow.
        QueryRefusedError: It uses what is not permitted.
        ArgumentError: It compares a text with a number.
    """
    check_resource(permit, query.resource)
    refused = {path for path in query.fields if path not in permit.fields}
    refused.update(path for path in query.select if not selected(permit, [path]))
    if refused:
        raise QueryRefusedError(query.resource, refused)
    for condition in query.where:
        _check_kind(permit.catalogue.field(condition.path), condition)


def _check_kind(leaf: Field, condition: Condition) -> None:
    """Raise where a text is compared with a number, or with True or False.

    Raises:
        ArgumentError: The catalogue says that the field is a text.
    """
    odd = [value for value in condition.values if not leaf.may_equal(value)]
    if odd:
        text = f"a text to compare `{leaf.path}` with, not {called(odd[0])}"
        raise ArgumentError(_CONDITION, [text], _TEXT)


def check_matches(permit: Permit, query: Query, able: Capabilities) -> None:
    """Raise unless what only the MIS can decide of *query* may be asked of it.

    Raises:
        QueryRefusedError: It would reveal what is not permitted.
        UnsupportedQueryError: It asks for what the interface cannot do.
    """
    if query.search is not None:
        _check_matched(permit, query.resource, "search", able.searches)
    if query.changed_since is not None:
        _check_matched(permit, query.resource, "changed_since", able.changes)


def check_arguments(permit: Permit, resource: str, paths: Iterable[str]) -> None:
    """Raise unless records of *resource* may be chosen by each of *paths*.

    It is not the gate that chooses by them, so none of them must be in a list whose
    rows may be withheld.

    Raises:
        QueryRefusedError: One is withheld, or may be in part.
    """
    refused = told_of(permit, resource, paths)
    if refused:
        raise QueryRefusedError(resource, refused)


def decided_by_mis(
    permit: Permit, query: Query, able: Capabilities
) -> tuple[Condition, ...]:
    """Return the conditions that the MIS is asked to decide before the gate does.

    None on a list whose rows may be withheld: the gate would decide the same, but the
    number of records, pages and faults on the way would reveal them. And none with a
    value that is more than it seems, or is not a value.
    """
    withheld = told_of(permit, query.resource, (c.path for c in query.where))
    return tuple(
        condition
        for condition in query.where
        if able.decides(condition)
        and condition.path not in withheld
        and _is_sendable(condition.value)
    )


def selected(permit: Permit, paths: Iterable[str]) -> frozenset[str]:
    """Return the permitted fields that are, or are below, one of *paths*."""
    starts = tuple(f"{path}." for path in paths)
    exact = permit.fields.intersection(paths)
    return exact.union(p for p in permit.fields if starts and p.startswith(starts))


def told_of(permit: Permit, resource: str, paths: Iterable[str]) -> frozenset[str]:
    """Return those of *paths* by which records of *resource* would reveal more.

    They are withheld, or are in a list whose rows may be; for another resource, the
    same where whole records of it may be.
    """
    return frozenset(
        path
        for path in paths
        if path not in permit.fields or path.startswith(_cuts(permit, resource, path))
    )


def _cuts(permit: Permit, resource: str, path: str) -> tuple[str, ...]:
    """Return the prefixes of the paths that are withheld in some rows only."""
    home = path.partition(".")[0]
    return tuple(f"{home}.{at}" for at in permit.cuts(home) if at or home != resource)


def _check_matched(
    permit: Permit, resource: str, part: str, looked_at: frozenset[str] | None
) -> None:
    """Raise unless the MIS would look at nothing but what is released.

    The gate cannot decide such a match again. So each field looked at must be
    permitted, and must not be in a list whose rows may be withheld.
    """
    if not looked_at:  # an interface that lists no fields has not said what it looks at
        problem = f"the MIS interface has no `{part}`"
        raise UnsupportedQueryError(resource, part, problem)
    refused = told_of(permit, resource, looked_at)
    if refused:
        problem = f"has `{part}`, by which the MIS would reveal withheld values"
        raise QueryRefusedError(resource, refused, problem)


def _is_sendable(value: object) -> bool:
    """Tell whether an adapter may be handed *value*, or several, to compare with."""
    values = value if type(value) is tuple else (value,)
    return all(each is not None and is_plain(each) for each in values)
