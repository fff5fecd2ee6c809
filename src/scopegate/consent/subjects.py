"""`Subjects`: which people a grant covers.

Someone is left out by the widest likeness and let in by the exact text, so
that a spelling can only ever withhold.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Self, assert_never

from attrs import field, frozen

from .._base.likeness import exact, likeness
from .._base.values import EMPTY, frozen_mapping, is_clean
from ..arguments import checked, checks_itself

People = Iterable[str | int] | str | int
"""Identifiers of people, or one."""


class Coverage(StrEnum):
    """How a list of people is meant."""

    EVERYONE = "everyone"
    EXCEPT = "everyone_except"
    ONLY = "only"


_SEPARATORS = frozenset(",;|")


class Kept(frozenset[str]):
    """Identifiers as a ledger has them; what was written before is not judged again."""


def _people(given: Mapping[str, People]) -> Mapping[str, frozenset[str]]:
    return frozen_mapping(
        {kind: _identifiers(kind, ids) for kind, ids in given.items()}
    )


def _identifiers(kind: str, given: People) -> frozenset[str]:
    """Return identifiers as text; one alone counts as a list of one.

    Raises:
        TypeError: One is not text or a whole number; a lookup that found no one gives
            None, and a table gives 7.0 for 7.
        ValueError: Some are empty, have a control character or are several in one.
    """
    if isinstance(given, Kept):
        return frozenset(given)
    ids = [given] if isinstance(given, str | int) else given
    listed = [_text(kind, each) for each in ids]
    if faults := tuple(_faults(listed)):
        message = f"the list of `{kind}` has no such identifiers: {'; '.join(faults)}"
        raise ValueError(message)
    return frozenset(listed)


def _text(kind: str, given: object) -> str:
    if isinstance(given, str | int) and not isinstance(given, bool):
        return exact(given)
    found = type(given).__name__
    message = (
        f"an identifier of `{kind}` is text or a whole number, not `{found}`"
        "; look it up again"
    )
    raise TypeError(message)


def _faults(listed: Iterable[str]) -> Iterator[str]:
    """Yield the faults of the entries, by place and never by what they are."""
    for place, text in enumerate(listed, start=1):
        if not likeness(text) or not is_clean(text):
            yield f"entry {place} is empty or has a control character; leave it out"
        elif _is_several(text):
            yield f"entry {place} is several in one text; list each one alone"


def _is_several(text: str) -> bool:
    parts = text.split()
    are_numbers = len(parts) > 1 and all(part.isdigit() for part in parts)
    return are_numbers or not _SEPARATORS.isdisjoint(text)


@checked
@frozen
class Subjects:
    """Which people a grant covers, applied where a resource names its subject.

    People are told apart by the resource they are a record of, so that pupil 7
    and staff member 7 are never taken for each other. The number 7 and the text "7"
    are the same person. Someone left out is met by every spelling that is alike,
    such as "007", "7.0" or another case; someone let in by the exact text only.

    People can be listed by another identifier, too, `student.upn`. Records do not name
    them by that, so `ConsentRegister.match_people` looks them up before a decision;
    until then such a list covers no one.

    Attributes:
        coverage: How the list is meant.
        people: Identifiers, by resource, or by a field that identifies people. Never
            shown.

    Raises:
        TypeError: An identifier is not text or a whole number.
        ValueError: An identifier is empty, has a control character, or is several.
    """

    coverage: Coverage = field(converter=Coverage, default=Coverage.EVERYONE)
    people: Mapping[str, frozenset[str]] = field(
        converter=_people, default=EMPTY, repr=False, hash=False
    )

    @cached_property
    def _alike(self) -> Mapping[str, frozenset[str]]:
        """The likeness of each identifier, by resource."""
        return {
            kind: frozenset(map(likeness, ids)) for kind, ids in self.people.items()
        }

    @cached_property
    def _is_by_key(self) -> bool:
        """Whether everyone is listed as records name them, and can be told apart."""
        return not any("." in kind for kind in self.people)

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
        match self.coverage:
            case Coverage.EVERYONE:
                return True
            case Coverage.EXCEPT:
                alike = self._alike.get(person, ())
                return self._is_by_key and likeness(identifier) not in alike
            case Coverage.ONLY:
                return exact(identifier) in self.people.get(person, ())
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
                    ids & self._alike.get(kind, frozenset())
                    for kind, ids in other._alike.items()
                )
            case Coverage.EXCEPT, Coverage.EXCEPT:
                return _is_listed(other._alike, self._alike)
            case Coverage.EVERYONE, Coverage.EXCEPT:
                return not any(other.people.values())
            case _:
                return False


def _is_listed(
    some: Mapping[str, frozenset[str]], all_: Mapping[str, frozenset[str]]
) -> bool:
    """Tell whether everyone in *some* is in *all_*."""
    return all(ids <= all_.get(kind, frozenset()) for kind, ids in some.items())
