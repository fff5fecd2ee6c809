"""What an adapter is told: of a query what it can do, and of the fields what may flow."""

import asyncio

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate import AccessDeniedError, Condition, Query, QueryRefusedError, Subjects
from scopegate.adapters.base import NONE, Capabilities, Fetch
from scopegate.gate.reading import Reading
from scopegate.records.condition import Comparison

from ..model_mis import (
    FEWER,
    NAMED,
    PATHS,
    PUPIL,
    SCHOOL,
    SINCE,
    SORTABLE,
    AsyncModel,
    Changing,
    Model,
    abilities,
    grants,
    opened,
    people,
    pupils,
    queries,
    regrant,
)

ALL = Capabilities(
    projects=True,
    page_size=2,
    conditions=dict.fromkeys(PATHS, Comparison),
    orders=SORTABLE,
    searches=["pupil.name"],
    changes=["pupil.name"],
)
"""An interface that can do everything."""


def deciding(fields, scopes, subjects):
    """Return what must be read to decide on rows that hold *fields*, the plain way."""
    is_everyone = subjects == Subjects.everyone()
    found = set() if "leavers" in scopes else {"pupil.status"}
    found |= set() if is_everyone else {"pupil.id"}
    if any(path.startswith("pupil.contacts[]") for path in fields):
        found |= set() if "guarded" in scopes else {"pupil.contacts[].kind"}
        found |= set() if is_everyone else {"pupil.contacts[].person"}
    return found


@st.composite
def readings(draw):
    """Draw who may see what, an MIS, and what is asked of it."""
    scopes, subjects = draw(grants()), draw(people())
    access = opened(*scopes, subjects=subjects)
    mis = Model(draw(pupils()), draw(abilities()))
    return access, mis, draw(queries(access.permit)), (scopes, subjects)


@FEWER
@given(readings())
def test_only_what_is_needed_is_asked_for(reading):
    """Of what may flow the selected and used fields, and what decides on their rows."""
    access, mis, query, (scopes, subjects) = reading
    permitted = set(access.permit.fields_of("pupil"))
    starts = tuple(f"{path}." for path in query.select)
    selected = {
        path
        for path in permitted
        if not query.select or path in query.select or path.startswith(starts)
    }
    needed = selected | set(query.fields)

    list(access.read(mis, query))

    expected = needed | deciding(needed, scopes, subjects)
    assert all(set(wanted.fields) == expected for wanted in mis.asked)


@FEWER
@given(readings())
def test_only_what_is_counted_by_is_asked_for(reading):
    """To count, the used fields are asked for and the key, or another, where none is."""
    access, mis, query, (scopes, subjects) = reading
    permitted = access.permit.fields_of("pupil")
    needed = set(query.fields) or {
        "pupil.id" if "pupil.id" in permitted else permitted[0]
    }

    access.count(mis, query)
    access.count_by(mis, query)

    expected = needed | deciding(needed, scopes, subjects)
    asked = [*mis.asked, *mis.totals]
    assert all(set(wanted.fields) == expected for wanted in asked)


@FEWER
@given(readings())
def test_only_what_is_declared_is_asked_for(reading):
    """A condition or an order that an adapter does not declare it is never told."""
    access, mis, query, _ = reading

    list(access.read(mis, query))

    for wanted in mis.asked:
        assert set(map(id, wanted.where)) <= set(map(id, query.where))
        declared = mis.able.conditions
        assert all(c.comparison in declared[c.path] for c in wanted.where)
        is_sorted = query.order_by and mis.able.orders.issuperset(query.order_by)
        assert wanted.order_by == (query.order_by if is_sorted else ())


@FEWER
@given(readings())
def test_a_limit_is_hinted_only_where_no_record_is_left_out(reading):
    """Where an adapter is told a limit, the first records it gives are those given out."""
    access, mis, query, _ = reading

    list(access.read(mis, query))
    hinted = [wanted for wanted in mis.asked if wanted.limit is not None]

    everything = list(access.read(mis, evolve(query, limit=None, select=())))
    assert all(wanted.limit == query.limit for wanted in hinted)
    assert not hinted or len(everything) == len(mis.chosen(hinted[0]))


@pytest.mark.parametrize(
    ("parts", "able", "hint"),
    [
        ({}, NONE, 3),
        ({"order_by": ["pupil.id"]}, ALL, 3),
        ({"order_by": ["pupil.id"]}, NONE, None),
        ({"order_by": ["pupil.id"], "after": [1]}, ALL, None),
        ({"where": [Condition("pupil.id", ">", 1)]}, ALL, 3),
        ({"where": [Condition("pupil.id", ">", 1)]}, NONE, None),
    ],
)
def test_a_limit_is_hinted_where_the_interface_does_the_rest(parts, able, hint):
    """Whatever the gate must still choose or sort by may need more records."""
    mis = Model(NAMED, able)

    list(opened("ids", "leavers").read(mis, Query("pupil", limit=3, **parts)))

    assert mis.asked[0].limit == hint


def test_a_limit_is_not_hinted_where_records_may_be_withheld():
    """Who must not see leavers may need more records than the limit."""
    mis = Model(NAMED, ALL)

    list(opened("ids").read(mis, Query("pupil", limit=3)))

    assert mis.asked[0].limit is None


def test_all_that_may_be_asked_is_asked():
    """Who can do everything is told the whole of a query."""
    mis = Model([{**pupil, "name": "Ada"} for pupil in NAMED], ALL)
    where = [Condition("pupil.id", ">", 2), Condition("pupil.name", "in", ["Ada"])]
    order = ["pupil.year", "pupil.id"]
    query = Query(
        "pupil", where, order, 3, search="Ada", changed_since=SINCE, select=["pupil.id"]
    )
    access = opened("ids", "basic", "leavers")

    list(access.read(mis, query))

    assert mis.asked[0] == Fetch(
        PUPIL,
        ["pupil.id", "pupil.name", "pupil.year"],
        SCHOOL,
        None,
        where=where,
        order_by=order,
        limit=3,
        search="Ada",
        changed_since=SINCE,
    )


class Spy(str):
    """A text that keeps whatever it is compared with."""

    def __init__(self):
        self.seen = []

    def __eq__(self, other):
        self.seen.append(other)
        return True

    __hash__ = None


@pytest.mark.parametrize(
    ("comparison", "value", "is_pushed"),
    [
        ("=", "Ada", True),
        ("in", ["Ada", "Bo"], True),
        ("=", None, False),
        ("!=", None, False),
        ("in", ["Ada", None], False),
        ("=", Spy(), False),
        ("in", [Spy()], False),
        ("=", Comparison.EQUAL, False),
    ],
)
def test_an_adapter_is_handed_plain_values_only(comparison, value, is_pushed):
    """The gate itself compares with what is more than a value, or not one."""
    mis = Model(NAMED, ALL)
    where = [Condition("pupil.name", comparison, value)]

    list(opened("basic").read(mis, Query("pupil", where)))

    assert bool(mis.asked[0].where) is is_pushed


@pytest.mark.parametrize(
    ("scopes", "subjects", "is_pushed"),
    [
        (["contacts", "guarded"], Subjects.everyone(), True),
        (["contacts"], Subjects.everyone(), False),
        (["contacts", "guarded"], Subjects.only(pupil=[1]), False),
    ],
)
def test_the_mis_does_not_decide_by_rows_that_may_be_withheld(
    scopes, subjects, is_pushed
):
    """A condition on a list is pushed only where every one of its rows may flow."""
    mis = Model(NAMED, ALL)
    where = [Condition("pupil.contacts[].name", "=", "Cy")]

    list(opened(*scopes, subjects=subjects).read(mis, Query("pupil", where)))

    assert bool(mis.asked[0].where) is is_pushed


def test_the_mis_does_not_sort_by_fields_in_lists():
    """What an adapter says of fields in lists does not count: the gate sorts by them."""
    path = "pupil.contacts[].name"
    able = Capabilities(orders=[path])
    mis = Model([{"id": 1, "contacts": [{"name": "B"}, {"name": "A"}]}], able)

    list(opened("contacts", "guarded").read(mis, Query("pupil", order_by=[path])))

    assert mis.asked[0].order_by == ()


# Decisions on the way


def test_a_page_after_an_amendment_asks_for_less():
    """What was withdrawn between two pages is not asked for with the second."""
    scene = Changing("basic", "birth", able=ALL)
    scene.at_page(1, "basic")

    list(scene.read(Query("pupil")))

    first, *others = [set(wanted.fields) for wanted in scene.mis.asked]
    assert first == {"pupil.name", "pupil.year", "pupil.dob", "pupil.status"}
    assert others == [first - {"pupil.dob"}] * 3


def test_a_request_from_another_thread_asks_for_no_more():
    """While a decision is taken in, no one sees what held before it."""
    scene, seen = Changing("basic", "birth"), []
    releaser = scene.access.releaser
    reading = Reading(releaser, Query("pupil"), NONE)
    fetch_for = releaser.fetch_for

    def ask_meanwhile(*args):
        if not seen:
            seen.append("begun")
            seen.append(reading.renew())
        return fetch_for(*args)

    releaser.fetch_for = ask_meanwhile
    regrant(scene.ledger, "basic")
    reading.check()

    assert "pupil.dob" not in seen[1].fields


@pytest.mark.parametrize("ask", ["read", "count", "count_by"])
def test_no_page_is_asked_for_after_a_revocation(ask):
    """An adapter that asks before each page hears of a revocation there."""
    scene = Changing("basic", able=ALL)
    scene.at_page(1, "school")

    with pytest.raises(AccessDeniedError):
        list(getattr(scene.access, ask)(scene.mis, Query("pupil")))

    assert len(scene.mis.asked) == 1


def test_what_was_decided_before_the_first_page_holds_for_it():
    """The first thing an adapter is told is what may be asked for then."""
    scene = Changing("basic", "birth")
    read = scene.read(Query("pupil"))
    regrant(scene.ledger, "basic")

    next(read)

    assert "pupil.dob" not in scene.mis.begun[0].fields


def test_what_was_decided_while_the_school_was_proved_holds_for_the_first_page():
    """An adapter that does not block is told no more than may be asked for by then."""
    scene = Changing("basic", "birth", model=AsyncModel)
    scene.mis.school = None  # so that its public record is read in between
    fetch = scene.mis.fetch

    def narrow(wanted):
        if wanted.resource.name == "school":
            regrant(scene.ledger, "basic")
        return fetch(wanted)

    async def read():
        return await anext(scene.access.read_async(scene.mis, Query("pupil")))

    scene.mis.fetch = narrow
    asyncio.run(read())

    assert "pupil.dob" not in scene.mis.begun[0].fields


@pytest.mark.parametrize(
    "query",
    [
        Query("pupil", [Condition("pupil.dob", "!=", "")]),
        Query("pupil", order_by=["pupil.dob"]),
        Query("pupil", select=["pupil.dob"]),
        Query("pupil", search="Ada"),
        Query("pupil", changed_since=SINCE),
    ],
)
def test_no_page_is_asked_for_by_what_was_withdrawn(query):
    """A query that may no longer be asked ends before the next request."""
    able = evolve(ALL, searches=["pupil.dob"], changes=["pupil.dob"])
    scene = Changing("ids", "birth", able=able)
    scene.mis._matches = lambda *_: True
    scene.at_page(1, "ids")

    with pytest.raises(QueryRefusedError) as caught:
        list(scene.read(query))

    assert (caught.value.fields, len(scene.mis.asked)) == ({"pupil.dob"}, 1)


def test_no_page_is_asked_for_by_rows_that_may_be_withheld_by_now():
    """A condition that the MIS was to decide on a list ends the read when one may."""
    contacts = [{"name": "Cy", "kind": "open"}]
    pupils = [{**pupil, "contacts": contacts} for pupil in NAMED]
    scene = Changing("contacts", "guarded", able=ALL, records=pupils)
    scene.at_page(1, "contacts")

    with pytest.raises(
        QueryRefusedError, match="conditions by which the MIS"
    ) as caught:
        list(
            scene.read(Query("pupil", [Condition("pupil.contacts[].name", "=", "Cy")]))
        )

    assert caught.value.fields == {"pupil.contacts[].name"}
    assert len(scene.mis.asked) == 1


def test_a_fetch_of_its_own_stays_as_it_is():
    """A fetch that no reading made is renewed to itself."""
    wanted = Fetch(PUPIL, ["pupil.id"], SCHOOL)

    assert wanted.renew() is wanted


def test_a_fetch_shows_no_value():
    """Neither a text looked for nor a value compared with is in a representation."""
    where = [Condition("pupil.name", "=", "c4n4ry")]
    wanted = Fetch(PUPIL, ["pupil.id"], SCHOOL, where=where, search="c4n4ry")

    assert "c4n4ry" not in repr(wanted)


def test_capabilities_are_values():
    """Equal capabilities are one, whatever they were made of."""
    one = Capabilities(conditions={"pupil.id": ["="]}, orders="pupil.id")
    other = Capabilities(conditions={"pupil.id": {"="}}, orders=["pupil.id"])

    assert len({one, other}) == 1
