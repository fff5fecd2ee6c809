"""A cattrs converter that coerces nothing: a value is of its type, or refused."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

from cattrs import Converter, transform_error
from cattrs.cols import list_structure_factory

T = TypeVar("T")


def strict(converter: Converter, *kinds: type) -> Converter:
    """Return *converter*, taking values of *kinds* only as they are.

    Without this cattrs would make "None" of null where text is wanted.
    """
    converter.register_structure_hook_factory(_is_listed, _listed)
    for kind in kinds:
        converter.register_structure_hook(kind, exactly(kind))
    # Without this, an enum, a subclass of text, would get the hook for text too.
    converter.register_structure_hook(StrEnum, _member)
    return converter


def exactly(kind: type[T]) -> Any:
    """Return a hook that takes a value of *kind* as it is and nothing else."""

    def hook(value: object, _: type) -> T:
        if type(value) is not kind:
            message = f"expected {kind.__name__}"
            raise TypeError(message)
        return value

    return hook


def _member(value: object, kind: type[StrEnum]) -> StrEnum:
    """Return the member of *kind* that exactly the text *value* names."""
    if type(value) is not str:
        message = f"expected {kind.__name__}"
        raise TypeError(message)
    return kind(value)


def _is_listed(kind: Any) -> bool:
    """Tell whether *kind* is a collection of any number of values of one type."""
    if get_origin(kind) is tuple:
        return get_args(kind)[1:] == (...,)
    return get_origin(kind) in (list, set, frozenset, Sequence)


def _listed(kind: Any, converter: Converter) -> Callable[[object, Any], object]:
    """Return a hook that takes exactly a list; texts and objects iterate, too."""
    whole: Any = list.__class_getitem__(get_args(kind)[0])
    elements = list_structure_factory(whole, converter)
    build = list if get_origin(kind) is Sequence else get_origin(kind)

    def hook(value: object, _: Any) -> object:
        if type(value) is not list:
            message = "expected a list"
            raise TypeError(message)
        return build(elements(value, whole))

    return hook


def problems(error: BaseException) -> list[str]:
    """Return sentences that say what did not fit and where, without the values."""
    return transform_error(error, format_exception=_problem)


def _problem(error: BaseException, _: type | None) -> str:
    return "is missing" if isinstance(error, KeyError) else "does not fit"
