"""`Selection`: which rows pass; which columns do is the projection's concern."""

from collections.abc import Callable
from typing import Self

from attrs import frozen

from .._base.likeness import likeness
from ..arguments import made
from ..catalogue.field import Step, local_steps
from ..catalogue.resource import Plain, RowRule
from ..records.untrusted import is_record, plain_at

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
class _Look:
    """One place to look at, and the values that match there.

    Attributes:
        steps: The place.
        known: The values, each with its type: 1 is not true.
        alike: The likeness of those that are text.
    """

    steps: tuple[Step, ...]
    known: frozenset[tuple[type, Plain]]
    alike: frozenset[str]

    @classmethod
    def of(cls, path: str, values: tuple[Plain, ...]) -> Self:
        """Return the look at *path* for *values*."""
        return cls(
            local_steps(path),
            frozenset((type(value), value) for value in values),
            frozenset(likeness(value) for value in values if isinstance(value, str)),
        )

    def finds(self, row: object, *, opens: bool) -> bool | None:
        """Tell whether *row* has one of the values; None if of another type.

        Where a match opens it must be exact; where it withholds, alike is enough.
        """
        found = plain_at(row, self.steps)
        kind = type(found)
        if not any(kind is known for known, _ in self.known):
            return None
        if opens or not isinstance(found, str):
            return (kind, found) in self.known
        return likeness(found) in self.alike


@frozen
class _Test:
    """A rule made ready: where to look, and what to make of a match."""

    looks: tuple[_Look, ...]
    opens: bool

    def matches(self, row: object) -> bool | None:
        """Tell whether *row* matches, or None when that cannot be read."""
        answers = [look.finds(row, opens=self.opens) for look in self.looks]
        return None if None in answers else all(answers)


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
        _Test(
            tuple(_Look.of(*each) for each in rule.where.items()),
            rule.scope in selection.scopes,
        )
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
