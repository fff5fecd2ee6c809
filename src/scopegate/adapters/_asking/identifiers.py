"""Reading by what an MIS identifies people, and nothing else of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import TypeGuard

from attrs import field, frozen

from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Step, local_steps
from ...catalogue.resource import Resource
from ...errors import WrongSchoolError
from ...records.untrusted import UNREADABLE, plain_at, plain_values_at
from ..base import Adapter, Fetch
from .pull import pulled
from .school_check import check_adapter, prove_school


@frozen
class Identified:
    """One identifier of a person.

    Attributes:
        key: What the MIS calls the person.
        path: Where it stands, below the resource.
        identifier: It.
    """

    key: str | int = field(repr=False)
    path: str
    identifier: str | int = field(repr=False)


def check_school(adapter: Adapter, catalogue: Catalogue, school: str) -> None:
    """Raise unless *adapter* serves *school*; reads its public record if it must.

    Raises:
        ScopegateError: As `prove_school` does.
    """
    if check_adapter(adapter, school):
        prove_school(adapter, catalogue, school)


def identified(
    adapter: Adapter,
    catalogue: Catalogue,
    school: str,
    resource: Resource,
    paths: Iterable[str],
) -> Iterator[Identified]:
    """Yield the identifiers at *paths* of every person of a school.

    Only these fields are asked for, that of the key, and that of the school. Who has
    no key that can be read is passed over: no list could name them.

    Raises:
        SourceError: The MIS cannot be read.
        WrongSchoolError: A record is of another school.
    """
    home, key = catalogue.school_path(resource), resource.subject or resource.key
    wanted = {key, *paths, *([home] if home else [])}
    fields = [leaf.path for leaf in resource.fields if leaf.local in wanted]
    steps = {path: local_steps(path) for path in paths}
    with closing(pulled(adapter, Fetch(resource, fields, school, home))) as records:
        for record in records:
            person = plain_at(record, local_steps(key))
            if _is_own(record, resource, home, school) and _is_identifier(person):
                yield from _each(record, person, steps)


def _is_own(record: object, resource: Resource, home: str | None, school: str) -> bool:
    """Tell whether a record is the school's; one that does not say so is not."""
    if home is None:
        return True
    named = plain_at(record, local_steps(home))
    if named is not UNREADABLE and str(named) != school:
        raise WrongSchoolError(school, f"field `{resource.name}.{home}`")
    return named is not UNREADABLE


def _each(
    record: object, person: str | int, steps: Mapping[str, tuple[Step, ...]]
) -> Iterator[Identified]:
    for path, at in steps.items():
        for found in plain_values_at(record, at):
            if _is_identifier(found):
                yield Identified(person, path, found)


def _is_identifier(value: object) -> TypeGuard[str | int]:
    return type(value) is str or type(value) is int
