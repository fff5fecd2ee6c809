"""Ways to learn a withheld value by asking, each tried on two MISs that differ in it."""

import asyncio
from contextlib import suppress
from decimal import Decimal

import pytest
from attrs import evolve

from scopegate import AccessDeniedError, Condition, Query, ScopegateError, Subjects
from scopegate.adapters.base import NONE, Capabilities
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.records.condition import Comparison

from ..model_mis import (
    PATHS,
    SCHOOL,
    SINCE,
    Changing,
    Model,
    log_lines,
    opened,
    regrant,
)

ALL = Capabilities(
    page_size=2,
    conditions=dict.fromkeys(PATHS, Comparison),
    orders=PATHS,
    totals=True,
    searches=PATHS,
    changes=PATHS,
)
"""An interface that can do everything with every field, and does."""


def pupil(n, **more):
    """Return a pupil who is there."""
    return {"id": n, "name": f"Ada {n}", "status": "here", **more}


def learned(scopes, records, query, *, subjects=None, able=ALL):
    """Return all that somebody who asks in every way learns."""
    ledger, told = MemoryLedger(), []
    access = opened(*scopes, subjects=subjects, ledger=ledger)
    mis = Model(records, able)
    with log_lines() as lines:
        for ask in (access.read, access.count, access.count_by):
            try:
                found = ask(mis, query)
                told.append(repr(list(found) if ask == access.read else found))
            except ScopegateError as error:
                told.append(f"{error!r}")
        access.close()
    written = ledger.bodies(disclosure_stream(SCHOOL))
    asked = {repr(wanted) for wanted in (*mis.asked, *mis.totals)}
    return told, access.notes, lines, written, asked


def guesses(*values):
    """Return every condition by which somebody might guess one of *values* at a path."""

    def at(path):
        single = [c for c in Comparison if c is not Comparison.ONE_OF]
        yield from (Condition(path, c, value) for c in single for value in values)
        yield Condition(path, "in", values)

    return at


BORN = [pupil(n, dob=f"2014-0{n}-11") for n in (1, 2, 3)]
OTHERS = [pupil(n, dob=f"2013-0{4 - n}-12") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "parts",
    [
        *({"where": [c]} for c in guesses("2014-02-11", None)("pupil.dob")),
        {"order_by": ["pupil.dob"]},
        {"order_by": ["pupil.id", "pupil.dob"], "limit": 1},
        {"order_by": ["pupil.dob"], "after": ["2014-01-01"]},
        {"group_by": ["pupil.dob"]},
        {"select": ["pupil.dob"]},
        {"search": "2014-02-11"},
        {"changed_since": SINCE},
    ],
)
def test_by_naming_the_field(parts):
    """1: by a condition, an order, a cursor, a group, a selection, a text, a change."""
    query = Query("pupil", **parts)

    assert learned(["ids"], BORN, query) == learned(["ids"], OTHERS, query)


CALM = {"name": "Cy", "kind": "open"}
SECRET = {"name": "Bo", "kind": "guarded"}


@pytest.mark.parametrize(
    "parts",
    [
        *({"where": [c]} for c in guesses("Bo", "Az")("pupil.contacts[].name")),
        {"order_by": ["pupil.contacts[].name"], "limit": 2},
        {"order_by": ["pupil.contacts[].name"], "after": ["Bo"]},
        {"search": "Bo"},
        {"changed_since": SINCE},
        {"limit": 2},
        {},
    ],
)
def test_by_a_withheld_row_of_a_list(parts):
    """2: by how many records, pages, notes or faults a guarded contact brings about."""
    query = Query("pupil", **parts)
    odd = {"tags": "malformed", "home": 7}  # what notes would tell is looked at
    with_it = [pupil(n, contacts=[SECRET, CALM], **odd) for n in (1, 2, 3)]
    without = [pupil(n, contacts=[CALM], **odd) for n in (1, 2, 3)]
    scopes = ["ids", "contacts", "home"]

    assert learned(scopes, with_it, query) == learned(scopes, without, query)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"limit": 2},
        {"where": [Condition("pupil.id", ">", 0)], "limit": 1},
        {"order_by": ["pupil.id"]},
        {"order_by": ["pupil.id"], "limit": 2, "after": [1]},
        {"group_by": ["pupil.id"]},
    ],
)
@pytest.mark.parametrize("hide", [{"status": "left"}, {"status": None}, {"id": 99}])
def test_by_a_withheld_record(parts, hide):
    """3: by numbers, limits, orders and groups that a leaver would change."""
    few = [pupil(n) for n in (1, 2, 3)]
    first, second, last = (pupil(n) | hide for n in (0, 2, 9))
    more = [first, few[0], second, *few[1:], last]
    who = {"subjects": Subjects.everyone_except(pupil=[99])}
    query = Query("pupil", **parts)

    assert learned(["ids"], few, query, **who) == learned(["ids"], more, query, **who)


def test_by_a_text_looked_for_beyond_what_is_declared_of_this_app():
    """4: an interface that says that it looks at nothing is not asked to look."""
    able = evolve(ALL, searches=[], changes=[])
    query = Query("pupil", search="2014-02-11")

    assert learned(["ids"], BORN, query, able=able) == learned(
        ["ids"], OTHERS, query, able=able
    )


def test_by_a_malformed_value_that_the_mis_compares():
    """5: by the notes on a record that only the MIS thought to be asked for."""
    hidden = [pupil(1, name={"full": "Ada"}, home=7), pupil(2, name="Bo")]
    shown = [pupil(1, name={"full": "Zed"}, home=7), pupil(2, name="Bo")]
    query = Query("pupil", [Condition("pupil.name", "=", "Ada")])

    class Flattening(Model):
        """An MIS that compares with whatever is inside."""

        def _matches(self, wanted, record):
            return not wanted.where or "Ada" in repr(record["name"])

    def notes(records):
        access = opened("basic", "home", "leavers")
        return list(access.read(Flattening(records, ALL), query)), access.notes

    assert notes(hidden) == notes(shown)


class Spy(str):
    """A text that keeps what it is compared with."""

    def __init__(self):
        self.seen = []

    def __eq__(self, other):
        self.seen.append(other)
        return True

    def __hash__(self):
        return 0

    __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __eq__


@pytest.mark.parametrize("comparison", Comparison)
def test_by_a_value_that_looks_at_what_it_is_compared_with(comparison):
    """6: no adapter is handed it, and the gate shows it what is released only."""
    spy = Spy()
    value = [spy] if comparison is Comparison.ONE_OF else spy
    contacts = [SECRET, CALM]
    mis = Model([pupil(1, name=["c4n4ry"], contacts=contacts, dob="c4n4ry")], ALL)
    where = [
        Condition("pupil.contacts[].name", comparison, value),
        Condition("pupil.name", comparison, value),
    ]

    list(opened("basic", "contacts", "leavers").read(mis, Query("pupil", where)))

    assert spy.seen == ["Cy"]


@pytest.mark.parametrize("is_async", [False, True])
def test_by_making_the_adapter_fail_on_it(is_async):
    """7: what an adapter says when a withheld value upsets it stays with it."""

    class Upset(Model):
        def fetch(self, wanted):
            yield pupil(1)
            raise ValueError(self.records[0]["dob"])

    class AsyncUpset(Upset):
        async def fetch(self, wanted):
            for record in Upset.fetch(self, wanted):
                yield record

    def told(records):
        access, got = opened("ids", "leavers"), []

        async def read():
            async for record in access.read_async(AsyncUpset(records), query):
                got.append(record)

        query = Query("pupil")
        try:
            asyncio.run(read()) if is_async else got.extend(
                access.read(Upset(records), query)
            )
        except ScopegateError as error:
            return got, repr(error), error.__cause__, error.__context__

    assert told(BORN) == told(OTHERS)


@pytest.mark.parametrize("ask", ["read", "count", "count_by"])
def test_by_beginning_before_it_was_withdrawn(ask):
    """8: what was withdrawn while a query waited is not told, by number or group."""
    query = Query("pupil", group_by=["pupil.dob"])
    scene = Changing("ids", "birth", "leavers", records=BORN, able=Capabilities())
    scene.at_page(0, "ids", "leavers")

    with pytest.raises(ScopegateError) as caught:
        list(getattr(scene.access, ask)(scene.mis, query))

    assert "2014" not in repr(caught.value)


def test_by_what_was_held_to_be_sorted():
    """9: records that wait lose what is withdrawn meanwhile, and so do their values."""
    scene = Changing("ids", "birth", "leavers", records=BORN, able=NONE)
    records = scene.read(Query("pupil", order_by=["pupil.id"]))
    first = next(records)
    regrant(scene.ledger, "ids", "leavers", subjects=Subjects.only(pupil=[1, 3]))

    assert first == {"id": 1, "dob": "2014-01-11", "status": "here"}
    assert list(records) == [{"id": 3, "status": "here"}]


def test_by_reading_through_groups_without_a_trace():
    """10: values that come as groups are written down as those of records are."""
    ledger = MemoryLedger()
    with opened("birth", "leavers", ledger=ledger) as access:
        groups = access.count_by(
            Model(BORN), Query("pupil", group_by=["pupil.dob"], limit=2)
        )

    (event,) = ledger.read(disclosure_stream(SCHOOL))
    assert len(groups) == event.count == 2
    assert event.fields == ("pupil.dob",)


def test_by_guessing_a_cursor():
    """11: a cursor of any value gives no record that would not be given without it."""
    records = [pupil(n, status="left" if n == 2 else "here") for n in (1, 2, 3)]
    access = opened("ids")

    def after(value):
        query = Query("pupil", order_by=["pupil.id"], after=[value])
        return [found["id"] for found in access.read(Model(records), query)]

    found = {value: after(value) for value in (0, 1, 1.5, 2, 2.5, 3, None, "x")}
    assert found[1] == found[1.5] == found[2] == found[2.5] == [3]


@pytest.mark.parametrize("value", [Decimal("sNaN"), float("nan")])
def test_by_a_value_that_upsets_the_gate(value):
    """12: an odd value is compared, sorted and counted without an error that shows it."""
    records = [pupil(1, year=value), pupil(2, year=7)]
    query = Query(
        "pupil",
        [Condition("pupil.year", "!=", 8)],
        ["pupil.year"],
        group_by=["pupil.year"],
    )
    access = opened("basic", "leavers")

    with suppress(AccessDeniedError):
        groups = access.count_by(Model(records), query)
        read = list(access.read(Model(records), query))

    assert sum(groups.values()) == len(read)
