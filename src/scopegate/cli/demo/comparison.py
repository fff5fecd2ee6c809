"""One record before and after: what the MIS holds next to what an app receives."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate, groupby
from typing import assert_never

from attrs import field, frozen
from rich.box import ROUNDED
from rich.table import Table
from rich.text import Text

from ..._base.values import printable
from ...policy.permit import Permit
from ...policy.reason import Permitted, Reason, Withheld
from ..drawing import pairs_table
from ..output import counted, shown

_BRIEFLY: Mapping[Reason, str] = {
    Reason.NOT_REQUESTED: "not asked for",
    Reason.REFUSED: "box left empty",
    Reason.NOT_IN_CATALOGUE: "not in catalogue",
}
"""The reasons that the demo meets, short enough for a table."""

_LONGEST_VALUE = 45
_LONGEST_NAME = 26


def leaves_of(value: object, path: str = "") -> dict[str, str]:
    """Return the text at each leaf of a record, by its path; empty ones are left out.

    >>> leaves_of({"id": 7, "emails": [{"email": "a@b"}, {"email": "c@d"}]})
    {'id': '7', 'emails[].email': 'a@b; c@d'}
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for leaf, text in _walk(value, path):
        found[leaf].append(text)
    return {leaf: "; ".join(texts) for leaf, texts in found.items()}


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, below in value.items():
                yield from _walk(below, f"{path}.{name}" if path else str(name))
        case list():
            for element in value:
                yield from _walk(element, f"{path}[]")
        case None | "":
            return
        case bool():
            yield path, "yes" if value else "no"
        case _:
            yield path, str(value)


@frozen
class Comparison:
    """A record of one resource, and what is released of it.

    Attributes:
        permit: What may flow, with the reasons.
        resource: What it is a record of.
        before: The text at each leaf of the record.
        after: The text at each leaf that is released.
    """

    permit: Permit = field(repr=False)
    resource: str
    before: Mapping[str, str] = field(converter=leaves_of, repr=False)
    after: Mapping[str, str] = field(converter=leaves_of, repr=False)

    @property
    def refused(self) -> int:
        """The number of leaves the app asked for and is not given."""
        return sum(self._why(path) is Reason.REFUSED for path in self.before)

    def table(self, app: str) -> Table:
        """Return the two side by side, a row for each leaf that was asked for.

        What was not asked for in a branch is folded into one row.
        """
        table = Table(box=ROUNDED, expand=True)
        table.add_column("Field", ratio=9, overflow="fold")
        table.add_column("The MIS holds", ratio=8, overflow="fold")
        table.add_column(shown(f"{app} receives"), ratio=8, overflow="fold")
        for branch, paths in groupby(self.before, key=_branch):
            for row in self._rows(branch, list(paths)):
                table.add_row(*row)
        return table

    def withheld(self) -> Table:
        """Return a table of reasons, with how many leaves each withholds."""
        reasons: defaultdict[Reason, int] = defaultdict(int)
        for path in self.before:
            if (reason := self._why(path)) is not None:
                reasons[reason] += 1
        return pairs_table(
            [
                (_BRIEFLY[reason], shown(f"{counted(n, 'field')}: {reason.sentence}"))
                for reason, n in reasons.items()
            ]
        )

    def _rows(self, branch: str, paths: list[str]) -> Iterator[tuple[Text, Text, Text]]:
        if not branch:
            yield from map(self._row, paths, paths)
            return
        asked = [p for p in paths if self._why(p) in (None, Reason.REFUSED)]
        rest = [p for p in paths if p not in asked and not _is_tag(p)]
        if asked:
            yield shown(branch, "bold"), Text(), Text()
        for path in asked:
            yield self._row(path, f"  {path[len(branch) + 1 :]}")
        if rest:
            values = _shortened([self.before[path] for path in rest])
            name = shown(f"  {len(rest)} more") if asked else shown(branch, "bold")
            yield name, shown(values), self._reasons(rest)

    def _reasons(self, paths: list[str]) -> Text:
        """Return the reasons why these leaves are withheld, each once."""
        reasons = dict.fromkeys(_BRIEFLY[r] for p in paths if (r := self._why(p)))
        return Text(", ".join(f"- {reason}" for reason in reasons), "stays")

    def _row(self, path: str, name: str) -> tuple[Text, Text, Text]:
        reason = self._why(path)
        if reason is None:
            right = shown(self.after.get(path, ""), "flows")
        else:
            right = Text(f"- {_BRIEFLY[reason]}", "stays")
        return _name(name), shown(self.before[path]), right

    def _why(self, path: str) -> Reason | None:
        """Return the reason why a leaf is withheld, or None where it may flow."""
        match self.permit.why(f"{self.resource}.{path}"):
            case Permitted():
                return None
            case Withheld(reason):
                return reason
            case why:
                assert_never(why)


def _branch(path: str) -> str:
    """Return the first name of a path that has more than one, or nothing."""
    first, dot, _ = path.partition(".")
    return first if dot else ""


def _is_tag(path: str) -> bool:
    """Tell whether a leaf only says what kind of object it is in."""
    return path.endswith(".object")


def _shortened(values: list[str]) -> str:
    """Return the first few of *values*, few enough to read quickly."""
    ends = list(accumulate(len(value) for value in values))
    kept = max(1, sum(end <= _LONGEST_VALUE for end in ends))
    left = len(values) - kept
    return "; ".join(values[:kept]) + (f"; and {left} more" if left else "")


def _name(path: str) -> Text:
    """Return a path that breaks, where it is long, at its dots."""
    lines = path.split(".") if len(path) > _LONGEST_NAME else [path]
    return shown(lines[0]).append("".join(f"\n    .{printable(n)}" for n in lines[1:]))
