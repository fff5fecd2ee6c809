"""`Exchange`: one request of a client for records, without I/O.

Written once for every client: whatever drives it sends what it yields, hands it
the answers, and gives the client what it returns. A response is decided under
one permit from its first request to its last byte; if another comes into force
meanwhile, all of it is done again.
"""

from collections.abc import Callable

from attrs import define, evolve, field

from ..._wire.address import write_query
from ..._wire.body_path import written
from ..._wire.messages import GET, Answer, Pairs, RequestsTo, Response, constant
from ...errors import RouteRefusedError
from .._pages.filler import Filling
from .._pages.memory import Memory
from .._pages.paging import Mark, Paging, Said
from .._pages.signs import Turn, shown
from .failures import MOVED, NOT_FOUND, is_error, is_gone, refused
from .mis_calls import ChangedError, MisCalls

Steps = RequestsTo[Response]
"""Requests to the MIS, each handed its answer; and the response to the client."""


@define(eq=False)
class Exchange:
    """One request of a client for records, under way.

    Attributes:
        calls: The requests to the MIS for it.
        given: The parameters of the client. Never shown.
        memory: Where pages begin.
        moved: Returns where a client may go when an MIS redirects it, or None.
    """

    calls: MisCalls
    given: Pairs = field(repr=False)
    memory: Memory = field(repr=False)
    moved: Callable[[str, str], str | None] = field(repr=False)

    def steps(self) -> Steps:
        """Yield the requests to the MIS, and return the response.

        Raises:
            ScopegateError: It must not be asked, or the MIS cannot be read.
        """
        for _ in range(self.calls.limits.pages):
            self.calls.start()
            try:
                return (yield from self._once())
            except ChangedError:
                continue
        problem = "what is permitted changes all the time; try again later"
        raise self.calls.fault(problem)

    @property
    def _paging(self) -> Paging:
        return self.calls.ask.paging

    def _once(self) -> Steps:
        if not self.calls.route.records.is_list:
            return (yield from self._single())
        if self.calls.is_exact or not self._paging.by:
            return (yield from self._page())
        return (yield from self._filled())

    def _single(self) -> Steps:
        answer = yield from self.calls.asked(None, None)
        if not answer.is_good:
            return self._told(answer)
        given = self._filling(0, 1)
        self.calls.pour(given, self.calls.read(answer)[1], Mark())
        return self._response(given, None) if given.records else NOT_FOUND

    def _page(self) -> Steps:
        """Give a page of the MIS, as many of its records as may be given."""
        paging, window = self._paging, self.calls.ask.window
        spot = self._recalled().spot if window.cursor else window.number
        answer = yield from self.calls.asked(spot, window.size)
        if not answer.is_good:
            return self._told(answer)
        body, records = self.calls.read(answer)
        said = paging.listen(answer.headers, body)
        more, cursor = said.more, ""
        if paging.by == "cursor":
            after = paging.after(spot, len(records), said)
            more = after is not None
            cursor = self.memory.cursor(self._listing, Mark(after)) if more else ""
        if not self.calls.is_exact:
            said = Said()
        given = self._filling(0, len(records))
        self.calls.pour(given, records, Mark(spot))
        turn = Turn(window, len(records), window.size, more, cursor, said)
        return self._response(given, turn)

    def _filled(self) -> Steps:
        """Give a page that is as full as if the MIS had only what may be given."""
        paging, window = self._paging, self.calls.ask.window
        size = paging.usual if window.size is None else window.size
        before = paging.before(window, size)
        passed, mark = 0, Mark(paging.first())
        if window.cursor:
            mark = self._recalled()
        elif before:
            passed, mark = self.memory.nearest(self._listing, before, mark)
        filling = self._filling(before - passed, size, is_ahead=paging.looks_ahead)
        # Where few of many records may be given, small pages take many requests.
        least = paging.usual if self.calls.may_cut else 1
        failed = yield from self._fill(filling, mark, max(size, least))
        if failed is not None:
            return failed
        cursor, count = "", len(filling.records)
        if filling.following is not None:
            cursor = self._remember(before + count, filling.following)
        turn = Turn(window, count, size, filling.more, cursor, Said())
        return self._response(filling, turn)

    def _fill(
        self, filling: Filling, mark: Mark, size: int
    ) -> RequestsTo[Response | None]:
        """Ask for page after page until one is full; return an error that stops it."""
        before = None
        if mark.size is not None and self._paging.by == "page":
            size = mark.size  # a page is counted in pages of its own size
        while True:
            mark = evolve(mark, size=size if mark.size is None else mark.size)
            answer = yield from self.calls.asked(mark.spot, mark.size)
            if not answer.is_good:
                return self._told(answer)
            body, records = self.calls.read(answer)
            if records and answer.body == before and self.calls.has_key:
                problem = "a page comes again; correct the `paging` of the route"
                raise self.calls.fault(problem)
            before = answer.body
            if not self.calls.pour(filling, records, mark):
                return None
            said = self._paging.listen(answer.headers, body)
            following = self._paging.after(mark.spot, len(records), said)
            if following is None:
                filling.more = False
                return None
            mark = Mark(following)

    def _filling(self, before: int, size: int, *, is_ahead: bool = True) -> Filling:
        return Filling(before, size, is_ahead, self.calls.limits.answer_bytes)

    @property
    def _listing(self) -> tuple[object, ...]:
        """What a place is remembered for: equal for the pages of one listing."""
        paging = self._paging
        asked = sorted(pair for pair in self.given if pair[0] not in paging.names)
        # Some clients say only from the second page on how large they want them.
        size = self.calls.ask.window.size if paging.by == "page" else None
        return (self.calls.url, tuple(asked), paging.by, size)

    def _remember(self, number: int, mark: Mark) -> str:
        if self._paging.by == "cursor":
            return self.memory.cursor(self._listing, mark)
        self.memory.note(self._listing, number, mark)
        return ""

    def _recalled(self) -> Mark:
        mark = self.memory.recall(self._listing, self.calls.ask.window.cursor)
        if mark is None:
            problem = (
                f"`{self._paging.position}` is not a cursor that was given for this"
                " listing, or one that was forgotten; start at the first page"
            )
            raise RouteRefusedError(GET, self.calls.route.path.text, problem)
        return mark

    def _response(self, given: Filling, turn: Turn | None) -> Response:
        told = {} if turn is None else dict(turn.tell(self._paging, self._link))
        headers, signs = shown(self._paging, told)
        body = written(self.calls.route.records, given.records, signs)
        self.calls.disclose(given)
        return Response(200, body, headers)

    def _link(self, changes: Pairs) -> str:
        pairs = {**dict(self.given), **dict(changes)}
        return f"{self.calls.url}?{write_query(pairs.items())}"

    def _told(self, answer: Answer) -> Response:
        """Return a response that says no more of an answer than what went wrong."""
        is_single = not self.calls.route.records.is_list
        if is_single and is_gone(answer, may_be_withheld=self.calls.may_cut):
            return NOT_FOUND
        if answer.status in MOVED:
            return self._elsewhere(answer)
        if is_error(answer):
            return refused(answer)
        problem = f"the MIS answered with status {answer.status}; only 200 is expected"
        raise self.calls.fault(problem)

    def _elsewhere(self, answer: Answer) -> Response:
        location = self.moved(self.calls.sent, answer.headers.get("location", ""))
        if location is None:
            problem = "the MIS answers from elsewhere; correct the address"
            raise self.calls.fault(problem)
        if self.given:
            location = f"{location}?{write_query(self.given)}"
        return constant(answer.status, "moved", (("Location", location),))
