"""`Subjects`: which people a grant covers."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Self, assert_never

from attrs import field, frozen

from .._base.values import EMPTY, frozen_mapping
from ..arguments import checked, checks_itself

People = Iterable[str | int] | str | int
"""Identifiers of people, or one."""


class Coverage(StrEnum):
    """How a list of people is meant."""

    EVERYONE = "everyone"
    EXCEPT = "everyone_except"
    ONLY = "only"


def _people(
    given: Mapping[str, People],
) -> Mapping[str, frozenset[str]]:
    return frozen_mapping({kind: _identifiers(ids) for kind, ids in given.items()})


def _identifiers(given: People) -> frozenset[str]:
    """Return identifiers as text; one alone counts as a list of one."""
    return frozenset([str(given)] if isinstance(given, str | int) else map(str, given))


@checked
@frozen
class Subjects:
    """Which people a grant covers, applied where a resource names its subject.

    People are told apart by the resource they are a record of, so that pupil 7
    and staff member 7 are never taken for each other. Identifiers are compared
    as text: the number 7 and the text "7" are the same person.

    Attributes:
        coverage: How the list is meant.
        people: Identifiers, by resource. Never shown.
    """

    coverage: Coverage = field(converter=Coverage, default=Coverage.EVERYONE)
    people: Mapping[str, frozenset[str]] = field(
        converter=_people, default=EMPTY, repr=False, hash=False
    )

    @classmethod
    def everyone(cls) -> Self:
        """Return the subjects that leave no one out."""
        return cls()

    @classmethod
    def everyone_except(cls, **people: People) -> Self:
        """Return everyone but *people*, such as `student=[103, 107]`."""
        return cls(Coverage.EXCEPT, people)

    @classmethod
    def only(cls, **people: People) -> Self:
        """Return only *people*, such as `student=[103, 107]`."""
        return cls(Coverage.ONLY, people)

    @checks_itself
    def covers(self, person: str, identifier: str | int) -> bool:
        """Tell whether the *person* (a resource) of that identifier is covered."""
        listed = str(identifier) in self.people.get(person, ())
        match self.coverage:
            case Coverage.EVERYONE:
                return True
            case Coverage.EXCEPT:
                return not listed
            case Coverage.ONLY:
                return listed
            case _:
                assert_never(self.coverage)

    def is_within(self, other: "Subjects") -> bool:
        """Tell whether everyone covered by these is covered by *other* as well.

        What cannot be told from the lists alone, such as whether "everyone
        except" some is the same as "only" the rest, counts as no.
        """
        match self.coverage, other.coverage:
            case _, Coverage.EVERYONE:
                return True
            case Coverage.ONLY, Coverage.ONLY:
                return _is_listed(self.people, other.people)
            case Coverage.ONLY, Coverage.EXCEPT:
                return not any(
                    ids & self.people.get(kind, frozenset())
                    for kind, ids in other.people.items()
                )
            case Coverage.EXCEPT, Coverage.EXCEPT:
                return _is_listed(other.people, self.people)
            case Coverage.EVERYONE, Coverage.EXCEPT:
                return not any(other.people.values())
            case _:
                return False


def _is_listed(
    some: Mapping[str, frozenset[str]], all_: Mapping[str, frozenset[str]]
) -> bool:
    """Tell whether everyone in *some* is in *all_*."""
    return all(ids <= all_.get(kind, frozenset()) for kind, ids in some.items())
