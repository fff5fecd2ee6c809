"""Checking what a strategy is given, when it is made and not when it is drawn from."""

from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

T = TypeVar("T")


def checked(name: str, value: T, kind: type) -> T:
    """Return *value*, which must be a *kind*.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, kind):
        message = (
            f"`{name}` is of type `{type(value).__name__}`; give a `{kind.__name__}`"
        )
        raise InvalidArgument(message)
    return value


def drawn_or(
    name: str,
    given: st.SearchStrategy[T] | None,
    default: st.SearchStrategy[T],
) -> st.SearchStrategy[T]:
    """Return the strategy that was *given*, or the default where there is none.

    Raises:
        InvalidArgument: What was given is not a strategy.
    """
    if given is None:
        return default
    strategy: st.SearchStrategy[Any] = checked(name, given, st.SearchStrategy)
    return strategy
