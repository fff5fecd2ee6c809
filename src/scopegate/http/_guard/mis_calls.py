"""`MisCalls`: the requests to the MIS for one of a client, and what is read of each.

Before each, and again when its answer has arrived, it is checked that the permit is
still the one under which all of the response is decided.
"""

from collections.abc import Iterator

from attrs import define, evolve, field

from ..._wire.address import write_query
from ..._wire.body import BodyError
from ..._wire.body_path import json_of
from ..._wire.limits import Limits
from ..._wire.messages import GET, Answer, Pairs, Request, RequestsTo
from ...catalogue.resource import Resource
from ...errors import SourceError
from ...gate.projection.projection import Plan, Projection, compile_plan
from ...gate.release import Releaser
from ...gate.unwritten import UnrecordedError
from ...policy.permit import Permit
from .._dialects.client_query import Ask, check
from .._pages.filler import Filling, FillingError, GivenRecord
from .._pages.paging import Mark, Spot
from .._routes.route import Route


class ChangedError(Exception):
    """Another permit has come into force."""


@define(eq=False)
class MisCalls:
    """The requests to the MIS for one of a client.

    Attributes:
        releaser: What releases records, and whose permit they are under.
        route: The route it takes.
        home: The resource, as the catalogue has it.
        ask: What is asked.
        url: The address to ask at, without a query. Never shown.
        headers: What is sent along. Never shown.
        limits: How much is accepted.
        permit: The permit under which all of it is decided.
        sent: The address that was asked last. Never shown.
    """

    releaser: Releaser = field(repr=False)
    route: Route
    home: Resource = field(repr=False)
    ask: Ask
    url: str = field(repr=False)
    headers: Pairs = field(repr=False)
    limits: Limits
    permit: Permit = field(repr=False)
    sent: str = field(init=False, default="", repr=False)
    _count: int = field(init=False, default=0)

    @property
    def may_cut(self) -> bool:
        """Whether a record may be withheld as a whole."""
        return "" in self.permit.cuts(self.home.name)

    @property
    def is_exact(self) -> bool:
        """Whether every record that the MIS gives is passed on."""
        return self.ask.is_exact(self.permit)

    @property
    def has_key(self) -> bool:
        """Whether records are asked for with what distinguishes them."""
        return f"{self.home.name}.{self.home.key}" in self.ask.wanted(self.permit)

    def start(self) -> None:
        """Begin, or begin again, under the permit that is in force.

        Raises:
            ScopegateError: It must not be asked for.
        """
        self.permit = self.releaser.permit
        check(self.permit, self.ask)

    def asked(self, spot: Spot, size: int | None) -> RequestsTo[Answer]:
        """Yield one request to the MIS, and return the answer."""
        self._count += 1
        if self._count > self.limits.pages:
            problem = "it takes too many pages; raise `Limits.pages`"
            raise self.fault(problem)
        self.hold()
        chosen = self.route.dialect.choose(self.home, self.ask, self.permit)
        asked = (*self.ask.params, *chosen, *self.ask.paging.ask(spot, size))
        self.sent = f"{self.url}?{write_query(asked)}" if asked else self.url
        answer = yield Request(GET, self.sent, self.headers)
        self.hold()
        return answer

    def hold(self) -> None:
        """Raise unless the permit is still the one that all was decided under."""
        if self.releaser.permit is not self.permit:
            raise ChangedError

    def read(self, answer: Answer) -> tuple[object, list[object]]:
        """Return the parsed body of a good answer, and the records in it."""
        try:
            body = json_of(answer)
            return body, self.route.records_in(body)
        except BodyError as error:
            problem = str(error)
        raise self.fault(problem)

    def _narrowing(self) -> Projection | None:
        chosen = self.ask.chosen(self.permit)
        if chosen is None:
            return None
        return compile_plan(Plan.narrow(self.permit, self.home.name, chosen))

    def pour(self, filling: Filling, records: list[object], mark: Mark) -> bool:
        """Take the records of a page from *mark* on, and say if more are wanted."""
        try:
            given = self._released(records, mark)
            return all(filling.take(record, place) for record, place in given)
        except FillingError as error:
            problem = str(error)
        raise self.fault(problem)

    def _released(
        self, records: list[object], mark: Mark
    ) -> Iterator[tuple[GivenRecord, Mark]]:
        """Yield the parts given of the records from *mark* on, each with its place."""
        narrow = self._narrowing()
        for place, record in enumerate(records[mark.skip :], mark.skip):
            notes: list[str] = []
            permit, released = self.releaser.release(
                self.home.name, record, notes.append
            )
            if permit is not self.permit:
                raise ChangedError
            if released is not None and self.ask.admits(released):
                shown = released if narrow is None else narrow(released)
                yield GivenRecord(shown, notes), evolve(mark, skip=place)

    def disclose(self, given: Filling) -> None:
        """Count each record that is given, and note what is malformed in them."""
        self.hold()
        chosen = self.ask.chosen(self.permit)
        for _ in given.records:
            try:
                self.releaser.disclose(self.permit, self.home.name, chosen)
            except UnrecordedError:
                raise ChangedError from None
        for path in given.notes:
            self.releaser.note(path)

    def fault(self, problem: str) -> SourceError:
        """Return the error that says what is wrong with the MIS.

        Where records are left out, how many requests it took reveals them.
        """
        page = self._count if self.is_exact else 0
        return SourceError(self.home.name, problem, page=page)
