"""The gate that people write first; each case must fail what it gets wrong.

It fetches with the caller's query as it stands, and then deletes withheld keys
from what comes back: from records, from bodies, from what functions return.
"""

import json
from collections import Counter

import httpx

from scopegate.adapters.base import Fetch
from scopegate.testing.strategies import SCHOOL

from .gates import Bridge, opened, session
from .mis import BASE
from .world import CATALOGUE


class NaiveAccess:
    """Fetches with the query as it stands, then deletes withheld keys.

    Which rows come is left to the MIS.
    """

    notes = ()

    def __init__(self, permit):
        self.permit = permit
        self.withheld = {
            path for name in CATALOGUE.resources for path in permit.withheld(name)
        }

    def read(self, mis, query):
        """Return the records that a query finds, without the withheld keys."""
        return map(self._cleaner(query.resource), self.found(mis, query))

    def count(self, mis, query):
        """Return how many records a query finds."""
        return len(list(self.found(mis, query)))

    def count_by(self, mis, query):
        """Return how many there are under each group."""
        return Counter(map(query.group, self.found(mis, query)))

    async def read_async(self, mis, query):
        """Yield the records that a query finds."""
        found = [record async for record in mis.fetch(self.wanted(query))]
        for record in query.arrange(found):
            yield self.clean(query.resource, record)

    async def count_async(self, mis, query):
        """Return how many records a query finds."""
        return len([record async for record in self.read_async(mis, query)])

    async def count_by_async(self, mis, query):
        """Return how many there are under each group."""
        found = [record async for record in mis.fetch(self.wanted(query))]
        return Counter(map(query.group, query.arrange(found)))

    def found(self, mis, query):
        """Return the records that a query finds, as they are."""
        return query.arrange(mis.fetch(self.wanted(query)))

    def wanted(self, query):
        """Return what the MIS is asked: all of the query."""
        home = CATALOGUE.resource(query.resource)
        return Fetch(
            home,
            [leaf.path for leaf in home.fields],
            SCHOOL,
            where=query.where,
            order_by=query.order_by,
            limit=query.limit,
            search=query.search,
            changed_since=query.changed_since,
        )

    def close(self):
        """End the access."""

    def filter(self, resource, record):
        """Return a record without the withheld keys."""
        return self.clean(resource, record)

    def filter_many(self, resource, records):
        """Return records without the withheld keys."""
        return map(self._cleaner(resource), records)

    def clean(self, resource, record):
        """Return a value without the withheld keys, in dicts and lists."""
        return _without(record, resource, self.withheld)

    def guard(self, function, *, resource, arguments=()):
        """Return a function that passes any argument and cleans what it knows."""

        def guarded(*args, **kwargs):
            return self.clean(f"{resource}", function(*args, **kwargs))

        return guarded

    def guard_client(self, client, methods):
        """Return an object with guarded methods, and the client behind it."""
        return _Wrapped(self, client)

    def _cleaner(self, resource):
        return lambda record: self.clean(resource, record)


class _Wrapped:
    """A client whose methods are guarded as they are looked up."""

    def __init__(self, access, client):
        self._access, self._client = access, client

    def __getattr__(self, name):
        found = getattr(self._client, name)
        if not callable(found):
            return found
        return self._access.guard(found, resource="pupil")


def _without(value, path, withheld):
    if isinstance(value, dict):
        return {
            key: _without(below, f"{path}.{key}", withheld)
            for key, below in value.items()
            if withheld.isdisjoint({f"{path}.{key}", f"{path}.{key}[]"})
        }
    if isinstance(value, list):
        inside = path if "." not in path else f"{path}[]"
        return [_without(element, inside, withheld) for element in value]
    return value


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Forwards every request, and deletes withheld keys from bodies in JSON."""

    def __init__(self, access, inner):
        self._access, self._inner = access, inner

    def handle_request(self, request):
        """Return the MIS's answer, its records cleaned."""
        answer = self._inner.handle_request(self._access.sent(request))
        return self._cleaned(answer)

    async def handle_async_request(self, request):
        """Return the MIS's answer, its records cleaned."""
        return self.handle_request(request)

    def _cleaned(self, answer):
        if answer.headers.get("content-type") != "application/json":
            return answer
        body = json.loads(answer.read())
        if isinstance(body, dict) and "data" in body:
            body["data"] = self._access.clean("pupil", body["data"])
        headers = [(n, v) for n, v in answer.headers.items() if n != "content-length"]
        return httpx.Response(answer.status_code, headers=headers, json=body)


class Naive(NaiveAccess):
    """The naive gate, and how it is opened."""

    @classmethod
    def open(cls, *scopes, **more):
        """Return an access to *scopes*."""
        return cls(opened(scopes, **more).permit)

    @classmethod
    def client(cls, access, web):
        """Return an HTTP client."""
        return httpx.Client(base_url=BASE, transport=Transport(access, web))

    @classmethod
    def async_client(cls, access, web):
        """Return an HTTP client that does not block."""
        return httpx.AsyncClient(base_url=BASE, transport=Transport(access, web))

    @classmethod
    def session(cls, access, web):
        """Return a session of requests."""
        return session(Bridge(Transport(access, web)))

    def sent(self, request):
        """Return what is sent for a request of a client: the same."""
        return request
