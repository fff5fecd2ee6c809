"""What of a query may be asked: nothing that would reveal what is withheld."""

import asyncio

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from scopegate import (
    AccessDeniedError,
    Catalogue,
    Condition,
    Query,
    QueryRefusedError,
    Subjects,
)
from scopegate.adapters.base import NONE, Capabilities
from scopegate.errors import UnknownResourceError, UnsupportedQueryError
from scopegate.gate.query_rules import check_arguments, told_of

from ..model_mis import (
    CATALOGUE,
    PATHS,
    PLAIN,
    SINCE,
    TABLE,
    AsyncModel,
    Model,
    grants,
    opened,
    people,
)

QUICK = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
CANARY = "c4n4ry"


class Untouched:
    """An adapter that must not be asked anything, not even what it can do."""

    school = capabilities = fetch = total = None

    def __getattribute__(self, name):
        raise AssertionError(name)


class Unread(Model):
    """An MIS that tells what it can do, and must not be asked for a record."""

    def fetch(self, wanted):
        """Fail."""
        raise AssertionError(wanted)

    total = fetch


async def first(records):
    """Return the first record of an asynchronous iterator."""
    return await anext(records)


WAYS = {
    "read": lambda access, adapter, query: access.read(adapter, query),
    "count": lambda access, adapter, query: access.count(adapter, query),
    "count_by": lambda access, adapter, query: access.count_by(adapter, query),
    "read_async": lambda access, adapter, query: asyncio.run(
        first(access.read_async(adapter, query))
    ),
    "count_async": lambda access, adapter, query: asyncio.run(
        access.count_async(adapter, query)
    ),
    "count_by_async": lambda access, adapter, query: asyncio.run(
        access.count_by_async(adapter, query)
    ),
}
PARTS = {
    "where": lambda path: {"where": [Condition(path, "=", CANARY)]},
    "order_by": lambda path: {"order_by": [path]},
    "after": lambda path: {"order_by": [path], "after": [CANARY]},
    "select": lambda path: {"select": [path]},
    "group_by": lambda path: {"group_by": [path]},
}


@QUICK
@given(
    st.sampled_from(list(PARTS)),
    st.sampled_from([*PLAIN, "pupil.contacts[].person", "pupil.nonsense"]),
    st.sampled_from(list(WAYS)),
    grants(),
)
def test_whatever_names_a_withheld_field_is_refused_at_once(part, path, way, scopes):
    """In no part of a query may a withheld field stand, and no adapter hears of it."""
    access = opened(*scopes)
    assume(path not in access.permit.fields)
    assume(part != "group_by" or "[]" not in path)
    query = Query("pupil", **PARTS[part](path))

    with pytest.raises(QueryRefusedError) as caught:
        WAYS[way](access, Untouched(), query)

    assert (caught.value.resource, caught.value.fields) == ("pupil", {path})
    assert CANARY not in f"{caught.value}{caught.value!r}{query!r}"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_resource_of_which_nothing_flows_is_denied_at_once(way):
    """No adapter is asked about a resource that must not be read at all."""
    with pytest.raises(AccessDeniedError):
        way(opened("school"), Untouched(), Query("pupil"))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_resource_that_is_none_is_named_at_once(way):
    """No adapter is asked about a resource that the catalogue lacks."""
    with pytest.raises(UnknownResourceError, match="did you mean `pupil`"):
        way(opened("ids"), Untouched(), Query("pupils"))


def test_every_withheld_field_is_named():
    """All that is wrong with a query is told together."""
    query = Query(
        "pupil",
        [Condition("pupil.dob", "=", 1)],
        ["pupil.status", "pupil.id"],
        select=["pupil.tags[]", "pupil.home", "pupil.id"],
        group_by=["pupil.name"],
    )

    with pytest.raises(QueryRefusedError) as caught:
        opened("ids").read(Untouched(), query)

    assert caught.value.fields == {
        "pupil.dob",
        "pupil.status",
        "pupil.tags[]",
        "pupil.home",
        "pupil.name",
    }


def test_a_branch_stands_for_what_of_it_may_flow():
    """Selecting a branch gives of it what is permitted, and refuses nothing else."""
    pupil = {"id": 1, "contacts": [{"name": "Cy", "kind": "open", "person": 7}]}
    query = Query("pupil", select=["pupil.contacts[]"])

    found = list(opened("ids", "contacts", "leavers").read(Model([pupil]), query))

    assert found == [{"contacts": [{"name": "Cy"}]}]


@pytest.mark.parametrize(
    "path", ["pupil.contacts", "pupil.cont", "pupil.contacts[].n", "pupil.i"]
)
def test_a_name_is_selected_whole(path):
    """What a permitted path merely begins with, as text, is not a branch of it."""
    with pytest.raises(QueryRefusedError):
        opened("ids", "contacts").read(Untouched(), Query("pupil", select=[path]))


# What only the MIS can decide


MATCHES = {
    "search": lambda paths: (
        Query("pupil", search=CANARY),
        Capabilities(searches=paths),
    ),
    "changed_since": lambda paths: (
        Query("pupil", changed_since=SINCE),
        Capabilities(changes=paths),
    ),
}


def is_told_of(path, scopes, subjects, permit):
    """Tell whether a match on *path* would reveal what is withheld, the plain way."""
    if path not in permit.fields:
        return True
    is_cut = "guarded" not in scopes or subjects != Subjects.everyone()
    return path.startswith("pupil.contacts[]") and is_cut


@QUICK
@given(
    st.sampled_from(list(MATCHES)),
    st.sets(st.sampled_from(PATHS), min_size=1, max_size=3),
    st.sampled_from(list(WAYS)),
    grants(),
    people(),
)
def test_a_match_that_would_tell_of_more_is_refused_unread(
    part, paths, way, scopes, subjects
):
    """The MIS looks at permitted fields only, and at no list that may be cut."""
    access = opened(*scopes, subjects=subjects)
    query, able = MATCHES[part](paths)
    told = {p for p in paths if is_told_of(p, scopes, subjects, access.permit)}
    assume(told)

    with pytest.raises(QueryRefusedError) as caught:
        WAYS[way](access, Unread([], able), query)

    assert caught.value.fields == told
    assert str(caught.value).startswith(
        f"the query on `pupil` has `{part}`, by which the MIS would reveal withheld"
        " values: `pupil."
    )


@QUICK
@given(
    st.sampled_from(list(MATCHES)),
    st.sets(st.sampled_from(PATHS), min_size=1, max_size=3),
    grants(),
    people(),
)
def test_a_match_on_what_flows_is_asked(part, paths, scopes, subjects):
    """Where all that is looked at flows, the MIS is asked to look."""
    access = opened(*scopes, subjects=subjects)
    query, able = MATCHES[part](paths)
    assume(not any(is_told_of(p, scopes, subjects, access.permit) for p in paths))
    model = Model([], able)

    list(access.read(model, query))

    assert [(w.search, w.changed_since) for w in model.asked] == [
        (query.search, query.changed_since)
    ]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("part", MATCHES)
@pytest.mark.parametrize("looked_at", [None, [], ()])
def test_a_match_that_no_interface_makes_is_not_served(way, part, looked_at):
    """Who does not say what it looks at, or says nothing, is not asked to look."""
    query, able = MATCHES[part](looked_at)

    with pytest.raises(UnsupportedQueryError) as caught:
        way(opened("ids"), Unread([], able), query)

    assert (caught.value.resource, caught.value.part) == ("pupil", part)
    assert str(caught.value) == (
        f"the query on `pupil` cannot be served: the MIS interface has no `{part}`"
        f"; leave out `{part}`"
    )


def test_an_interface_is_believed_only_about_the_resource_asked_for():
    """That it searches in one resource does not let it search in another."""
    model = Unread([], Capabilities(searches=["school.name"]))

    with pytest.raises(UnsupportedQueryError):
        opened().read(model, Query("school", search=CANARY))


# Fields of another resource

TWO = Catalogue.from_dict(
    TABLE
    | {
        "resource": TABLE["resource"]
        | {
            "group": {
                "key": "id",
                "field": {"id": {}, "name": {}, "kind": {}, "pupils[].id": {}},
            },
            "room": {"key": "id", "field": {"id": {}, "name": {}}},
        },
        "scope": TABLE["scope"]
        | {
            "groups": {"fields": ["group.id", "group.name", "group.pupils[].id"]},
            "secret_groups": {"fields": ["group.kind"]},
            "rooms": {"fields": ["room.id", "room.name"]},
        },
        "rows": [
            *TABLE["rows"],
            {"resource": "group", "where": {"kind": "x"}, "scope": "secret_groups"},
        ],
    }
)


@pytest.mark.parametrize(
    ("path", "is_refused"),
    [
        ("room.name", False),
        ("room.id", False),
        ("group.name", True),
        ("group.pupils[].id", True),
        ("pupil.id", False),
        ("roo.name", True),
    ],
)
def test_a_match_on_another_resource_needs_all_of_its_rows(path, is_refused):
    """Of another resource no record may be withheld, since each would be looked at."""
    access = opened("ids", "groups", "rooms", catalogue=TWO)
    query = Query("pupil", search=CANARY)
    model = Model([], Capabilities(searches=["pupil.id", path]))

    try:
        refused = list(access.read(model, query))
    except QueryRefusedError as error:
        refused = sorted(error.fields)

    assert refused == ([path] if is_refused else [])


def test_whole_records_may_be_withheld_of_the_resource_itself():
    """The gate leaves them out on its own, whatever the MIS matched."""
    permit = opened("groups", catalogue=TWO).permit

    assert told_of(permit, "group", ["group.name"]) == frozenset()
    assert told_of(permit, "pupil", ["group.name"]) == {"group.name"}


def test_arguments_are_gated_as_matches_are():
    """Others who choose by withheld fields, not only the gate, are refused too."""
    permit = opened("ids", "contacts").permit

    assert check_arguments(permit, "pupil", ["pupil.id"]) is None
    with pytest.raises(QueryRefusedError) as caught:
        check_arguments(permit, "pupil", ["pupil.dob", "pupil.contacts[].name"])
    assert caught.value.fields == {"pupil.dob", "pupil.contacts[].name"}


@pytest.mark.parametrize("model", [Model, AsyncModel])
def test_what_may_be_asked_is_asked(model):
    """A query on permitted fields is served."""
    query = Query("pupil", [Condition("pupil.id", ">", 1)], ["pupil.id"])
    access = opened("ids", "leavers")
    mis = model([{"id": n} for n in (3, 1, 2)], NONE)
    read = {
        Model: lambda: list(access.read(mis, query)),
        AsyncModel: lambda: [WAYS["read_async"](access, mis, query)],
    }[model]()

    assert read == [{"id": 2}, {"id": 3}][: len(read)]
    assert CATALOGUE.resource("pupil") == mis.asked[0].resource
