"""The filters of OneRoster: reading what one asks for, and writing one.

OneRoster 1.1 and 1.2 publish one grammar: a comparison, or two of them joined by
a single AND or OR, so that nothing can bind closer than anything else. A value
stands in single quotes. How a quote inside a value is written they leave open; it
is doubled here. Each filter has one text, before it is encoded for a URL, and any
other text is refused: what a server might read otherwise cannot be checked.
"""

import re
from enum import StrEnum
from typing import assert_never

import attrs

from ..._base.values import is_clean
from ...errors import FilterError

MOST_CHARACTERS = 8_192
"""The longest filter that is read or written."""

_FIELD = re.compile(r"[A-Za-z_][\w:-]*(?:\.[A-Za-z_][\w:-]*)*", re.ASCII)
_PREDICATE = re.compile(r"!=|>=|<=|[=<>~]")
_VALUE = re.compile(r"'([^']*+(?:''[^']*+)*+)'")
_JOIN = re.compile(r" (AND|OR) ")

_NO_FIELD = "a field is missing; write its name, such as `roles.org.sourcedId`"
_NO_PREDICATE = (
    "a predicate is missing; write one of `= != > >= < <= ~`, without spaces"
)
_NO_VALUE = "a value is missing; write it in single quotes"
_NO_END = "a value has no end; close its quote, and double each quote inside it"
_NO_JOIN = (
    "neither ` AND ` nor ` OR ` follows; write one of them, or leave out the rest"
)
_TOO_MANY = "a third comparison follows; a filter joins two at most, so leave it out"
_UNCLEAN = "a control character or a lone surrogate is not text; leave it out"
_TOO_LONG = f"it is longer than {MOST_CHARACTERS} characters; ask for less at once"
_EMPTY = "it has no comparison; give it one or two"


class Predicate(StrEnum):
    """How a comparison compares a field with its value."""

    EQUAL = "="
    UNEQUAL = "!="
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    CONTAINS = "~"


_PREDICATES = frozenset(Predicate)


def _predicate(given: str) -> Predicate:
    if given not in _PREDICATES:
        raise FilterError(_NO_PREDICATE)
    return Predicate(given)


@attrs.frozen
class Comparison:
    """One field compared with one value.

    Attributes:
        field: The field as OneRoster names it, dotted where it lies deeper and
            without brackets where it lies in a list: `roles.org.sourcedId`.
        predicate: One of `=`, `!=`, `>`, `>=`, `<`, `<=`, `~` (contains).
        value: What to compare with, as text. Never shown.

    Raises:
        FilterError: The grammar has no such field, predicate or value.
    """

    field: str
    predicate: Predicate = attrs.field(converter=_predicate)
    value: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not _FIELD.fullmatch(self.field):
            raise FilterError(_NO_FIELD)
        if not is_clean(self.value):
            raise FilterError(_UNCLEAN)


@attrs.frozen
class And:
    """Both of two comparisons."""

    left: Comparison
    right: Comparison


@attrs.frozen
class Or:
    """Either of two comparisons, or both."""

    left: Comparison
    right: Comparison


Expression = Comparison | And | Or
"""What a filter asks for."""


def parse_filter(text: str) -> Expression:
    """Return what a filter asks for.

    Args:
        text: The filter, decoded from its URL.

    Raises:
        FilterError: It is not exactly what `to_text` writes; says at which
            character, counted from 1, and shows nothing of it.
    """
    _check_size(text)
    if not is_clean(text):
        place = next(n for n, c in enumerate(text) if not is_clean(c))
        raise FilterError(_UNCLEAN, place + 1)
    first, end = _comparison(text, 0)
    if end == len(text):
        return first
    join, place = _match(_JOIN, text, end, _NO_JOIN)
    second, end = _comparison(text, place)
    if end < len(text):
        raise FilterError(_TOO_MANY if _JOIN.match(text, end) else _NO_JOIN, end + 1)
    return And(first, second) if join == " AND " else Or(first, second)


def _check_size(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise FilterError(_TOO_LONG)


def _comparison(text: str, place: int) -> tuple[Comparison, int]:
    """Return the comparison that starts at *place*, and where it ends."""
    field, place = _match(_FIELD, text, place, _NO_FIELD)
    predicate, place = _match(_PREDICATE, text, place, _NO_PREDICATE)
    is_open = text.startswith("'", place)
    value, end = _match(_VALUE, text, place, _NO_END if is_open else _NO_VALUE)
    return Comparison(field, predicate, value[1:-1].replace("''", "'")), end


def _match(
    pattern: re.Pattern[str], text: str, place: int, problem: str
) -> tuple[str, int]:
    """Return what *pattern* matches at *place*, and where it ends."""
    found = pattern.match(text, place)
    if found is None:
        raise FilterError(problem, place + 1)
    return found[0], found.end()


def fields_of(expression: Expression) -> frozenset[str]:
    """Return every field that an expression names, as OneRoster names it."""
    return frozenset(one.field for one in _comparisons(expression))


def _comparisons(expression: Expression) -> tuple[Comparison, ...]:
    match expression:
        case Comparison():
            return (expression,)
        case And(left, right) | Or(left, right):
            return (left, right)
        case _:
            assert_never(expression)


def to_text(expression: Expression) -> str:
    """Return the filter that asks for *expression*, not yet encoded for a URL.

    `parse_filter` reads it back.

    Raises:
        FilterError: It would be too long.
    """
    join = " OR " if isinstance(expression, Or) else " AND "
    text = join.join(map(_written, _comparisons(expression)))
    _check_size(text)
    return text


def _written(one: Comparison) -> str:
    doubled = one.value.replace("'", "''")
    return f"{one.field}{one.predicate}'{doubled}'"


def write_filter(*conditions: tuple[str, str, str]) -> str:
    """Return the filter that asks for one condition, or for two at once.

    Args:
        conditions: Each a field, a predicate and a value; see `Comparison`.

    Raises:
        FilterError: There is none, or more than two; or one of them cannot be
            written.
    """
    match [Comparison(*condition) for condition in conditions]:
        case []:
            raise FilterError(_EMPTY)
        case [only]:
            return to_text(only)
        case [left, right]:
            return to_text(And(left, right))
        case _:
            raise FilterError(_TOO_MANY)
