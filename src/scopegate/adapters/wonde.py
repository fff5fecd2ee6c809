"""`Wonde`: one school, by Wonde's API.

Where each resource is read is in `_wonde.interface`, what it may be asked in
`_wonde.query`, and how pages follow each other in `_wonde.pages`.
"""

import re
from functools import partial

from .._base.secret import Secret
from ..arguments import checked
from ..catalogue.field import local_steps
from ..catalogue.resource import Resource
from ..records.untrusted import UNREADABLE, plain_at
from ._http.bearer import Token, bearer
from ._http.page_cursor import PageCursor
from ._wonde.interface import COLLECTIONS, Collection
from ._wonde.pages import explain, next_turn
from ._wonde.query import query
from .base import NONE, Capabilities, Fetch
from .steps import Asking, Call, Page, Pairs, Steps, StepsTo

_ID = re.compile(r"[\w-]+", re.ASCII)
_URN = local_steps("region.identifiers.urn")


@checked
class Wonde:
    """A school in Wonde; `HTTPAdapter(Wonde(...))` makes an adapter of it.

    Its records are in the shape of the built-in catalogue `wonde`. Threads may share
    it. Only those parts of a record are included in which something may flow. Wonde
    narrows, sorts and counts nothing for it; the gate does.

    Args:
        token: The app's token; never shown. Or a function that returns it, called
            before every request.
        school_id: The school's id in Wonde, such as `A1300691890`.
        url: The address of the API. It depends on the region of the school, and the
            school's record says which.
        school: The school's URN, where you know whose id it is. None: the gate finds
            out, from the public record.
        page_size: The most records of a page.

    Raises:
        ValueError: A page has no records, or the token or the id is not one.
    """

    def __init__(
        self,
        token: Token,
        school_id: str,
        *,
        url: str = "https://api.wonde.com/v1.0",
        school: str | None = None,
        page_size: int = 100,
    ) -> None:
        secret = Secret(token)
        del token  # a frame that an error leaves holds no secret
        if page_size < 1:
            message = f"a page has at least 1 record, not {page_size}"
            raise ValueError(message)
        if not _ID.fullmatch(school_id):
            message = "a school's id is letters and digits, such as `A1300691890`"
            raise ValueError(message)
        self._url = f"{url.rstrip('/')}/schools/{school_id}"
        self._authorization = bearer(secret)
        self._school, self._size = school, page_size

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the parts of a query it can serve; see `Adapter.capabilities`."""
        collection = COLLECTIONS.get(resource.name)
        if collection is None:
            return NONE
        return Capabilities(page_size=self._size, changes=collection.changes(resource))

    def steps(self, asking: Asking) -> Steps:
        """Yield the steps that fetch what *asking* wants; see `Interface.steps`.

        Raises:
            SourceError: It cannot be read, or a page leads elsewhere.
        """
        name = asking.wanted.resource.name
        collection = COLLECTIONS.get(name)
        if name == "school":
            yield Page([(yield from self._record(asking))])
        elif collection is not None:
            cursor = self._cursor(asking, collection)
            while not cursor.is_over:
                yield Page((yield from self._page(cursor)))

    def _record(self, asking: Asking) -> StepsTo[object]:
        answer = yield from asking.ask(lambda _: self._call(self._url, ()), explain)
        record = asking.record(answer, "data")
        urn = plain_at(record, _URN)
        if record.get("urn") is None and urn is not UNREADABLE:
            return {**record, "urn": urn}  # Wonde gives it in either place
        return record

    def _cursor(self, asking: Asking, collection: Collection) -> PageCursor:
        size = asking.wanted.page_size(self._size)
        turn: Pairs = (("cursor", "true"),) if collection.has_cursor else ()
        url, asked = f"{self._url}/{collection.name}", partial(query, collection)
        return PageCursor(asking, url, asked, size, next_turn, turn)

    def _page(self, cursor: PageCursor) -> StepsTo[list[object]]:
        """Yield the steps to the next page, and return its records."""

        def call(wanted: Fetch) -> Call:
            page = (*cursor.turn, ("per_page", str(cursor.size)))
            return self._call(cursor.place, (*page, *cursor.query(wanted)))

        answer = yield from cursor.asking.next_page(call, explain)
        records = cursor.asking.records(answer, "data")
        cursor.take(answer, len(records))
        return records

    def _call(self, url: str, params: Pairs) -> Call:
        return Call(url, params, {"authorization": self._authorization()})
