"""What `scopegate filter` did: counts, fields and places, never a value."""

from collections import Counter
from collections.abc import Iterator

import click

from ..catalogue.field import Field
from ..gate.access import Access
from .files import FileFormat
from .output import console, counted, shown, write_json


class Summary:
    """Counts up while records are filtered.

    Args:
        access: What filters them.
        resource: What they are.
        headings: The headings of the input, or None where it has none.
        kind: How they are written.

    Raises:
        UsageError: They are written as CSV, which can hold none of the fields.
    """

    def __init__(
        self,
        access: Access,
        resource: str,
        headings: frozenset[str] | None,
        kind: FileFormat,
    ) -> None:
        self.access = access
        self.resource = resource
        self.read = 0
        self.released = 0
        self.is_complete = True
        permit = access.permit
        paths = permit.fields_of(resource)
        self.fields = tuple(map(permit.catalogue.field, paths))
        self.columns = _columns(self.fields, headings, kind)

    @property
    def unfit(self) -> tuple[Field, ...]:
        """The permitted fields in lists, which a CSV cannot hold."""
        if self.columns is None:
            return ()
        return tuple(leaf for leaf in self.fields if leaf.is_listed)

    @property
    def written(self) -> tuple[Field, ...]:
        """The fields that the output can hold."""
        if self.columns is None:
            return self.fields
        return tuple(leaf for leaf in self.fields if leaf.local in self.columns)

    @property
    def reasons(self) -> Counter[str]:
        """How many fields are withheld for which reason."""
        withheld = self.access.permit.withheld(self.resource)
        return Counter(reason.sentence for reason in withheld.values())

    def to_json(self) -> dict[str, object]:
        """Return the summary for a script."""
        withheld = self.access.permit.withheld(self.resource)
        return {
            "school": self.access.school,
            "app": self.access.app,
            "resource": self.resource,
            "complete": self.is_complete,
            "read": self.read,
            "released": self.released,
            "withheld": self.read - self.released,
            "fields": [leaf.path for leaf in self.written],
            "withheld_fields": dict(withheld),
            "not_in_csv": [leaf.path for leaf in self.unfit],
            "malformed": [
                {"path": note.path, "count": note.count} for note in self.access.notes
            ],
        }


def _columns(
    fields: tuple[Field, ...], headings: frozenset[str] | None, kind: FileFormat
) -> tuple[str, ...] | None:
    """Return the columns to write, or None where records are written whole."""
    if kind is not FileFormat.CSV:
        return None
    locals_ = [leaf.local for leaf in fields if not leaf.is_listed]
    columns = tuple(n for n in locals_ if headings is None or n in headings)
    if not columns:
        message = "no permitted field would be a column of the CSV; try --to jsonl"
        raise click.UsageError(message)
    return columns


def report(summary: Summary, *, as_json: bool, to_stderr: bool) -> None:
    """Print the summary: JSON for a script, otherwise lines on stderr for a person."""
    if as_json:
        write_json(summary.to_json(), stderr=to_stderr)
        return
    err = console(stderr=True)
    for label, text in _lines(summary):
        err.print(shown(f"{label:>10}  ", "quiet"), shown(text), sep="", soft_wrap=True)


def _lines(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield the lines of the summary, each with its label."""
    kept = summary.read - summary.released
    so_far = "" if summary.is_complete else ", and no further"
    yield (
        "records",
        f"{summary.read:,} read{so_far}; {summary.released:,} released, {kept:,} withheld",
    )
    yield "flows", ", ".join(leaf.local for leaf in summary.written)
    for reason, count in summary.reasons.items():
        yield "stays", f"{counted(count, 'field')}: {reason}"
    if summary.unfit:
        names = ", ".join(leaf.local for leaf in summary.unfit)
        yield "not in CSV", f"{names} (lists; use --to jsonl to keep them)"
    for note in summary.access.notes:
        yield "malformed", f"{note.path} in {counted(note.count, 'place')}, left out"
