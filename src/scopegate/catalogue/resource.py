"""`Resource` and `RowRule`: the record types of an MIS, and which rows wait for whom."""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from .._base.frozen import FrozenMapping
from .._base.values import EMPTY
from ..arguments import checked
from .field import Field, Step, local_steps

Plain = str | int | bool
"""What a row rule may compare with."""


@checked
@frozen
class Naming:
    """A place at which the records of a resource name a person.

    Attributes:
        resource: The resource.
        at: The list whose elements are about that person, such as `students[]`,
            or empty for the record itself.
        path: Where an element, or the record, holds their identifier; empty
            where the elements are identifiers themselves.
        person: The resource that the person is a record of.
    """

    resource: str
    at: str
    path: str
    person: str

    @property
    def read(self) -> str:
        """The full path that must be read to know who is named."""
        return ".".join(part for part in (self.resource, self.at, self.path) if part)


@checked
@frozen
class Resource:
    """One type of record.

    Attributes:
        name: What it is called in paths, `student`.
        title: What a school is shown.
        key: The path, below the resource, that identifies a record.
        fields: Every leaf that may ever flow, in the order of output.
        subject: Where a record says whom it is about, or None.
        person: The resource that this person is a record of.
        school: Where a record says which school it belongs to, or None.
        people: Places in lists that name people, such as `student_ids[]` or
            `students[].student_id`, each with the resource they are a record of.
        identifiers: Other fields that identify the person whom a record is about, such
            as their UPN, below the resource; a school may list people by them.
    """

    name: str
    title: str
    key: str
    fields: tuple[Field, ...] = field(converter=tuple[Field, ...])
    subject: str | None = None
    person: str | None = None
    school: str | None = None
    people: Mapping[str, str] = field(
        converter=FrozenMapping[str, str], default=EMPTY, hash=False
    )
    identifiers: tuple[str, ...] = field(converter=tuple[str, ...], default=())

    @property
    def namings(self) -> tuple[Naming, ...]:
        """Every place at which its records name a person."""
        found = [self._naming(path, person) for path, person in self.people.items()]
        if self.subject is not None:
            found.insert(0, Naming(self.name, "", self.subject, self.person or ""))
        return tuple(found)

    def _naming(self, path: str, person: str) -> Naming:
        """Return the naming at a path in a list; its elements are those cut."""
        at, mark, below = path.rpartition("[]")
        return Naming(self.name, at + mark, below.removeprefix("."), person)


def _where(
    given: Mapping[str, Plain | Iterable[Plain]],
) -> Mapping[str, tuple[Plain, ...]]:
    return FrozenMapping({path: _values(value) for path, value in given.items()})


def _typed(
    where: Mapping[str, tuple[Plain, ...]],
) -> dict[str, list[tuple[type, Plain]]]:
    return {path: [(type(v), v) for v in values] for path, values in where.items()}


def _values(given: Plain | Iterable[Plain]) -> tuple[Plain, ...]:
    return (given,) if isinstance(given, str | int) else tuple(given)


@checked
@frozen
class RowRule:
    """Rows that are released only when a scope is granted.

    A row matches when at every path of *where* it holds one of the values
    named. While the scope is not granted, a row in which such a path cannot be
    read (missing, null, or of another type than the values) is withheld: what
    is not known is not shown.

    Attributes:
        resource: The resource whose rows are meant.
        scope: The scope that releases a matching row. None: nothing does.
        where: Path to the values that match. Empty: every row that no other
            rule of the same resource and list matches.
        at: The list inside a record whose elements are the rows, such as
            `days[].periods[].lessons[]`, or empty for the records themselves.
    """

    resource: str
    scope: str | None
    where: Mapping[str, tuple[Plain, ...]] = field(
        converter=_where,
        factory=dict,
        eq=_typed,  # 1 equals true, and a rule that compares with one means not the other
        hash=False,  # a mapping has none; what is equal still hashes alike
    )
    at: str = ""

    @property
    def is_otherwise(self) -> bool:
        """Whether this rule is about the rows that no other rule matches."""
        return not self.where

    @property
    def at_steps(self) -> tuple[Step, ...]:
        """The steps to the list whose elements are the rows."""
        return local_steps(self.at) if self.at else ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The full paths that must be read to apply this rule."""
        start = f"{self.resource}.{self.at}." if self.at else f"{self.resource}."
        return tuple(start + path for path in self.where)
