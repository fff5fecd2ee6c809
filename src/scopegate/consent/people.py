"""`MatchedPeople`: what the MIS knows of the people whom a school lists.

A list that names no one leaves no one out. What is found here is for the school
alone: an app learns nothing of it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from attrs import evolve, field, frozen

from .._base.values import aware
from ..arguments import made
from .connection import Issuer
from .subjects import Coverage, Subjects


@made
@frozen
class Match:
    """One entry of a school's list, and whom the MIS knows by it.

    Attributes:
        entry: The identifier, as the school gave it. Never shown.
        exactly: The keys of those who have just this identifier. Never shown.
        alike: The keys of those who have one that is alike. Never shown.
    """

    entry: str = field(repr=False)
    exactly: frozenset[str] = field(repr=False, default=frozenset())
    alike: frozenset[str] = field(repr=False, default=frozenset())

    @property
    def is_found(self) -> bool:
        """Whether it is one person's, and is like no one else's."""
        return len(self.exactly) == 1 and self.alike <= self.exactly

    @property
    def is_missing(self) -> bool:
        """Whether it is like no one's."""
        return not (self.exactly or self.alike)


@made
@frozen
class PeopleList:
    """The people whom a school listed by one identifier.

    Attributes:
        by: What they are listed by: a resource, by its key (`student`), or a field that
            identifies them (`student.upn`).
        person: The resource that they are records of.
        matches: Each entry, with whom the MIS knows by it. Never shown.
    """

    by: str
    person: str
    matches: tuple[Match, ...] = field(converter=tuple[Match, ...], repr=False)

    @property
    def found(self) -> frozenset[str]:
        """The entries that are one person's."""
        return frozenset(m.entry for m in self.matches if m.is_found)

    @property
    def alike(self) -> frozenset[str]:
        """The entries that are like somebody's, or several people's."""
        return frozenset(m.entry for m in self.matches) - self.found - self.missing

    @property
    def missing(self) -> frozenset[str]:
        """The entries that are like no one's."""
        return frozenset(m.entry for m in self.matches if m.is_missing)

    def keys(self, coverage: Coverage) -> frozenset[str]:
        """Return the keys that a list of this coverage means.

        People listed by their key are meant as listed, whether the MIS has them or not.
        Others are left out where they are alike, and let in only where they are found.
        """
        if self.by == self.person:
            return frozenset(m.entry for m in self.matches)
        if coverage is Coverage.ONLY:
            meant = [m.exactly for m in self.matches if m.is_found]
        else:
            meant = [m.exactly | m.alike for m in self.matches]
        return frozenset[str]().union(*meant)

    def means_someone(self, match: Match, coverage: Coverage) -> bool:
        """Tell whether an entry of this list counts for somebody."""
        if self.by == self.person:
            return True
        return match.is_found if coverage is Coverage.ONLY else not match.is_missing


@made
@frozen
class MatchedPeople:
    """People whom a school lists, matched with its MIS; `authorise` takes it.

    Attributes:
        school: The school.
        coverage: How the lists are meant.
        lists: Each list, with what the MIS knows of it.
        issuer: The MIS that was asked, and its id space, as likenesses.
        at: When it was asked; aware.
    """

    school: str
    coverage: Coverage = field(converter=Coverage)
    lists: tuple[PeopleList, ...] = field(converter=tuple[PeopleList, ...])
    issuer: Issuer
    at: datetime = field(converter=aware)

    @property
    def subjects(self) -> Subjects:
        """The people, by the keys that records name them by."""
        return Subjects(self.coverage, self._people())

    def _people(self) -> Mapping[str, frozenset[str]]:
        person = attrgetter("person")
        return {
            kind: frozenset[str]().union(*(one.keys(self.coverage) for one in lists))
            for kind, lists in groupby(sorted(self.lists, key=person), person)
        }

    @property
    def found(self) -> int:
        """The number of entries that are one person's."""
        return sum(len(one.found) for one in self.lists)

    @property
    def alike(self) -> int:
        """The number of entries that are like somebody's, or several people's."""
        return sum(len(one.alike) for one in self.lists)

    @property
    def missing(self) -> int:
        """The number of entries that are like no one's."""
        return sum(len(one.missing) for one in self.lists)

    @property
    def unmatched(self) -> Mapping[str, frozenset[str]]:
        """The entries that count for no one, by what they are listed by.

        Those like no one's; and of people to let in, those not surely one person's.
        People listed by their key are not among them.
        """
        pairs = ((one.by, self._unmatched_of(one)) for one in self.lists)
        return {by: entries for by, entries in pairs if entries}

    def _unmatched_of(self, one: PeopleList) -> frozenset[str]:
        return frozenset(
            m.entry for m in one.matches if not one.means_someone(m, self.coverage)
        )

    def without_unmatched(self) -> "MatchedPeople":
        """Return these people without the entries that count for no one.

        It is to say that they are right to be left off the list: somebody who has
        left, say. Who comes later is not left out by such an entry.
        """
        return evolve(self, lists=tuple(self._matched()))

    def _matched(self) -> Iterator[PeopleList]:
        for one in self.lists:
            gone = self._unmatched_of(one)
            kept = tuple(m for m in one.matches if m.entry not in gone)
            yield evolve(one, matches=kept)
