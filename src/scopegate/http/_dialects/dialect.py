"""`Dialect`: which parameters an MIS interface takes, and what each of them means.

A parameter that no dialect knows is refused, never passed on and never dropped:
no one can tell what an MIS would make of it (CVE-2026-27886), and a condition
that is dropped gives everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from attrs import field, frozen

from ..._base.values import EMPTY, frozen_mapping, names
from ..._wire.address import AddressError
from ..._wire.messages import Pairs
from ...arguments import checked
from ...catalogue.resource import Resource
from ...policy.permit import Permit
from .._pages.paging import NO_PAGES, Paging
from .client_query import (
    Ask,
    Clause,
    Compare,
    branch,
    branches,
    is_moment,
    is_plain_text,
)

Given = Mapping[str, str]
"""The parameters of a client, decoded, each once."""


class Dialect(Protocol):
    """Which parameters an MIS interface takes, and what each of them means."""

    def read(self, resource: Resource, given: Given, *, is_list: bool) -> Ask:
        """Return the meaning of parameters; it decides on none of them.

        Args:
            resource: What the route gives records of.
            given: The parameters.
            is_list: Whether it gives a list, or one record.

        Raises:
            AddressError: One of them is unknown, or has a value that is not valid.
            FilterError: A filter does not follow its grammar.
        """
        ...

    def choose(self, resource: Resource, ask: Ask, permit: Permit) -> Pairs:
        """Return the parameters that choose which fields the MIS gives."""
        ...


def known(given: Given, names: Iterable[str]) -> None:
    """Raise unless every parameter is one of *names*.

    Raises:
        AddressError: One is not; it is not shown, as it might be a value.
    """
    taken = tuple(names)
    if not given.keys() <= set(taken):
        listed = ", ".join(f"`{name}`" for name in taken) or "none"
        message = f"it has a parameter that is not known here; known are: {listed}"
        raise AddressError(message)


def one_of(name: str, given: str, words: Iterable[str]) -> str:
    """Return the value of a parameter that may only be one of some words.

    Raises:
        AddressError: It is another.
    """
    listed = tuple(words)
    if given not in listed:
        choice = ", ".join(f"`{word}`" for word in listed)
        message = f"`{name}` is none of: {choice}"
        raise AddressError(message)
    return given


def is_set(name: str, given: Given) -> bool:
    """Return the value of a parameter that is `true` or `false`; false without it.

    Raises:
        AddressError: It is neither.
    """
    return one_of(name, given.get(name, "false"), ("true", "false")) == "true"


def plain(name: str, given: str) -> str:
    """Return the value of a parameter that is a date or a plain text.

    Raises:
        AddressError: An MIS might take it for more than that.
    """
    if not is_plain_text(given):
        message = f"`{name}` holds what an MIS might take for more than a text"
        raise AddressError(message)
    return given


def moments(names: Iterable[str], given: Given) -> Pairs:
    """Return those of some parameters that are there; each is a date, or has a time.

    Raises:
        AddressError: One is not.
    """
    found = tuple((name, given[name]) for name in names if name in given)
    for name, text in found:
        if not is_moment(text):
            message = f"`{name}` is not a date as in 2026-01-31 or 2026-01-31T12:00:00Z"
            raise AddressError(message)
    return found


Test = tuple[str, str]
"""The full path of a field, and a comparison."""


def _tests(given: Mapping[str, str | Test]) -> Mapping[str, Test]:
    found = {n: (t, "=") if isinstance(t, str) else t for n, t in given.items()}
    for path, comparison in found.values():
        branch(path)
        Compare(path, comparison, "")
    return frozen_mapping(found)


def _orders(given: Mapping[str, str]) -> Mapping[str, str]:
    branch(given.values()) if given else None
    return frozen_mapping(given)


def _words(given: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    return frozen_mapping({name: names(words) for name, words in given.items()})


@checked
@frozen(kw_only=True)
class PlainDialect:
    """Parameters that are declared one by one; by default there are none.

    Attributes:
        conditions: For each parameter the full path of the field that it is
            compared with, as `"student.year_code"` for equality, or as
            `("student.dob", ">=")`. Decided again on what is released; a value
            that an MIS might take for more than a text is not even sent.
        looks: For each parameter the full paths of all that the MIS looks at for
            it: of a text that is searched for, of a date of change. It cannot be
            decided again, so each of them must be permitted, and the value a date
            or a plain text. Not for a parameter with a language of its own.
        sort: The parameter to sort by, or empty.
        orders: For each of its values the full path of the field sorted by.
        words: Parameters that do not affect which records are given, each
            with the values it may have.
        total: A parameter that asks for a total, `true` or `false`, or empty.
        paging: How there are pages.

    Raises:
        PathError: A path is malformed.
        ValueError: A comparison is not one, no field is named, a parameter is
            declared twice, or `sort` has no `orders`.
    """

    conditions: Mapping[str, Test] = field(converter=_tests, default=EMPTY, hash=False)
    looks: Mapping[str, tuple[str, ...]] = field(
        converter=branches, default=EMPTY, hash=False
    )
    sort: str = ""
    orders: Mapping[str, str] = field(converter=_orders, default=EMPTY, hash=False)
    words: Mapping[str, frozenset[str]] = field(
        converter=_words, default=EMPTY, hash=False
    )
    total: str = ""
    paging: Paging = NO_PAGES

    def __attrs_post_init__(self) -> None:
        one = filter(None, (self.sort, self.total))
        tables = (*self.conditions, *self.looks, *self.words)
        names = (*tables, *one, *self.paging.names)
        if len(set(names)) < len(names):
            message = "a parameter means two things; declare it once"
            raise ValueError(message)
        if bool(self.sort) != bool(self.orders):
            message = "sorting needs both `sort` and `orders`"
            raise ValueError(message)

    def read(self, resource: Resource, given: Given, *, is_list: bool) -> Ask:
        """Return the meaning of parameters; see `Dialect.read`."""
        listing = (*self.conditions, *self.looks, self.sort, self.total)
        names = (*listing, *self.paging.names) if is_list else ()
        known(given, filter(None, (*names, *self.words)))
        lowered = {name: text.lower() for name, text in given.items()}
        return Ask(
            resource.name,
            clauses=self._clauses(given),
            looks=frozenset(self._looked_at(given)),
            params=self._params(given),
            paging=self.paging if is_list else NO_PAGES,
            window=self.paging.read(given),
            total=self.total if is_set(self.total, lowered) else "",
        )

    def choose(self, resource: Resource, ask: Ask, permit: Permit) -> Pairs:
        """Return nothing: the MIS gives whole records."""
        return ()

    def _clauses(self, given: Given) -> Iterator[Clause]:
        for name, (path, comparison) in self.conditions.items():
            if name in given:
                yield (Compare(path, comparison, given[name]),)

    def _looked_at(self, given: Given) -> Iterator[str]:
        for name, paths in self.looks.items():
            if name in given:
                plain(name, given[name])
                yield from paths
        if self.sort in given:
            yield self.orders[one_of(self.sort, given[self.sort], self.orders)]

    def _params(self, given: Given) -> Pairs:
        for name in self.words.keys() & given.keys():
            one_of(name, given[name], sorted(self.words[name]))
        return tuple(
            (name, value)
            for name, value in given.items()
            if name not in self.paging.names
            and (name not in self.conditions or is_plain_text(value))
        )
