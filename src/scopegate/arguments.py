"""What a public function is given, checked where it comes in and said in one sentence.

`checked` reads the annotations, so that they are the one place that says what belongs.
Of what is given only the type is told: it may be a record.
"""

import inspect
import sys
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from datetime import date, datetime
from enum import EnumType
from functools import wraps
from itertools import takewhile
from types import FunctionType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from attrs import fields, frozen, has
from typing_extensions import get_protocol_members, is_protocol

from ._base.values import quoted
from .errors import ArgumentError

C = TypeVar("C")
T = TypeVar("T")

_WORDS: Mapping[object, tuple[str, str]] = {
    str: ("a text", "texts"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("True or False", "True or False"),
    date: ("a date", "dates"),
    datetime: ("an instant", "instants"),
    NoneType: ("None", "None"),
    Callable: ("a function", "functions"),
    type: ("a class", "classes"),
}
"""What a type is called that has a word of its own, of one and of several."""

_ADVICE: Mapping[str, str] = {
    "AccessRequest": 'write `AccessRequest("app", "purpose", {"students.basic"})`',
    "Actor": 'write `Actor("Dana Head", role="Headteacher")`',
    "Catalogue": 'write `Catalogue.builtin("assembly")`',
    "Condition": 'write `Condition("student.year_code", "=", "7")`',
    "Presentation": "give what `register.present` returned",
    "Query": 'write `Query("student")`',
    "Subjects": 'write `Subjects.everyone_except(student=["7"])`',
    "datetime": "write `datetime(2027, 8, 31, tzinfo=UTC)`",
    "timedelta": "write `timedelta(seconds=1)`",
}
"""How to write what belongs, by the name of its type."""

_ANY = "__getattr__"
"""What has this may have any attribute."""

_LISTS = (Iterable, Collection, Sequence, AbstractSet, Iterator)
_LONGEST = 10_000
"""How long a collection is looked through; a longer one is checked where it is used."""


@frozen
class Kind:
    """What belongs in one place.

    Attributes:
        one: What it is called.
        several: What several of them are called.
        fits: Tells whether a value is of the kind.
        element: Of a list, the kind of what it holds.
        advice: How to write it, or empty.
        is_listed: Whether `one` lists all that fits.
    """

    one: str
    several: str
    fits: Callable[[object], bool]
    element: "Kind | None" = None
    advice: str = ""
    is_listed: bool = False

    def name_of(self, value: object) -> str:
        """Return what *value* is instead, in words that show nothing of it."""
        if self.is_listed and isinstance(value, str):
            return "another text"
        given = "None" if value is None else f"`{type(value).__name__}`"
        if self.element is None or not isinstance(value, Collection):
            return given
        odd = (type(each).__name__ for each in value if not self.element.fits(each))
        found = None if isinstance(value, str | bytes) else next(odd, None)
        return f"{given} that holds a `{found}`" if found else given


def kind_of(annotation: Any) -> Kind | None:
    """Return the kind that an annotation means; None where anything belongs."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _either([kind_of(each) for each in inner])
    if origin is Literal:
        return _one_of(inner)
    if isinstance(annotation, EnumType):
        members: Iterable[Any] = annotation.__members__.values()
        return _one_of([member.value for member in members], annotation)
    if origin is tuple and inner[-1:] != (...,):
        return _tuple([kind_of(each) for each in inner])
    if origin in _LISTS or origin in (list, set, frozenset, tuple):
        return _list(origin, inner[0])
    if origin is Mapping or origin is dict:
        return _mapping(origin, *(kind_of(each) for each in inner))
    return _class(origin or annotation)


def _either(kinds: Sequence[Kind | None]) -> Kind | None:
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds):
        return None
    return Kind(
        " or ".join(kind.one for kind in known),
        " or ".join(kind.several for kind in known),
        lambda value: any(kind.fits(value) for kind in known),
        next((kind.element for kind in known if kind.element), None),
        next((kind.advice for kind in known if kind.advice), ""),
    )


def _one_of(values: Sequence[object], members: type | tuple[()] = ()) -> Kind:
    words = f"one of {quoted(map(str, values))}"
    return Kind(
        words,
        words,
        lambda value: isinstance(value, members) or value in values,
        is_listed=True,
    )


def _tuple(kinds: Sequence[Kind | None]) -> Kind:
    def fits(value: object) -> bool:
        if not isinstance(value, tuple | list) or len(value) != len(kinds):
            return False
        pairs = zip(kinds, value, strict=True)
        return all(kind is None or kind.fits(each) for kind, each in pairs)

    return Kind(f"a tuple of {len(kinds)}", f"tuples of {len(kinds)}", fits)


def _list(origin: Any, held: Any) -> Kind:
    element = kind_of(held)
    outer = origin if origin in _LISTS else Iterable

    def fits(value: object) -> bool:
        if isinstance(value, str):
            return held in (str, object) and origin in _LISTS  # one text as one
        if isinstance(value, bytes) or not isinstance(value, outer):
            return False
        return _holds_only(value, element)

    words = element.several if element else "values"
    advice = element.advice if element else ""
    return Kind(f"a list of {words}", f"lists of {words}", fits, element, advice)


def _holds_only(value: object, element: Kind | None) -> bool:
    """Tell whether a collection holds one kind; what is used up is not looked at."""
    if element is None or not isinstance(value, Collection) or len(value) > _LONGEST:
        return True
    return all(element.fits(each) for each in value)


def _mapping(origin: type, key: Kind | None, value: Kind | None) -> Kind:
    def fits(given: object) -> bool:
        if not isinstance(given, origin):
            return False
        pairs: Mapping[object, object] = given  # type: ignore[assignment]  # by the check above
        return _holds_only(pairs.keys(), key) and _holds_only(
            list(pairs.values()), value
        )

    keys, values = (each.several if each else "values" for each in (key, value))
    return Kind(f"a mapping of {keys} to {values}", "mappings", fits)


def _class(kind: Any) -> Kind | None:
    if kind in (object, Any) or not isinstance(kind, type):
        return None
    name = f"`{kind.__name__}`"
    one, several = _WORDS.get(
        kind, (f"{'an' if name[1] in 'AEIO' else 'a'} {name}", name)
    )
    return Kind(one, several, _fits_class(kind), advice=_ADVICE.get(kind.__name__, ""))


def _fits_class(kind: type) -> Callable[[object], bool]:
    if is_protocol(kind):
        members = get_protocol_members(kind)
        return lambda value: all(_has(value, name) for name in members)
    if kind is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return lambda value: isinstance(value, int | float) and value is not True
    if kind is date:
        return lambda value: isinstance(value, date) and not isinstance(value, datetime)
    return lambda value: isinstance(value, kind)


def _has(value: object, name: str) -> bool:
    """Tell whether a value has an attribute, without running any code of its own."""
    missing = object()
    found = (inspect.getattr_static(value, each, missing) for each in (name, _ANY))
    return any(each is not missing for each in found)


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
    if "__init__" in vars(target):
        _replace(target, "__init__", target.__name__)
    made(target)
    return target


def made(target: type[C]) -> type[C]:
    """Return a class that scopegate makes, of what was checked, and users only read.

    Its public methods check their arguments. Its constructor takes them as they are:
    there may be hundreds of such values to a grant.
    """
    for name in list(vars(target)):
        if not name.startswith("_"):
            _replace(target, name, f"{target.__name__}.{name}")
    return target


def _replace(owner: type, name: str, place: str) -> None:
    setattr(owner, name, _member(vars(owner)[name], place, owner))


def checks_itself(function: T) -> T:
    """Return *function*, which `checked` leaves alone: it is called for each record."""
    function.__dict__["checks_itself"] = True
    return function


def _member(member: Any, place: str, owner: type) -> Any:
    """Return a member of a class that checks what it is given, if it takes anything."""
    if isinstance(member, classmethod | staticmethod):
        return type(member)(_member(member.__func__, place, owner))
    if not isinstance(member, FunctionType) or hasattr(member, "checks_itself"):
        return member
    taken = {**member.__annotations__, "return": object}.values()
    if all(kind in (object, Any) for kind in taken):
        return member
    return _checking(member, place, owner if has(owner) else None)


def _checking(
    function: Callable[..., Any], place: str, owner: type | None = None
) -> Callable[..., Any]:
    where = place or function.__name__
    names: list[str] = []
    kinds: dict[str, Kind] = {}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not names:
            names.extend(_positional(function))
            kinds.update(_kinds_of(function, owner))
        given = dict(zip(names, args, strict=False))
        given.update(kwargs)
        for name, value in given.items():
            if name in kinds and not kinds[name].fits(value):
                error = _refusal(where, kinds, given)
                del args, kwargs, value, given  # no frame of ours keeps a record
                raise error
        return function(*args, **kwargs)

    return call


def _positional(function: Callable[..., Any]) -> list[str]:
    """Return the names of what may be given without its name."""
    named = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in takewhile(lambda p: p.kind not in named, parameters)]


def _kinds_of(function: Callable[..., Any], owner: type | None) -> dict[str, Kind]:
    """Return what belongs to each parameter that is not free to be anything."""
    hints = get_type_hints(function, vars(sys.modules[function.__module__]))
    if owner is not None and function.__name__ == "__init__":
        converters = {each.alias: each.converter for each in fields(owner)}
        hints |= {n: c for n, c in converters.items() if isinstance(c, EnumType)}
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    names = [each.name for each in parameters if each.kind not in several]
    found = {name: kind_of(hints.get(name, object)) for name in names}
    return {name: kind for name, kind in found.items() if kind is not None}


def _refusal(
    where: str, kinds: Mapping[str, Kind], given: Mapping[str, object]
) -> ArgumentError:
    """Return the error that names everything that does not belong."""
    wrong = {n: kinds[n] for n in given if n in kinds and not kinds[n].fits(given[n])}
    problems = [
        f"{kind.one} as `{name}`, not {kind.name_of(given[name])}"
        for name, kind in wrong.items()
    ]
    advice = {kind.advice: None for kind in wrong.values() if kind.advice}
    return ArgumentError(where, problems, "; ".join(advice))
