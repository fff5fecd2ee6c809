"""What public functions are given is checked where it comes in, by what they say they take."""

import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from inspect import Parameter
from typing import Any, Literal

import pytest
from hypothesis import given, strategies as st
from typing_extensions import is_protocol

from scopegate._base.kinds import kind_of
from scopegate.arguments import checked
from scopegate.errors import ArgumentError
from scopegate.records import Condition
from scopegate.testing._strategies.catalogues import json_values, plain_values

from .house import PUBLIC, public, public_classes

HOT = {
    "Access.filter",
    "Access.filter_async",
    "Access.filter_many",
    "Catalogue.field",
    "Catalogue.from_dict",
    "Catalogue.resource",
    "Catalogue.school_path",
    "Catalogue.scope",
    "Catalogue.with_mis_permissions",
    "Grant.has_changed",
    "Permit.why",
    "Subjects.covers",
}
"""What is called for each record or field, or reads a whole table: it looks for itself."""


class Misplaced:
    """What belongs nowhere."""


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public function, constructor and method, by the name users know."""
    for kind in public_classes():
        if issubclass(kind, Exception | StrEnum) or is_protocol(kind):
            continue
        yield kind.__name__, kind.__init__
        for name in dir(kind):
            member = inspect.getattr_static(kind, name)
            member = getattr(member, "__func__", member)
            is_ours = str(getattr(member, "__module__", "")).startswith("scopegate")
            if name[0] != "_" and inspect.isfunction(member) and is_ours:
                yield f"{kind.__name__}.{name}", member
    for face, name in PUBLIC:
        found = public(face, name)
        if inspect.isfunction(found) and face != "scopegate.testing.strategies":
            yield name, found


def is_checked(function):
    """Tell whether a function looks at what it is given."""
    return hasattr(function, "checks_itself") and hasattr(function, "__wrapped__")


FUNCTIONS = dict(functions())
CHECKED = {name: each for name, each in FUNCTIONS.items() if is_checked(each)}


def taken(function):
    """Return the parameters to which not just anything may be given."""
    found = {}
    hints = typing.get_type_hints(function, vars(sys.modules[function.__module__]))
    for name, parameter in inspect.signature(function).parameters.items():
        several = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        kind = kind_of(hints.get(name, object))
        if parameter.kind not in several and name != "self" and kind is not None:
            found[name] = kind
    return found


@pytest.mark.parametrize("name", CHECKED)
def test_what_does_not_belong_is_named(name):
    """Given what belongs nowhere, a function names each parameter, and shows no value."""
    function = CHECKED[name]
    wrong = {n: Misplaced() for n, kind in taken(function).items()}
    odd = {n for n, kind in taken(function).items() if not kind.fits(wrong[n])}
    if not odd:
        return
    parameters = inspect.signature(function).parameters
    start = [object()] if next(iter(parameters)) in {"self", "cls"} else []

    with pytest.raises(ArgumentError) as caught:
        function(*start, **wrong)

    assert all(f"as `{each}`" in str(caught.value) for each in odd)
    assert str(caught.value).startswith(f"`{name}` takes ")
    assert "object at 0x" not in str(caught.value)


def test_nearly_everything_public_is_checked():
    """Methods that take anything in particular are checked, except a few hot ones."""
    left = {
        name
        for name, function in FUNCTIONS.items()
        if "." in name and taken(function) and not is_checked(function)
    }

    assert left == HOT
    assert len(CHECKED) > 200


class Colour(StrEnum):
    """Values with names."""

    RED = "red"


FITS = [
    (str, ["", "a"], [1, b"a", None, str]),
    (int, [0, -1], [True, 1.0, "1"]),
    (float, [0, 1.5], [True, "1"]),
    (bool, [True], [1, "yes"]),
    (date, [date(2026, 9, 1)], [datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01"]),
    (datetime, [datetime(2026, 9, 1, tzinfo=UTC)], [date(2026, 9, 1)]),
    (str | None, ["a", None], [1]),
    (Literal["a", "b"], ["a"], ["c", 1]),
    (Colour, [Colour.RED, "red"], ["blue", 1]),
    (tuple[str, int], [("a", 1), ["a", 1]], [("a",), ("a", "b"), "ab"]),
    (tuple[str, ...], [("a",), []], [(1,), 7, b"a"]),
    (list[str], [["a"], ("a",)], ["a", [1], {"a": 1}]),
    (Iterable[str], ["a", ["a"], {"a"}, iter("a")], [b"a", [1], {"a": 1}, 7]),
    (Sequence[str], [["a"]], [{"a"}, iter("a")]),
    (Iterable[object], [[1]], ["a", b"a", {}, 7]),
    (Mapping[str, int], [{"a": 1}], [{"a": "b"}, {1: 1}, [("a", 1)], None]),
    (Mapping[str, Sequence[str]], [{"a": ["b"]}], [{"a": 7}]),
    (Callable[[], int], [len], [7]),
    (type, [int], [7]),
    (Condition, [Condition("a.b", "=", 1)], ["a", Condition]),
    (typing.SupportsInt, [7], ["a", int]),
]


@pytest.mark.parametrize(
    ("annotation", "fitting", "odd"), FITS, ids=[str(row[0]) for row in FITS]
)
def test_an_annotation_says_what_fits(annotation, fitting, odd):
    """An annotation takes the values it names, and none of those that look like them."""
    kind = kind_of(annotation)

    assert [value for value in fitting if not kind.fits(value)] == []
    assert [value for value in odd if kind.fits(value)] == []


VALUES = st.one_of(
    plain_values(),
    json_values(),
    st.sampled_from(
        [Misplaced(), Misplaced, str, len, Colour.RED, Condition("a.b", "=", 1)]
    ),
    st.sampled_from([object(), NotImplemented, range(3), memoryview(b"a"), iter("a")]),
)
"""Values of every sort, none of them with code of its own."""


@pytest.mark.parametrize("annotation", [object, Any, str | Any, typing.TypeVar("T")])
def test_what_may_be_anything_is_not_looked_at(annotation):
    """An annotation that leaves a place free means no kind."""
    assert kind_of(annotation) is None


@given(st.sampled_from(FITS), VALUES)
def test_any_value_can_be_looked_at(row, value):
    """Whether a value fits, and what it is called, can be said of every value."""
    kind = kind_of(row[0])

    assert kind.fits(value) in {True, False}
    assert kind.name_of(value)
    assert isinstance(kind.advice_on(value), str)


def test_what_is_used_up_by_looking_is_not_looked_through():
    """A generator is taken as it comes: its elements are there for the function."""

    @checked
    def joined(words: Iterable[str]) -> str:
        return "".join(words)

    assert joined(each for each in "abc") == "abc"


def test_names_of_the_callers_own_are_checked_too():
    """What is given by any name is checked by the one kind they all have."""

    @checked
    def of(**people: str) -> int:
        return len(people)

    assert of(student="7") == 1
    with pytest.raises(ArgumentError, match="a text as `student`, not `int`"):
        of(student=7)
    with pytest.raises(ArgumentError, match="everything by name; write `name="):
        of("7")


def test_what_is_one_of_several_is_put_in_a_list():
    """One where several belong is told to be put in a list, not how to be made."""

    @checked
    def several(where: Sequence[Condition]) -> int:
        return len(where)

    with pytest.raises(ArgumentError, match="put it in a list"):
        several(Condition("student.id", "=", 1))
    with pytest.raises(ArgumentError, match="write `Condition"):
        several([("student.id", "=", 1)])


def test_too_many_without_a_name_are_left_to_python():
    """A function that takes nothing by name only says itself that it takes fewer."""

    @checked
    def one(word: str) -> str:
        return word

    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        one("a", "b")


def test_no_frame_keeps_what_was_refused():
    """The traceback of a refusal holds no argument: error trackers read its frames."""

    @checked
    def one(word: str) -> str:
        return word

    record = {"first_name": "Ada"}
    with pytest.raises(ArgumentError) as caught:
        one(record)

    frames = [entry.frame.f_locals for entry in caught.traceback[1:]]
    assert not [each for held in frames for each in held.values() if each is record]
