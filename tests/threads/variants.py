"""Variants of the naive gate, each of which somebody took for the remedy."""

import logging

import httpx
from attrs import evolve

from scopegate import QueryRefusedError
from scopegate.gate.projection.projection import compile_projection

from .mis import PLACES, words_of
from .naive import Naive
from .world import CATALOGUE


class Sanitising(Naive):
    """Drops what must not be asked, and asks the rest."""

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
        deciding = self.permit.fields_needed(query.resource)
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
        """Return the selected fields, that are all permitted."""
        self._check(query)
        return self.found(mis, query) if not query.select else super().read(mis, query)

    def count_by(self, mis, query):
        """Return groups by fields that are all permitted."""
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
