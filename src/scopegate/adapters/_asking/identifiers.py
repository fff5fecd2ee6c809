"""Reading by what an MIS identifies people, and nothing else of them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import TypeGuard

from attrs import field, frozen

from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Step, local_steps
from ...catalogue.resource import Resource
from ...records.untrusted import plain_at, plain_values_at
from ..base import Adapter, Fetch
from .pull import pulled
from .school_check import check_adapter, is_own, prove_school


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
    of_person, of_school = local_steps(key), local_steps(home) if home else None
    with closing(pulled(adapter, Fetch(resource, fields, school, home))) as records:
        for record in records:
            if of_school and not is_own(record, resource.name, of_school, school):
                continue
            if _is_identifier(person := plain_at(record, of_person)):
                yield from _each(record, person, steps)


def _each(
    record: object, person: str | int, steps: Mapping[str, tuple[Step, ...]]
) -> Iterator[Identified]:
    for path, at in steps.items():
        for found in plain_values_at(record, at):
            if _is_identifier(found):
                yield Identified(person, path, found)


def _is_identifier(value: object) -> TypeGuard[str | int]:
    return type(value) is str or type(value) is int
