"""A model of an MIS that can do of a query whatever it says, and does so honestly."""

import logging
from collections.abc import AsyncIterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import HealthCheck, settings, strategies as st

from scopegate import Catalogue, Condition, Gate, Query, Subjects
from scopegate.adapters.base import NONE, Capabilities
from scopegate.catalogue.field import local_steps
from scopegate.consent.events import Authorised, Connected
from scopegate.ledgers.base import disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.records.condition import Comparison
from scopegate.testing.permits import NOON, connection, grant_of
from scopegate.testing.strategies import SCHOOL, tree_of

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For laws each example of which reads a school; `thorough` still tries a thousand."""

TABLE = {
    "id": "model",
    "version": "1",
    "resource": {
        "pupil": {
            "key": "id",
            "subject": "id",
            "person": "pupil",
            "people": {"contacts[].person": "pupil"},
            "field": {
                "id": {"kind": "integer"},
                "name": {},
                "year": {"kind": "integer"},
                "dob": {},
                "status": {},
                "home.town": {},
                "tags[]": {},
                "contacts[].name": {},
                "contacts[].kind": {},
                "contacts[].person": {},
            },
        },
        "school": {
            "key": "urn",
            "field": {
                "urn": {"sensitivity": "public"},
                "name": {"sensitivity": "public"},
            },
        },
    },
    "scope": {
        "school": {"sensitivity": "public", "fields": ["school.urn", "school.name"]},
        "ids": {"fields": ["pupil.id"]},
        "basic": {"fields": ["pupil.name", "pupil.year"]},
        "birth": {"fields": ["pupil.dob"]},
        "home": {"fields": ["pupil.home.town", "pupil.tags[]"]},
        "contacts": {"fields": ["pupil.contacts[].name"]},
        "leavers": {"fields": ["pupil.status"]},
        "guarded": {"fields": ["pupil.contacts[].kind"]},
    },
    "rows": [
        {"resource": "pupil", "where": {"status": "left"}, "scope": "leavers"},
        {
            "resource": "pupil",
            "at": "contacts[]",
            "where": {"kind": "guarded"},
            "scope": "guarded",
        },
    ],
}
"""Pupils of whom leavers wait for a scope, and of whose contacts guarded ones do."""

CATALOGUE = Catalogue.from_dict(TABLE)
PUPIL = CATALOGUE.resource("pupil")
PATHS = tuple(leaf.path for leaf in PUPIL.fields)
PLAIN = tuple(leaf.path for leaf in PUPIL.fields if not leaf.is_listed)
SCOPES = ("ids", "basic", "birth", "home", "contacts", "leavers", "guarded")
NAMED = [{"id": n, "name": f"Ada {n}", "status": "here"} for n in range(1, 9)]
SINCE = datetime(2026, 9, 1, tzinfo=UTC)


class Model:
    """Serves mappings, doing itself what *able* says, and keeps what it was asked.

    Args:
        records: Its pupils.
        able: What it can do of a query on them.
        sloppy: Identifiers of pupils that it gives whatever the conditions.
        school: The school that it says it serves.
    """

    def __init__(self, records, able=NONE, *, sloppy=(), school=SCHOOL):
        self.records, self.able = list(records), able
        self.sloppy, self.school = frozenset(sloppy), school
        self.begun, self.asked, self.totals, self.closed = [], [], [], 0
        self.before_page = lambda page: None

    def capabilities(self, resource):
        """Return what it can do."""
        return self.able if resource.name == "pupil" else NONE

    def fetch(self, wanted):
        """Yield the records, asking again before every page."""
        if wanted.resource.name == "school":
            yield {"urn": SCHOOL, "name": "Example School"}
            return
        self.begun.append(wanted)
        size = self._size(wanted)
        page, more = 0, True
        try:
            while more:
                self.before_page(page)
                wanted = wanted.renew()
                self.asked.append(wanted)
                chosen = self.chosen(wanted)
                yield from chosen[page * size : (page + 1) * size]
                page, more = page + 1, len(chosen) > (page + 1) * size
        finally:
            self.closed += 1

    def total(self, wanted):
        """Return how many records there are."""
        wanted = wanted.renew()
        self.totals.append(wanted)
        return len(self.chosen(wanted))

    def chosen(self, wanted):
        """Return the records that are asked for, with the fields asked for."""
        found = [r for r in self.records if self._matches(wanted, r)]
        if wanted.order_by:
            ordered = Query("pupil", order_by=wanted.order_by)
            found.sort(key=ordered.rank)
        return [self._projected(wanted, record) for record in found]

    def _size(self, wanted):
        """Return how many records make a page; without a size all of them do."""
        size = self.able.page_size or len(self.records) + 1
        return size if wanted.limit is None else max(1, min(size, wanted.limit))

    def _matches(self, wanted, record):
        if wanted.search is not None and not self._says(record, wanted.search):
            return False
        if wanted.changed_since is not None and not self._changed(record):
            return False
        if type(record) is dict and record.get("id") in self.sloppy:
            return True
        return all(condition.holds(record) for condition in wanted.where)

    def _says(self, record, text):
        """Tell whether one of the fields looked at says *text*."""
        conditions = [Condition(p, "=", text) for p in self.able.searches]
        return any(condition.holds(record) for condition in conditions)

    def _changed(self, record):
        """Tell whether one of the fields looked at is there at all."""
        conditions = [Condition(p, "!=", SINCE) for p in self.able.changes]
        return any(condition.holds(record) for condition in conditions)

    def _projected(self, wanted, record):
        if not self.able.projects:
            return record
        return _only(_tree(wanted.fields), record)


class AsyncModel(Model):
    """A model that is asked without blocking."""

    async def fetch(self, wanted) -> AsyncIterator[object]:
        """Yield what the model yields."""
        for record in super().fetch(wanted):
            yield record

    async def total(self, wanted):
        """Return what the model counts."""
        return super().total(wanted)


def _tree(paths):
    return tree_of(
        tuple(map(str, local_steps(path.partition(".")[2]))) for path in paths
    )


def _only(tree, value):
    """Return *value* without the keys that *tree* does not hold."""
    if tree is True or type(value) is not dict:
        return value
    kept = {}
    for name, below in tree.items():
        key = name.removesuffix("[]")
        if key in value:
            found = value[key]
            is_many = name.endswith("[]") and type(found) is list
            kept[key] = (
                [_only(below, element) for element in found]
                if is_many
                else _only(below, found)
            )
    return kept


def opened(*scopes, subjects=None, catalogue=CATALOGUE, **more):
    """Return an access that *scopes* are authorised for."""
    grant = grant_of(catalogue, scopes, subjects or Subjects.everyone())
    return opened_by(grant, catalogue, **more)


def opened_by(grant, catalogue=CATALOGUE, ledger=None, **gate):
    """Return an access by a grant, which no register need have made."""
    ledger = MemoryLedger() if ledger is None else ledger
    events = [Connected(connection(), NOON), Authorised(grant, NOON)]
    ledger.append(school_stream(SCHOOL), events, 0)
    gate = Gate(catalogue, ledger, clock=lambda: NOON, **gate)
    return gate.open(school=SCHOOL, app="app")


def regrant(ledger, *scopes, subjects=None, catalogue=CATALOGUE):
    """Let the school authorise *scopes* instead of what it authorised before."""
    grant = grant_of(catalogue, scopes, subjects or Subjects.everyone())
    stream = school_stream(SCHOOL)
    newer = evolve(grant, revision=ledger.position(stream))
    ledger.append(stream, [Authorised(newer, NOON)], None)


class Changing:
    """An access that asks the ledger before every record, and an MIS in pages.

    Args:
        scopes: What is authorised at first.
        able: What the MIS can do.
        model: Which kind of MIS.
        records: Its pupils.
        ledger: Where decisions are kept.
    """

    def __init__(self, *scopes, able=NONE, model=Model, records=None, ledger=None):
        self.ledger = MemoryLedger() if ledger is None else ledger
        self.access = opened(*scopes, ledger=self.ledger, max_staleness=timedelta())
        self.mis = model(NAMED if records is None else records, able)

    def at_page(self, number, *scopes, subjects=None):
        """Let the school authorise something else before a page is asked for."""

        def decide(page):
            if page == number:
                regrant(self.ledger, *scopes, subjects=subjects)

        self.mis.before_page = decide

    def read(self, query, **more):
        """Return what is read."""
        return self.access.read(self.mis, query, **more)


def disclosed(ledger):
    """Return of what was released: fields and how many, by batch."""
    return [(e.fields, e.count) for e in ledger.read(disclosure_stream(SCHOOL))]


@contextmanager
def log_lines():
    """Give the list that every line of the log is appended to."""
    lines, seen = [], logging.Handler()
    seen.emit = lambda entry: lines.append(entry.getMessage())
    logger = logging.getLogger("scopegate")
    before, logger.level = logger.level, logging.INFO
    logger.addHandler(seen)
    try:
        yield lines
    finally:
        logger.removeHandler(seen)
        logger.level = before


# What may be drawn

NAMES = st.sampled_from(["Ada", "Bo", "Cy"])
YEARS = st.none() | st.sampled_from([7, 8, 9, 7.0, True, "7"])
DAYS = st.sampled_from(["2014-02-11", "2013-09-30"])
MALFORMED = st.sampled_from([["Ada"], {"x": "Ada"}, {"x": 7}])
CONTACTS = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            "name": NAMES,
            "kind": st.sampled_from(["open", "guarded"]) | st.none(),
            "person": st.integers(1, 6),
        },
    ),
    max_size=3,
)
BODIES = st.fixed_dictionaries(
    {"status": st.sampled_from(["here", "here", "left"])},
    optional={
        "name": NAMES | NAMES | MALFORMED,
        "year": YEARS,
        "dob": DAYS,
        "home": st.fixed_dictionaries({}, optional={"town": NAMES}) | MALFORMED,
        "tags": st.lists(NAMES, max_size=2),
        "contacts": CONTACTS | st.just("malformed"),
        "stray": st.just("stray"),
    },
)
SORTABLE = ("pupil.id", "pupil.year", "pupil.dob", "pupil.status")
"""Fields that hold nothing but plain values here."""
LOOKED_AT = ("pupil.dob", "pupil.contacts[].name", "pupil.contacts[].kind")


@st.composite
def pupils(draw, *, max_size=6):
    """Draw pupils with identifiers of their own, and now and then no pupil at all."""
    bodies = draw(st.lists(BODIES, max_size=max_size))
    ids = draw(st.permutations(range(1, len(bodies) + 1)))
    return [{"id": n, **body} for n, body in zip(ids, bodies, strict=True)]


def conditions():
    """Return conditions on any field, a text compared with texts."""
    any_value = st.builds(
        Condition,
        st.sampled_from(PATHS),
        st.sampled_from([c for c in Comparison if c is not Comparison.ONE_OF]),
        NAMES | st.sampled_from([3, 7, 8, None, "guarded", "left", "2014-01-01"]),
    ) | st.builds(
        Condition,
        st.sampled_from(PATHS),
        st.just("in"),
        st.lists(NAMES | st.integers(1, 8), max_size=3),
    )
    return any_value.filter(
        lambda c: all(map(CATALOGUE.field(c.path).may_equal, c.values))
    )


@st.composite
def queries(draw, permit, **fixed):
    """Draw queries that *permit* lets through."""
    fields = [path for path in PATHS if path in permit.fields]
    some = st.lists(st.sampled_from(fields), max_size=2, unique=True)
    order = draw(some)
    values = [draw(NAMES | st.none() | st.integers(1, 9)) for _ in order]
    branches = {path.rpartition(".")[0] for path in fields} - {"pupil"}
    parts = {
        "where": [c for c in draw(st.lists(conditions(), max_size=2)) if c.path in fields],
        "order_by": order,
        "limit": draw(st.none() | st.integers(0, 4)),
        "select": draw(
            st.lists(st.sampled_from([*fields, *sorted(branches)]), max_size=2)
        ),
        "after": draw(st.none() | st.just(values)) if order else None,
        "group_by": [path for path in draw(some) if "[]" not in path],
    }  # fmt: skip
    return Query("pupil", **(parts | fixed))


def abilities():
    """Return all that an honest interface may say it can do of a query on pupils."""
    return st.builds(
        Capabilities,
        projects=st.booleans(),
        page_size=st.none() | st.integers(1, 3),
        conditions=st.dictionaries(
            st.sampled_from(PATHS), st.sets(st.sampled_from(Comparison))
        ),
        orders=st.sets(st.sampled_from(SORTABLE)),
        totals=st.booleans(),
        searches=st.none() | st.sets(st.sampled_from(LOOKED_AT)),
        changes=st.none() | st.sets(st.sampled_from(LOOKED_AT)),
    )


def people():
    """Return who may be covered."""
    return st.sampled_from(
        [
            Subjects.everyone(),
            Subjects.only(pupil=[1, 2, 4]),
            Subjects.everyone_except(pupil=[2, 3]),
        ]
    )


def grants():
    """Return scopes that let something of pupils flow."""
    return st.lists(st.sampled_from(SCOPES), min_size=1, unique=True)
