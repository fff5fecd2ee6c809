"""`Exchange`: one request of a client for records, without I/O.

Written once for every client: whatever drives it sends what it yields, hands it
the answers, and gives the client what it returns. A response is decided under
one permit from its first request to its last byte; if another comes into force
meanwhile, all of it is done again.
"""

from collections.abc import Callable, Generator
from typing import Never

from attrs import define, field

from .._body import BodyError, parse_json
from ..access import Access
from ..errors import RouteRefusedError, SourceError
from ..permit import Permit
from ..projection import Plan, compile_plan
from ..resource import Resource
from ._address import write_query
from ._ask import Ask, check
from ._filling import Filling, FillingError, written_record
from ._memory import Memory
from ._messages import Answer, Bounds, Pairs, Request, Response, constant
from ._paging import Mark, Said, Spot
from ._place import PlaceError, written
from ._route import Route
from ._turn import Turn, shown

Steps = Generator[Request, Answer, Response]
"""Requests to the MIS, each handed its answer; and the response to the client."""

NOT_FOUND = constant(404, "not found")
"""What is not there, and what is withheld, look alike."""

_GONE = frozenset({404, 410})
_HIDDEN = frozenset({403, 404, 410})
"""What an MIS may say of a record that is there for it and not for the client."""

_MOVED = frozenset({301, 302, 303, 307, 308})
_WAITING = frozenset({429, 503})


class _ChangedError(Exception):
    """Another permit has come into force."""


@define(eq=False)
class Exchange:
    """One request of a client for records, under way.

    Attributes:
        access: Whose permit it is under.
        route: The route it takes.
        home: The resource, as the catalogue has it.
        ask: What is asked.
        url: The address to ask at, without a query. Never shown.
        headers: What is sent along. Never shown.
        given: The parameters of the client. Never shown.
        memory: Where pages begin.
        bounds: How much is borne.
        moved: Tells where a client may go that an MIS sends elsewhere, or None.
    """

    access: Access = field(repr=False)
    route: Route
    home: Resource = field(repr=False)
    ask: Ask
    url: str = field(repr=False)
    headers: Pairs = field(repr=False)
    given: Pairs = field(repr=False)
    memory: Memory = field(repr=False)
    bounds: Bounds
    moved: Callable[[str, str], str | None] = field(repr=False)
    _count: int = 0
    _sent: str = field(init=False, default="", repr=False)
    _permit: Permit = field(init=False, repr=False)

    def steps(self) -> Steps:
        """Yield the requests to the MIS, and return the response.

        Raises:
            ScopegateError: It may not be asked, or the MIS cannot be read.
        """
        for _ in range(self.bounds.requests):
            self._permit = self.access.permit
            check(self._permit, self.ask)
            try:
                return (yield from self._once())
            except _ChangedError:
                continue
        self._fail("what is permitted changes all the time; try again later")

    def _once(self) -> Steps:
        if not self.route.records.is_list:
            return (yield from self._single())
        if self.ask.is_exact(self._permit) or not self.ask.paging.by:
            return (yield from self._page())
        return (yield from self._filled())

    def _single(self) -> Steps:
        answer = yield from self._asked(None, None)
        if not answer.is_good:
            return self._told(answer)
        [record] = self._records(self._parsed(answer))
        released = self._released(record)
        if released is None:
            return NOT_FOUND
        return self._given([self._written(released)], None)

    def _page(self) -> Steps:
        """Give a page of the MIS, whose records are all given on."""
        paging, window = self.ask.paging, self.ask.window
        spot = self._recalled().spot if window.cursor else window.number
        answer = yield from self._asked(spot, window.size)
        if not answer.is_good:
            return self._told(answer)
        body = self._parsed(answer)
        records, said = self._records(body), paging.listen(answer.headers, body)
        after = paging.after(spot, len(records), said)
        more, cursor = said.more, ""
        if paging.by == "cursor":
            more = after is not None
            cursor = self.memory.cursor(self._listing, Mark(after)) if more else ""
        if not self.ask.is_exact(self._permit):
            said = Said()
        found = (self._released(record) for record in records)
        texts = [self._written(released) for released in found if released is not None]
        turn = Turn(window, len(records), window.size, more, cursor, said)
        return self._given(texts, turn)

    def _filled(self) -> Steps:
        """Give a page of as many records as it would have if none were withheld."""
        paging, window = self.ask.paging, self.ask.window
        size = paging.usual if window.size is None else window.size
        before = paging.before(window, size)
        passed, mark = 0, Mark(paging.first())
        if window.cursor:
            mark = self._recalled()
        elif before:
            passed, mark = self.memory.nearest(self._listing, before, mark)
        filling = Filling(
            before - passed, size, paging.looks_ahead, self.bounds.answer_bytes
        )
        refused = yield from self._fill(filling, mark)
        if refused is not None:
            return refused
        cursor = ""
        if filling.following is not None:
            here = before + len(filling.texts)
            cursor = self._remember(here, filling.following)
        turn = Turn(window, len(filling.texts), size, filling.more, cursor, Said())
        return self._given(filling.texts, turn)

    def _fill(
        self, filling: Filling, mark: Mark
    ) -> Generator[Request, Answer, Response | None]:
        """Ask for page after page until one is filled; return a refusal instead."""
        paging, spot, skip = self.ask.paging, mark.spot, mark.skip
        size = max(filling.size, paging.usual)
        while True:
            answer = yield from self._asked(spot, size)
            if not answer.is_good:
                return self._told(answer)
            body = self._parsed(answer)
            records = self._records(body)
            if not self._poured(filling, records, spot, skip):
                return None
            said = paging.listen(answer.headers, body)
            following = paging.after(spot, len(records), said)
            if following is None:
                filling.end()
                return None
            spot, skip = following, 0

    def _poured(
        self, filling: Filling, records: list[object], spot: Spot, skip: int
    ) -> bool:
        """Take the records of a page, and tell whether more are wanted."""
        for place, record in enumerate(records[skip:], skip):
            released = self._released(record)
            if released is None:
                continue
            try:
                if not filling.take(released, Mark(spot, place)):
                    return False
                continue
            except FillingError as error:
                problem = str(error)
            self._fail(problem)
        return True

    @property
    def _listing(self) -> tuple[object, ...]:
        """What a place is remembered for: equal for pages of one listing."""
        names = {*self.ask.paging.names}
        asked = sorted(pair for pair in self.given if pair[0] not in names)
        size = self.ask.window.size
        return (self.url, tuple(asked), self.ask.paging.by, size)

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
            raise RouteRefusedError("GET", self.route.path.text, problem)
        return mark

    def _asked(
        self, spot: Spot, size: int | None
    ) -> Generator[Request, Answer, Answer]:
        """Yield one request to the MIS, and return the answer."""
        self._count += 1
        if self._count > self.bounds.requests:
            self._fail("it takes too many requests; raise `Bounds.requests`, or ask for less")
        self._hold()
        chosen = self.route.dialect.choose(self.home, self.ask, self._permit)
        asked = (*self.ask.params, *chosen, *self.ask.paging.ask(spot, size))
        self._sent = f"{self.url}?{write_query(asked)}" if asked else self.url
        answer = yield Request("GET", self._sent, self.headers)
        self._hold()
        if answer.is_good and answer.failure:
            self._fail(f"the answer {answer.failure}")
        return answer

    def _hold(self) -> None:
        """Raise unless the permit is still the one that everything was decided under."""
        if self.access.permit is not self._permit:
            raise _ChangedError

    def _parsed(self, answer: Answer) -> object:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            self._fail("the answer is not JSON; ask for no other format")
        try:
            return parse_json(answer.body)
        except BodyError as error:
            problem = f"the answer {error}"
        self._fail(problem)

    def _records(self, body: object) -> list[object]:
        try:
            return self.route.records.records(body)
        except PlaceError as error:
            problem = str(error)
        self._fail(problem)

    def _released(self, record: object) -> dict[str, object] | None:
        """Return what is given of a record, or None."""
        permit, released = self.access.release(self.home.name, record)
        if permit is not self._permit:
            raise _ChangedError
        if released is None or not self.ask.admits(released):
            return None
        chosen = self.ask.chosen(permit)
        if chosen is None:
            return released
        return compile_plan(Plan.narrow(permit, self.home.name, chosen))(released)

    def _written(self, released: dict[str, object]) -> str:
        try:
            return written_record(released)
        except FillingError as error:
            problem = str(error)
        self._fail(problem)

    def _given(self, texts: list[str], turn: Turn | None) -> Response:
        """Return a response that gives records, and count each of them."""
        told = {} if turn is None else dict(turn.tell(self.ask.paging, self._link))
        headers, signs = shown(self.ask.paging, told)
        body = written(self.route.records, texts, signs)
        self._hold()
        chosen = self.ask.chosen(self._permit)
        for _ in texts:
            self.access.disclose(self._permit, self.home.name, chosen)
        return Response(200, body, headers)

    def _link(self, changes: Pairs) -> str:
        """Return the address of this listing with some parameters changed."""
        pairs = {**dict(self.given), **dict(changes)}
        return f"{self.url}?{write_query(pairs.items())}"

    def _told(self, answer: Answer) -> Response:
        """Return a response that tells no more of an answer than what went wrong."""
        is_single = not self.route.records.is_list
        gone = _GONE if "" not in self._permit.cuts(self.home.name) else _HIDDEN
        if is_single and answer.status in gone:
            return NOT_FOUND
        if answer.status in _MOVED:
            return self._elsewhere(answer)
        if not 400 <= answer.status < 600:
            self._fail(f"the MIS answered with status {answer.status}, which is not asked for")
        return refused(answer)

    def _elsewhere(self, answer: Answer) -> Response:
        location = self.moved(self._sent, answer.headers.get("location", ""))
        if location is None:
            self._fail("the MIS answers from elsewhere; correct the address")
        if self.given:
            location = f"{location}?{write_query(self.given)}"
        return constant(answer.status, "moved", (("Location", location),))

    def _fail(self, problem: str) -> Never:
        """Raise what is wrong with the MIS.

        Where records are left out, how many requests it took tells of them.
        """
        page = self._count if self.ask.is_exact(self._permit) else 0
        raise SourceError(self.home.name, problem, page=page)


def refused(answer: Answer) -> Response:
    """Return a response with the status of an answer that is an error."""
    waiting = answer.headers.get("retry-after", "") if answer.status in _WAITING else ""
    is_whole = waiting.isascii() and waiting.isdigit() and len(waiting) < 7
    more = (("Retry-After", str(int(waiting))),) if is_whole else ()
    return constant(answer.status, f"the MIS answered with status {answer.status}", more)
