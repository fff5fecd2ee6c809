"""What an annotation means: which values belong there, and how to say so in words."""

import inspect
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
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from attrs import frozen
from typing_extensions import get_protocol_members, is_protocol

from .values import quoted

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
"""The words for types that have their own, for one and for several."""

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

_LISTS = (Iterable, Collection, Sequence, AbstractSet, Iterator)
_LONGEST = 10_000
"""The longest collection that is checked here; a longer one is checked when used."""


@frozen
class Kind:
    """What belongs in one place.

    Attributes:
        one: What it is called.
        several: What several of them are called.
        fits: Tells whether a value is of the kind.
        element: Of a list or a mapping, the kind of what it holds.
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
        """Return words for the type of *value*, which show nothing of the value."""
        if self.is_listed and isinstance(value, str):
            return "another text"
        given = called(value)
        if self.element is None or not isinstance(value, Collection):
            return given
        held = value.values() if isinstance(value, Mapping) else value
        odd = [each for each in held if not self.element.fits(each)]
        if not odd or isinstance(value, str | bytes):
            return given
        return f"{given} that holds {self.element.name_of(odd[0])}"

    def advice_on(self, value: object) -> str:
        """Return advice on what to write in the place of *value*, or empty."""
        if self.element is None or isinstance(value, Collection):
            return self.advice
        return "put it in a list" if self.element.fits(value) else self.advice


def called(value: object) -> str:
    """Return the type of *value* for a sentence; nothing of the value is shown."""
    if value is None:
        return "None"
    if issubclass(type(value), type):
        return f"the class `{value.__name__}`"  # type: ignore[attr-defined]  # a class, by the line above
    return f"`{type(value).__name__}`"


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
        _or(kind.one for kind in known),
        _or(kind.several for kind in known),
        lambda value: any(kind.fits(value) for kind in known),
        next((kind.element for kind in known if kind.element), None),
        next((kind.advice for kind in known if kind.advice), ""),
    )


def _or(words: Iterable[str]) -> str:
    """Return the words for one of several kinds, shortened where there are many."""
    known = list(dict.fromkeys(words))
    listed = " or ".join(known[:4])
    return f"{listed} or one of {len(known) - 4} more" if len(known) > 4 else listed


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
            return held is str and origin in _LISTS  # one text counts as itself
        if isinstance(value, bytes | Mapping) or not isinstance(value, outer):
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
        if not isinstance(given, Mapping) or not isinstance(given, origin):
            return False
        return _holds_only(given.keys(), key) and _holds_only(given.values(), value)

    keys, values = (each.several if each else "values" for each in (key, value))
    return Kind(f"a mapping of {keys} to {values}", "mappings", fits, value)


def _class(kind: Any) -> Kind | None:
    if kind in (object, Any) or not isinstance(kind, type):
        return None
    name = f"`{kind.__name__}`"
    article = "an" if name[1] in "AEIO" else "a"
    one, several = _WORDS.get(kind, (f"{article} {name}", name))
    return Kind(one, several, _fits_class(kind), advice=_ADVICE.get(kind.__name__, ""))


def _fits_class(kind: type) -> Callable[[object], bool]:
    if is_protocol(kind):
        members = get_protocol_members(kind)
        return lambda value: (
            not issubclass(type(value), type)
            and all(_has(value, name) for name in members)
        )
    if kind is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return lambda value: isinstance(value, int | float) and type(value) is not bool
    if kind is date:
        return lambda value: isinstance(value, date) and not isinstance(value, datetime)
    return lambda value: isinstance(value, kind)


def _has(value: object, name: str) -> bool:
    """Tell whether a value has an attribute, without running any code of its own."""
    missing = object()
    found = (inspect.getattr_static(value, n, missing) for n in (name, "__getattr__"))
    return any(each is not missing for each in found)
