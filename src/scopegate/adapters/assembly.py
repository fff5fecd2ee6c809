"""`Assembly`: the Assembly Platform's API, version 1.1.

What it may be asked to decide, and why so little, is in `_assembly.query`; where
each resource is read is in `_assembly.interface`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from .._base.secret import Secret
from .._base.values import EMPTY, frozen_mapping
from ..arguments import checked
from ..catalogue.catalogue import Catalogue
from ..catalogue.resource import Resource
from ._assembly.interface import PLACES, ROOMS, Place
from ._assembly.pages import UnchangedError, explain, id_of, next_turn, once
from ._assembly.query import chosen, conditions, decides_all, headers, query, students
from ._http.bearer import Token, bearer
from ._http.page_cursor import PageCursor
from .base import NONE, Capabilities, Fetch
from .steps import Asking, Call, Counted, Page, Pairs, Steps, StepsTo

_ACCEPT = "application/vnd.assembly+json; version=1.1"
_MOST = 1_500
"""The most records that a page may have."""

_NO_TYPES: Mapping[int, str] = MappingProxyType({})
_TYPES = ("examination", "internal", "national")


@checked
class Assembly:
    """Assembly's API; `HTTPAdapter(Assembly(...))` makes an adapter of it.

    Its records are in the shape of the built-in catalogue `assembly`. Threads may
    share it. Only those parts of a student, and of other records, are asked for in
    which something may flow. Lessons and closures are read room by room, results by
    student: a query for them must name students, by `result.student_id` with `=` or
    `in`.

    Args:
        url: The address of the API, such as `https://api.assembly.education`.
        token: A school token; never shown. Or a function that returns the current one,
            called before every request, since a token ends after a day.
        school: The school's URN, where you know whose token it is. None: the gate
            finds out, from the public record.
        page_size: The most records of a page, 1,500 at most.
        assessment_types: For the id of an assessment whether it is an `examination`,
            `internal` or `national`, which the API does not say. Results of others
            are withheld.

    Raises:
        ValueError: A page has no records, or too many; the token is not one; or an
            assessment is of an unknown type.
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
        secret = Secret(token)
        del token  # a frame that an error leaves holds no secret
        if not 1 <= page_size <= _MOST:
            message = f"a page has 1 to {_MOST:,} records, not {page_size}"
            raise ValueError(message)
        if not set(_TYPES).issuperset(assessment_types.values()):
            message = f"an assessment's type is one of {', '.join(_TYPES)}"
            raise ValueError(message)
        self._url, self._authorization = url.rstrip("/"), bearer(secret)
        self._school, self._size = school, page_size
        self._types = frozen_mapping(assessment_types)

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the parts of a query it can serve; see `Adapter.capabilities`."""
        place = PLACES.get(resource.name)
        if place is None or place.is_one:
            return NONE
        return Capabilities(
            page_size=self._size,
            conditions=conditions(place, resource),
            totals=place.is_one_list,
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

        Where the API does not say, the records are counted.
        """
        place = PLACES.get(asking.wanted.resource.name)
        if place is None:
            return 0
        if place.is_one_list and asking.wanted.changed_since is None:
            told = yield from self._told_total(asking, place)
            if told is not None:
                return told
        return (yield from self._records(asking, place))

    def _told_total(self, asking: Asking, place: Place) -> StepsTo[int | None]:
        """Yield the steps to the number of records that the API gives, if it does."""
        one: Pairs = (("page", "1"), ("per_page", "1"))
        answer = yield from asking.ask(
            lambda wanted: self._call(place.path, (*one, *chosen(place, wanted))),
            explain,
        )
        return answer.number("total")

    def _records(self, asking: Asking, place: Place) -> Counted:
        """Yield the steps that give the records of a resource."""
        if place.is_one:
            return (yield from self._one(asking, place))
        if place.is_in_rooms:
            return (yield from self._in_rooms(asking, place))
        if place.is_by_student:
            return (yield from self._by_student(asking, place))
        cursor = self._cursor(asking, place, place.path)
        return (yield from self._listed(cursor, place))

    def _one(self, asking: Asking, place: Place) -> Counted:
        call = partial(self._call, place.path, ())
        answer = yield from asking.ask(lambda _: call(), explain)
        yield Page([asking.record(answer)])
        return 1

    def _in_rooms(self, asking: Asking, place: Place) -> Counted:
        """Yield the steps that give what is in each room; what is in two only once."""
        count, leave_new = 0, once()
        rooms = self._cursor(asking.apart(), ROOMS, ROOMS.path)
        while not rooms.is_over:
            for room in (yield from self._page(rooms, ROOMS)):
                number = id_of(room, "id")
                if number is None:
                    problem = "a room has no id to ask by; check its version"
                    raise rooms.asking.fault(problem)
                path = f"{ROOMS.path}/{number}/{place.path}"
                cursor = self._cursor(asking.apart(), place, path)
                count += yield from self._listed(cursor, place, leave_new)
        return count

    def _by_student(self, asking: Asking, place: Place) -> Counted:
        """Yield the steps that give the records of the students who are named."""
        count, lots = 0, students(place, asking.wanted)
        if lots is None:
            problem = (
                "the MIS lists these by student; give a condition on"
                " `result.student_id` with `=` or `in`"
            )
            raise asking.fault(problem)
        for ids in lots:
            named: Pairs = (("students", ids),)
            cursor = self._cursor(asking.apart(), place, place.path, named)
            count += yield from self._listed(cursor, place, self._typed)
        return count

    def _cursor(
        self, asking: Asking, place: Place, path: str, named: Pairs = ()
    ) -> PageCursor:
        """Return the cursor of a list, at its start."""
        is_exact = decides_all(place, asking.wanted)
        size = asking.wanted.page_size(self._size) if is_exact else self._size

        def asked(wanted: Fetch) -> Pairs:
            return (*named, *query(place, wanted))

        return PageCursor(asking, path, asked, size, next_turn, (("page", "1"),))

    def _listed(
        self,
        cursor: PageCursor,
        place: Place,
        shape: Callable[[list[object]], list[object]] = list,
    ) -> Counted:
        """Yield the steps that give the records of a list, put into shape."""
        count = 0
        while not cursor.is_over:
            records = shape((yield from self._page(cursor, place)))
            count += len(records)
            yield Page(records)
        return count

    def _page(self, cursor: PageCursor, place: Place) -> StepsTo[list[object]]:
        """Yield the steps to the next page, and return its records."""

        def call(wanted: Fetch) -> Call:
            page = (*cursor.turn, ("per_page", str(cursor.size)))
            asked = (*page, *cursor.query(wanted))
            return self._call(cursor.place, asked, headers(place, wanted))

        is_conditional = bool(headers(place, cursor.asking.wanted))
        means = partial(explain, is_conditional=is_conditional)
        try:
            answer = yield from cursor.asking.next_page(call, means)
        except UnchangedError:
            cursor.is_over = True
            return []
        records = cursor.asking.records(answer)
        cursor.take(answer, len(records))
        return records

    def _call(
        self, path: str, params: Pairs, changed: Mapping[str, str] = EMPTY
    ) -> Call:
        more = {"accept": _ACCEPT, **changed}
        shown = {**more, "authorization": self._authorization()}
        return Call(f"{self._url}/{path}", params, shown)

    def _typed(self, results: list[object]) -> list[object]:
        return [self._with_type(result) for result in results]

    def _with_type(self, result: object) -> object:
        number = id_of(result, "assessment_id")
        known = None if number is None else self._types.get(number)
        if known is None or not isinstance(result, dict):
            return result
        return {**result, "assessment_type": known}


def _all_fields(resource: Resource) -> set[str] | None:
    """Return the fields that the API holds, since a change of any is reported.

    None where a catalogue of one's own has fewer: changes of what it does not name
    would be revealed too.
    """
    published = Catalogue.builtin("assembly").resource(resource.name).fields
    named = {leaf.path for leaf in resource.fields}
    return named if named.issuperset(leaf.path for leaf in published) else None
