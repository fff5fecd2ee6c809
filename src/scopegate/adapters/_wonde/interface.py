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
        kind: For deletions, the type to ask for; None for all.
        has_cursor: Whether the description says that it is paged by cursor; otherwise
            it is asked for by page number.
        moments: The dates below the resource that `updated_after` looks at.
    """

    name: str
    kind: str | None = None
    has_cursor: bool = True
    moments: tuple[str, ...] = ("updated_at",)

    def changes(self, resource: Resource) -> set[str] | None:
        """Return the full paths whose changes `updated_after` reports.

        None where a catalogue of one's own lacks one: its changes would be revealed
        too.
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
"""By the names of the built-in catalogue `wonde`, except for the school."""


def parts_of(resource: Resource) -> dict[str, str]:
    """Return the parts of a resource, as `parts` does, all of them."""
    return parts(leaf.path for leaf in resource.fields)


def parts(paths: Iterable[str]) -> dict[str, str]:
    """Return the parts that hold fields, as `include` names them.

    A part sits under `data`: `student.contacts.data[].contact_details.data.phone` is in
    `contacts` and in `contacts.contact_details`.

    Returns:
        The full path that each brings along, by name.
    """
    found: dict[str, str] = {}
    for path in paths:
        home, *steps = path.split(".")
        for end, step in enumerate(steps):
            if end and step.removesuffix("[]") == "data":
                above = [s for s in steps[:end] if s.removesuffix("[]") != "data"]
                found[".".join(above)] = ".".join([home, *steps[: end + 1]])
    return found
