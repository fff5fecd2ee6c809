"""`Guard`: which addresses of an MIS a client may ask, under one access."""

import logging
from collections import deque
from collections.abc import Iterable
from functools import partial

from ..._base.secret import Secret
from ..._base.values import is_clean, names
from ..._wire.address import Address, AddressError, parse_query
from ..._wire.body import ENCODINGS
from ..._wire.limits import Limits
from ..._wire.messages import Pairs, Request
from ...arguments import checked
from ...catalogue.catalogue import Catalogue
from ...errors import (
    AccessDeniedError,
    FilterError,
    QueryRefusedError,
    RouteRefusedError,
    UnsupportedQueryError,
)
from ...gate.access import Access
from ...gate.release import Ahead, Releaser
from ...policy.permit import Permit
from .._dialects.client_query import check
from .._pages.memory import Memory
from .._routes.route import Route, TokenRoute
from .._routes.router import Found, Table
from .exchange import Exchange, Steps
from .mis_calls import MisCalls
from .school_check import Proof
from .token import token_steps

_LOG = logging.getLogger("scopegate.http")

_SENT = ("accept", "accept-language", "authorization", "user-agent")
"""The headers of a client that are sent on, besides those that a guard names."""

_NEVER = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length"),
        *("content-type", "cookie", "expect", "forwarded", "host", "keep-alive"),
        *("prefer", "proxy-authorization", "proxy-connection", "range", "te"),
        *("trailer", "transfer-encoding", "upgrade", "via"),
    }
)
_NEVER_STARTS = ("if-", "x-http-method", "x-method", "x-forwarded", "x-original")
"""Headers that change what is asked, or make an answer reveal what has changed."""

_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
)
_REFUSALS = (
    AccessDeniedError,
    FilterError,
    QueryRefusedError,
    RouteRefusedError,
    UnsupportedQueryError,
)
_MOST_REFUSALS = 100
_DEFAULT_LIMITS = Limits(pages=100)


@checked
class Guard:
    """Lets a client ask certain addresses of an MIS, and gives it what may flow.

    `scopegate.http.httpx` and `scopegate.http.requests` put it under a client.
    Only GET of a route passes, and POST for a token; only parameters that the
    route's dialect knows; and of an answer only what is released of its records,
    in a new body. Threads may share it.

    Args:
        access: What may flow.
        base: The address that all routes start with, `https://mis.example/v1`.
            It must be that of the access's school, where an MIS has several.
        routes: What may be asked.
        school: The route of the school's public record. To be given where an MIS
            goes by the credentials of a client, and not by the address, in whose
            data it gives: it is asked first, and again for other credentials,
            and must name the access's school.
        headers: Names of further headers of the client that are sent on, such
            as `x-api-key`.
        limits: How much an MIS may make a client wait for and hold; by default
            `Limits(pages=100)`.

    Raises:
        ValueError: The base address is not valid, two routes are alike, a header is
            one that is never sent on, or the school's route is of something else.
        UnknownResourceError: A route is of a resource that the catalogue lacks.
    """

    def __init__(
        self,
        access: Access,
        base: str,
        routes: Iterable[Route | TokenRoute],
        *,
        school: Route | None = None,
        headers: Iterable[str] = (),
        limits: Limits = _DEFAULT_LIMITS,
    ) -> None:
        self.limits = limits
        self._releaser = access.releaser
        self._base = Address.parse(base)
        self._table = Table(self._base, routes)
        self._headers = (*_SENT, *_further(headers))
        self._memory = Memory(limits.remembered)
        self._refusals: deque[str] = deque(maxlen=_MOST_REFUSALS)
        catalogue = self._releaser.catalogue
        for route in self._table.routes:
            catalogue.resource(route.resource)
        self._proof = None if school is None else self._proving(school, catalogue)

    def __repr__(self) -> str:
        count = len(self._table.routes)
        return f"<guard of `{self._base.whole}` with {count} routes>"

    @property
    def refusals(self) -> tuple[str, ...]:
        """What was refused last, in words, the newest last; at most 100.

        Some clients make an empty list of any error, so look here whether
        "none" was "not allowed".
        """
        return tuple(self._refusals)

    def ahead(self) -> Ahead:
        """Return an `Ahead`, for one exchange of a client that does not block."""
        return self._releaser.ahead()

    def exchange(self, request: Request, releaser: Releaser | None = None) -> Steps:
        """Yield the requests to the MIS for one of a client, and return the response.

        Args:
            request: The request of the client.
            releaser: What releases in a coroutine, of `ahead`; otherwise it is looked
                up where it is needed.

        Raises:
            RouteRefusedError: It leads to no route, or asks for more.
            AccessDeniedError: Nothing of the resource may flow.
            QueryRefusedError: It uses, or would reveal, what is not permitted.
            UnsupportedQueryError: It asks for what cannot be answered.
            FilterError: A filter does not follow its grammar.
            SourceError: The MIS cannot be read.
            WrongSchoolError: The MIS, or a record, is of another school.
            UnverifiedSchoolError: The MIS does not say of which school it is.
            LedgerError: The release had to be written first and could not be.
        """
        try:
            return (yield from self._steps(request, releaser or self._releaser))
        except _REFUSALS as error:
            self._refusals.append(str(error))
            _LOG.info("%s", self._refusals[-1])
            raise

    def _steps(self, request: Request, releaser: Releaser) -> Steps:
        permit = releaser.permit
        method = request.method if request.method in _METHODS else "*"
        address = self._parsed(method, request.url)
        path = self._table.shown(address)
        if address.whole in self._table.tokens:
            return (yield from self._token(method, path, address, request))
        found = self._table.find(address)
        if found is None:
            problem = "there is no such route; declare it, or ask what is declared"
            raise RouteRefusedError(method, path, problem)
        if method != "GET" or request.body != b"":
            problem = "records are asked for by GET, without a body"
            raise RouteRefusedError(method, found.route.path.text, problem)
        exchange = self._exchange(releaser, permit, address, request, found)
        if self._proof is not None:
            check(permit, exchange.calls.ask)
            sent = Secret(exchange.calls.headers)
            failed = yield from self._proof.steps(permit, sent)
            if failed is not None:
                return failed
        return (yield from exchange.steps())

    def _proving(self, school: Route, catalogue: Catalogue) -> Proof:
        home = catalogue.resource(school.resource)
        if home != catalogue.public_resource or school.path.variables:
            message = "the route of the school is that of its public record"
            raise ValueError(message)
        address = Address.parse(self._base.whole.rstrip("/") + school.path.text)
        return Proof(school, home, address.whole)

    def _parsed(self, method: str, url: str) -> Address:
        try:
            return Address.parse(url)
        except AddressError as error:
            problem = str(error)
        raise RouteRefusedError(method, "*", problem)

    def _token(
        self, method: str, path: str, address: Address, request: Request
    ) -> Steps:
        if method != "POST" or address.query:
            problem = "a token is asked for by POST, without parameters"
            raise RouteRefusedError(method, path, problem)
        sent = Secret(self._sent(method, path, request))
        return (yield from token_steps(request, address.whole, path, sent))

    def _exchange(
        self,
        releaser: Releaser,
        permit: Permit,
        address: Address,
        request: Request,
        found: Found,
    ) -> Exchange:
        route, path = found.route, found.route.path.text
        home = permit.catalogue.resource(route.resource)
        try:
            given = parse_query(address.query)
            ask = route.ask(home, found.values, dict(given))
        except AddressError as error:
            problem = str(error)
        else:
            calls = MisCalls(
                releaser=releaser,
                route=route,
                home=home,
                ask=ask,
                url=found.url,
                headers=self._sent(request.method, path, request),
                limits=self.limits,
                permit=permit,
            )
            moved = partial(self._table.moved, found)
            return Exchange(calls, given, self._memory, moved)
        raise RouteRefusedError(request.method, path, problem)

    def _sent(self, method: str, path: str, request: Request) -> Pairs:
        """Return the headers that are sent on, in our order, and what we accept."""
        kept = _kept(request, self._headers)
        if kept is None:
            problem = "a header is given twice, or holds a control character"
            raise RouteRefusedError(method, path, problem)
        return (*kept, ("accept-encoding", ENCODINGS))


def _kept(request: Request, names: Iterable[str]) -> Pairs | None:
    """Return the headers of those names, or None where one is not fit to be sent."""
    given = [(n.lower(), text) for n, text in request.headers]
    kept = [(n, t) for name in names for n, t in given if n == name]
    is_fit = len({n for n, _ in kept}) == len(kept) and all(
        is_clean(t) for _, t in kept
    )
    return tuple(kept) if is_fit else None


def _further(headers: Iterable[str]) -> tuple[str, ...]:
    """Return names of headers in lower case, in order.

    Raises:
        ValueError: One of them is never sent on.
    """
    found = sorted({name.lower() for name in names(headers)} - set(_SENT))
    never = [n for n in found if n in _NEVER or n.startswith(_NEVER_STARTS)]
    if never:
        message = f"header `{never[0]}` is never sent on; leave it out"
        raise ValueError(message)
    return tuple(found)
