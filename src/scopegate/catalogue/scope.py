"""`Scope` and `JointRule`: the named sets of fields that a school decides on."""

from collections.abc import Callable, Iterable

from attrs import field, frozen

from .._base.values import names, texts
from ..arguments import checked
from .field import Sensitivity


@checked
@frozen
class Scope:
    """A named set of fields, as a school is shown it.

    Attributes:
        key: The name apps ask for, `students.basic`; matched whole, always.
        title: What a school is shown as its name.
        description: One line on what it lets an app know.
        sensitivity: What the author of the catalogue calls it. What a school is
            shown is never lower than the most sensitive field inside.
        fields: Full paths, in the order of display.
        includes: Scopes that come along whenever this one is granted.
        guessed: Those of `fields` that no source places in this scope.
        writes: Resources the app may write to; releases nothing on its own.
    """

    key: str
    title: str = ""
    description: str = ""
    sensitivity: Sensitivity = field(
        converter=Sensitivity, default=Sensitivity.PERSONAL
    )
    fields: tuple[str, ...] = field(converter=texts, default=())
    includes: tuple[str, ...] = field(converter=texts, default=())
    guessed: frozenset[str] = field(converter=names, default=frozenset())
    writes: tuple[str, ...] = field(converter=texts, default=())


@checked
@frozen
class JointRule:
    """Fields that are released only when all of several scopes are granted.

    Attributes:
        scopes: The scopes that must come together.
        fields: Full paths.
    """

    scopes: tuple[str, ...] = field(converter=texts)
    fields: tuple[str, ...] = field(converter=texts)


def closure(
    keys: Iterable[str], find: Callable[[str], Scope | None]
) -> dict[str, Scope]:
    """Return the scopes that *find* knows at *keys*, and all they include, by key."""
    found: dict[str, Scope] = {}
    waiting = list(keys)
    while waiting:
        scope = find(waiting.pop())
        if scope and scope.key not in found:
            found[scope.key] = scope
            waiting += scope.includes
    return found
