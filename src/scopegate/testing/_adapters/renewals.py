"""Fetches that record how they are used, and their results."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from ...adapters.base import Fetch
from ...errors import ScopegateError
from ...records.untrusted import MISSING, is_record, read


class Renewals:
    """A fetch that counts how often it is renewed, and may be refused or narrowed.

    Attributes:
        wanted: The fetch to hand to an adapter.
        count: How often it was renewed.
        refusal: What a renewal raises from now on, or None.
        has_refused: Whether one has raised it.
    """

    def __init__(self, wanted: Fetch) -> None:
        self.wanted = evolve(wanted, renewal=self._renew)
        self.count = 0
        self.refusal: ScopegateError | None = None
        self.has_refused = False
        self._answer = self.wanted

    def narrow(self, fields: Iterable[str]) -> None:
        """Let no more than *fields* be asked for from now on."""
        self._answer = evolve(self._answer, fields=fields)

    def _renew(self) -> Fetch:
        if self.refusal is not None:
            self.has_refused = True
            raise self.refusal
        self.count += 1
        return self._answer


def rest_of(records: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """Return the records that still come, and the error at the end, if any."""
    given = []
    try:
        for record in records:
            given.append(record)
    except Exception as error:  # whatever it is, a law looks at it
        return given, error
    return given, None


def excess(record: object, tree: Mapping[str, Any], wanted: Fetch) -> list[str]:
    """Return the places that a record as it came has, and a fetch does not want.

    Null in place of an object or a list reveals all that is below it, so something
    below it must be wanted.

    Args:
        record: A record of an adapter.
        tree: The fields of the resource; see `tree_of`.
        wanted: What was asked for.
    """
    return sorted(
        path
        for path in _places(record, tree, wanted.resource.name)
        if path not in wanted.fields
        and not any(field.startswith(f"{path}.") for field in wanted.fields)
    )


def _places(found: object, tree: Any, path: str) -> set[str]:
    if isinstance(found, list | tuple):
        return {place for part in found for place in _places(part, tree, path)}
    if tree is True or not is_record(found):
        return {path}
    names = {name.removesuffix("[]"): name for name in tree}
    parts = found if isinstance(found, Mapping) else _attributes(found, names)
    return {
        place
        for name, part in parts.items()
        for place in _places(
            part, tree.get(names.get(name), True), f"{path}.{names.get(name, name)}"
        )
    }


def _attributes(found: object, names: Iterable[str]) -> dict[str, object]:
    held = {name: read(found, name) for name in names}
    return {name: value for name, value in held.items() if value is not MISSING}
