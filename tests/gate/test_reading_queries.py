"""Reading by a query: the same whatever an interface can do of it, and held in order."""

import asyncio
import gc
from collections import Counter
from contextlib import suppress
from uuid import UUID
from weakref import WeakSet

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, Query, QueryRefusedError, Subjects
from scopegate.adapters.base import Capabilities
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import SourceError
from scopegate.gate.projection.projection import Plan, compile_plan
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger

from ..model_mis import (
    FEWER,
    NAMED,
    PUPIL,
    SCHOOL,
    SORTABLE,
    AsyncModel,
    Changing,
    Model,
    abilities,
    disclosed,
    grants,
    opened,
    people,
    pupils,
    queries,
    regrant,
)

IN_PAGES = Capabilities(page_size=2)
SORTED = evolve(IN_PAGES, orders=SORTABLE)
SEARCHED = Capabilities(searches=["pupil.dob"])


async def listed(records):
    """Return the list of what an asynchronous iterator gives."""
    return [record async for record in records]


def read_async(access, adapter, query):
    """Return what is read without blocking."""
    return asyncio.run(listed(access.read_async(adapter, query)))


@st.composite
def worlds(draw):
    """Draw who may see what, pupils, a query, and what an interface can do of it."""
    access = opened(*draw(grants()), subjects=draw(people()))
    records, able = draw(pupils()), draw(abilities())
    sloppy = draw(st.sets(st.integers(1, 6), max_size=2))
    query = draw(queries(access.permit))
    return access, records, query, (able, sloppy)


@FEWER
@given(worlds())
def test_what_an_interface_can_do_changes_nothing_of_what_is_read(world):
    """However much of a query the MIS does, the same records come in the same order."""
    access, records, query, (able, sloppy) = world

    plain = list(access.read(RecordsAdapter({"pupil": records}, SCHOOL), query))

    assert list(access.read(Model(records, able, sloppy=sloppy), query)) == plain


@FEWER
@given(worlds())
def test_reading_without_blocking_gives_the_same(world):
    """An interface that does not block is read, counted and grouped alike."""
    access, records, query, (able, sloppy) = world
    model = Model(records, able, sloppy=sloppy)
    other = AsyncModel(records, able, sloppy=sloppy)

    blocking = (
        list(access.read(model, query)),
        access.count(model, query),
        access.count_by(model, query),
    )

    assert blocking == (
        read_async(access, other, query),
        asyncio.run(access.count_async(other, query)),
        asyncio.run(access.count_by_async(other, query)),
    )
    assert model.asked == other.asked


@FEWER
@given(worlds())
def test_a_count_is_the_number_of_records_read(world):
    """Counting gives as many as reading, whether the MIS counts or the gate does."""
    access, records, query, (able, sloppy) = world
    model = Model(records, able, sloppy=sloppy)

    assert access.count(model, query) == len(list(access.read(model, query)))


@FEWER
@given(worlds())
def test_groups_are_counted_over_what_is_read(world):
    """Each record read is in the group of its values, whatever is selected."""
    access, records, query, (able, sloppy) = world
    model = Model(records, able, sloppy=sloppy)

    groups = access.count_by(model, query)

    whole = access.read(model, evolve(query, select=()))
    assert groups == Counter(map(query.group, whole))


@FEWER
@given(worlds())
def test_selecting_is_projecting_what_is_read(world):
    """A selection equals reading all that may flow and dropping the rest afterwards."""
    access, records, query, (able, sloppy) = world
    model = Model(records, able, sloppy=sloppy)
    wanted = [
        path
        for path in access.permit.fields_of("pupil")
        if path in query.select
        or any(path.startswith(f"{branch}.") for branch in query.select)
    ]
    plan = Plan(PUPIL, tuple(wanted), frozenset(), Subjects.everyone(), ())
    drop = compile_plan(plan) if query.select else lambda record: record

    whole = list(access.read(model, evolve(query, select=())))

    assert list(access.read(model, query)) == [drop(record) for record in whole]


@FEWER
@given(worlds(), st.sampled_from([["pupil.id"], ["pupil.year", "pupil.id"]]), st.data())
def test_pages_by_cursor_make_up_the_whole(world, order, data):
    """Reading on after the last record of each page gives every record once."""
    _, records, query, (able, sloppy) = world
    access = opened("ids", "basic", "contacts", subjects=data.draw(people()))
    chosen = [c for c in query.where if c.path in access.permit.fields]
    whole = Query("pupil", chosen, order, data.draw(st.integers(1, 3)))
    model = Model(records, able, sloppy=sloppy)

    pages, page = [], list(access.read(model, whole))
    while page:
        pages += page
        after = [page[-1].get(path.partition(".")[2]) for path in order]
        page = list(access.read(model, evolve(whole, after=after)))

    assert pages == list(access.read(model, evolve(whole, limit=None)))


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("able", [IN_PAGES, SORTED])
def test_a_sorted_read_with_a_limit_holds_few_records(able, is_async):
    """Of a thousand records no more than a few times the limit are there at once."""
    alive, most = WeakSet(), 0

    class Counted(RecordsAdapter):
        """Serves records that can be seen to be there, one at a time."""

        def capabilities(self, resource):
            """Return that it sorts, or that it does nothing."""
            return able

        def fetch(self, wanted):
            """Yield records, counting those that are still there."""
            nonlocal most
            for n in range(1_000):
                name = UUID(int=n)
                alive.add(name)
                yield {"id": n if able.orders else n * 7 % 1_000, "name": name}
                del name
                most = max(most, len(alive))

    class AsyncCounted(Counted):
        """Serves them without blocking."""

        async def fetch(self, wanted):
            """Yield the same records."""
            for record in Counted.fetch(self, wanted):
                yield record
                del record

    access = opened("ids", "basic", "leavers")
    query = Query("pupil", order_by=["pupil.id"], limit=5)
    gc.collect()
    adapter = (AsyncCounted if is_async else Counted)({}, SCHOOL)
    read = read_async(access, adapter, query) if is_async else [
        *access.read(adapter, query)
    ]  # fmt: skip

    assert [record["id"] for record in read] == [0, 1, 2, 3, 4]
    assert most <= 2 * 5 + 100 + 5


# An order that the MIS is asked for


@pytest.mark.parametrize("model", [Model, AsyncModel])
def test_an_order_that_is_not_kept_is_a_fault(model):
    """Records out of order end the read where they are, and show no value."""
    mis = model([*NAMED[:3], {**NAMED[3], "id": -4_242}], SORTED)
    mis.chosen = lambda wanted: mis.records
    access, got = opened("ids", "basic", "leavers"), []

    async def read():
        query = Query("pupil", order_by=["pupil.id"])
        if model is Model:
            got.extend(_each(access.read(mis, query), got))
        async for record in access.read_async(mis, query):
            got.append(record)

    with pytest.raises(SourceError) as caught:
        asyncio.run(read())

    assert [record["id"] for record in got] == [1, 2, 3]
    assert caught.value.source == "pupil"
    assert str(caught.value) == (
        "pupil: the records are not in the order asked for; take `orders` from the"
        " adapter's capabilities"
    )


def _each(records, got):
    """Keep each record as it comes, and give nothing back."""
    for record in records:
        got.append(record)
    return ()


def test_an_order_may_have_ties():
    """Records that are alike in what they are sorted by may come in any order."""
    mis = Model([{**pupil, "year": 7} for pupil in reversed(NAMED)], SORTED)
    access = opened("ids", "basic", "leavers")

    read = access.read(mis, Query("pupil", order_by=["pupil.year"]))

    assert [record["id"] for record in read] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_what_is_sorted_by_the_mis_is_given_at_once():
    """A record that comes in order need not wait for those behind it."""
    mis = Model(NAMED, SORTED)
    access = opened("ids", "basic", "leavers")

    first = next(access.read(mis, Query("pupil", order_by=["pupil.id"])))

    assert (first["id"], len(mis.asked)) == (1, 1)


# Decisions on the way


@pytest.mark.parametrize("able", [IN_PAGES, SORTED])
def test_a_field_withdrawn_on_the_way_costs_no_record(able):
    """What decided on rows may be gone from records that waited, and they still come."""
    scene = Changing("basic", "birth", able=able)
    scene.at_page(1, "basic")

    assert len(list(scene.read(Query("pupil", order_by=["pupil.year"])))) == 8


def test_rows_withdrawn_on_the_way_are_withheld_where_nobody_can_tell():
    """A record that waited, and no longer says whose it is, is not given out."""
    scene = Changing("basic", able=IN_PAGES)
    scene.at_page(3, "basic", subjects=Subjects.only(pupil=[7, 8]))

    assert list(scene.read(Query("pupil", order_by=["pupil.name"]))) == []


def test_rows_withdrawn_before_the_first_record_are_decided_on_as_they_come():
    """What was decided before any record was taken costs none that is covered."""
    scene = Changing("basic", able=IN_PAGES)
    records = scene.read(Query("pupil", order_by=["pupil.name"]))
    regrant(scene.ledger, "basic", subjects=Subjects.only(pupil=[7, 8]))

    assert [record["name"] for record in records] == ["Ada 7", "Ada 8"]


def test_rows_withdrawn_on_the_way_cost_none_that_comes_in_order():
    """What the MIS sorts has not waited, and is decided on as it comes."""
    scene = Changing("basic", able=SORTED)
    scene.at_page(1, "basic", subjects=Subjects.only(pupil=[7, 8]))

    read = scene.read(Query("pupil", order_by=["pupil.year"]))

    assert [record["name"][-1] for record in read] == ["1", "2", "7", "8"]


@pytest.mark.parametrize("call", range(1, 20))
def test_a_match_that_may_not_be_made_any_more_tells_of_no_record(call):
    """Whenever a searched field is withdrawn, the next record does not come."""
    withdrawn, calls = [], []

    class Meddled(MemoryLedger):
        """A ledger in which others decide just before it is asked once more."""

        def position(self, stream):
            if stream == school_stream(SCHOOL) and not withdrawn:
                calls.append(stream)
                if len(calls) == call:
                    withdrawn.append(call)
                    regrant(self, "ids")
            return super().position(stream)

    born = [{**pupil, "dob": "2014"} for pupil in NAMED]
    scene = Changing("ids", "birth", ledger=Meddled(), able=SEARCHED, records=born)
    calls.clear()
    late = []

    with suppress(QueryRefusedError):
        for _ in scene.read(Query("pupil", search="2014")):
            late.append(bool(withdrawn))

    assert not any(late)


def test_selected_fields_are_written_down_and_no_others():
    """A record with some fields given out counts as read by these only."""
    ledger = MemoryLedger()
    with opened("ids", "basic", "leavers", ledger=ledger) as access:
        list(access.read(Model(NAMED), Query("pupil", select=["pupil.name"])))

    assert disclosed(ledger) == [(("pupil.name",), 8)]


def test_selected_fields_are_written_down_as_they_were_when_given():
    """What is withdrawn on the way is not written down of the records after it."""
    scene = Changing("basic", "birth", able=IN_PAGES)
    scene.at_page(1, "basic")
    with scene.access:
        list(scene.read(Query("pupil", select=["pupil.name"])))
        list(scene.read(Query("pupil", limit=1)))

    whole = ("pupil.name", "pupil.year")
    assert disclosed(scene.ledger) == [
        (("pupil.name",), 2),
        (("pupil.name",), 6),
        (whole, 1),
    ]


@pytest.mark.parametrize("model", [Model, AsyncModel])
def test_after_a_revocation_no_record_more_is_asked_for(model):
    """The record behind the last one given is not fetched first and refused then."""
    scene, fetched = Changing("basic", model=model), []
    scene.mis.chosen = lambda wanted: _Fetched(NAMED, fetched)

    async def read():
        async for _ in scene.access.read_async(scene.mis, Query("pupil")):
            regrant(scene.ledger, "school")

    def begin():
        for _ in scene.read(Query("pupil")):
            regrant(scene.ledger, "school")

    with pytest.raises(AccessDeniedError):
        begin() if model is Model else asyncio.run(read())

    assert fetched == [1]


class _Fetched(list):
    """Records that keep which of them were fetched, all on one page."""

    def __init__(self, records, fetched):
        super().__init__(records)
        self.fetched = fetched

    def __getitem__(self, page):
        for record in list.__getitem__(self, page):
            self.fetched.append(record["id"])
            yield record


@pytest.mark.parametrize("given", [0, 1])
def test_what_is_decided_after_the_last_record_ends_the_read(given):
    """A reader learns of a revocation though no record is left, or ever was."""
    scene = Changing("basic", records=NAMED[:given], able=IN_PAGES)
    records = scene.read(Query("pupil"))
    if given:
        next(records)
        regrant(scene.ledger, "school")
    else:
        scene.mis.chosen = lambda wanted: regrant(scene.ledger, "school") or []

    with pytest.raises(AccessDeniedError):
        next(records)
