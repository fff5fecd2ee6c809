"""Proving whose data a client is given, where its credentials say so."""

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from ..._base.secret import Secret
from ..._wire.address import write_query
from ..._wire.body import BodyError
from ..._wire.body_path import json_of
from ..._wire.messages import GET, Answer, Pairs, Request, RequestsTo, Response
from ...adapters._asking.school_check import check_record
from ...catalogue.resource import Resource
from ...errors import SourceError
from ...policy.permit import Permit
from .._routes.route import Route
from .failures import is_error, refused

_ABOUT_FORM = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that do not say whose data is asked for."""

_MOST = 100
_ADVICE = "correct the route of the school"


class Proof:
    """Makes sure that an MIS gives the data of one school; threads may share it.

    An MIS may serve many schools at one address and go by the credentials of a
    client. So it is asked for the public record of the school first, with the
    headers of the client, and again when these change.

    Args:
        route: The route of the public record.
        home: Its resource.
        url: Its whole address.
    """

    def __init__(self, route: Route, home: Resource, url: str) -> None:
        self._route, self._home, self._url = route, home, url
        self._proven: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def steps(
        self, permit: Permit, headers: Secret[Pairs]
    ) -> RequestsTo[Response | None]:
        """Yield the request that proves the school, if it is not proven yet.

        Returns:
            None when it is proven; otherwise the response to the client, such as
            that its token has expired.

        Raises:
            WrongSchoolError: The MIS gives data of another school.
            UnverifiedSchoolError: It does not say of which.
            SourceError: It cannot be read.
        """
        mark = _mark(headers.value)
        with self._lock:
            if mark in self._proven:
                return None
        answer = yield Request(GET, self._address(permit), headers.value)
        if is_error(answer):
            return refused(answer)
        for record in self._records(answer):
            check_record(record, self._home, permit.school, _ADVICE)
        with self._lock:
            self._proven[mark] = None
            if len(self._proven) > _MOST:
                self._proven.popitem(last=False)
        return None

    def _address(self, permit: Permit) -> str:
        ask = self._route.ask(self._home, {}, {})
        chosen = self._route.dialect.choose(self._home, ask, permit)
        return f"{self._url}?{write_query(chosen)}" if chosen else self._url

    def _records(self, answer: Answer) -> list[object]:
        """Return the public records in an answer, at least one."""
        problem = f"the MIS answered with status {answer.status}; only 200 is expected"
        if answer.is_good:
            try:
                records = self._route.records_in(json_of(answer))
            except BodyError as error:
                problem = str(error)
            else:
                if records:
                    return records
                problem = "the MIS gives no school"
        raise SourceError(self._home.name, problem)


def _mark(headers: Pairs) -> bytes:
    """Return a hash that tells credentials apart, and does not hold them."""
    saying = [pair for pair in headers if pair[0] not in _ABOUT_FORM]
    return sha256(repr(saying).encode()).digest()
