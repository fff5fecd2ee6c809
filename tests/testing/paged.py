"""A made-up MIS that answers by the page and does all that one can, with adapters.

They keep every promise of an adapter, each by a method that a fault can replace.
"""

from copy import deepcopy

from scopegate.adapters.base import Capabilities
from scopegate.catalogue.field import Kind
from scopegate.errors import SourceError
from scopegate.records.condition import Comparison, names_of, values_at
from scopegate.records.query import Query
from scopegate.testing.strategies import tree_of

PAGE = 3


class Cloud:
    """The MIS: it holds records, and counts what it is asked."""

    def __init__(self, records, breaks_after=None):
        self.records = deepcopy(dict(records))
        self.breaks_after = breaks_after
        self.requests = 0

    def answer(self, rows, start, size):
        """Return a page of *rows*, or break, showing all there is."""
        self.requests += 1
        if self.breaks_after is not None and start + size > self.breaks_after:
            raise ValueError(f"cannot read {rows}")
        return rows[start : start + size]


class Paged:
    """An adapter of that MIS."""

    school = None

    def __init__(self, records, breaks_after=None):
        self.cloud = Cloud(records, breaks_after)

    def capabilities(self, resource):
        """Return that it can do everything."""
        plain = [leaf.path for leaf in resource.fields if not leaf.is_listed]
        texts = [leaf.path for leaf in resource.fields if leaf.kind is Kind.TEXT]
        return Capabilities(
            projects=True,
            page_size=PAGE,
            conditions={leaf.path: list(Comparison) for leaf in resource.fields},
            orders=plain,
            totals=True,
            searches=texts,
            changes=[leaf.path for leaf in resource.fields],
        )

    def fetch(self, wanted):
        """Yield the records, page by page."""
        start = 0
        while True:
            wanted = wanted.renew()
            page = self.page(wanted, start)
            yield from page
            start += PAGE
            if len(page) < PAGE:
                return

    def page(self, wanted, start, size=PAGE):
        """Return one page."""
        rows = self.rows(wanted)
        try:
            page = self.cloud.answer(rows, start, size)
        except ValueError:
            page = None
        if page is None:
            raise SourceError(wanted.resource.name, "the MIS breaks off", page=1)
        return [self.shown(row, wanted) for row in page]

    def total(self, wanted):
        """Return how many records there are."""
        wanted = wanted.renew()
        self.cloud.requests += 1
        return len(self.rows(wanted))

    def rows(self, wanted):
        """Return the records that are wanted, in the order wanted."""
        rows = [
            row
            for row in self.held(wanted)
            if all(self.meets(row, condition) for condition in wanted.where)
            and self.matches(row, wanted)
        ]
        return self.sorted(rows, wanted)

    def held(self, wanted):
        """Return all records of the resource wanted."""
        return self.cloud.records.get(wanted.resource.name, [])

    def meets(self, row, condition):
        """Tell whether a record meets a condition."""
        return condition.holds(row)

    def matches(self, row, wanted):
        """Tell whether a record has the word searched for."""
        if wanted.search is None:
            return True
        paths = self.capabilities(wanted.resource).searches
        texts = [t for path in paths for t in values_at(row, names_of(path))]
        return any(wanted.search in str(text) for text in texts)

    def sorted(self, rows, wanted):
        """Return records in order."""
        query = Query(wanted.resource.name, order_by=wanted.order_by)
        return sorted(rows, key=query.rank) if wanted.order_by else rows

    def shown(self, row, wanted):
        """Return of a record what is wanted."""
        tree = tree_of(tuple(path.split(".")[1:]) for path in wanted.fields)
        return projected(row, tree)


class AsyncPaged:
    """An adapter of that MIS that does not block."""

    school = None

    def __init__(self, records, breaks_after=None):
        self.paged = Paged(records, breaks_after)
        self.cloud = self.paged.cloud
        self.capabilities = self.paged.capabilities

    async def fetch(self, wanted):
        """Yield the records, page by page."""
        start = 0
        while True:
            wanted = wanted.renew()
            page = self.paged.page(wanted, start)
            for record in page:
                yield record
            start += PAGE
            if len(page) < PAGE:
                return

    async def total(self, wanted):
        """Return how many records there are."""
        return self.paged.total(wanted)


def projected(found, tree):
    """Return of a record, or a part of one, a new one with what *tree* has."""
    if isinstance(found, list):
        return [projected(part, tree) for part in found]
    if tree is True or not isinstance(found, dict):
        return deepcopy(found)
    names = {name.removesuffix("[]"): below for name, below in tree.items()}
    return {n: projected(v, names[n]) for n, v in found.items() if n in names}
