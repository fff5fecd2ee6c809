"""`Adapter`: one MIS interface, told what to fetch and never why."""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from attrs import field, frozen

from .._reading import UNREADABLE, plain_at
from .._types import is_clean, texts
from ..catalogue import Catalogue
from ..errors import UnverifiedSchoolError, WrongSchoolError
from ..field import local_steps
from ..resource import Resource


@frozen
class Fetch:
    """What an adapter is asked for.

    Attributes:
        resource: The resource, with all its fields as the catalogue has them.
        fields: The full paths wanted: those that may flow, and those that tell
            whether a row may. An interface that can project asks for no more.
        school: The school whose records are wanted.
        school_path: Where a record says whose it is, below the resource, or None.
    """

    resource: Resource
    fields: tuple[str, ...] = field(converter=texts)
    school: str
    school_path: str | None = None


class Adapter(Protocol):
    """One MIS interface.

    It gives records in the catalogue's shape, as mappings or objects. It may
    give more fields and more rows than wanted; the gate releases what may flow
    whatever an adapter gives.
    """

    @property
    def school(self) -> str | None:
        """The school whose data it serves, or None where it cannot tell.

        Where it is None the gate reads the public record and compares.
        """
        ...

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource, lazily; none for one it does not have.

        Raises:
            SourceError: The records cannot be read, or not any further; names
                the place and shows nothing of it.
        """
        ...


class AsyncAdapter(Protocol):
    """One MIS interface that is read without blocking; see `Adapter`."""

    @property
    def school(self) -> str | None:
        """The school whose data it serves, or None where it cannot tell."""
        ...

    def fetch(self, wanted: Fetch) -> AsyncIterator[object]:
        """Yield the records of a resource, lazily; none for one it does not have.

        Raises:
            SourceError: The records cannot be read, or not any further.
        """
        ...


def check_adapter(adapter: Adapter | AsyncAdapter, school: str) -> bool:
    """Tell whether *adapter* has still to prove that it serves *school*.

    Raises:
        WrongSchoolError: It says that it serves another.
    """
    if adapter.school not in (None, school):
        raise WrongSchoolError(school, "the adapter")
    return adapter.school is None


def prove_school(adapter: Adapter, catalogue: Catalogue, school: str) -> str:
    """Return the name that *adapter* gives *school*, having read its public record.

    Only the public fields of the public resource are asked for.

    Raises:
        WrongSchoolError: The adapter serves another school.
        UnverifiedSchoolError: It does not say which school it serves.
    """
    check_adapter(adapter, school)
    wanted = _public_fetch(catalogue, school)
    return _proven_name(list(adapter.fetch(wanted)), wanted)


async def prove_school_async(
    adapter: AsyncAdapter, catalogue: Catalogue, school: str
) -> str:
    """Return what `prove_school` does, of an adapter that does not block.

    Raises:
        WrongSchoolError: The adapter serves another school.
        UnverifiedSchoolError: It does not say which school it serves.
    """
    check_adapter(adapter, school)
    wanted = _public_fetch(catalogue, school)
    return _proven_name([record async for record in adapter.fetch(wanted)], wanted)


def _public_fetch(catalogue: Catalogue, school: str) -> Fetch:
    """Return what proves a school: the public fields of the public resource."""
    home = catalogue.public_resource
    if home is None:
        raise UnverifiedSchoolError(
            school,
            "the catalogue has no public resource; put one's key into a public scope",
        )
    public = [leaf.path for leaf in home.fields if leaf.path in catalogue.public_fields]
    return Fetch(home, public, school, catalogue.school_path(home))


def _proven_name(records: list[object], wanted: Fetch) -> str:
    """Return the school's name, or raise unless every record is that school's."""
    home, school = wanted.resource, wanted.school
    key = local_steps(home.key)
    found = [plain_at(record, key) for record in records]
    if not records or UNREADABLE in found:
        problem = (
            f"the MIS gave no `{home.name}.{home.key}`; check the adapter's mapping"
        )
        raise UnverifiedSchoolError(school, problem)
    if any(str(value) != school for value in found):
        raise WrongSchoolError(school, f"field `{home.name}.{home.key}`")
    public = [leaf for leaf in home.fields if leaf.path in wanted.fields]
    names = [leaf.steps for leaf in public if leaf.local.casefold() == "name"]
    name = plain_at(records[0], names[0]) if names else UNREADABLE
    return name if isinstance(name, str) and is_clean(name) else ""
