"""What stands next to a ledger's tables and was not made by scopegate: how it is told.

A trigger or a rule can drop what is written and say nothing; a view, or an
expression in an index, makes a program run what somebody else wrote. Nothing of ours
needs them, so a store that has one is not opened.
"""

from collections.abc import Iterable

from attrs import frozen

from ..._base.values import printable

_MOST_NAMED = 5
_LONGEST_NAME = 60


@frozen(order=True)
class Stranger:
    """One thing in a ledger's store that scopegate did not make.

    Attributes:
        kind: What it is, `trigger`.
        name: Its name.
        table: The table of ours that it belongs to, or empty.
    """

    kind: str
    name: str
    table: str = ""

    def __str__(self) -> str:
        name = printable(self.name[:_LONGEST_NAME])
        return f"{self.kind} `{name}`{f' on `{self.table}`' if self.table else ''}"


def told(strangers: Iterable[Stranger]) -> str:
    """Return a sentence on a store that holds *strangers*; empty for none."""
    names = [str(each) for each in sorted(set(strangers))]
    if not names:
        return ""
    more = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"it holds what scopegate did not make: {listed}"
