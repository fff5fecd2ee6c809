"""How the laws of a suite become tests that report alone.

Each suite has a kit of its own; a law is a function that takes it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from attrs import frozen
from hypothesis import given, settings, strategies as st


class Kit(Protocol):
    """What the laws of one suite are written with."""

    def settings(self) -> settings:
        """Return the settings that a property runs under."""
        ...


Law = Callable[..., None]
"""A function that takes a kit, then what it is tried on; its docstring is the claim."""

Cases = Callable[[Any], Mapping[str, Any]]
"""What a law is tried on, by a name for each; none where a shape does not have it."""

Drawn = Callable[[Any], st.SearchStrategy[Any]]
"""What is drawn for a property."""


def _always(_: Kit) -> bool:
    return True


@frozen
class Entry:
    """A law, and what it is tried on.

    Attributes:
        law: The law.
        cases: What it is tried on, one by one; None where it needs nothing.
        drawn: What it is tried on, drawn; None where it is not a property.
        when: Whether it is tried at all.
    """

    law: Law
    cases: Cases | None
    drawn: Drawn | None
    when: Callable[[Any], bool]

    def tests(self, kit: Kit) -> Iterator[tuple[str, Law]]:
        """Yield the tests that it makes, by name, new functions each time."""
        name = f"test_{self.law.__name__}"
        if not self.when(kit):
            return
        if self.drawn is not None:
            yield name, _property(name, kit, self.law, self.drawn(kit))
        elif self.cases is None:
            yield name, _example(name, kit, self.law)
        else:
            for full, tried in _named_cases(name, self.cases(kit)).items():
                yield full, _example(full, kit, self.law, tried)


class Laws(list[Entry]):
    """Laws, each with what it is tried on."""

    def law(
        self,
        cases: Cases | None = None,
        *,
        drawn: Drawn | None = None,
        when: Callable[[Any], bool] = _always,
    ) -> Callable[[Law], Law]:
        """Keep a function as a law."""

        def keep(law: Law) -> Law:
            self.append(Entry(law, cases, drawn, when))
            return law

        return keep


def _named_cases(name: str, cases: Mapping[str, Any]) -> dict[str, Any]:
    """Return cases by names that a function may have, no two the same."""
    named: dict[str, Any] = {}
    for case, tried in cases.items():
        words = "_".join(re.findall(r"[0-9A-Za-z]+", case))
        full = f"{name}__{words}"
        while full in named:
            full += "_"
        named[full] = tried
    return named


def suite_of(kit: Kit, laws: Iterable[Entry], name: str, claim: str) -> type:
    """Return a class of tests, new ones each time, with *claim* as its docstring."""
    tests = {name: test for entry in laws for name, test in entry.tests(kit)}
    return type(name, (), {**tests, "__doc__": claim})


def _example(name: str, kit: Kit, law: Law, *tried: object) -> Law:
    def test(_: object) -> None:
        law(kit, *tried)

    return _named(name, law, test)


def _property(name: str, kit: Kit, law: Law, drawn: st.SearchStrategy[Any]) -> Law:
    def test(_: object, drawn: object) -> None:
        law(kit, drawn)

    return kit.settings()(given(drawn=drawn)(_named(name, law, test)))


def _named(name: str, law: Law, test: Law) -> Law:
    test.__name__ = test.__qualname__ = name
    test.__doc__ = law.__doc__
    return test
