"""`Exchange`: one request of a client for records, without I/O.

Written once for every client: whatever drives it sends what it yields, hands it
the answers, and gives the client what it returns. A response is decided under
one permit from its first request to its last byte; if another comes into force
meanwhile, all of it is done again.
"""

from collections.abc import Callable, Generator

from attrs import define, evolve, field

from ..._wire.address import write_query
from ..._wire.body_path import written
from ..._wire.messages import GET, Answer, Pairs, Request, Response, constant
from ...errors import RouteRefusedError
from .._dialects.client_query import check
from .._pages.filler import Filling
from .._pages.memory import Memory
from .._pages.paging import Mark, Said
from .._pages.signs import Turn, shown
from .failures import MOVED, NOT_FOUND, is_error, is_gone, refused
from .mis_calls import Asking, ChangedError

Steps = Generator[Request, Answer, Response]
"""Requests to the MIS, each handed its answer; and the response to the client."""


@define(eq=False)
class Exchange(Asking):
    """One request of a client for records, under way.

    Attributes:
        given: The parameters of the client. Never shown.
        memory: Where pages begin.
        moved: Tells where a client may go that an MIS sends elsewhere, or None.
    """

    given: Pairs = field(repr=False)
    memory: Memory = field(repr=False)
    moved: Callable[[str, str], str | None] = field(repr=False)

    def steps(self) -> Steps:
        """Yield the requests to the MIS, and return the response.

        Raises:
            ScopegateError: It may not be asked, or the MIS cannot be read.
        """
        for _ in range(self.limits.pages):
            self.permit = self.access.permit
            check(self.permit, self.ask)
            try:
                return (yield from self._once())
            except ChangedError:
                continue
        problem = "what is permitted changes all the time; try again later"
        raise self.fault(problem)

    def _once(self) -> Steps:
        if not self.route.records.is_list:
            return (yield from self._single())
        if self.ask.is_exact(self.permit) or not self.ask.paging.by:
            return (yield from self._page())
        return (yield from self._filled())

    def _single(self) -> Steps:
        answer = yield from self.asked(None, None)
        if not answer.is_good:
            return self._told(answer)
        given = self._filling(0, 1)
        self.pour(given, self.read(answer)[1], Mark())
        return self._response(given, None) if given.records else NOT_FOUND

    def _page(self) -> Steps:
        """Give a page of the MIS, as many of its records as may be given."""
        paging, window = self.ask.paging, self.ask.window
        spot = self._recalled().spot if window.cursor else window.number
        answer = yield from self.asked(spot, window.size)
        if not answer.is_good:
            return self._told(answer)
        body, records = self.read(answer)
        said = paging.listen(answer.headers, body)
        more, cursor = said.more, ""
        if paging.by == "cursor":
            after = paging.after(spot, len(records), said)
            more = after is not None
            cursor = self.memory.cursor(self._listing, Mark(after)) if more else ""
        if not self.ask.is_exact(self.permit):
            said = Said()
        given = self._filling(0, len(records))
        self.pour(given, records, Mark(spot))
        turn = Turn(window, len(records), window.size, more, cursor, said)
        return self._response(given, turn)

    def _filled(self) -> Steps:
        """Give a page that is as full as if the MIS had only what may be given."""
        paging, window = self.ask.paging, self.ask.window
        size = paging.usual if window.size is None else window.size
        before = paging.before(window, size)
        passed, mark = 0, Mark(paging.first())
        if window.cursor:
            mark = self._recalled()
        elif before:
            passed, mark = self.memory.nearest(self._listing, before, mark)
        filling = self._filling(before - passed, size, is_ahead=paging.looks_ahead)
        # Where few of many records may be given, small pages take many requests.
        least = paging.usual if "" in self.permit.cuts(self.home.name) else 1
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
    ) -> Generator[Request, Answer, Response | None]:
        """Ask for page after page until one is full; return what keeps it from that."""
        before = None
        if mark.size is not None and self.ask.paging.by == "page":
            size = mark.size  # a page is counted in pages of its own size
        while True:
            mark = evolve(mark, size=size if mark.size is None else mark.size)
            answer = yield from self.asked(mark.spot, mark.size)
            if not answer.is_good:
                return self._told(answer)
            body, records = self.read(answer)
            if records and answer.body == before and self._has_key():
                problem = "a page comes again; correct the `paging` of the route"
                raise self.fault(problem)
            before = answer.body
            if not self.pour(filling, records, mark):
                return None
            said = self.ask.paging.listen(answer.headers, body)
            following = self.ask.paging.after(mark.spot, len(records), said)
            if following is None:
                filling.more = False
                return None
            mark = Mark(following)

    def _has_key(self) -> bool:
        """Tell whether records are asked for with what tells one from another."""
        return f"{self.home.name}.{self.home.key}" in self.ask.wanted(self.permit)

    def _filling(self, before: int, size: int, *, is_ahead: bool = True) -> Filling:
        return Filling(before, size, is_ahead, self.limits.answer_bytes)

    @property
    def _listing(self) -> tuple[object, ...]:
        """What a place is remembered for: equal for the pages of one listing."""
        paging = self.ask.paging
        asked = sorted(pair for pair in self.given if pair[0] not in paging.names)
        # Some clients say only from the second page on how large they want them.
        size = self.ask.window.size if paging.by == "page" else None
        return (self.url, tuple(asked), paging.by, size)

    def _remember(self, number: int, mark: Mark) -> str:
        if self.ask.paging.by == "cursor":
            return self.memory.cursor(self._listing, mark)
        self.memory.note(self._listing, number, mark)
        return ""

    def _recalled(self) -> Mark:
        mark = self.memory.recall(self._listing, self.ask.window.cursor)
        if mark is None:
            problem = (
                f"`{self.ask.paging.position}` is no cursor that was given for this"
                " listing, or one that was forgotten; start at the first page"
            )
            raise RouteRefusedError(GET, self.route.path.text, problem)
        return mark

    def _response(self, given: Filling, turn: Turn | None) -> Response:
        """Return a response that gives records, and count each of them."""
        told = {} if turn is None else dict(turn.tell(self.ask.paging, self._link))
        headers, signs = shown(self.ask.paging, told)
        body = written(self.route.records, given.records, signs)
        self.hold()
        chosen = self.ask.chosen(self.permit)
        for _ in given.records:
            self.access.disclose(self.permit, self.home.name, chosen)
        for path in given.notes:
            self.access.note(path)
        return Response(200, body, headers)

    def _link(self, changes: Pairs) -> str:
        """Return the address of this listing with some parameters changed."""
        pairs = {**dict(self.given), **dict(changes)}
        return f"{self.url}?{write_query(pairs.items())}"

    def _told(self, answer: Answer) -> Response:
        """Return a response that says no more of an answer than what went wrong."""
        is_cut = "" in self.permit.cuts(self.home.name)
        is_single = not self.route.records.is_list
        if is_single and is_gone(answer, may_be_withheld=is_cut):
            return NOT_FOUND
        if answer.status in MOVED:
            return self._elsewhere(answer)
        if is_error(answer):
            return refused(answer)
        problem = f"the MIS answered with status {answer.status}; only 200 is expected"
        raise self.fault(problem)

    def _elsewhere(self, answer: Answer) -> Response:
        location = self.moved(self.sent, answer.headers.get("location", ""))
        if location is None:
            problem = "the MIS answers from elsewhere; correct the address"
            raise self.fault(problem)
        if self.given:
            location = f"{location}?{write_query(self.given)}"
        return constant(answer.status, "moved", (("Location", location),))
