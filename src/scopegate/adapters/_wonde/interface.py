"""Wonde's names: where each resource is read, and the parts of a record.

From the published description of the API. It describes no contact persons at the
school as records of it, and its `contacts` are parents and carers: so the
catalogue's `contact` is read nowhere.
"""

from collections.abc import Iterable, Mapping

from attrs import frozen

from ...catalogue.resource import Resource


@frozen
class Collection:
    """Where a resource is read.

    Attributes:
        name: The last part of its address, `students`.
        kind: Of deletions the type to ask for; None: all that there is.
        has_cursor: Whether the description says that it is paged by cursor; else
            it is asked for by the page.
        moments: The dates below the resource that `updated_after` looks at.
    """

    name: str
    kind: str | None = None
    has_cursor: bool = True
    moments: tuple[str, ...] = ("updated_at",)

    def changes(self, resource: Resource) -> set[str] | None:
        """Return the full paths of which `updated_after` tells a change.

        None where a catalogue of one's own lacks one: it would be told of as well.
        """
        parts = ("date", "timezone_type", "timezone")
        told = {f"{resource.name}.{at}.{p}" for at in self.moments for p in parts}
        return told if told.issubset(leaf.path for leaf in resource.fields) else None


def _deletions(kind: str) -> Collection:
    moments = ("deleted_at", "restored_at")
    return Collection("deletions", kind, has_cursor=False, moments=moments)


COLLECTIONS: Mapping[str, Collection] = {
    "student": Collection("students"),
    "employee": Collection("employees"),
    "subject": Collection("subjects"),
    "lesson": Collection("lessons", has_cursor=False),
    "student_deletion": _deletions("student"),
    "employee_deletion": _deletions("employee"),
    "subject_deletion": _deletions("subject"),
    "lesson_deletion": _deletions("lesson"),
}
"""By the names of the built-in catalogue `wonde`; but for the school."""


def parts_of(resource: Resource) -> dict[str, str]:
    """Return every part of a resource, as `parts` does."""
    return parts(leaf.path for leaf in resource.fields)


def parts(paths: Iterable[str]) -> dict[str, str]:
    """Return the parts in which fields stand, as `include` names them.

    A part sits under `data`: `student.contacts.data[].contact_details.data.phone`
    stands in `contacts` and in `contacts.contact_details`.

    Returns:
        For the name of each the full path of what it brings along.
    """
    found: dict[str, str] = {}
    for path in paths:
        home, *steps = path.split(".")
        for end, step in enumerate(steps):
            if end and step.removesuffix("[]") == "data":
                above = [s for s in steps[:end] if s.removesuffix("[]") != "data"]
                found[".".join(above)] = ".".join([home, *steps[: end + 1]])
    return found
