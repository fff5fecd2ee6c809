"""Proving which school an adapter serves, by its public record and no more."""

from contextlib import aclosing, closing

from attrs import define

from ..._base.values import is_clean
from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Step, local_steps
from ...catalogue.resource import Resource
from ...errors import UnverifiedSchoolError, WrongSchoolError
from ...records.untrusted import UNREADABLE, plain_at
from ..base import Adapter, AsyncAdapter, Fetch
from .pull import pulled, pulled_async, told

_ADVICE = "check the adapter's mapping"


def check_adapter(adapter: Adapter | AsyncAdapter, school: str) -> bool:
    """Tell whether *adapter* has still to prove that it serves *school*.

    Raises:
        WrongSchoolError: It says that it serves another.
        SourceError: It failed to say.
    """
    named = told("school", lambda: adapter.school)
    if named not in (None, school):
        raise WrongSchoolError(school, "the adapter")
    return named is None


def prove_school(adapter: Adapter, catalogue: Catalogue, school: str) -> str:
    """Return the name that *adapter* gives *school*, having read its public record.

    Only the public fields of the public resource are asked for.

    Raises:
        WrongSchoolError: The adapter serves another school.
        UnverifiedSchoolError: It does not say which school it serves.
        SourceError: It cannot be read.
    """
    check_adapter(adapter, school)
    proof = _Proof(_public_fetch(catalogue, school))
    with closing(pulled(adapter, proof.wanted)) as records:
        for record in records:
            proof.take(record)
    return proof.proven_name()


async def prove_school_async(
    adapter: AsyncAdapter, catalogue: Catalogue, school: str
) -> str:
    """Return the name as `prove_school` does, from an adapter that does not block."""
    check_adapter(adapter, school)
    proof = _Proof(_public_fetch(catalogue, school))
    async with aclosing(pulled_async(adapter, proof.wanted)) as records:
        async for record in records:
            proof.take(record)
    return proof.proven_name()


def check_record(record: object, home: Resource, school: str, advice: str) -> None:
    """Raise unless a public record is of *school*.

    Raises:
        WrongSchoolError: It is of another.
        UnverifiedSchoolError: It does not say of which; *advice* says what to do.
    """
    found = plain_at(record, local_steps(home.key))
    if found is UNREADABLE:
        raise _unverified(home, school, advice)
    if str(found) != school:
        raise WrongSchoolError(school, f"field `{home.name}.{home.key}`")


def is_own(record: object, resource: str, at: tuple[Step, ...], school: str) -> bool:
    """Tell whether a record says at a place that it is the school's.

    Raises:
        WrongSchoolError: It says that it is another's.
    """
    named = plain_at(record, at)
    if named is UNREADABLE:
        return False
    if str(named) != school:
        place = ".".join(map(str, at))
        raise WrongSchoolError(school, f"field `{resource}.{place}`")
    return True


def _unverified(home: Resource, school: str, advice: str) -> UnverifiedSchoolError:
    problem = f"the MIS gave no `{home.name}.{home.key}`; {advice}"
    return UnverifiedSchoolError(school, problem)


def _public_fetch(catalogue: Catalogue, school: str) -> Fetch:
    """Return a fetch that proves a school: public fields of the public resource."""
    home = catalogue.public_resource
    if home is None:
        raise UnverifiedSchoolError(
            school,
            "the catalogue has no public resource; put one's key into a public scope",
        )
    public = [leaf.path for leaf in home.fields if leaf.path in catalogue.public_fields]
    return Fetch(home, public, school, catalogue.school_path(home))


@define
class _Proof:
    """What the public records have said so far; it holds none of them."""

    wanted: Fetch
    name: str | None = None

    def take(self, record: object) -> None:
        """Take a public record into account.

        Raises:
            ScopegateError: It is of another school, or does not say of which.
        """
        check_record(record, self.wanted.resource, self.wanted.school, _ADVICE)
        if self.name is None:
            self.name = self._name_in(record)

    def proven_name(self) -> str:
        """Return the school's name; empty where its first record has none."""
        if self.name is None:
            raise _unverified(self.wanted.resource, self.wanted.school, _ADVICE)
        return self.name

    def _name_in(self, record: object) -> str:
        public = [
            f for f in self.wanted.resource.fields if f.path in self.wanted.fields
        ]
        names = [leaf.steps for leaf in public if leaf.local.casefold() == "name"]
        name = plain_at(record, names[0]) if names else UNREADABLE
        return name if isinstance(name, str) and is_clean(name) else ""
