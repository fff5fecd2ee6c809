"""Counting: only what is released counts, in the MIS or in the gate."""

import asyncio
from collections import Counter
from decimal import Decimal
from math import nan

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, Catalogue, Condition, Query, Subjects
from scopegate.adapters.base import NONE, Capabilities
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.disclosures import Recording
from scopegate.errors import SourceError, UnreachableLedgerError, WrongSchoolError
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger

from ..model_mis import (
    FEWER,
    NAMED,
    SCHOOL,
    SINCE,
    SORTABLE,
    TABLE,
    AsyncModel,
    Changing,
    Model,
    disclosed,
    grants,
    opened,
    people,
    pupils,
    queries,
    regrant,
)

COUNTS = Capabilities(totals=True, searches=["pupil.id"], changes=["pupil.id"])
WHOLE = ("ids", "basic", "leavers", "guarded", "contacts")
"""Scopes with which no row of a pupil is withheld."""
MODELS = pytest.mark.parametrize("model", [Model, AsyncModel])


def count(access, mis, query):
    """Return what is counted, blocking or not, as the MIS is."""
    if isinstance(mis, AsyncModel):
        return asyncio.run(access.count_async(mis, query))
    return access.count(mis, query)


def count_by(access, mis, query):
    """Return what is counted by group, blocking or not, as the MIS is."""
    if isinstance(mis, AsyncModel):
        return asyncio.run(access.count_by_async(mis, query))
    return access.count_by(mis, query)


# The MIS's own count


@MODELS
def test_where_all_rows_flow_the_mis_counts(model):
    """No record is fetched to be counted where the MIS's count reveals nothing else."""
    mis = model(NAMED, COUNTS)

    assert count(opened(*WHOLE), mis, Query("pupil", select=["pupil.id"])) == 8
    assert (len(mis.totals), mis.begun) == (1, [])


@FEWER
@given(st.data(), grants(), people())
def test_the_mis_counts_only_where_no_row_may_be_withheld(data, scopes, subjects):
    """With row rules or people left out, or a query that chooses, the gate counts."""
    access = opened(*scopes, subjects=subjects)
    query = data.draw(queries(access.permit))
    mis = Model(data.draw(pupils()), COUNTS)
    is_whole = {"leavers", "guarded"} <= {*scopes} and subjects == Subjects.everyone()
    is_chosen = query.where or query.limit is not None or query.after is not None

    access.count(mis, query)

    assert bool(mis.totals) == (is_whole and not is_chosen)


@MODELS
@pytest.mark.parametrize(
    "part",
    [
        {"where": [Condition("pupil.id", ">", 0)]},
        {"limit": 20},
        {"order_by": ["pupil.id"], "after": [0]},
        {"search": "Ada"},
        {"changed_since": SINCE},
    ],
)
def test_the_mis_does_not_count_what_a_query_chooses(model, part):
    """Whatever leaves records out is counted by reading."""
    mis = model(NAMED, COUNTS)
    mis._says = lambda *_: True

    assert count(opened(*WHOLE), mis, Query("pupil", **part)) == 8
    assert mis.totals == []


@MODELS
def test_the_mis_does_not_count_unless_it_says_that_it_can(model):
    """That an adapter could be asked for a total does not mean that it may be."""
    mis = model(NAMED, NONE)

    assert count(opened(*WHOLE), mis, Query("pupil")) == 8
    assert mis.totals == []


def test_an_adapter_that_only_says_it_counts_is_read():
    """Where there is nothing to ask for a total, the records are counted."""

    class Boasting(RecordsAdapter):
        def capabilities(self, resource):
            return COUNTS

    mis = Boasting({"pupil": NAMED}, SCHOOL)

    assert opened(*WHOLE).count(mis, Query("pupil")) == 8


SCHOOLS = Catalogue.from_dict(
    TABLE
    | {
        "resource": TABLE["resource"]
        | {
            "room": {
                "key": "id",
                "school": "urn",
                "field": {"id": {}, "urn": {}},
            }
        },
        "scope": TABLE["scope"] | {"rooms": {"fields": ["room.id"]}},
    }
)


class Rooms(Model):
    """An MIS of rooms, each of which says whose it is."""

    def capabilities(self, resource):
        """Return that it counts."""
        return COUNTS

    def _matches(self, wanted, record):
        return True


def test_where_records_name_their_school_the_gate_counts():
    """An MIS that counts another school's rooms too is found out, not believed."""
    access = opened("rooms", catalogue=SCHOOLS)
    rooms = [{"id": n, "urn": SCHOOL} for n in range(3)]
    own, others = Rooms(rooms), Rooms([*rooms, {"id": 9, "urn": "2"}])

    assert (access.count(own, Query("room")), own.totals) == (3, [])
    with pytest.raises(WrongSchoolError):
        access.count(others, Query("room"))


@MODELS
@pytest.mark.parametrize("total", [None, -1, True, 8.0, "c4n4ry", ["c4n4ry"]])
def test_a_total_that_is_no_number_of_records_is_a_fault(model, total):
    """Whatever an adapter gives for a total, nothing but a number comes out of it."""
    mis = model([], COUNTS)
    mis.total = lambda wanted: total
    if model is AsyncModel:

        async def give(wanted):
            return total

        mis.total = give

    with pytest.raises(SourceError) as caught:
        count(opened(*WHOLE), mis, Query("pupil"))

    assert str(caught.value) == (
        "pupil: the adapter gave no number of records; look at it in the adapter's tests"
    )


# Decisions on the way


@MODELS
def test_a_total_that_was_asked_for_before_a_revocation_is_not_told(model):
    """What the MIS counts while the school revokes reaches no one."""
    scene = Changing(*WHOLE, able=COUNTS, model=model)
    scene.mis.chosen = lambda wanted: regrant(scene.ledger, "school") or []

    with pytest.raises(AccessDeniedError):
        count(scene.access, scene.mis, Query("pupil"))


@MODELS
def test_a_total_that_counts_too_many_by_now_is_not_told(model):
    """If people are left out while the MIS counts, what is released is counted."""
    scene = Changing(*WHOLE, able=COUNTS, model=model)
    chosen = scene.mis.chosen

    def narrow(wanted):
        if not scene.mis.begun:
            regrant(scene.ledger, *WHOLE, subjects=Subjects.only(pupil=[1, 2]))
        return chosen(wanted)

    scene.mis.chosen = narrow

    assert count(scene.access, scene.mis, Query("pupil")) == 2


@MODELS
def test_people_left_out_before_the_mis_is_asked_are_not_counted(model):
    """What was decided between a query's check and its request holds for it."""
    scene = Changing(*WHOLE, able=COUNTS, model=model)
    scene.mis.school = None  # so that its public record is read in between
    fetch = scene.mis.fetch

    def narrow(wanted):
        if wanted.resource.name == "school":
            regrant(scene.ledger, *WHOLE, subjects=Subjects.only(pupil=[1, 2]))
        return fetch(wanted)

    scene.mis.fetch = narrow

    assert count(scene.access, scene.mis, Query("pupil")) == 2
    assert scene.mis.totals == []


@MODELS
@pytest.mark.parametrize("ask", [count, count_by])
def test_rows_withdrawn_while_they_are_counted_are_not_told(model, ask):
    """A count of what may no longer flow is given up, since it cannot be corrected."""
    scene = Changing(*WHOLE, able=Capabilities(page_size=2), model=model)
    scene.at_page(2, *WHOLE, subjects=Subjects.only(pupil=[1, 2]))

    with pytest.raises(SourceError) as caught:
        ask(scene.access, scene.mis, Query("pupil", group_by=["pupil.name"]))

    assert str(caught.value) == (
        "pupil: which rows may flow was changed while they were counted; count again"
    )


@MODELS
@pytest.mark.parametrize("ask", [count, count_by])
def test_a_revocation_after_the_last_record_is_heard_of(model, ask):
    """What is counted is told only if it may be told when all is counted."""
    scene = Changing(*WHOLE, model=model)
    chosen = scene.mis.chosen

    def then_revoke(wanted):
        yield from chosen(wanted)
        regrant(scene.ledger, "school")

    scene.mis.chosen = lambda wanted: _Lazy(then_revoke(wanted))

    with pytest.raises(AccessDeniedError):
        ask(scene.access, scene.mis, Query("pupil"))


class _Lazy:
    """Records that are made when they are looked at, all on one page."""

    def __init__(self, records):
        self.records = records

    def __getitem__(self, page):
        return self.records

    def __len__(self):
        return 0


@MODELS
@pytest.mark.parametrize("ask", [count, count_by])
def test_a_revocation_before_a_limit_is_reached_is_heard_of(model, ask):
    """A count that ends early is told only if it may be told then."""
    scene = Changing(*WHOLE, able=Capabilities(page_size=2), model=model)
    query = Query("pupil", limit=0)
    scene.mis.school = None
    fetch = scene.mis.fetch

    def revoke(wanted):
        regrant(scene.ledger, "school")
        return fetch(wanted)

    scene.mis.fetch = revoke

    with pytest.raises(AccessDeniedError):
        ask(scene.access, scene.mis, query)


@MODELS
def test_fields_withdrawn_while_records_are_counted_cost_none(model):
    """What rows may flow is the same, so the count is right."""
    scene = Changing("basic", "birth", able=Capabilities(page_size=2), model=model)
    scene.at_page(2, "basic")

    assert count(scene.access, scene.mis, Query("pupil")) == 8


# Groups


@MODELS
def test_groups_are_of_released_values(model):
    """Missing and null count as None, what is withheld does not count at all."""
    records = [
        {"id": 1, "year": 7, "status": "here"},
        {"id": 2, "year": None, "status": "here"},
        {"id": 3, "status": "here"},
        {"id": 4, "year": 7, "status": "left"},
        {"id": 5, "year": ["malformed"], "status": "here"},
    ]
    query = Query("pupil", group_by=["pupil.year"])

    assert count_by(opened("basic"), model(records), query) == {(7,): 1, (None,): 3}


def test_without_a_group_all_records_are_one():
    """Of no records there is no group."""
    access = opened("ids", "leavers")

    assert access.count_by(Model(NAMED), Query("pupil")) == {(): 8}
    assert access.count_by(Model([]), Query("pupil")) == {}


def test_what_is_no_number_counts_as_one():
    """Any NaN, signalling ones too, is the same group as any other."""
    values = [nan, float("nan"), Decimal("NaN"), Decimal("sNaN"), Decimal(1), 1]
    records = [{"id": n, "year": value} for n, value in enumerate(values)]
    access = opened("ids", "basic", "leavers")

    groups = access.count_by(Model(records), Query("pupil", group_by=["pupil.year"]))

    assert groups == {(nan,): 4, (1,): 2}


@MODELS
@pytest.mark.parametrize("orders", [[], SORTABLE])
def test_groups_are_of_the_first_records_in_order(model, orders):
    """With an order and a limit the groups are of what a read would give."""
    records = [{"id": n, "year": n // 3} for n in (8, 3, 1, 7, 2, 6)]
    mis = model(records, Capabilities(orders=orders))
    query = Query("pupil", order_by=["pupil.id"], limit=3, group_by=["pupil.year"])

    groups = count_by(opened("ids", "basic", "leavers"), mis, query)

    assert groups == {(0,): 2, (1,): 1}


@MODELS
def test_to_count_all_no_order_is_asked_for(model):
    """Without a limit nothing is sorted, and no one is asked to."""
    mis = model(NAMED, Capabilities(orders=SORTABLE))
    query = Query("pupil", order_by=["pupil.id"], group_by=["pupil.name"])

    groups = count_by(opened("ids", "basic", "leavers"), mis, query)

    assert (sum(groups.values()), mis.asked[0].order_by) == (8, ())


@MODELS
@pytest.mark.parametrize("ask", [count, count_by])
def test_counting_asks_for_no_record_beyond_the_limit(model, ask):
    """What comes after the limit is not asked of the MIS."""
    mis = model(NAMED, Capabilities(page_size=1))

    ask(opened("ids", "leavers"), mis, Query("pupil", limit=2))

    assert (len(mis.asked), mis.closed) == (2, 1)


# What is written down


@MODELS
def test_values_that_records_are_grouped_by_are_written_down(model):
    """Groups reveal values, so each record counts as given out with these fields."""
    ledger = MemoryLedger()
    query = Query("pupil", group_by=["pupil.name", "pupil.year"], select=["pupil.id"])
    with opened("ids", "basic", "birth", "leavers", ledger=ledger) as access:
        groups = count_by(access, model(NAMED), query)

    assert sum(groups.values()) == 8
    assert disclosed(ledger) == [(("pupil.name", "pupil.year"), 8)]


@MODELS
@pytest.mark.parametrize("ask", [count, count_by])
def test_a_number_alone_gives_no_value_out(model, ask):
    """Of a count without groups nothing is written down, as no value is told."""
    ledger = MemoryLedger()
    query = Query("pupil", group_by=["pupil.id"] if ask is count else [])
    with opened("ids", "leavers", ledger=ledger) as access:
        ask(access, model(NAMED), query)

    assert disclosed(ledger) == []


def test_groups_that_cannot_be_written_down_first_are_not_told():
    """Where releases are written before they are given out, groups are as well."""

    class Full(MemoryLedger):
        def append(self, stream, events, expected, **more):
            if stream == disclosure_stream(SCHOOL):
                raise UnreachableLedgerError("full", "no room")
            return super().append(stream, events, expected, **more)

    access = opened(
        "ids", "leavers", ledger=Full(), recording=Recording.before_release()
    )

    with pytest.raises(UnreachableLedgerError):
        access.count_by(Model(NAMED), Query("pupil", group_by=["pupil.id"]))


@FEWER
@given(st.data(), grants(), people())
def test_what_is_written_down_is_what_is_told(data, scopes, subjects):
    """Reading and grouping write down as many records as they reveal."""
    ledger = MemoryLedger()
    access = opened(*scopes, subjects=subjects, ledger=ledger)
    query = data.draw(queries(access.permit))
    mis = Model(data.draw(pupils()), NONE)

    read = list(access.read(mis, evolve(query, group_by=())))
    groups = access.count_by(mis, query)
    access.close()

    told = len(read) + (sum(groups.values()) if query.group_by else 0)
    assert sum(number for _, number in disclosed(ledger)) == told
    assert Counter(groups).total() == len(read)
