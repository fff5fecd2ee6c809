"""A request as an app's developer keeps it in a file: TOML, or JSON."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import fields

from .._base.values import quoted
from ..consent.codec import from_json
from ..consent.request import AccessRequest, Terms
from ..errors import Fault, InvalidRequestError


def request_of(path: Path) -> AccessRequest:
    """Return the request that a file holds; `.json` is read as scopegate writes it.

    Raises:
        InvalidRequestError: It is not TOML, or not a request; names every fault.
        CodecError: It is JSON and cannot be read back.
        OSError: The file cannot be read.
    """
    if path.suffix.lower() == ".json":
        return from_json(path.read_bytes(), AccessRequest)
    try:
        source = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(path.name, f"is not TOML: {error}")
        raise InvalidRequestError(path.name, [fault]) from error
    if faults := [fault for key in source for fault in _faults(key, source[key])]:
        raise InvalidRequestError(path.name, faults)
    return AccessRequest(**{**source, "terms": Terms(**source.get("terms", {}))})


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_table_of_texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


_TERMS = [a.name for a in fields(Terms)]


def _are_terms(value: Any) -> bool:
    return _is_table_of_texts(value) and value.keys() <= set(_TERMS)


_SHAPES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "app": (_is_text, "a text"),
    "purpose": (_is_text, "a text"),
    "required": (_are_texts, "a list of scope keys"),
    "optional": (_are_texts, "a list of scope keys"),
    "reasons": (_is_table_of_texts, "a table with a text for a scope key"),
    "terms": (_are_terms, f"a table with texts for {quoted(_TERMS)}"),
}


def _faults(key: str, value: object) -> list[Fault]:
    if key not in _SHAPES:
        return [
            Fault(key, f"is not a part of a request; the parts are {quoted(_SHAPES)}")
        ]
    is_right, wanted = _SHAPES[key]
    return [] if is_right(value) else [Fault(key, f"is not {wanted}")]
