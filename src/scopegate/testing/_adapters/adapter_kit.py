"""What the laws of adapters are written with."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from attrs import frozen
from hypothesis import settings

from ...adapters.base import Capabilities, Fetch
from ...adapters.records import RecordsAdapter
from ...catalogue.field import Field, Kind
from ...records.condition import names_of, values_at
from ...records.query import Query
from ..strategies import SCHOOL, tree_of
from .rows import Row, Rows
from .shape import Shape
from .source import Blocking, Records, Source
from .story import Grants, Story

Opens = Callable[[Records], AbstractContextManager[Source]]
"""Gives an adapter that serves these records, closed in the end."""

Breaks = Callable[[Records, int], AbstractContextManager[Source]]
"""Gives an adapter whose source breaks after so many records."""

Size = Callable[[int], int]
"""A number of records, by how many make a page."""

SIZES: Mapping[str, Size] = {
    "none": lambda _: 0,
    "one": lambda _: 1,
    "a page less one": lambda page: page - 1,
    "a page": lambda page: page,
    "a page and one": lambda page: page + 1,
    "two pages": lambda page: 2 * page,
    "two pages and one": lambda page: 2 * page + 1,
}
"""Numbers of records at which an adapter that reads by the page may go wrong."""

SOME = {name: size for name, size in SIZES.items() if name != "none"}
"""Those of them at which there is a record."""

_PAGE = 5  # what is called a page where the adapter has none


@frozen
class AdapterKit:
    """What the tests of one suite work with.

    Attributes:
        opens: Gives an adapter that serves some records.
        shape: Which records it can hold.
        examples: How many examples a property is tried on.
        asked: Returns how many requests the source of an adapter has had, or None.
        breaks: Gives an adapter whose source breaks midway, or None.
        is_async: Whether the adapters are such as do not block.
    """

    opens: Opens
    shape: Shape
    examples: int
    asked: Callable[[Any], int] | None = None
    breaks: Breaks | None = None
    is_async: bool = False

    @cached_property
    def rows(self) -> Rows:
        """The records that laws are tried on."""
        return Rows(self.shape)

    @cached_property
    def grants(self) -> Grants:
        """The grants on the catalogue."""
        return Grants(self.shape.catalogue)

    @cached_property
    def key(self) -> Field:
        """The field that identifies a record."""
        home = self.shape.home
        return next(leaf for leaf in home.fields if leaf.local == home.key)

    @cached_property
    def tree(self) -> Mapping[str, Any]:
        """The fields of the resource, all that it has."""
        return tree_of(tuple(map(str, leaf.steps)) for leaf in self.shape.home.fields)

    @cached_property
    def places(self) -> Mapping[str, Field]:
        """A field of each kind, and at each sort of place, as far as there are any."""
        found: dict[str, Field] = {}
        for leaf in self.shape.leaves:
            if leaf.local == self.shape.home.key:
                found["key"] = leaf
            elif leaf.local not in self.shape.needed:
                found.setdefault(_place_of(leaf), leaf)
        return found

    @cached_property
    def free(self) -> Mapping[str, Field]:
        """Those of the places that hold any value of their kind."""
        ruled = {path for rule in self.shape.catalogue.rows for path in rule.reads}
        bound = {*self.shape.values, *ruled, self.key.path}
        return {n: leaf for n, leaf in self.places.items() if leaf.path not in bound}

    @cached_property
    def unlisted(self) -> Mapping[str, Field]:
        """Those of the places that are in no list."""
        return {name: leaf for name, leaf in self.places.items() if not leaf.is_listed}

    @cached_property
    def texts(self) -> Mapping[str, Field]:
        """Every field that holds any text, by its path below the resource."""
        return {
            leaf.local: leaf
            for leaf in self.shape.leaves
            if leaf.kind is Kind.TEXT
            and leaf.path not in self.shape.values
            and leaf.local not in self.shape.needed
        }

    @cached_property
    def text(self) -> Field | None:
        """A field that holds any text, or None where there is none."""
        ruled = {path for rule in self.shape.catalogue.rows for path in rule.reads}
        for leaf in self.texts.values():
            is_top = len(leaf.steps) == 1 and not leaf.is_listed
            is_free = leaf.path not in ruled and leaf.local != self.shape.home.subject
            if is_top and is_free:
                return leaf
        return None

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """Every scope that a school may authorise and that matters to the resource."""
        catalogue, name = self.shape.catalogue, self.shape.resource
        matter = {rule.scope for rule in catalogue.rows if rule.resource == name}
        for joint in catalogue.joints:
            if self.fields_of(joint.scopes):
                matter.update(joint.scopes)
        return tuple(
            key
            for key in catalogue.scopes
            if key not in catalogue.public_scopes
            and (key in matter or self.fields_of([key]))
        )

    @cached_property
    def narrower(self) -> tuple[str, ...]:
        """A scope that leaves the resource its key but not all; None if none does."""
        everything = self.fields_of(self.scopes)
        for scope in self.scopes:
            if self.key.path in self.fields_of([scope]) < everything:
                return (scope,)
        return ()

    def fields_of(self, scopes: Iterable[str]) -> frozenset[str]:
        """Return the fields that the source holds and *scopes* release."""
        held = {leaf.path for leaf in self.shape.leaves}
        return frozenset(held.intersection(self.shape.catalogue.fields_of(scopes)))

    def records(self, rows: Iterable[Row], school: str = SCHOOL) -> Records:
        """Return *rows* with the public record of a school besides them."""
        home = self.shape.catalogue.public_resource
        own = {self.shape.resource: list(rows)}
        if home is None:
            return own
        record: Row = {}
        for leaf in home.fields:
            if leaf.local == home.key:
                is_number = leaf.kind is Kind.INTEGER
                _set(record, leaf, int(school) if is_number else school)
            elif leaf.path in self.shape.catalogue.public_fields:
                _set(record, leaf, "Example School")
        return {home.name: [record], **own}

    def source(
        self, rows: Iterable[Row], school: str = SCHOOL
    ) -> AbstractContextManager[Source]:
        """Give an adapter that serves *rows*, closed in the end."""
        return self.opens(self.records(rows, school))

    def broken(self, rows: Iterable[Row], after: int) -> AbstractContextManager[Source]:
        """Give an adapter that serves *rows* until its source breaks."""
        assert self.breaks is not None
        return self.breaks(self.records(rows), after)

    def model(self, rows: Iterable[Row]) -> Source:
        """Return the model: an adapter of records that the process holds."""
        return Blocking(RecordsAdapter(self.records(rows), SCHOOL))

    def story(self, scopes: Iterable[str] | None = None) -> Story:
        """Return the story of a school that authorised *scopes*, or all there are."""
        chosen = self.scopes if scopes is None else tuple(scopes)
        story = Story(self.grants)
        return story.authorise(chosen) if chosen else story

    def query(self, *args: Any, **asked: Any) -> Query:
        """Return a query on the resource."""
        return Query(self.shape.resource, *args, **asked)

    def wanted(self, fields: Iterable[str] | None = None, **more: Any) -> Fetch:
        """Return a fetch of *fields*, or of all that the source holds."""
        home = self.shape.home
        asked = [leaf.path for leaf in self.shape.leaves] if fields is None else fields
        return Fetch(home, asked, SCHOOL, home.school, **more)

    def public(self) -> Fetch:
        """Return the fetch that proves a school."""
        home, public = self.shape.catalogue.public_resource, self.shape.catalogue
        assert home is not None
        fields = [f.path for f in home.fields if f.path in public.public_fields]
        return Fetch(home, fields, SCHOOL, public.school_path(home))

    def values_at(self, rows: Iterable[Row], path: str) -> list[Any]:
        """Return the values at *path* in records."""
        return [value for row in rows for value in values_at(row, names_of(path))]

    def able(self, source: Source) -> Capabilities:
        """Return the capabilities that an adapter declares for the resource."""
        return source.adapter.capabilities(self.shape.home)

    @cached_property
    def page_size(self) -> int:
        """The number of records in a page, or in what counts as one."""
        with self.source([]) as source:
            return self.able(source).page_size or _PAGE

    def requests(self, source: Source) -> int:
        """Return the number of requests a source has had; 0 where no one can tell."""
        return 0 if self.asked is None else self.asked(source.adapter)

    def settings(self) -> settings:
        """Return the settings of a property; a slow source is not a failure."""
        return settings(max_examples=self.examples, deadline=None)


def _place_of(leaf: Field) -> str:
    if leaf.is_listed:
        return "list" if leaf.steps[-1].is_list else "list of objects"
    return leaf.kind.value if len(leaf.steps) == 1 else "object"


def _set(record: Row, leaf: Field, value: object) -> None:
    """Set a field of the public record, making the objects on the way."""
    here = record
    for step in leaf.steps[:-1]:
        here = here.setdefault(step.name, {})
    here[leaf.steps[-1].name] = value
