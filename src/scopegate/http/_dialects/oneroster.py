"""`OneRosterDialect`: the parameters of OneRoster 1.1 and 1.2.

REST binding 1.2 §3.4: `limit` and `offset`, `sort` and `orderBy`, `filter`, and
`fields`. An unknown name in `fields` makes a server give everything, so the names sent
are made from what is permitted.
"""

from collections.abc import Iterator

from attrs import field, frozen

from ..._base.values import names
from ..._wire.address import AddressError
from ..._wire.messages import Pairs
from ...adapters._oneroster.filter import parse_filter
from ...adapters._oneroster.interface import TOTAL, Param
from ...adapters._oneroster.query import top_name
from ...arguments import checked
from ...catalogue.resource import Resource
from ...policy.permit import Permit
from .._pages.paging import NO_PAGES, Paging
from .client_query import Ask, Clause, Compare, is_plain_text
from .dialect import Given, known, one_of

_PAGING = Paging(
    "offset", Param.OFFSET, Param.LIMIT, headers={TOTAL: "total", "Link": "links"}
)
_MADE_ANEW = frozenset({Param.FIELDS, *_PAGING.names})


@checked
@frozen
class OneRosterDialect:
    """The parameters of OneRoster 1.1 and 1.2.

    Attributes:
        lacks: Names of fields that the MIS does not know, such as `roles` where
            it speaks 1.1. They are never asked for: asked for a name that it
            does not know a server gives all there is.
    """

    lacks: frozenset[str] = field(converter=names, default=frozenset())

    def read(self, resource: Resource, given: Given, *, is_list: bool) -> Ask:
        """Return the meaning of parameters; see `Dialect.read`."""
        listing = (
            (Param.FILTER, Param.SORT, Param.ORDER, *_PAGING.names) if is_list else ()
        )
        known(given, (*listing, Param.FIELDS))
        if Param.ORDER in given:
            one_of(Param.ORDER, given[Param.ORDER], ("asc", "desc"))
        paths = _Paths(resource)
        return Ask(
            resource.name,
            clauses=_clauses(given, paths),
            looks=[paths.leaf(given[Param.SORT], Param.SORT)]
            if Param.SORT in given
            else (),
            branches=_branches(given, paths),
            params=_sent(given),
            paging=_PAGING if is_list else NO_PAGES,
            window=_PAGING.read(given),
        )

    def choose(self, resource: Resource, ask: Ask, permit: Permit) -> Pairs:
        """Return the names of the fields that are needed, and no others."""
        tops = dict.fromkeys(map(top_name, ask.wanted(permit)))
        return (
            (Param.FIELDS, ",".join(name for name in tops if name not in self.lacks)),
        )


def _sent(given: Given) -> Pairs:
    """Return the parameters that are sent on as they are.

    A filter with a value that a server might take for more than a text is not:
    OneRoster does not say how a quote in a value is written, and some servers
    look for AND and OR before they look for quotes. It is decided only here.
    """
    return tuple(
        (name, text)
        for name, text in given.items()
        if name not in _MADE_ANEW and (name != Param.FILTER or _is_plain(text))
    )


def _is_plain(text: str) -> bool:
    values = [term.value for term in parse_filter(text).terms]
    return all(is_plain_text(value) and "'" not in value for value in values)


class _Paths:
    """The fields of a resource by the names that OneRoster gives them."""

    def __init__(self, resource: Resource) -> None:
        self._leaves: dict[str, str] = {}
        self._branches: dict[str, str] = {}
        for leaf in resource.fields:
            self._leaves[leaf.local.replace("[]", "")] = leaf.path
            steps = leaf.path.split(".")
            for end in range(2, len(steps) + 1):
                name = ".".join(steps[1:end]).replace("[]", "")
                self._branches[name] = ".".join(steps[:end])

    def leaf(self, name: str, parameter: str) -> str:
        return _named(self._leaves, name, parameter)

    def branch(self, name: str) -> str:
        return _named(self._branches, name, Param.FIELDS)


def _named(paths: dict[str, str], name: str, parameter: str) -> str:
    if name not in paths:
        message = f"`{parameter}` names a field that the catalogue does not have"
        raise AddressError(message)
    return paths[name]


def _branches(given: Given, paths: _Paths) -> tuple[str, ...] | None:
    if Param.FIELDS not in given:
        return None
    return tuple(paths.branch(name.strip()) for name in given[Param.FIELDS].split(","))


def _clauses(given: Given, paths: _Paths) -> Iterator[Clause]:
    if Param.FILTER not in given:
        return
    asked = parse_filter(given[Param.FILTER])
    compared = tuple(
        Compare(paths.leaf(term.field, Param.FILTER), term.predicate, term.value)
        for term in asked.terms
    )
    yield from [compared] if asked.is_either else [(one,) for one in compared]
