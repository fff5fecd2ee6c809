"""`Secret`: what is never shown, in whatever prints the variables of a program."""

from typing import Generic, TypeVar

from attrs import field, frozen

T = TypeVar("T")


@frozen
class Secret(Generic[T]):
    """A password, a token or a key, whose `repr` is not it.

    An error tracker prints the variables of every function that an error leaves. So a
    function puts a secret that it is given into one of these first, and deletes the
    variable.

    Attributes:
        value: What is never shown; for the expression that needs it, and no variable.
    """

    value: T = field(repr=False)
