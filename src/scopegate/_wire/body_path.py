"""`BodyPath`: where the records of a route are in a body, and how a new body is built.

A body is never cleaned: a new one is made of the released records and the keys that
lead to them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from .._base.values import is_clean
from .body import BodyError, parse_json
from .messages import JSON, Answer


@frozen
class BodyPath:
    """Where records are in a body.

    Attributes:
        keys: The keys that lead there from the top.
        is_list: Whether there is a list of records there, or only one.
    """

    keys: tuple[str, ...]
    is_list: bool

    @classmethod
    def parse(cls, text: str) -> "BodyPath":
        """Return the place that a text such as `result.items[]` names.

        Raises:
            ValueError: It does not name one.
        """
        place = text.removesuffix("[]")
        keys = tuple(place.split(".")) if place else ()
        if not all(key and is_clean(key) and not {"[", "]"} & set(key) for key in keys):
            message = f"`{place}` is not a place in a body; write `data`, `result.items[]`, `[]` or nothing"
            raise ValueError(message)
        return cls(keys, text.endswith("[]"))

    def records(self, body: object, advice: str) -> list[Any]:
        """Return the records of a parsed body: a single one if not a list.

        Raises:
            BodyError: There is something else there, or nothing; *advice* says what to
                do about it.
        """
        found = at(body, self.keys)
        if type(found) is not (list if self.is_list else dict):
            what = "list of records" if self.is_list else "record"
            where = f"at `{'.'.join(self.keys)}`" if self.keys else "in the answer"
            message = f"there is no {what} {where}; {advice}"
            raise BodyError(message)
        return found if type(found) is list else [found]


def json_of(answer: Answer) -> object:
    """Return the parsed body of a good answer.

    Raises:
        BodyError: It is not JSON that can be read.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON and not kind.endswith("+json"):
        message = "the answer is not JSON; ask for no other format"
        raise BodyError(message)
    if answer.failure:
        raise BodyError(answer.failure)
    return parse_json(answer.body)


def peek(answer: Answer, *keys: str) -> object:
    """Return the value at *keys* in an answer, or None; also None if it is not JSON."""
    try:
        return at(parse_json(answer.body), keys)
    except BodyError:
        return None


def at(body: object, keys: Iterable[str]) -> object:
    """Return the value at *keys* in a parsed body, or None."""
    found = body
    for key in keys:
        found = found.get(key) if type(found) is dict else None
    return found


def as_text(value: object) -> str:
    """Return *value* as JSON in ASCII.

    Raises:
        ValueError: It holds a number that JSON does not have.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


@frozen
class _Written:
    """What is JSON already."""

    text: str = field(repr=False)


def written(
    place: BodyPath, records: list[str], signs: Mapping[tuple[str, ...], object]
) -> bytes:
    """Return a body that holds *records* at a place, and *signs* at theirs.

    Args:
        place: The place.
        records: Each as JSON; exactly one where the place is not a list.
        signs: What else the body holds, by the keys that lead there. Where
            the body is the list, or the record, nothing else can.
    """
    whole = f"[{','.join(records)}]" if place.is_list else records[0]
    if not place.keys:
        return whole.encode()
    tree: dict[str, object] = {}
    _put(tree, place.keys, _Written(whole))
    for keys, value in signs.items():
        _put(tree, keys, value)
    return _text(tree).encode()


def _put(tree: dict[str, object], keys: tuple[str, ...], value: object) -> None:
    """Put a value into a tree, unless something else is in its place."""
    *above, last = keys
    here = tree
    for key in above:
        below = here.setdefault(key, {})
        if type(below) is not dict:
            return
        here = below
    here.setdefault(last, value)


def _text(node: object) -> str:
    if isinstance(node, _Written):
        return node.text
    if type(node) is dict:
        members = (f"{as_text(key)}:{_text(below)}" for key, below in node.items())
        return f"{{{','.join(members)}}}"
    return as_text(node)
