"""`Shape`: which records an MIS interface can hold, so that a suite makes no others."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from ..._base.values import frozen_mapping, names
from ...arguments import checked
from ...catalogue.catalogue import Catalogue
from ...catalogue.field import Field
from ...catalogue.resource import Resource

CATALOGUE = Catalogue.from_dict(
    {
        "id": "adapter-suite",
        "version": "1",
        "resource": {
            "school": {
                "key": "urn",
                "field": {
                    "urn": {"sensitivity": "public"},
                    "name": {"sensitivity": "public"},
                },
            },
            "pupil": {
                "key": "id",
                "subject": "id",
                "person": "pupil",
                "school": "school_urn",
                "field": {
                    "id": {"kind": "integer"},
                    "school_urn": {},
                    "surname": {},
                    "year": {"kind": "integer"},
                    "average": {"kind": "number"},
                    "boards": {"kind": "boolean"},
                    "born": {"kind": "date"},
                    "status": {},
                    "home.town": {},
                    "home.rooms": {"kind": "integer"},
                    "tags[]": {},
                    "contacts[].name": {},
                    "contacts[].priority": {"kind": "integer"},
                },
            },
        },
        "scope": {
            "school": {
                "sensitivity": "public",
                "fields": ["school.urn", "school.name"],
            },
            "names": {"fields": ["pupil.id", "pupil.school_urn", "pupil.surname"]},
            "marks": {"fields": ["pupil.id", "pupil.year", "pupil.average"]},
            "births": {"fields": ["pupil.born"]},
            "homes": {"fields": ["pupil.id", "pupil.home.town", "pupil.boards"]},
            "tags": {"fields": ["pupil.id", "pupil.tags[]", "pupil.status"]},
            "contacts": {
                "fields": ["pupil.contacts[].name", "pupil.contacts[].priority"]
            },
            "rooms": {"fields": ["pupil.home.rooms"]},
            "guests": {"fields": ["pupil.status"]},
        },
        "rows": [
            {"resource": "pupil", "where": {"status": "guest"}, "scope": "guests"},
            {
                "resource": "pupil",
                "at": "contacts[]",
                "where": {"priority": 9},
                "scope": "guests",
            },
        ],
    }
)
"""The catalogue of the kit: one field of each kind and at each sort of place."""


class Part(StrEnum):
    """The parts that records may hold and some interfaces cannot, which `lacks` names.

    Attributes:
        NUMBERS: Numbers that are not texts. Without them a field of numbers holds
            texts of digits.
        BOOLEANS: Truth values; without them such a field holds `true` and `false`.
        NULL: Null in place of a value, distinct from any value.
        NULL_OBJECTS: Null in place of an object, of a list, or of an object in one.
        MISSING: Keys that some records lack.
        LISTS: Lists, of objects or of values.
        OBJECTS: Objects within records.
        STRAYS: Keys that the catalogue does not have.
        MALFORMED: Something other than what is declared, such as an object where
            a value is, or a text where a number is.
        REPEATS: Several records of one key.
        BIG: Integers that 63 bits do not hold.
        LONG: Texts of ten thousand characters.
        EMPTY: Texts of no characters.
        SPACES: Blanks at either end of a text.
        LINE_ENDS: Line ends within a text, as they are.
        NUL: The character U+0000.
        SURROGATES: Lone surrogates, which are not characters, but JSON can hold them.
    """

    NUMBERS = "numbers"
    BOOLEANS = "booleans"
    NULL = "null"
    NULL_OBJECTS = "null objects"
    MISSING = "missing"
    LISTS = "lists"
    OBJECTS = "objects"
    STRAYS = "strays"
    MALFORMED = "malformed"
    REPEATS = "repeated keys"
    BIG = "big integers"
    LONG = "long texts"
    EMPTY = "empty texts"
    SPACES = "outer spaces"
    LINE_ENDS = "line ends"
    NUL = "NUL"
    SURROGATES = "lone surrogates"


def _parts(given: Iterable[str]) -> frozenset[Part]:
    return frozenset(map(Part, names(given)))


def _values(
    given: Mapping[str, Iterable[object]],
) -> Mapping[str, Sequence[object]]:
    return frozen_mapping({path: tuple(values) for path, values in given.items()})


@checked
@frozen
class Shape:
    """Which records of one resource an interface can hold.

    Attributes:
        lacks: What it cannot hold; parts or their names, such as `null`.
        resource: The resource whose records are made.
        catalogue: The catalogue that has it; by default the kit's own, which has
            a field of each kind and at each sort of place.
        fields: Full paths of the fields that the source holds, besides the key
            and what says whose a record is; empty for all.
        values: For a full path the values to choose from, where the source takes
            no others; of a key as many as forty pages have records.
        dates: How a date comes, as a text (ISO 8601) or as a `date`.

    Raises:
        UnknownResourceError: The catalogue has no such resource.
        ValueError: A part is unknown, or the resource is the public one, of which
            there is one record for a school.
    """

    lacks: frozenset[Part] = field(converter=_parts, default=frozenset())
    resource: str = field(default="pupil", kw_only=True)
    catalogue: Catalogue = field(default=CATALOGUE, kw_only=True, repr=False)
    fields: frozenset[str] = field(converter=names, default=frozenset(), kw_only=True)
    values: Mapping[str, Sequence[object]] = field(
        converter=_values, factory=dict, kw_only=True, repr=False
    )
    dates: type[str] | type[date] = field(default=str, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.home == self.catalogue.public_resource:
            message = f"`{self.resource}` has one record; name a resource of several"
            raise ValueError(message)

    @property
    def home(self) -> Resource:
        """The resource."""
        return self.catalogue.resource(self.resource)

    @property
    def leaves(self) -> tuple[Field, ...]:
        """The fields that records are made of, in the catalogue's order."""
        return tuple(leaf for leaf in self.home.fields if self._holds(leaf))

    @property
    def needed(self) -> frozenset[str]:
        """What every record has: its key, and whose it is; below the resource."""
        return frozenset(filter(None, (self.home.key, self.home.school)))

    def has(self, part: Part) -> bool:
        """Tell whether the interface can hold *part*."""
        return part not in self.lacks

    def _holds(self, leaf: Field) -> bool:
        is_nested = len(leaf.steps) > 1
        return leaf.local in self.needed or (
            (not self.fields or leaf.path in self.fields)
            and (self.has(Part.LISTS) or not leaf.is_listed)
            and (self.has(Part.OBJECTS) or not is_nested)
        )
