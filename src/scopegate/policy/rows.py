"""`Selection`: which rows pass; which columns do is the projection's concern."""

from collections.abc import Callable, Mapping

from attrs import frozen

from ..arguments import made
from ..catalogue.field import Step, local_steps
from ..catalogue.resource import Plain, RowRule
from ..records.untrusted import UNREADABLE, is_record, plain_at

RowCheck = Callable[[object], bool]
"""Says whether a row passes; never raises for what a row holds."""


@made
@frozen
class Selection:
    """Row rules, and the scopes that open them.

    Attributes:
        rules: The rules that hold.
        scopes: The scopes that are authorised.
    """

    rules: tuple[RowRule, ...]
    scopes: frozenset[str]

    def of(self, resource: str, at: str | None = None) -> "Selection":
        """Return the part of it about one resource, or about one list of it.

        Only the scopes that open one of these rules are kept.
        """
        rules = tuple(
            rule
            for rule in self.rules
            if rule.resource == resource and at in (None, rule.at)
        )
        return Selection(rules, self.scopes & {rule.scope for rule in rules})

    @property
    def is_open(self) -> bool:
        """Whether every row passes without being looked at."""
        return all(rule.scope in self.scopes for rule in self.rules)

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists whose rows it withholds some of; empty for the records."""
        return tuple(dict.fromkeys(rule.at for rule in self.rules))

    @property
    def closed_lists(self) -> tuple[str, ...]:
        """Those of `lists` whose rows do not all pass."""
        waiting = (rule.at for rule in self.rules if rule.scope not in self.scopes)
        return tuple(dict.fromkeys(waiting))


@frozen
class _Test:
    """A rule made ready: where to look, and what to make of a match."""

    looks: tuple[tuple[tuple[Step, ...], tuple[Plain, ...]], ...]
    opens: bool

    def matches(self, row: object) -> bool | None:
        """Tell whether *row* matches, or None when that cannot be read."""
        answers = [
            _is_among(plain_at(row, steps), known) for steps, known in self.looks
        ]
        return None if None in answers else all(answers)


def _is_among(found: object, known: tuple[Plain, ...]) -> bool | None:
    """Tell whether *found* is one of *known*; None if it is of another type."""
    if found is UNREADABLE or not any(type(found) is type(value) for value in known):
        return None
    return any(type(found) is type(value) and found == value for value in known)


def row_check(selection: Selection) -> RowCheck | None:
    """Return the check for the rows of one list, or None when every row passes.

    A row passes when everything that decides can be read, no rule that waits
    for an ungranted scope matches it, and, where rows that no rule matches are
    withheld, some rule does.

    Args:
        selection: The rules of a single list; see `Selection.of`.
    """
    if selection.is_open:
        return None
    closed = any(
        r.is_otherwise and r.scope not in selection.scopes for r in selection.rules
    )
    tests = [
        _Test(_looks(rule.where), rule.scope in selection.scopes)
        for rule in selection.rules
        if not rule.is_otherwise and (closed or rule.scope not in selection.scopes)
    ]

    def check(row: object) -> bool:
        if not is_record(row):
            return False
        answers = [(test.matches(row), test.opens) for test in tests]
        if any(matches is None for matches, _ in answers):
            return False
        if any(matches and not opens for matches, opens in answers):
            return False
        return not closed or any(matches for matches, _ in answers)

    return check


def _looks(
    where: Mapping[str, tuple[Plain, ...]],
) -> tuple[tuple[tuple[Step, ...], tuple[Plain, ...]], ...]:
    return tuple((local_steps(p), values) for p, values in where.items())
