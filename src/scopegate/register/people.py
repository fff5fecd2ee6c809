"""People whom a school lists, matched with its MIS."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import evolve, frozen

from .._base.likeness import exact, likeness
from .._base.values import quoted
from ..adapters._asking.identifiers import Identified, check_school, identified
from ..adapters.base import Adapter
from ..catalogue.catalogue import Catalogue
from ..catalogue.resource import Resource
from ..consent.connection import issuer_of
from ..consent.decision import Actor, Proposal
from ..consent.events import Event, PeopleChecked
from ..consent.fold import fold_school
from ..consent.grant import Grant
from ..consent.people import Match, MatchedPeople, PeopleList
from ..consent.subjects import Subjects
from ..errors import (
    NotConnectedError,
    UnknownFieldError,
    UnknownResourceError,
    UnmatchedPeopleError,
)
from ..ledgers.base import school_stream
from .case import Case, check_open
from .connections import ANY_APP
from .transaction import Transactions


@frozen
class _Asked:
    """A list of people, with where the MIS has what they are listed by.

    Attributes:
        by: What they are listed by.
        person: The resource that they are records of.
        resource: Whose records have it.
        path: Where, below the resource.
        entries: The identifiers.
    """

    by: str
    person: str
    resource: Resource
    path: str
    entries: frozenset[str]


def match_people(
    work: Transactions, school: str, adapter: Adapter, subjects: Subjects
) -> MatchedPeople:
    """Match people with a school's MIS; see `ConsentRegister.match_people`."""
    state = fold_school(work.ledger.read(school_stream(school)))
    check_open(state, school, ANY_APP)
    if state.connection is None:
        raise NotConnectedError(school, ANY_APP)
    asked = [_asked(work.catalogue, by, ids) for by, ids in subjects.people.items()]
    check_school(adapter, work.catalogue, school)
    lists = tuple(_matched(adapter, work.catalogue, school, asked))
    issuer = issuer_of(state.connection)
    return MatchedPeople(school, subjects.coverage, lists, issuer, work.clock())


def _asked(catalogue: Catalogue, by: str, entries: frozenset[str]) -> _Asked:
    """Return a list of people with where it is to be looked up.

    Raises:
        UnknownResourceError: No record names people of that kind.
        UnknownFieldError: The catalogue has no such identifier.
    """
    if "." not in by:
        if by not in (known := _kinds(catalogue)):
            raise UnknownResourceError(by, known)
        resource = catalogue.resource(by)
        return _Asked(by, by, resource, resource.subject or resource.key, entries)
    name, _, path = by.partition(".")
    if by not in (known := _identifiers(catalogue)):
        raise UnknownFieldError(by, known)
    resource = catalogue.resource(name)
    return _Asked(by, resource.person or name, resource, path, entries)


def _kinds(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(naming.person for naming in catalogue.namings)


def _identifiers(catalogue: Catalogue) -> frozenset[str]:
    """Return the full paths of the fields that identify a person."""
    return frozenset(
        f"{resource.name}.{path}"
        for resource in catalogue.resources.values()
        if resource.subject is not None
        for path in (resource.subject, *resource.identifiers)
    )


def _matched(
    adapter: Adapter, catalogue: Catalogue, school: str, asked: Sequence[_Asked]
) -> Iterator[PeopleList]:
    """Yield each list, matched; each resource is read once."""
    for resource in {one.resource.name: one.resource for one in asked}.values():
        lists = [one for one in asked if one.resource.name == resource.name]
        sought = [_Sought(one) for one in lists]
        paths = {one.path: None for one in lists}
        for each in identified(adapter, catalogue, school, resource, paths):
            for one in sought:
                one.take(each)
        for one in sought:
            yield one.matched()


class _Sought:
    """The entries of one list, while the MIS is read."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        self._matches = {entry: Match(entry) for entry in asked.entries}
        self._alike: dict[str, list[str]] = {}
        for entry in asked.entries:
            self._alike.setdefault(likeness(entry), []).append(entry)

    def take(self, found: Identified) -> None:
        """Note whom the MIS knows by an identifier, where an entry is like it."""
        if found.path != self._asked.path:
            return
        text, key = exact(found.identifier), exact(found.key)
        for entry in self._alike.get(likeness(text), ()):
            match = self._matches[entry]
            if entry == text:
                match = evolve(match, exactly=match.exactly | {key})
            else:
                match = evolve(match, alike=match.alike | {key})
            self._matches[entry] = match

    def matched(self) -> PeopleList:
        """Return the list with what was found."""
        matches = (self._matches[entry] for entry in sorted(self._matches))
        return PeopleList(self._asked.by, self._asked.person, tuple(matches))


# What is decided on them


def check_people(
    work: Transactions, school: str, app: str, adapter: Adapter, actor: Actor | None
) -> MatchedPeople:
    """Match the people of a grant; see `ConsentRegister.check_people`."""
    case = work.look(school, app)
    if actor is not None:
        work.check_authority(actor, school, app, case.now)
    held = case.live_revision("look up the people of").grant
    found = match_people(work, school, adapter, held.subjects)

    def decide(now: Case) -> tuple[list[Event], MatchedPeople]:
        grant = now.live_revision("look up the people of").grant
        now.check_grant(held.id, held.revision)
        return [*checked_event(grant, found, now, actor)], found

    return work.decide(school, app, decide)


def checked_event(
    made: Grant | Proposal,
    given: Subjects | MatchedPeople | None,
    case: Case,
    actor: Actor | None,
) -> Iterator[Event]:
    """Yield the event that the people of a grant were matched, where they were."""
    if isinstance(made, Grant) and isinstance(given, MatchedPeople) and given.lists:
        counts = given.found, given.alike, given.missing
        yield PeopleChecked(case.app, made.id, made.revision, *counts, case.now, actor)


def by_key(case: Case, given: Subjects | MatchedPeople | None) -> Subjects | None:
    """Return the people that a decision lists, by the keys that records have.

    Raises:
        UnmatchedPeopleError: They are listed by another identifier and were not matched
            with this school's MIS, or some match no one.
    """
    match given:
        case None:
            return None
        case Subjects():
            listed, problem = given, _not_by_key(given)
        case MatchedPeople():
            listed, problem = given.subjects, _not_matched(case, given)
        case _:
            assert_never(given)
    if problem:
        raise UnmatchedPeopleError(case.school, case.app, problem)
    return listed


def _not_by_key(given: Subjects) -> str:
    others = sorted(by for by in given.people if "." in by)
    if not others:
        return ""
    return (
        f"people are listed by {quoted(others)}, by which records do not name them"
        "; look them up with `match_people`, and decide on its result"
    )


def _not_matched(case: Case, given: MatchedPeople) -> str:
    issuer = issuer_of(case.state.connection)
    if (given.school, given.issuer) != (case.school, issuer):
        return "people were looked up in another MIS; look them up in this one"
    if not given.unmatched:
        return ""
    told = ", ".join(f"{len(ids)} by `{by}`" for by, ids in given.unmatched.items())
    return (
        f"some of the people listed match no one in the MIS ({told}); correct the list,"
        " or decide on `without_unmatched()`"
    )
