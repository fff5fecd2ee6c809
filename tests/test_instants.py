"""Every instant that the package keeps is in UTC, whatever zone it came in."""

import importlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import get_args, get_origin, get_type_hints

import attrs
import pytest

from .house import MODULES, SRC
from .zones import LONDON

SUMMER = datetime(2026, 7, 1, 13, tzinfo=LONDON)


def modules():
    """Yield every module of the package that can be imported and does nothing."""
    for path in MODULES:
        if path.stem == "__main__":
            continue
        parts = path.relative_to(SRC.parent).with_suffix("").parts
        yield importlib.import_module(".".join(p for p in parts if p != "__init__"))


def kinds_of(annotation):
    """Yield a type and all that a value of it holds; a function holds nothing."""
    yield annotation
    if get_origin(annotation) is not Callable:
        for inner in get_args(annotation):
            yield from kinds_of(inner)


def instants():
    """Return each attribute of the package that holds instants, and its type."""
    found = {}
    for module in modules():
        for kind in vars(module).values():
            if isinstance(kind, type) and attrs.has(kind):
                hints = get_type_hints(kind)
                for each in attrs.fields(kind):
                    if datetime in kinds_of(hints[each.name]):
                        found[kind, each.name] = each, hints[each.name]
    return [
        pytest.param(*case, id=f"{k.__name__}.{n}") for (k, n), case in found.items()
    ]


@pytest.mark.parametrize(("attribute", "annotation"), instants())
def test_an_attribute_that_holds_instants_turns_them_into_utc(attribute, annotation):
    """A value that is made in the time of a zone holds, and compares, instants.

    Fails on the release before for all of them.
    """
    is_mapping = any(get_origin(each) is Mapping for each in kinds_of(annotation))
    given = {"path": SUMMER} if is_mapping else SUMMER

    held = attribute.converter(given)

    (at,) = held.values() if is_mapping else (held,)
    assert (at, at.tzinfo) == (SUMMER, UTC)
