"""`Assembly`: the Assembly Platform's API, version 1.1.

What it may be asked to decide, and why so little, is in `_assembly_query`; where
each resource is read is in `_assembly_words`.
"""

from collections.abc import Callable, Generator, Mapping
from functools import partial
from types import MappingProxyType

from attrs import define

from .._types import frozen_mapping
from ..catalogue import Catalogue
from ..resource import Resource
from ._assembly_query import conditions, decides_all, query, since, students
from ._assembly_words import PLACES, Place
from ._bearer import Token, bearer, error_code
from .base import NONE, Capabilities, Fetch
from .steps import Answer, Asking, Call, Counted, Page, Pairs, Step, Steps

_ACCEPT = "application/vnd.assembly+json; version=1.1"
_MOST = 1_500
"""The most records that a page may have."""

_NO_TYPES: Mapping[int, str] = MappingProxyType({})
_TYPES = ("examination", "internal", "national")
_UNAUTHORISED: Mapping[str, str] = {
    "insufficient_scope": "the token lacks a scope that this needs (401"
    " insufficient_scope); ask the school to authorise it in Assembly",
    "invalid_token": "the token is not good, or no longer (401 invalid_token); fetch a"
    " new one",
}
"""What a refusal says by its code, where a new token does not always help."""

Listed = Generator[Step, Answer | None, int]
"""The steps that give records, and how many they gave."""


class _UnchangedError(Exception):
    """Nothing has changed: an answer without records, and no failure."""


@define
class _Reading:
    """A list that is read page by page.

    Attributes:
        asking: What makes its calls.
        path: Where it is, below the address of the API.
        query: Makes what is asked, besides the page, of what is wanted.
        size: The most records of a page.
        tells_changes: Whether it may be asked for what has changed.
        page: The next page, counted from 1.
        is_over: Whether there is none.
    """

    asking: Asking
    path: str
    query: Callable[[Fetch], Pairs]
    size: int
    tells_changes: bool = False
    page: int = 1
    is_over: bool = False

    def since(self, wanted: Fetch) -> str | None:
        """Return since when something must have changed, as a header says it."""
        at = wanted.changed_since if self.tells_changes else None
        return None if at is None else since(at)

    def take(self, answer: Answer, count: int) -> None:
        """Take a page of *count* records into account.

        Raises:
            SourceError: It does not say what comes next.
        """
        told = answer.headers.get("next-page", "" if count < self.size else None)
        if told not in {"", str(self.page + 1)}:
            problem = "the MIS does not say which page is next; check its version"
            raise self.asking.fault(problem)
        self.is_over = not told
        self.page += 1


class Assembly:
    """Assembly's API; `HTTPAdapter(Assembly(...))` makes an adapter of it.

    Its records are in the shape of the built-in catalogue `assembly`. Threads may
    share it. Of a student's parts and the like only those are asked for in which
    something may flow. Lessons and closures are read room by room, results by
    student: a query for them must name students, by `result.student_id` with `=` or
    `in`.

    Args:
        url: The address of the API, such as `https://api.assembly.education`.
        token: A school token; never shown. Or what gives the one that is good now,
            asked before every request, since a token ends after a day.
        school: The school's URN, where you know whose token it is. None: the gate
            finds out, from the public record.
        page_size: The most records of a page, 1,500 at most.
        assessment_types: For the id of an assessment whether it is an `examination`,
            `internal` or `national`, which the API does not say. Results of others
            are withheld.

    Raises:
        ValueError: A page has no records, or too many; the token is none; or an
            assessment is of no such type.
    """

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        school: str | None = None,
        page_size: int = 500,
        assessment_types: Mapping[int, str] = _NO_TYPES,
    ) -> None:
        if not 1 <= page_size <= _MOST:
            message = f"a page has 1 to {_MOST:,} records, not {page_size}"
            raise ValueError(message)
        if not set(_TYPES).issuperset(assessment_types.values()):
            message = f"an assessment's type is one of {', '.join(_TYPES)}"
            raise ValueError(message)
        self._url, self._authorization = url.rstrip("/"), bearer(token)
        self._school, self._size = school, page_size
        self._types = frozen_mapping(assessment_types)

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return what it can do of a query; see `Adapter.capabilities`."""
        place = PLACES.get(resource.name)
        if place is None or place.is_one:
            return NONE
        return Capabilities(
            page_size=self._size,
            conditions=conditions(place, resource),
            totals=not (place.is_in_rooms or place.is_by_student),
            changes=_all_fields(resource) if place.tells_changes else None,
        )

    def steps(self, asking: Asking) -> Steps:
        """Yield the steps that fetch what *asking* wants; see `Interface.steps`.

        Raises:
            SourceError: It cannot be read, or not without naming students.
        """
        place = PLACES.get(asking.wanted.resource.name)
        if place is not None:
            yield from self._records(asking, place)

    def total_steps(self, asking: Asking) -> Counted:
        """Yield the steps to the number of records; see `CountingInterface`.

        Where the API does not tell it, the records are counted.

        Raises:
            SourceError: As `steps`.
        """
        place = PLACES.get(asking.wanted.resource.name)
        if place is None:
            return 0
        if self.capabilities(asking.wanted.resource).totals:
            told = yield from self._told_total(asking, evolve(place, parts={}))
            if told is not None:
                return told
        return (yield from self._records(asking, place))

    def _told_total(
        self, asking: Asking, place: Place
    ) -> Generator[Step, Answer | None, int | None]:
        """Yield the steps to the number of records that the API tells, if it does."""
        one: Pairs = (("page", "1"), ("per_page", "1"))
        answer = yield from asking.ask(
            lambda wanted: self._call(place.path, (*one, *query(place, wanted))),
            _explain,
        )
        told = answer.headers.get("total", "")
        is_number = told.isascii() and told.isdigit() and len(told) < 19
        return int(told) if is_number else None

    def _records(self, asking: Asking, place: Place) -> Listed:
        """Yield the steps that give the records of a resource."""
        if place.is_one:
            return (yield from self._one(asking, place))
        if place.is_in_rooms:
            return (yield from self._in_rooms(asking, place))
        if place.is_by_student:
            return (yield from self._by_student(asking, place))
        return (yield from self._listed(self._reading(asking, place, place.path)))

    def _one(self, asking: Asking, place: Place) -> Listed:
        """Yield the steps to the one record that there is."""
        call = partial(self._call, place.path, ())
        answer = yield from asking.ask(lambda _: call(), _explain)
        record = asking.parsed(answer)
        if not isinstance(record, dict):
            problem = "there is no record in the answer; check its version"
            raise asking.fault(problem)
        yield Page([record])
        return 1

    def _in_rooms(self, asking: Asking, place: Place) -> Listed:
        """Yield the steps that give what is in each room; what is in two only once."""
        count, once = 0, _once()
        rooms = _Reading(_apart(asking), "rooms", lambda _: (), self._size)
        while not rooms.is_over:
            for room in (yield from self._page(rooms)):
                number = room.get("id") if isinstance(room, dict) else None
                if type(number) is not int:
                    problem = "a room has no id to ask by; check its version"
                    raise rooms.asking.fault(problem)
                path = f"rooms/{number}/{place.path}"
                reading = self._reading(_apart(asking), place, path)
                count += yield from self._listed(reading, once)
        return count

    def _by_student(self, asking: Asking, place: Place) -> Listed:
        """Yield the steps that give what there is of the students who are named."""
        count, lots = 0, students(place, asking.wanted)
        if lots is None:
            problem = (
                f"records are listed by student; name some by `{place.path}` with `=`"
            )
            raise asking.fault(problem)
        for ids in lots:
            reading = self._reading(_apart(asking), place, place.path)
            reading.extra = (("students", ids),)
            count += yield from self._listed(reading, self._typed)
        return count
