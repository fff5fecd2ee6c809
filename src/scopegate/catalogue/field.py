"""`Field`: one leaf of a resource, and the grammar of its path."""

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from .._base.values import is_clean
from ..arguments import checked, made
from ..errors import PathError


class Kind(StrEnum):
    """What a field holds, for people and tools to know; values are never coerced."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    BINARY = "binary"


class Sensitivity(StrEnum):
    """How much care a field asks for, from the least to the most.

    *public* names no person; *special* is what UK GDPR Art. 9 or the DfE ask extra care
    for; *secret* (a password) must not be in any scope.
    """

    PUBLIC = "public"
    PERSONAL = "personal"
    SPECIAL = "special"
    SECRET = "secret"  # noqa: S105 - a label, not a secret

    @property
    def rank(self) -> int:
        """The place in the order above, from 0."""
        return _RANKS[self]


_NUMBERS = (int, float, Decimal)
_RANKS = {level: place for place, level in enumerate(Sensitivity)}


@made
@frozen
class Step:
    """One name of a path below the resource.

    Attributes:
        name: The key or attribute to read.
        is_list: Whether there is a list there, written `name[]`.
    """

    name: str
    is_list: bool = False

    def __str__(self) -> str:
        return f"{self.name}[]" if self.is_list else self.name


def parse_path(path: str) -> tuple[str, tuple[Step, ...]]:
    """Return the resource and the steps of a path such as `student.emails[].email`.

    A name is any text without `.`, `[`, `]` and control characters; `[]` after
    a name marks a list, of objects or, when last, of plain values.

    Raises:
        PathError: The path does not follow that grammar.

    >>> resource, steps = parse_path("student.contacts[].relationship.priority")
    >>> resource, [str(step) for step in steps]
    ('student', ['contacts[]', 'relationship', 'priority'])
    """
    if not isinstance(path, str):
        raise PathError(path, "is not text")
    resource, *names = path.split(".")
    if not names:
        raise PathError(path, "names no field of a resource")
    if resource.endswith("[]"):
        raise PathError(path, "starts with a list; a resource is never one")
    return parse_name(path, resource), _steps(path, names)


def local_steps(path: str) -> tuple[Step, ...]:
    """Return the steps of a path below a resource, such as `emails[].email`.

    Raises:
        PathError: One of its names is malformed.
    """
    return _steps(path, path.split("."))


def _steps(path: str, names: list[str]) -> tuple[Step, ...]:
    return tuple(
        Step(parse_name(path, name.removesuffix("[]")), is_list=name.endswith("[]"))
        for name in names
    )


def parse_name(path: str, name: str) -> str:
    """Return *name* if a path may hold it.

    Raises:
        PathError: It is empty or holds a character that a name must not hold.
    """
    if not name:
        raise PathError(path, "has an empty name")
    if "[" in name or "]" in name:
        raise PathError(path, "has a bracket that is not a closing `[]`")
    if not (name.isprintable() or is_clean(name)):  # the first is much the quicker
        raise PathError(path, "has a control character")
    return name


@checked
@frozen
class Field:
    """One leaf of a resource: what an app may or may not be given.

    Attributes:
        path: Resource and names, `student.contacts[].relationship.priority`.
        kind: What it holds.
        title: What a school is shown.
        sensitivity: How much care it asks for.
        policy_version: The catalogue's policy version from which the present
            meaning holds; a grant made under an older one does not cover it.
        resource: The resource it belongs to, read from the path.
        steps: The names below the resource, read from the path.

    Raises:
        PathError: The path is malformed.
    """

    path: str
    kind: Kind = field(converter=Kind, default=Kind.TEXT)
    title: str = ""
    sensitivity: Sensitivity = field(
        converter=Sensitivity, default=Sensitivity.PERSONAL
    )
    policy_version: int = 1
    resource: str = field(init=False, eq=False, repr=False)
    steps: tuple[Step, ...] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        resource, steps = parse_path(self.path)
        object.__setattr__(self, "resource", resource)
        object.__setattr__(self, "steps", steps)

    @property
    def local(self) -> str:
        """The path below the resource, `contacts[].relationship.priority`."""
        return self.path[len(self.resource) + 1 :]

    @property
    def is_listed(self) -> bool:
        """Whether the field is in a list, so that a record may hold many."""
        return any(step.is_list for step in self.steps)

    def may_equal(self, value: object) -> bool:
        """Tell whether the field may be compared with a value: a text with no number.

        The other way round it may: an export holds its numbers as texts.
        """
        return self.kind is not Kind.TEXT or not isinstance(value, _NUMBERS)
