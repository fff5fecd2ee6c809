"""`HTTPAdapter`: any MIS interface over HTTP, driven by httpx (extra `http`)."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote, urlencode

from attrs import evolve

from .._wire.body import ENCODINGS, whole, whole_async
from .._wire.dialogue import Dialogue
from .._wire.limits import DEFAULT_LIMITS, Limits
from ..arguments import checked
from ..catalogue.resource import Resource
from ..extras import needs
from ._http.unlogged import unlogged
from .base import Capabilities, Fetch
from .steps import Answer, Asking, Call, CountingInterface, Interface, Page, Step, Wait

with needs("http"):
    import httpx

_TIMEOUT = httpx.Timeout(20.0)
_FAILURES = (httpx.HTTPError, httpx.InvalidURL)


C = TypeVar("C", httpx.Client, httpx.AsyncClient)


class _InterfaceAdapter(Generic[C]):
    """An adapter of an interface; whether it blocks is left to its subclasses."""

    _kind: type[C]

    def __init__(
        self,
        interface: Interface,
        client: C | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.interface = interface
        self._client: C = client or self._kind(timeout=_TIMEOUT)
        self._owns_client = client is None
        self._limits = limits

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self.interface.school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return the parts of a query it can serve; see `Adapter.capabilities`."""
        return self.interface.capabilities(resource)

    def _fetching(self, wanted: Fetch) -> Dialogue[Step, None]:
        return Dialogue(self.interface.steps(Asking(wanted, self._limits)))

    def _counting(self, wanted: Fetch) -> Dialogue[Step, int]:
        asking = Asking(wanted, self._limits)
        if not isinstance(self.interface, CountingInterface):
            problem = "the MIS interface does not count"
            raise asking.fault(problem)
        return Dialogue(self.interface.total_steps(asking))


@checked
class HTTPAdapter(_InterfaceAdapter[httpx.Client]):
    """An adapter of an MIS interface over HTTP; threads may share it.

    Args:
        interface: What is asked, and what the answers mean.
        client: The client to ask with, which stays the caller's to close; by default
            one of its own. Redirects are not followed: they would carry credentials
            elsewhere.
        limits: How much an MIS may make a reader wait for and hold.
    """

    _kind = httpx.Client

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`."""
        fetching = self._fetching(wanted)
        for step in fetching:
            if isinstance(step, Page):
                yield from step.records
            else:
                fetching.reply = self._do(step)

    def total(self, wanted: Fetch) -> int:
        """Return the number of records; see `Counting.total`."""
        counting = self._counting(wanted)
        for step in counting:
            counting.reply = self._do(step)
        return counting.result

    def close(self) -> None:
        """Close its own client, as `with` does; one it was given stays open."""
        if self._owns_client:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, step: Step) -> Answer | None:
        if isinstance(step, Call):
            with unlogged():
                return self._answer(step)
        if isinstance(step, Wait):
            time.sleep(step.seconds)
        return None

    def _answer(self, call: Call) -> Answer:
        try:
            request = self._client.build_request(**_request(call))
            response = self._client.send(request, stream=True, follow_redirects=False)
            with closing(response):
                head = Answer(response.status_code, response.headers)
                return _usable(whole(head, response.iter_raw(), self._limits))
        except _FAILURES as error:
            return Answer(0, failure=_failure(error))


@checked
class AsyncHTTPAdapter(_InterfaceAdapter[httpx.AsyncClient]):
    """An adapter like `HTTPAdapter` that does not block; tasks may share it."""

    _kind = httpx.AsyncClient

    async def fetch(self, wanted: Fetch) -> AsyncGenerator[object]:
        """Yield the records of a resource; see `AsyncAdapter.fetch`."""
        fetching = self._fetching(wanted)
        for step in fetching:
            if isinstance(step, Page):
                for record in step.records:
                    yield record
            else:
                fetching.reply = await self._do(step)
                await wanted.refresh()

    async def total(self, wanted: Fetch) -> int:
        """Return the number of records; see `AsyncCounting.total`."""
        counting = self._counting(wanted)
        for step in counting:
            counting.reply = await self._do(step)
            await wanted.refresh()
        return counting.result

    async def close(self) -> None:
        """Close its own client, as `async with` does; one it was given stays open."""
        if self._owns_client:
            await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _do(self, step: Step) -> Answer | None:
        if isinstance(step, Call):
            with unlogged():
                return await self._answer(step)
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        return None

    async def _answer(self, call: Call) -> Answer:
        try:
            request = self._client.build_request(**_request(call))
            response = await self._client.send(
                request, stream=True, follow_redirects=False
            )
            async with aclosing(response):
                head = Answer(response.status_code, response.headers)
                return _usable(
                    await whole_async(head, response.aiter_raw(), self._limits)
                )
        except _FAILURES as error:
            return Answer(0, failure=_failure(error))


def _usable(answer: Answer) -> Answer:
    """Return an answer without its status where it cannot be read: it means nothing."""
    return answer if answer.is_readable else evolve(answer, status=0)


def _request(call: Call) -> dict[str, Any]:
    """Return the arguments from which httpx makes a request."""
    # A space as %20, which every server reads; httpx would write a plus.
    query = urlencode(call.params, quote_via=quote)
    url = f"{call.url}?{query}" if query else call.url
    headers = {
        "accept": "application/json",
        "accept-encoding": ENCODINGS,
        **call.headers,
    }
    made: dict[str, Any] = {"url": url, "headers": headers}
    if call.form is None:
        return {**made, "method": "GET"}
    return {**made, "method": "POST", "data": dict(call.form)}


def _failure(error: Exception) -> str:
    """Return a sentence on what went wrong, without anything that was sent."""
    match error:
        case httpx.TimeoutException():
            return "the MIS did not answer in time; try again later"
        case httpx.ConnectError():
            return "the MIS cannot be reached; check the address and the network"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "the address of the MIS is not valid; correct it"
        case _:
            return "the connection to the MIS broke off; try again later"
