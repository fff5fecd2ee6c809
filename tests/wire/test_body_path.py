"""A new body is built: the way to the records, what is released, and nothing else."""

import json

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from scopegate._wire.body import BodyError
from scopegate._wire.body_path import BodyPath, written
from scopegate.errors import ScopegateError
from scopegate.http import Paging, PlainDialect, Route
from scopegate.testing.hostile import CANARY

from ..http.scenes import access_to, ask, body_of, fixed, good, guard

ACCESS = access_to("students.basic")
PLACES = ["data[]", "result.items[]", "[]", "user", "a.b.user", ""]
LISTED = Paging(
    "offset",
    "offset",
    "limit",
    body={"meta.total": "total", "data.count": "total", "result.total": "total"},
)
NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
KEYS = st.sampled_from(
    ["data", "result", "items", "user", "a", "b", "meta", "total", "id", "dob"]
) | st.text(max_size=3)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": NUMBERS | st.text(max_size=3),
        "first_name": st.text(max_size=4),
        "year_code": NUMBERS,
        "dob": st.just(CANARY),
        "address": st.just({"town": CANARY}),
        CANARY: st.just(1),
        "emails": st.just([CANARY]),
    },
)
ANYTHING = st.recursive(
    NUMBERS | st.just(CANARY) | RECORDS | st.lists(RECORDS, max_size=3),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=4)
    ),
    max_leaves=12,
)
PLAIN = frozenset({"id", "first_name", "last_name", "year_code"})


def at(place, what):
    """Return a body with *what* at a place, and canaries next to the way."""
    for key in reversed(BodyPath.parse(place).keys):
        what = {"x": CANARY, key: what, CANARY: {"id": CANARY}}
    return what


def given_for(place, body):
    """Return what a client is given of a body, or the error."""
    route = Route("/x", "student", place, dialect=PlainDialect(paging=LISTED))
    try:
        return ask(guard(ACCESS, route), "/x", fixed(body))
    except ScopegateError as error:
        return error


def is_released(record):
    """Tell whether a record has only permitted fields, all of them plain."""
    plain = all(not isinstance(v, dict | list) for v in record.values())
    return record.keys() <= PLAIN and plain


@settings(deadline=None)
@given(st.sampled_from(PLACES), ANYTHING)
def test_nothing_but_released_values_leaves(place, body):
    """Whatever JSON an MIS gives, a client finds permitted values and no others."""
    found = given_for(place, body)

    assert CANARY not in repr(found)
    if not isinstance(found, ScopegateError):
        text = found.body.decode("ascii")
        # A canary is nowhere permitted here, except as the value of a permitted field.
        assert CANARY not in json.dumps(_without_permitted(json.loads(text)))


def _without_permitted(value):
    if isinstance(value, list):
        return [_without_permitted(v) for v in value]
    if isinstance(value, dict):
        return {
            k: None if k in PLAIN else _without_permitted(v) for k, v in value.items()
        }
    return value


@settings(deadline=None)
@given(
    st.sampled_from(["data[]", "result.items[]", "[]"]), st.lists(RECORDS, max_size=4)
)
def test_list_is_what_filter_gives(place, records):
    """At the place of a list stands what `Access.filter` gives of each record."""
    found = given_for(place, at(place, records))
    wanted = [ACCESS.filter("student", json.loads(json.dumps(r))) for r in records]

    if isinstance(found, ScopegateError):  # a number that JSON has not
        assert "number" in str(found) or "not JSON" in str(found)
        return
    body = body_of(found)
    for key in BodyPath.parse(place).keys:
        body = body[key]
    assert json.dumps(body) == json.dumps(wanted)
    assert all(is_released(record) for record in body)


@settings(deadline=None)
@given(st.sampled_from(["user", "a.b.user", ""]), RECORDS)
def test_record_is_what_filter_gives(place, record):
    """At the place of one record stands what `Access.filter` gives of it, alone."""
    found = given_for(place, at(place, record))
    if isinstance(found, ScopegateError):
        assert "number" in str(found) or "not JSON" in str(found)
        return

    wanted = ACCESS.filter("student", json.loads(json.dumps(record)))
    for key in reversed(BodyPath.parse(place).keys):
        wanted = {key: wanted}

    assert json.dumps(body_of(found)) == json.dumps(wanted)


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("data[]", {"data": {"id": 1}}),
        ("data[]", [{"id": 1}]),
        ("data[]", {}),
        ("data[]", {"data": None}),
        ("[]", {"data": []}),
        ("[]", CANARY),
        ("user", {"user": [{"id": 1}]}),
        ("user", {"users": {"id": 1}}),
        ("user", {"user": CANARY}),
        ("", [{"id": 1}]),
        ("", None),
        ("a.b.user", {"a": [{"b": {"user": {"id": 1}}}]}),
    ],
)
def test_another_shape_is_refused(place, body):
    """Where something else stands than the route says, nothing is given."""
    found = given_for(place, body)

    assert str(found).startswith("student, page 1: there is no ")
    assert CANARY not in str(found)


@pytest.mark.parametrize("place", ["a..b", ".", "a[].b", "[]a", "a[][]", "a\n", "[][]"])
def test_malformed_place_is_no_place(place):
    """A place is keys with dots between them, and a list only at the end."""
    with pytest.raises(ValueError, match="is not a place in a body"):
        BodyPath.parse(place)


def test_signs_stand_beside_the_records():
    """What is said of a page is at its own place, and never in the way."""
    place = BodyPath.parse("result.items[]")
    signs = {
        ("result", "total"): 2,
        ("result", "items", "x"): 1,
        ("meta", "more"): True,
    }

    body = written(place, ['{"id":1}'], signs)

    assert body == b'{"result":{"items":[{"id":1}],"total":2},"meta":{"more":true}}'


def test_nothing_stands_beside_a_bare_list():
    """Where the body is the list there is nothing next to it."""
    assert written(BodyPath.parse("[]"), ["1", "2"], {("total",): 2}) == b"[1,2]"


def test_place_error_shows_nothing():
    """What is wrong with a body is reported by its place, and what to do is added."""
    with pytest.raises(BodyError) as caught:
        BodyPath.parse("data[]").records({"data": CANARY}, "look")

    assert str(caught.value) == "there is no list of records at `data`; look"


def test_too_large_a_number_is_refused():
    """A number that JSON does not have when it is written is told, not given."""
    answer = evolve(good({}), body=b'{"data":[{"id":1e999}]}')
    route = Route("/x", "student", "data[]")

    with pytest.raises(ScopegateError, match="a number that JSON does not have"):
        ask(guard(ACCESS, route), "/x", lambda _: answer)
