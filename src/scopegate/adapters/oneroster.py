"""`OneRoster`: a school's rostering and demographics by REST, 1.1 and 1.2.

What a server may be asked to decide, and why so little, is in `_oneroster.query`;
where each resource is read is in `_oneroster.interface`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import quote

from attrs import evolve, frozen

from .._base.secret import Secret
from .._base.values import names, quoted, seconds_awake
from .._wire.body_path import at
from ..arguments import checked
from ..catalogue.resource import Resource
from ._http.bearer import authorization
from ._http.oauth import ClientCredentials
from ._http.page_cursor import PageCursor
from ._oneroster.interface import (
    ENDPOINTS,
    PER_SCHOOL,
    TOTAL,
    VERSIONS,
    Param,
    scope_of,
)
from ._oneroster.pages import FIRST, explain, next_turn
from ._oneroster.query import (
    conditions,
    filter_of,
    is_safe,
    live_filter_of,
    sortable,
    top_name,
)
from ._oneroster.words import is_live, remembered
from .base import NONE, Capabilities, Fetch
from .steps import Answer, Asking, Call, Counted, Page, Pairs, Steps, StepsTo

_ID = re.compile(r"(?!\.{1,2}$)[^\x00-\x1f]+")
"""A `sourcedId` that is safe in an address and does not lead elsewhere there."""


@frozen
class _OneField(Capabilities):
    """Capabilities of an interface that sorts by one field and no more."""

    def sorts_by(self, paths: Iterable[str]) -> bool:
        """Tell whether *paths* is one, and one that the MIS sorts by."""
        asked = tuple(paths)
        return len(asked) == 1 and asked[0] in self.orders


@checked
class OneRoster:
    """A OneRoster server; `HTTPAdapter(OneRoster(...))` makes an adapter of it.

    Its records are in the shape of the built-in catalogue `oneroster`. Threads may
    share it.

    Args:
        url: The address of the service, to which `/students` is added, such as
            `https://mis.example/ims/oneroster/rostering/v1p2`.
        version: The version it speaks, 1.1 or 1.2.
        client_id: Who asks, for OAuth 2 client credentials.
        client_secret: The proof; never shown.
        token_url: Where access tokens are given.
        school: Where the server holds several schools, the `identifier` of the
            one to serve. Then only that school's records are asked for, and what
            cannot be asked for by school is refused: organisations, sessions
            other than terms, users, demographics. None: the server holds one
            school, and the gate finds out which.
        page_size: The most records of a page; servers usually give 100 at most.
        lacks: Full paths of the fields of its version that this server lacks, such as
            `student.agents`; never asked for. A server that does not know a field
            refuses the whole request, or gives every field that it has.
        filters_by: Full paths of the fields it filters by, where it does not filter by
            all it should. Empty: by none, and the gate does it all.
        sorts_by_code_point: Whether it sorts texts by code point and puts last
            what is missing. OneRoster does not say how a server sorts, so it is
            not asked to unless you know.
        roster_scope: The OAuth scope to ask for, where the school has not allowed
            the narrowest that does. Demographics have their own all the same.
        elapsed: Gives seconds that only go on; used to know when a token is spent.

    Raises:
        ValueError: The version is unknown, or a page has no records, or the secret is
            not a text.
    """

    def __init__(
        self,
        url: str,
        *,
        version: str = "1.2",
        client_id: str,
        client_secret: str,
        token_url: str,
        school: str | None = None,
        page_size: int = 100,
        lacks: Iterable[str] = (),
        filters_by: Iterable[str] | None = None,
        sorts_by_code_point: bool = False,
        roster_scope: str | None = None,
        elapsed: Callable[[], float] = seconds_awake,
    ) -> None:
        secret = Secret(client_secret)
        del client_secret  # a frame that an error leaves holds no secret
        if version not in VERSIONS:
            message = f"a version is one of {', '.join(VERSIONS)}"
            raise ValueError(message)
        if page_size < 1:
            message = f"a page has at least 1 record, not {page_size}"
            raise ValueError(message)
        self._url, self._version, self._size = url.rstrip("/"), version, page_size
        self._client = ClientCredentials(token_url, client_id, secret, elapsed)
        self._school, self._school_id = school, ""
        self._lacks = names(lacks)
        self._filters_by = None if filters_by is None else names(filters_by)
        self._sorts, self._roster_scope = sorts_by_code_point, roster_scope

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the parts of a query it can serve; see `Adapter.capabilities`."""
        if resource.name not in ENDPOINTS:
            return NONE
        if self._is_one_record(resource):
            return Capabilities(projects=True)
        known = self._known(resource)
        able = conditions(resource, known)
        moment = f"{resource.name}.dateLastModified"
        return _OneField(
            projects=True,
            page_size=self._size,
            conditions={path: able[path] for path in able if self._filters(path)},
            orders=sortable(resource, known) if self._sorts else (),
            totals=True,
            changes={moment} if self._filters(moment) else None,
        )

    def steps(self, asking: Asking) -> Steps:
        """Yield the steps that fetch what *asking* wants; see `Interface.steps`.

        Raises:
            SourceError: It cannot be read, or not of one school alone.
        """
        if asking.wanted.resource.name not in ENDPOINTS:
            return
        if self._is_one_record(asking.wanted.resource):
            yield Page([(yield from self._record(asking))])
            return
        cursor = yield from self._cursor(asking)
        while not cursor.is_over:
            found = yield from self._page(cursor, asking.wanted.resource.name)
            yield Page([*_served(found, asking.wanted)])

    def total_steps(self, asking: Asking) -> Counted:
        """Yield the steps to the number of records; see `CountingInterface`.

        Where the server does not say, or some are not `active`, they are counted.
        """
        if asking.wanted.resource.name not in ENDPOINTS:
            return 0
        if self._is_one_record(asking.wanted.resource):
            yield from self._record(asking)
            return 1
        total = yield from self._told_total(asking)
        if total is not None:
            return total
        name, count = asking.wanted.resource.name, 0
        cursor = yield from self._cursor(asking)
        while not cursor.is_over:
            found = yield from self._page(cursor, name)
            count += len([*_served(found, asking.wanted)])
        return count

    def _told_total(self, asking: Asking) -> StepsTo[int | None]:
        """Yield the steps to the number of records that the server gives.

        Returns:
            It, if the server gives as many that are `active`; otherwise None.
        """
        total = yield from self._told(asking, self._query)
        if not total:
            return total
        filters = self._filters(f"{asking.wanted.resource.name}.status")
        if not filters or live_filter_of(asking.wanted) is None:
            return None
        live = yield from self._told(asking, self._live_query)
        return total if live == total else None

    def _told(
        self, asking: Asking, query: Callable[[Asking, Fetch], Pairs]
    ) -> StepsTo[int | None]:
        """Yield the steps to the number of records that the server gives of a query."""
        name, cursor = asking.wanted.resource.name, (yield from self._cursor(asking))
        asked = partial(query, asking)
        one = evolve(cursor, asking=asking.apart(), size=1, query=asked)
        answer = yield from self._answer(one.asking, name, one.place, _asked(one))
        return answer.number(TOTAL)

    def _cursor(self, asking: Asking) -> StepsTo[PageCursor]:
        """Yield the steps to where a resource is read, and return that."""
        name = asking.wanted.resource.name
        place = ENDPOINTS[name].collection
        if self._school is not None:
            if name not in PER_SCHOOL:
                problem = (
                    f"a school's `{name}` records cannot be asked for on their own; ask"
                    f" for {quoted(PER_SCHOOL)}, or use an account of one school"
                )
                raise asking.fault(problem)
            place = f"{(yield from self._school_place(asking))}/{place}"
        size, query = asking.wanted.page_size(self._size), partial(self._query, asking)
        return PageCursor(asking, place, query, size, next_turn, FIRST)

    def _page(self, cursor: PageCursor, name: str) -> StepsTo[list[object]]:
        """Yield the steps to the next page, and return its records."""
        asking = cursor.asking
        answer = yield from self._answer(asking, name, cursor.place, _asked(cursor))
        fields = dict(cursor.query(asking.wanted))[Param.FIELDS].split(",")
        is_keyless = "sourcedId" not in fields
        records: list[object] = []
        if answer.status != 204:  # some servers say so where there is nothing
            envelope = ENDPOINTS[name].envelope
            records = asking.records(answer, envelope, may_repeat=is_keyless)
        cursor.take(answer, len(records))
        return records

    def _record(self, asking: Asking) -> StepsTo[object]:
        place, query = (yield from self._school_place(asking)), self._fields
        name = asking.wanted.resource.name
        answer = yield from self._answer(asking, name, place, partial(query, asking))
        for record in _served([asking.record(answer, "org")], asking.wanted):
            return record
        problem = "the school is not `active` in the MIS; correct `school`"
        raise asking.fault(problem)

    def _school_place(self, asking: Asking) -> StepsTo[str]:
        """Yield the steps to where the school is, none once it is known; return it."""
        if not self._school_id:
            self._school_id = yield from self._found_school(asking, str(self._school))
        return f"schools/{quote(self._school_id, safe='')}"

    def _found_school(self, asking: Asking, school: str) -> StepsTo[str]:
        """Yield the steps to the `sourcedId` of the school, and return it."""
        asked: Pairs = ((Param.FIELDS, "sourcedId,identifier,status"),)
        if is_safe(school):
            asked = ((Param.FILTER, f"identifier='{school}'"), *asked)
        looking, place = asking.apart(), ENDPOINTS["school"].collection
        cursor = PageCursor(
            looking, place, lambda _: asked, self._size, next_turn, FIRST
        )
        found = set()
        while not cursor.is_over:
            for one in (yield from self._page(cursor, "school")):
                is_it = str(at(one, ["identifier"])) == school
                if is_it and is_live(at(one, ["status"])):
                    found.add(str(at(one, ["sourcedId"]) or ""))
        if len(found) != 1 or not _ID.fullmatch(min(found)):
            problem = "no single school has that identifier; correct `school`"
            raise asking.fault(problem)
        return found.pop()

    def _answer(
        self, asking: Asking, name: str, place: str, asked: Callable[[Fetch], Pairs]
    ) -> StepsTo[Answer]:
        """Yield the steps to one answer, with a new token where the old one ended."""
        asked(asking.wanted)  # where there is nothing to ask, no request is sent
        scope = self._scope(name)
        token = yield from self._client.steps(asking, scope)

        def call(wanted: Fetch) -> Call:
            params = asked(wanted)
            shown = {"authorization": authorization(token)}
            return Call(f"{self._url}/{place}", params, shown)

        def recover(answer: Answer) -> StepsTo[bool]:
            nonlocal token
            if answer.status != 401:
                return False
            self._client.forget(scope, token)
            token = yield from self._client.steps(asking, scope)
            return True

        return (yield from asking.next_page(call, explain, recover))

    def _query(self, asking: Asking, wanted: Fetch) -> Pairs:
        sort = wanted.order_by and top_name(wanted.order_by[0])
        chosen = filter_of(wanted)
        ordered = ((Param.SORT, sort), (Param.ORDER, "asc")) if sort else ()
        filtered = ((Param.FILTER, chosen),) if chosen else ()
        return (*ordered, *filtered, *self._fields(asking, wanted))

    def _live_query(self, asking: Asking, wanted: Fetch) -> Pairs:
        """Return the query for what is `active`, if a filter can say so."""
        chosen = live_filter_of(wanted)
        filtered = ((Param.FILTER, chosen),) if chosen else ()
        return (*filtered, *self._fields(asking, wanted))

    def _fields(self, asking: Asking, wanted: Fetch) -> Pairs:
        """Return the fields to ask for: all those wanted that the server has.

        And `status`, by which it is decided whether a record is served.
        """
        known = self._known(wanted.resource)
        asked = dict.fromkeys(map(top_name, wanted.fields))
        found = [name for name in asked if name in known]
        if not found:
            version = f"OneRoster {self._version}"
            problem = f"{version} has none of the fields asked for; ask for others"
            raise asking.fault(problem)
        status = [] if "status" in found else known.intersection(["status"])
        return ((Param.FIELDS, ",".join([*found, *status])),)

    def _known(self, resource: Resource) -> frozenset[str]:
        """Return the names of a resource's fields that this server has."""
        published = ENDPOINTS[resource.name].published(self._version)
        lacking = {
            top_name(path)
            for path in self._lacks
            if path.startswith(f"{resource.name}.")
        }
        return published - lacking

    def _filters(self, path: str) -> bool:
        return self._filters_by is None or path in self._filters_by

    def _is_one_record(self, resource: Resource) -> bool:
        return resource.name == "school" and self._school is not None

    def _scope(self, resource: str) -> str:
        if self._roster_scope is not None and resource != "demographics":
            return self._roster_scope
        is_below = self._school is not None
        return scope_of(resource, self._version, is_below_school=is_below)


def _served(records: Iterable[object], wanted: Fetch) -> Iterator[object]:
    """Yield the records that are served, and among changes those that were deleted."""
    home, is_shown = wanted.resource, f"{wanted.resource.name}.status" in wanted.fields
    tells = wanted.changed_since is not None and home.key == "sourcedId" and is_shown
    for record in records:
        if is_live(at(record, ["status"])):
            yield record if is_shown else _without_status(record)
        elif tells and isinstance(record, dict):
            yield remembered(record, home.subject)


def _without_status(record: object) -> object:
    """Return a record as it is wanted; its status was asked for only to decide."""
    if not isinstance(record, dict):
        return record
    return {name: value for name, value in record.items() if name != "status"}


def _asked(cursor: PageCursor) -> Callable[[Fetch], Pairs]:
    page: Pairs = ((Param.LIMIT, str(cursor.size)), *cursor.turn)
    return lambda wanted: (*page, *cursor.query(wanted))
