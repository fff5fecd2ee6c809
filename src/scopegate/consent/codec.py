"""Values as canonical JSON and back: one cattrs converter, one format version.

An exchanged document is `{"format": 1, "kind": "grant", "value": {...}}`. Reading
is strict: an unknown key, a missing one or another type is refused, because a
grant that is read halfway might permit what was never authorised.
"""

import json
from collections.abc import Callable, Mapping, Set
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from attrs import fields, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from .._base.canonical import canonical_json
from .._base.strict import problems, strict
from ..arguments import checked
from ..catalogue.resource import Plain
from ..errors import CodecError
from .decision import Actor, Written
from .events import Event
from .grant import Grant
from .request import AccessRequest
from .subjects import Kept, Subjects

T = TypeVar("T")

FORMAT = 1
"""Goes up when what was written before can no longer be read as it is."""

KINDS: Mapping[type, str] = {Grant: "grant", AccessRequest: "access_request"}
"""What may be exchanged, and what it is called in a document."""


def _instant(text: object, _: type) -> datetime:
    found = datetime.fromisoformat(text) if isinstance(text, str) else None
    if found is None or found.tzinfo is None:
        message = "an instant is text in ISO 8601 with an offset"
        raise ValueError(message)
    return found.astimezone(UTC)


def _plain(value: object, _: type) -> Plain:
    if type(value) not in (str, int, bool):
        message = "a compared value is text, a whole number or a boolean"
        raise TypeError(message)
    return value  # type: ignore[return-value]  # the line above narrows it


def _kept(converter: Converter, people: object, _: type) -> Mapping[str, Kept]:
    """Return lists of people as they were written, whatever is refused by now."""
    kind: Any = Mapping[str, frozenset[str]]
    found = converter.structure(people, kind)
    return {kind: Kept(ids) for kind, ids in found.items()}


def _written(name: object, _: type) -> Written:
    """Return a name as it was written, whatever is refused by now."""
    if type(name) is not str:
        message = "a name is text"
        raise TypeError(message)
    return Written(name)


def _added(kind: Any) -> list[str]:
    """Return the names of the attributes that older ledgers do not have."""
    return [a.name for a in fields(kind) if "added" in a.metadata] if has(kind) else []


def _lean(converter: Converter, kind: Any) -> Callable[[Any], dict[str, Any]]:
    """Return a hook that writes what was added only where it says something."""
    added: Any = {name: override(omit_if_default=True) for name in _added(kind)}
    return make_dict_unstructure_fn(kind, converter, **added)


def _converter() -> Converter:
    converter = strict(
        Converter(forbid_extra_keys=True, unstruct_collection_overrides={Set: sorted}),
        str,
        int,
        bool,
    )
    converter.register_unstructure_hook(
        datetime, lambda at: at.astimezone(UTC).isoformat()
    )
    converter.register_structure_hook(datetime, _instant)
    converter.register_structure_hook(Plain, _plain)
    read_subjects = make_dict_structure_fn(
        Subjects,
        converter,
        people=override(struct_hook=partial(_kept, converter)),
        _cattrs_forbid_extra_keys=True,
    )
    converter.register_structure_hook(Subjects, read_subjects)
    read_actor = make_dict_structure_fn(
        Actor,
        converter,
        name=override(struct_hook=_written),
        _cattrs_forbid_extra_keys=True,
    )
    converter.register_structure_hook(Actor, read_actor)
    converter.register_unstructure_hook_factory(
        lambda kind: bool(_added(kind)), partial(_lean, converter)
    )
    configure_tagged_union(Event, converter, tag_name="event")
    return converter


_CONVERTER = _converter()


@checked
def to_json(value: Grant | AccessRequest) -> bytes:
    """Return *value* as a document in canonical JSON."""
    kind = type(value)
    return _document(KINDS[kind], _CONVERTER.unstructure(value))


@checked
def from_json(document: str | bytes, kind: type[T]) -> T:
    """Return the value of type *kind* that a document holds.

    Args:
        document: The document, in UTF-8 if bytes.
        kind: `Grant` or `AccessRequest`.

    Raises:
        CodecError: It is not JSON, of another format or kind, or does not fit;
            says where, and never shows a value.
    """
    found: T = _value(document, KINDS[kind], kind)
    return found


@checked
def event_to_json(event: Event) -> bytes:
    """Return *event* as a ledger keeps it, in canonical JSON."""
    return _document("event", _CONVERTER.unstructure(event, unstructure_as=Event))


@checked
def event_from_json(document: str | bytes) -> Event:
    """Return the event that a ledger kept.

    Raises:
        CodecError: It cannot be read back; see `from_json`.
    """
    found: Event = _value(document, "event", Event)
    return found


def _document(name: str, body: object) -> bytes:
    return canonical_json({"format": FORMAT, "kind": name, "value": body})


def _value(document: str | bytes, name: str, kind: Any) -> Any:
    try:
        outer = json.loads(document)
    except (ValueError, RecursionError):
        raise CodecError(name, ["it is not JSON"]) from None
    if not isinstance(outer, dict) or set(outer) != {"format", "kind", "value"}:
        raise CodecError(name, ["it does not have the keys format, kind and value"])
    if type(outer["format"]) is not int or outer["format"] != FORMAT:
        problem = f"its format is not {FORMAT}; use the scopegate that wrote it"
        raise CodecError(name, [problem])
    if outer["kind"] != name:
        raise CodecError(name, ["its kind says it is something else"])
    try:
        found = _CONVERTER.structure(outer["value"], kind)
    except Exception as error:  # whatever does not fit is refused
        raise CodecError(name, problems(error)) from None
    if _CONVERTER.unstructure(found, unstructure_as=kind) != outer["value"]:
        problem = "something is missing, or not written as scopegate writes it"
        raise CodecError(name, [problem])
    return found
