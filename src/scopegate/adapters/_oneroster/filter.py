"""The filters of OneRoster: reading what one asks for, and writing one.

OneRoster 1.1 and 1.2 publish one grammar: a comparison, or two of them joined by
a single AND or OR, so that nothing can bind closer than anything else. A value is in
single quotes. They do not say how a quote inside a value is written; it is doubled
here. Each filter has one text, before it is encoded for a URL, and any other text is
refused: what a server might read differently cannot be checked.
"""

import re

import attrs

from ..._base.values import is_clean
from ...errors import FilterError
from ...records.condition import Comparison

MOST_CHARACTERS = 8_192
"""The longest filter that is read or written."""

_FIELD = re.compile(r"[A-Za-z_][\w:-]*(?:\.[A-Za-z_][\w:-]*)*", re.ASCII)
_PREDICATE = re.compile(r"!=|>=|<=|[=<>~]")
_VALUE = re.compile(r"'([^']*+(?:''[^']*+)*+)'")
_JOIN = re.compile(r" (AND|OR) ")
_OR = " OR "

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


PREDICATES = ("~", *(str(way) for way in Comparison if way is not Comparison.ONE_OF))
"""How a field is compared with a value: as in a condition, or whether it contains it."""


@attrs.frozen
class Term:
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
    predicate: str
    value: str = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not _FIELD.fullmatch(self.field):
            raise FilterError(_NO_FIELD)
        if self.predicate not in PREDICATES:
            raise FilterError(_NO_PREDICATE)
        if not is_clean(self.value):
            raise FilterError(_UNCLEAN)


@attrs.frozen
class Filter:
    """What a filter asks for.

    Attributes:
        terms: One comparison, or two.
        is_either: Whether one of two is enough; otherwise both must hold.

    Raises:
        FilterError: There is no comparison, or there are more than two.
    """

    terms: tuple[Term, ...] = attrs.field(converter=tuple[Term, ...])
    is_either: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.terms) <= 2:
            raise FilterError(_TOO_MANY if self.terms else _EMPTY)


def parse_filter(text: str) -> Filter:
    """Return the comparisons of a filter.

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
    first, end = _term(text, 0)
    if end == len(text):
        return Filter([first])
    join, place = _match(_JOIN, text, end, _NO_JOIN)
    second, end = _term(text, place)
    if end < len(text):
        raise FilterError(_TOO_MANY if _JOIN.match(text, end) else _NO_JOIN, end + 1)
    return Filter([first, second], is_either=join == _OR)


def _check_size(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise FilterError(_TOO_LONG)


def _term(text: str, place: int) -> tuple[Term, int]:
    """Return the comparison that starts at *place*, and where it ends."""
    field, place = _match(_FIELD, text, place, _NO_FIELD)
    predicate, place = _match(_PREDICATE, text, place, _NO_PREDICATE)
    is_open = text.startswith("'", place)
    value, end = _match(_VALUE, text, place, _NO_END if is_open else _NO_VALUE)
    return Term(field, predicate, value[1:-1].replace("''", "'")), end


def _match(
    pattern: re.Pattern[str], text: str, place: int, problem: str
) -> tuple[str, int]:
    """Return the text that *pattern* matches at *place*, and where it ends."""
    found = pattern.match(text, place)
    if found is None:
        raise FilterError(problem, place + 1)
    return found[0], found.end()


def to_text(asked: Filter) -> str:
    """Return a filter as text, not yet encoded for a URL.

    `parse_filter` reads it back.

    Raises:
        FilterError: It would be too long.
    """
    join = _OR if asked.is_either else " AND "
    text = join.join(map(_written, asked.terms))
    _check_size(text)
    return text


def _written(one: Term) -> str:
    doubled = one.value.replace("'", "''")
    return f"{one.field}{one.predicate}'{doubled}'"
