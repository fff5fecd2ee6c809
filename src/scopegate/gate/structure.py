"""Released records as attrs classes, refused up front where that cannot work."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar, get_args
from uuid import UUID

from attrs import NOTHING, Attribute, fields, has, resolve_types
from cattrs import Converter
from cattrs.errors import StructureHandlerNotFoundError
from cattrs.gen import make_dict_structure_fn, override

from .._base.strict import exactly, problems, strict
from ..errors import ClassRefusedError, StructureError
from ..policy.permit import Permit
from ..policy.reason import Reason

T = TypeVar("T")

FIELD = "scopegate.catalogue.field"
"""Under this key an attribute's metadata may say how its field is called."""

_Tree = dict[str, Any]
"""The fields of a resource by name: a path for a leaf, another tree for a branch."""


def structurer(
    target: type[T], permit: Permit, resource: str
) -> Callable[[Mapping[str, object]], T]:
    """Return the function that makes a *target* of a released record.

    Args:
        target: An attrs class whose attributes are named as the record's keys;
            where that cannot be, `attrs.field(metadata={FIELD: "First Name"})`
            says which key is meant. An attribute without a default is needed;
            nested attrs classes and lists of them are for branches. Text in
            ISO 8601 becomes a date, time or datetime where the class says so;
            nothing else is coerced.
        permit: What may flow.
        resource: The resource of the records.

    Raises:
        ClassRefusedError: The class needs a field that is withheld; names each
            with the reason.
        TypeError: The class is not an attrs class, or has an attribute of a type that
            cannot be distinguished from what a record holds.
    """
    _require_attrs(target)
    tree = _tree_of(permit, resource)
    if needs := dict(_needs(target, tree, permit, resource)):
        raise ClassRefusedError(target.__name__, needs)

    def make(record: Mapping[str, object]) -> T:
        try:
            return _CONVERTER.structure(record, target)
        except Exception as error:  # whatever does not fit; its text may show a value
            places = [problem.rpartition("$.")[2] for problem in problems(error)]
            raise StructureError(target.__name__, places) from None

    return make


def _require_attrs(target: type) -> None:
    if not has(target):
        message = (
            f"`{target.__name__}` is not an attrs class; decorate it with attrs.frozen"
        )
        raise TypeError(message)
    try:
        _CONVERTER.get_structure_hook(target)
    except StructureHandlerNotFoundError:
        message = f"`{target.__name__}` has an attribute of a type that cannot be made"
        raise TypeError(message) from None


def _converter() -> Converter:
    converter = strict(Converter(), str, int, bool, bytes, Decimal, UUID)
    for kind in (date, datetime, time):
        converter.register_structure_hook(kind, _moment(kind))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_factory(has, _by_field_names)
    return converter


def _by_field_names(target: type, converter: Converter) -> Callable[..., Any]:
    """Return a hook that looks for each attribute under the name of its field."""
    names: dict[str, Any] = {
        attribute.name: override(rename=_field_name(attribute))
        for attribute in fields(target)
        if FIELD in attribute.metadata
    }
    return make_dict_structure_fn(target, converter, **names)


def _field_name(attribute: "Attribute[Any]") -> str:
    return str(attribute.metadata.get(FIELD, attribute.name))


def _moment(kind: Any) -> Callable[[object, type], object]:
    """Return a hook that takes a *kind* as it is, or reads it from ISO 8601."""
    as_it_is = exactly(kind)

    def hook(value: object, to: type) -> object:
        if type(value) is str:
            return kind.fromisoformat(value)
        return as_it_is(value, to)

    return hook


def _number(value: object, _: type) -> float:
    if type(value) not in (int, float):
        message = "expected a number"
        raise TypeError(message)
    return value  # type: ignore[return-value]  # the line above narrows it


_CONVERTER = _converter()


def _tree_of(permit: Permit, resource: str) -> _Tree:
    tree: _Tree = {}
    for leaf in permit.catalogue.resource(resource).fields:
        here = tree
        for step in leaf.steps[:-1]:
            here = here.setdefault(step.name, {})
        here[leaf.steps[-1].name] = leaf.path
    return tree


def _needs(
    target: type, tree: _Tree, permit: Permit, place: str
) -> Iterator[tuple[str, Reason]]:
    """Yield each field that *target* cannot do without and cannot have."""
    for attribute in fields(resolve_types(target)):
        if attribute.init:
            name = _field_name(attribute)
            yield from _need(attribute, tree.get(name), permit, f"{place}.{name}")


def _need(
    attribute: "Attribute[Any]", here: Any, permit: Permit, place: str
) -> Iterator[tuple[str, Reason]]:
    needed = attribute.default is NOTHING
    if not isinstance(here, dict):
        path = here or place
        if needed and path not in permit.fields:
            yield path, _reason(permit, path)
        return
    paths = list(_leaves(here))
    if any(path in permit.fields for path in paths):
        for nested in _classes(attribute.type):
            yield from _needs(nested, here, permit, place)
    elif needed:
        yield from ((path, _reason(permit, path)) for path in paths)


def _reason(permit: Permit, path: str) -> Reason:
    why = permit.why(path)
    return getattr(why, "reason", Reason.NOT_IN_CATALOGUE)


def _leaves(tree: _Tree) -> Iterator[str]:
    for below in tree.values():
        if isinstance(below, dict):
            yield from _leaves(below)
        else:
            yield below


def _classes(kind: Any) -> Iterator[type]:
    """Yield the attrs classes that an annotation names, at any depth."""
    if isinstance(kind, type) and has(kind):
        yield kind
    for argument in get_args(kind):
        yield from _classes(argument)
