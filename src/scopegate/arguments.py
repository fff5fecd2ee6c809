"""What a public function is given, checked where it comes in and said in one sentence.

`checked` reads the annotations, so that they are the one place that says what belongs.
Only the type of what is given is named: it may be a record.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import EnumType
from functools import wraps
from inspect import Parameter
from types import FunctionType, GenericAlias
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from attrs import fields, frozen, has

from ._base.kinds import Kind, kind_of
from ._base.values import quoted
from .errors import ArgumentError

C = TypeVar("C")
T = TypeVar("T")

_MADE = (EnumType, GenericAlias)
"""A converter that says what is made: an enum, or a collection of one kind of value."""
_PACKAGE = __name__.partition(".")[0]
_WITHOUT_NAME = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}
_ONE = {*_WITHOUT_NAME, Parameter.KEYWORD_ONLY}


def checked(target: T) -> T:
    """Return a function that checks its arguments, or a class whose functions do.

    Of a class these are the constructor and every public method. What is left without
    an annotation, or is an `object`, may be anything.

    Raises:
        ArgumentError: By the function: all that does not belong, before any of it is
            used.
    """
    if not isinstance(target, type):
        return _checking(target, "")  # type: ignore[return-value, arg-type]  # a function, as given
    _replace(target, "__init__", target.__name__)
    made(target)
    return target


def made(target: type[C]) -> type[C]:
    """Return a class that scopegate makes, of what was checked, and users only read.

    Its public methods check their arguments. Its constructor takes them as they are:
    there may be hundreds of such values to a grant.
    """
    for name in dir(target):
        if not name.startswith("_"):
            _replace(target, name, f"{target.__name__}.{name}")
    return target


def checks_itself(function: T) -> T:
    """Return *function*, which `checked` leaves alone: it is called for each record."""
    function.__dict__["checks_itself"] = True
    return function


def _replace(owner: type, name: str, place: str) -> None:
    """Put a member that checks what it is given in the place of one that does not."""
    found = inspect.getattr_static(owner, name)
    member = _member(found, place, owner)
    if member is not found:
        setattr(owner, name, member)


def _member(member: Any, place: str, owner: type) -> Any:
    """Return a member of a class that checks what it is given, if it takes anything."""
    if isinstance(member, classmethod | staticmethod):
        inner = _member(member.__func__, place, owner)
        return member if inner is member.__func__ else type(member)(inner)
    if not isinstance(member, FunctionType) or hasattr(member, "checks_itself"):
        return member
    is_ours = member.__module__.startswith(_PACKAGE)
    taken = {**member.__annotations__, "return": object}.values()
    if not is_ours or all(kind in (object, Any) for kind in taken):
        return member
    return _checking(member, place, owner)


def _checking(
    function: Callable[..., Any], place: str, owner: type | None = None
) -> Callable[..., Any]:
    where = place or function.__name__
    known: list[_Taken] = []  # read at the first call: not all is defined before

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not known:
            known.append(_Taken.of(function, owner))
        error = known[0].refusal(where, args, kwargs)
        if error is not None:
            del args, kwargs  # a frame that an error leaves holds no record
            raise error
        try:
            return function(*args, **kwargs)
        except BaseException:
            del args, kwargs  # nor one that some other error leaves
            raise

    return checks_itself(call)  # once is enough, even where it is inherited


@frozen
class _Taken:
    """What a function takes.

    Attributes:
        names: What may be given without its name, in order.
        named: What must be given by its name; None where any number may be given
            without.
        kinds: What belongs to each; None where anything does.
        rest: What belongs to names of the caller's own.
    """

    names: tuple[str, ...]
    named: tuple[str, ...] | None
    kinds: Mapping[str, Kind | None]
    rest: Kind | None

    @classmethod
    def of(cls, function: Callable[..., Any], owner: type | None) -> "_Taken":
        """Return the parameters of a function, by its annotations."""
        hints = _hints(function, owner)
        sorts = {n: p.kind for n, p in inspect.signature(function).parameters.items()}
        kinds = {name: kind_of(hints.get(name, object)) for name in sorts}
        rest = [n for n, sort in sorts.items() if sort is Parameter.VAR_KEYWORD]
        named = tuple(n for n, sort in sorts.items() if sort is Parameter.KEYWORD_ONLY)
        is_open = Parameter.VAR_POSITIONAL in sorts.values()
        return cls(
            tuple(name for name, sort in sorts.items() if sort in _WITHOUT_NAME),
            None if is_open else named,
            {n: kind for n, kind in kinds.items() if sorts[n] in _ONE},
            kinds[rest[0]] if rest else None,
        )

    def refusal(
        self, where: str, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> ArgumentError | None:
        """Return the error that names all that does not belong, or None."""
        if len(args) > len(self.names) and (self.named or self.rest):
            named = self.named or ()
            what, first = quoted(named) or "everything", (*named, "name")[0]
            return ArgumentError(where, [f"{what} by name"], f"write `{first}=...`")
        given = dict(zip(self.names, args, strict=False)) | kwargs
        wrong = {}
        for name, value in given.items():
            kind = self.kinds.get(name, self.rest)
            if kind is not None and not kind.fits(value):
                wrong[name] = kind
        if not wrong:
            return None
        problems = [
            f"{kind.one} as `{name}`, not {kind.name_of(given[name])}"
            for name, kind in wrong.items()
        ]
        advice = (kind.advice_on(given[name]) for name, kind in wrong.items())
        return ArgumentError(
            where, problems, "; ".join(dict.fromkeys(filter(None, advice)))
        )


def _hints(function: Callable[..., Any], owner: type | None) -> dict[str, Any]:
    """Return the annotations of a function; of what a class converts, what it takes."""
    hints = get_type_hints(function, vars(sys.modules[function.__module__]))
    if owner is not None and has(owner) and function.__name__ == "__init__":
        converters = {each.alias: each.converter for each in fields(owner)}
        hints |= {
            n: _taken_by(c) for n, c in converters.items() if isinstance(c, _MADE)
        }
    return hints


def _taken_by(converter: Any) -> Any:
    """Return the argument that a class is made of, as an annotation."""
    inner = get_args(converter)
    if get_origin(converter) is tuple:
        return GenericAlias(Iterable, inner[:1])
    return GenericAlias(Mapping, inner) if inner else converter
