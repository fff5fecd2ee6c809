"""What of a query may be asked: before the MIS is, and again whenever a permit changes.

A query may tell of a field as surely as a record does: by which records meet a
condition, by their order, by how many there are. So everything it names must be
permitted, and what only the MIS can decide must look at permitted values alone.
"""

import logging
from collections.abc import Iterable

from .adapters.base import Capabilities
from .errors import AccessDeniedError, QueryRefusedError, UnsupportedQueryError
from .permit import Permit
from .query import Query

_LOG = logging.getLogger(__name__)


def check_resource(permit: Permit, resource: str) -> None:
    """Raise unless something of *resource* may flow.

    Raises:
        AccessDeniedError: Nothing of it may.
        UnknownResourceError: The catalogue has no such resource.
    """
    if not permit.fields_of(resource):
        _LOG.info("`%s` is denied to `%s` at `%s`", resource, permit.app, permit.school)
        raise AccessDeniedError(resource, permit)


def check_query(permit: Permit, query: Query, able: Capabilities) -> None:
    """Raise unless *query* may be asked of an MIS interface that is *able* so.

    Raises:
        AccessDeniedError: Nothing of the resource may flow.
        QueryRefusedError: It uses, or would tell of, what is not permitted.
        UnsupportedQueryError: It asks for what the interface cannot do.
    """
    check_resource(permit, query.resource)
    refused = {path for path in query.fields if path not in permit.fields}
    refused.update(path for path in query.select if not selected(permit, [path]))
    if refused:
        raise QueryRefusedError(query.resource, refused)
    if query.search is not None:
        _check_matched(permit, query.resource, "search", able.searches)
    if query.changed_since is not None:
        _check_matched(permit, query.resource, "changed_since", able.changes)


def check_arguments(permit: Permit, resource: str, paths: Iterable[str]) -> None:
    """Raise unless records of *resource* may be chosen by each of *paths*.

    Whoever chooses by them is not the gate, so that none may stand in a list of
    which rows may be withheld.

    Raises:
        QueryRefusedError: One is withheld, or may be in part.
    """
    refused = _told_of(permit, resource, paths)
    if refused:
        raise QueryRefusedError(resource, refused)


def selected(permit: Permit, paths: Iterable[str]) -> frozenset[str]:
    """Return the permitted fields that are, or stand below, one of *paths*."""
    starts = tuple(f"{path}." for path in paths)
    exact = permit.fields.intersection(paths)
    return exact.union(p for p in permit.fields if starts and p.startswith(starts))


def _check_matched(
    permit: Permit, resource: str, part: str, looked_at: frozenset[str] | None
) -> None:
    """Raise unless the MIS would look at nothing but what is released.

    The gate cannot decide such a match again. So each field looked at must be
    permitted, and must not stand in a list of which rows may be withheld.
    """
    if looked_at is None:
        problem = f"the MIS interface has no `{part}`"
        raise UnsupportedQueryError(resource, part, problem)
    refused = _told_of(permit, resource, looked_at)
    if refused:
        problem = f"has `{part}`, by which the MIS would tell of withheld values"
        raise QueryRefusedError(resource, refused, problem)


def _told_of(permit: Permit, resource: str, paths: Iterable[str]) -> frozenset[str]:
    """Return those of *paths* of which something may be withheld."""
    cut = tuple(f"{resource}.{at}" for at in permit.cuts(resource) if at)
    withheld = (
        p for p in paths if p not in permit.fields or (cut and p.startswith(cut))
    )
    return frozenset(withheld)
