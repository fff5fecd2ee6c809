"""A cattrs converter that coerces nothing: a value is of its type, or refused."""

from typing import Any, TypeVar

from cattrs import Converter, transform_error

T = TypeVar("T")


def strict(converter: Converter, *kinds: type) -> Converter:
    """Return *converter*, taking values of *kinds* only as they are.

    Without this cattrs would make "None" of null where text is wanted.
    """
    for kind in kinds:
        converter.register_structure_hook(kind, exactly(kind))
    return converter


def exactly(kind: type[T]) -> Any:
    """Return a hook that takes a value of *kind* as it is and nothing else."""

    def hook(value: object, _: type) -> T:
        if type(value) is not kind:
            message = f"expected {kind.__name__}"
            raise TypeError(message)
        return value

    return hook


def problems(error: BaseException) -> list[str]:
    """Return what did not fit and where, without the values that did not."""
    return transform_error(error, format_exception=_problem)


def _problem(error: BaseException, _: type | None) -> str:
    return "is missing" if isinstance(error, KeyError) else "does not fit"
