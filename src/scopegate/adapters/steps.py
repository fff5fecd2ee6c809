"""What an MIS interface over HTTP does, step by step and without I/O.

An interface is written once, as a generator of steps; `adapters.http` drives it
with httpx, blocking or not. It yields a `Call` and is handed the `Answer`, a
`Page` of records, or a `Wait`. `Asking` makes the calls of one fetch: it renews
the fetch before each, tries again where that may help, and says what is wrong.
"""

from collections.abc import Callable, Generator, Mapping
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Protocol, TypeVar, runtime_checkable

from attrs import define, field, frozen

from .._base.values import EMPTY
from .._wire.body import BodyError, parse_json
from .._wire.body_path import BodyPath
from .._wire.limits import DEFAULT_LIMITS, Limits as Limits
from .._wire.messages import (
    Answer as Answer,
    Pairs as Pairs,
    as_pairs,
    lower_names,
    whole_number,
)
from ..arguments import checked
from ..errors import SourceError
from .base import Fetch, Serving

T = TypeVar("T")


@checked
@frozen
class Call:
    """One request to an MIS.

    Attributes:
        url: The address, without a query.
        params: The query, as pairs in order.
        headers: What is sent besides the usual headers; never shown.
        form: A form to post; None for a GET. Never shown.
    """

    url: str
    params: Pairs = field(converter=as_pairs, default=())
    headers: Mapping[str, str] = field(converter=lower_names, default=EMPTY, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


@checked
@frozen
class Page:
    """Records that are there now.

    Attributes:
        records: The records, in the catalogue's shape.
    """

    records: list[object] = field(repr=False, hash=False)


@checked
@frozen
class Wait:
    """A pause before the next call.

    Attributes:
        seconds: How long.
    """

    seconds: float


Step = Call | Page | Wait
StepsTo = Generator[Step, Answer | None, T]
"""The steps that lead to something; each call is handed its answer."""
Steps = StepsTo[None]
"""The steps of one fetch."""
Counted = StepsTo[int]
"""The steps that lead to a number of records."""
Recovery = Callable[[Answer], StepsTo[bool]]
"""Steps after an answer that is not good; whether to ask once more."""


class Interface(Serving, Protocol):
    """One MIS interface over HTTP; `HTTPAdapter` makes an adapter of it."""

    def steps(self, asking: "Asking") -> Steps:
        """Yield the steps that fetch what *asking* wants; every call through it."""
        ...


@runtime_checkable
class CountingInterface(Protocol):
    """An interface that can count its records."""

    def total_steps(self, asking: "Asking") -> Counted:
        """Yield the steps that lead to the number of records, and return it."""
        ...


_NO: Mapping[int, str] = {
    400: "the MIS does not understand what was asked (400); check its version",
    401: "the MIS does not accept the credentials (401); renew them",
    403: "the MIS account cannot read this (403); ask the school to allow it",
    404: "the MIS has nothing at this address (404); check it",
    429: "the MIS asks to wait longer (429); try again later",
}


@checked
@define
class Asking:
    """The calls of one fetch.

    Attributes:
        wanted: What may be asked for; as of the last call.
        limits: How much is accepted.
        page: The page being asked for, counted from 1.
    """

    wanted: Fetch
    limits: Limits = DEFAULT_LIMITS
    page: int = 0
    _seen: set[bytes] = field(init=False, factory=set, repr=False)

    def apart(self) -> "Asking":
        """Return an `Asking` for another list; pages of the two may be the same."""
        return Asking(self.wanted, self.limits)

    def ask(
        self,
        call: Callable[[Fetch], Call],
        explain: Callable[[Answer], str | None] = lambda _: None,
        recover: Recovery | None = None,
    ) -> StepsTo[Answer]:
        """Yield the steps of one request, and return the good answer to it.

        Args:
            call: Makes the request of what may be asked for at that moment.
            explain: Returns the meaning of an answer that is not good, or None for
                the usual meaning of its status. It shows nothing of the body.
            recover: What may help once, such as new credentials.

        Raises:
            SourceError: No good answer came; names the resource and the page.
            ScopegateError: Nothing may be asked for any more.
        """
        left = self.limits.retries
        while True:
            self.wanted = self.wanted.renew()
            answer = yield call(self.wanted)
            assert isinstance(answer, Answer)  # noqa: S101 - what a driver promises
            if answer.is_good:
                return answer
            if recover is not None and (yield from recover(answer)):
                recover = None
                continue
            pause = self._pause(answer, self.limits.retries - left)
            if left == 0 or not answer.may_pass or pause > self.limits.longest_wait:
                raise self.fault(explain(answer) or _meaning(answer))
            left -= 1
            yield Wait(pause)

    def next_page(
        self,
        call: Callable[[Fetch], Call],
        explain: Callable[[Answer], str | None] = lambda _: None,
        recover: Recovery | None = None,
    ) -> StepsTo[Answer]:
        """Yield the steps to one more page, and return the answer that holds it.

        The arguments are those of `ask`.

        Raises:
            SourceError: As `ask`; or there are too many pages.
        """
        self.page += 1
        if self.page > self.limits.pages:
            problem = "there are more pages than allowed; raise `Limits.pages`"
            raise self.fault(problem)
        return (yield from self.ask(call, explain, recover))

    def parsed(self, answer: Answer) -> object:
        """Return the JSON of an answer.

        Raises:
            SourceError: It is not JSON.
        """
        try:
            return parse_json(answer.body)
        except BodyError as error:
            problem = str(error)
        raise self.fault(problem)

    def records(
        self, answer: Answer, *place: str, may_repeat: bool = False
    ) -> list[object]:
        """Return the list of records in an answer.

        Args:
            answer: An answer that holds JSON.
            *place: The keys that lead to the list from the top; none where the
                answer is the list.
            may_repeat: Whether two pages may hold the same, as they may where no
                key is asked for; otherwise that means an MIS that does not end.

        Raises:
            SourceError: There is no list, or it is the same as an earlier one.
        """
        found = self._found(answer, BodyPath(place, is_list=True))
        # Not of the body: that may also hold the number of the page.
        digest = sha256(repr(found).encode("utf-8", "surrogatepass")).digest()
        if found and digest in self._seen and not may_repeat:
            problem = "the page is the same as an earlier one; the MIS does not end"
            raise self.fault(problem)
        self._seen.add(digest)
        return found

    def record(self, answer: Answer, *place: str) -> dict[str, object]:
        """Return the one record in an answer; the arguments are those of `records`.

        Raises:
            SourceError: There is none.
        """
        found: dict[str, object]
        [found] = self._found(answer, BodyPath(place, is_list=False))
        return found

    def _found(self, answer: Answer, path: BodyPath) -> list[Any]:
        try:
            return path.records(parse_json(answer.body), "check its version")
        except BodyError as error:
            problem = str(error)
        raise self.fault(problem)

    def fault(self, problem: str) -> SourceError:
        """Return the error that says what is wrong with this page."""
        return SourceError(self.wanted.resource.name, problem, page=self.page)

    def _pause(self, answer: Answer, tried: int) -> float:
        """Return the seconds to wait before trying again."""
        asked = answer.headers.get("retry-after", "")
        seconds = whole_number(asked[:9])
        if seconds is not None:
            return seconds
        try:
            until = parsedate_to_datetime(asked)
            since = parsedate_to_datetime(answer.headers.get("date", ""))
            return max((until - since).total_seconds(), 0.0)
        except (TypeError, ValueError):
            return 0.5 * 2.0**tried


def _meaning(answer: Answer) -> str:
    if answer.failure:
        return answer.failure
    if 300 <= answer.status < 400:
        return f"the MIS answers from elsewhere ({answer.status}); correct the address"
    usual = f"the MIS answered with status {answer.status}; try again later"
    return _NO.get(answer.status, usual)
