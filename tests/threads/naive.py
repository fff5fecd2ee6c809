"""The gate that people write first, in its variants; each must fail what it gets wrong.

It fetches with the caller's query as it stands, and then deletes withheld keys
from what comes back: from records, from bodies, from what functions return.
"""

import json
import logging
from collections import Counter

import httpx
from attrs import evolve

from scopegate import QueryRefusedError
from scopegate.adapters.base import Fetch
from scopegate.projection import compile_projection
from scopegate.testing.strategies import SCHOOL

from .gates import Bridge, opened, session
from .world import BASE, CATALOGUE, PLACES, words_of


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


class Sanitising(Naive):
    """Drops what may not be asked, and asks the rest."""

    def read(self, mis, query):
        """Return what the rest of a query finds."""
        return super().read(mis, self._rest(query))

    def count(self, mis, query):
        """Return how many records the rest of a query finds."""
        return super().count(mis, self._rest(query))

    def count_by(self, mis, query):
        """Return the groups of the rest of a query."""
        return super().count_by(mis, self._rest(query))

    def guard(self, function, *, resource, arguments=None):
        """Return a function whose arguments for withheld fields are left out."""

        def guarded(**kwargs):
            kept = {n: v for n, v in kwargs.items() if self._may(arguments.get(n))}
            return self.clean(resource, function(**kept))

        return guarded

    def sent(self, request):
        """Return a request without the parameters that name a withheld field."""
        params = request.url.params.multi_items()
        kept = [pair for pair in params if not self._names_withheld(pair)]
        return httpx.Request(request.method, request.url.copy_with(params=kept))

    def _rest(self, query):
        return evolve(
            query,
            where=[c for c in query.where if self._may(c.path)],
            order_by=[path for path in query.order_by if self._may(path)],
            group_by=[path for path in query.group_by if self._may(path)],
            after=query.after if all(map(self._may, query.order_by)) else None,
        )

    def _may(self, path):
        return path in self.permit.fields

    def _names_withheld(self, pair):
        words = {word for text in pair for word in words_of(text)} & PLACES.keys()
        return any(f"pupil.{'.'.join(PLACES[word])}" in self.withheld for word in words)


class Strict(Naive):
    """Refuses every withheld field, also those by which it decides on rows itself."""

    def read(self, mis, query):
        """Return the records of a query that uses no withheld field at all."""
        deciding = self.permit.query(query.resource)
        lost = self.withheld.intersection([*query.fields, *deciding])
        if lost:
            raise QueryRefusedError(query.resource, lost)
        return super().read(mis, query)


class Shallow(Naive):
    """Deletes the withheld keys of a record, and looks no deeper."""

    def clean(self, resource, record):
        """Return a record without the withheld keys of its own."""
        own = {k: f"{resource}.{k}" for k in record}
        return {k: v for k, v in record.items() if own[k] not in self.withheld}


class Blanking(Naive):
    """Empties the records that are withheld, once they have been found."""

    def clean(self, resource, record):
        """Return what is left of a record."""
        if compile_projection(self.permit, resource)(record) is None:
            return {}
        return super().clean(resource, record)


class Late(Blanking):
    """Leaves out the records that are withheld, once they have been found."""

    def read(self, mis, query):
        """Return what is left of what was found."""
        return filter(None, super().read(mis, query))


class HalfLocal(Naive):
    """Decides itself on what it cleaned, and hands an MIS that can the whole query."""

    def found(self, mis, query):
        """Return the records that a query finds."""
        able = mis.capabilities(CATALOGUE.resource(query.resource))
        done = [c for c in query.where if able.decides(c)]
        left = [c for c in query.where if c not in done]
        records = mis.fetch(self.wanted(evolve(query, where=done)))
        cleaned = (self.clean(query.resource, record) for record in records)
        return evolve(query, where=left).arrange(cleaned)


class Listing(Naive):
    """Checks the fields that are selected; with none selected it gives all there is."""

    def read(self, mis, query):
        """Return the selected fields, each of which is permitted."""
        self._check(query)
        return self.found(mis, query) if not query.select else super().read(mis, query)

    def count_by(self, mis, query):
        """Return groups by fields each of which is permitted."""
        self._check(query)
        return super().count_by(mis, query)

    def _check(self, query):
        lost = self.withheld.intersection([*query.select, *query.group_by])
        if lost:
            raise QueryRefusedError(query.resource, lost)


class EmptyIsAll(Naive):
    """Takes a condition on one of no values for no condition."""

    def found(self, mis, query):
        """Return the records that meet the conditions that have a value."""
        kept = [c for c in query.where if c.value != ()]
        return super().found(mis, evolve(query, where=kept))


class Indexing(Naive):
    """Writes a copy of what it fetches where others can find it."""

    def clean(self, resource, record):
        """Return a record without the withheld keys, having logged it."""
        logging.getLogger("scopegate").debug("fetched %r", record)
        return super().clean(resource, record)
