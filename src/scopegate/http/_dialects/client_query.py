"""`Ask`: what the parameters of a client mean, and whether it may be asked.

A response reveals whatever an MIS chooses or sorts by. A condition on a field
is decided once more on what is released; where that cannot be done, as with a
text that is searched for, the MIS may look at nothing but what is released.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from ..._base.frozen import FrozenMapping
from ..._base.values import EMPTY, frozen_mapping, names, texts
from ..._wire.messages import Pairs
from ...catalogue.field import parse_path
from ...errors import QueryRefusedError, UnsupportedQueryError
from ...gate.query_rules import check_resource, selected, told_of
from ...policy.permit import Permit
from ...records.condition import COMPARE, Comparison, names_of, values_at
from .._pages.paging import FIRST, NO_PAGES, Paging, Window


def _contains(found: Any, wanted: Any) -> bool:
    return str(wanted).casefold() in str(found).casefold()


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    **{str(way): COMPARE[way] for way in COMPARE if way is not Comparison.ONE_OF},
    "~": _contains,
}
_TEXT = re.compile(r"(?:[\w @.+-]|(?<=\w)'(?=\w))*")
_JOINS = re.compile(r"\b(?:and|or|not)\b", re.IGNORECASE)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


def is_moment(text: str) -> bool:
    """Tell whether a text is a date, or a date and a time (RFC 3339, roughly)."""
    return _MOMENT.fullmatch(text) is not None


def is_plain_text(text: str) -> bool:
    """Tell whether no MIS takes a text for more than a text.

    Some have a language in their parameters, as `dob:2014`, `gte.7` or
    `x' OR dob='2014`. Sent to such an MIS it would decide by any field it names.
    """
    return is_moment(text) or bool(_TEXT.fullmatch(text) and not _JOINS.search(text))


def _comparison(given: str) -> str:
    if given not in _COMPARE:
        message = f"a comparison is one of `{' '.join(_COMPARE)}`"
        raise ValueError(message)
    return given


@frozen
class Compare:
    """One field compared with a text out of an address.

    Attributes:
        path: The full path of the field.
        comparison: One of `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains).
        text: What to compare with; numbers as numbers, true and false as such.
            Never shown.
    """

    path: str
    comparison: str = field(converter=_comparison)
    text: str = field(repr=False)

    def holds(self, record: object) -> bool:
        """Tell whether a released record meets it; in a list any element may."""
        return any(self._meets(v) for v in values_at(record, names_of(self.path)))

    def _meets(self, found: object) -> bool:
        compare = _COMPARE[self.comparison]
        if type(found) is bool:
            return bool(compare(str(found).lower(), self.text.lower()))
        if type(found) is int or type(found) is float:
            if not _NUMBER.fullmatch(self.text):
                return self.comparison == "!="
            return bool(compare(Decimal(str(found)), Decimal(self.text)))
        return type(found) is str and bool(compare(found, self.text))


Clause = tuple[Compare, ...]
"""Comparisons; a released record must meet one of them."""


def _clauses(given: Iterable[Iterable[Compare]]) -> tuple[Clause, ...]:
    return tuple(tuple(clause) for clause in given)


@frozen
class Ask:
    """What a client asks of one resource.

    Attributes:
        resource: The resource.
        clauses: What each record must meet, all of them.
        looks: Full paths of what the MIS looks at in a way that cannot be
            decided again: sorting, searching, what leads from another resource.
        branches: Full paths of the fields wanted, or of branches that hold
            them; None: all that may flow.
        parts: Parts of a record that come only when they are asked for, by the
            name to ask with, each as the full path of the branch it is.
        params: What is sent for it besides paging and the choice of fields.
        paging: How there are pages.
        window: The page that is wanted.
        total: The parameter that asks for a total, or empty.
    """

    resource: str
    clauses: tuple[Clause, ...] = field(converter=_clauses, default=())
    looks: frozenset[str] = field(converter=names, default=frozenset())
    branches: tuple[str, ...] | None = None
    parts: Mapping[str, str] = field(default=EMPTY, converter=FrozenMapping[str, str])
    params: Pairs = field(default=(), repr=False)
    paging: Paging = NO_PAGES
    window: Window = FIRST
    total: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """Every field by which records are chosen or sorted."""
        compared = (one.path for clause in self.clauses for one in clause)
        return self.looks.union(compared)

    def admits(self, released: object) -> bool:
        """Tell whether a released record meets every clause."""
        return all(
            any(one.holds(released) for one in clause) for clause in self.clauses
        )

    def is_exact(self, permit: Permit) -> bool:
        """Tell whether every record that the MIS gives is passed on.

        If not, then how many it gives, or how many to a page, reveals others.
        """
        return not self.clauses and "" not in permit.cuts(self.resource)

    def chosen(self, permit: Permit) -> frozenset[str] | None:
        """Return the permitted fields that are wanted, or None for all."""
        return None if self.branches is None else selected(permit, self.branches)

    def wanted(self, permit: Permit) -> tuple[str, ...]:
        """Return the fields that the MIS must give."""
        chosen = self.chosen(permit)
        needed = None if chosen is None else chosen | self.fields
        return permit.fields_needed(self.resource, needed)

    def parts_of(self, permit: Permit, table: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the parts asked for, and of those that decide on rows.

        Args:
            permit: What may flow.
            table: Every part there is, as in `parts`.
        """
        deciding = permit.fields_needed(self.resource, ())
        needed = (
            name
            for name, path in table.items()
            if any(f"{read}.".startswith(f"{path}.") for read in deciding)
        )
        return tuple(dict.fromkeys((*self.parts, *needed)))


def check(permit: Permit, ask: Ask) -> None:
    """Raise unless *ask* may be asked under *permit*.

    Raises:
        AccessDeniedError: Nothing of the resource may flow.
        QueryRefusedError: It uses, or would reveal, what is not permitted.
        UnsupportedQueryError: It asks for a total that would reveal others.
    """
    check_resource(permit, ask.resource)
    refused = {path for path in ask.fields if path not in permit.fields}
    branches = (*(ask.branches or ()), *ask.parts.values())
    refused.update(b for b in branches if not selected(permit, [b]))
    if refused:
        raise QueryRefusedError(ask.resource, refused)
    telling = told_of(permit, ask.resource, ask.fields)
    if telling:
        problem = "would reveal rows that may be withheld"
        raise QueryRefusedError(ask.resource, telling, problem)
    if ask.total and not ask.is_exact(permit):
        problem = "the MIS would count records that are not given"
        raise UnsupportedQueryError(ask.resource, ask.total, problem)


def branch(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return full paths, each of them well formed.

    Raises:
        PathError: One is not.
        ValueError: There is none.
    """
    paths = texts(given)
    for path in paths:
        parse_path(path)
    if not paths:
        message = "name the fields that the MIS looks at, all of them"
        raise ValueError(message)
    return paths


def branches(
    given: Mapping[str, str | Iterable[str]],
) -> Mapping[str, tuple[str, ...]]:
    """Return full paths as `branch` does, by the same names."""
    return frozen_mapping({name: branch(paths) for name, paths in given.items()})
