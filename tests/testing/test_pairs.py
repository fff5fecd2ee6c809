"""Pairs agree on what is released, differ elsewhere, and differ in every way."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.errors import InvalidArgument

from scopegate import Catalogue
from scopegate.gate.projection.projection import compile_projection
from scopegate.testing.permits import permit_for
from scopegate.testing.strategies import (
    agreeing_pairs,
    catalogues,
    counterparts,
    permits,
)

FEWER = settings(
    max_examples=max(1, settings().max_examples // 4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
ASSEMBLY = Catalogue.builtin("assembly")
BASIC = permit_for(ASSEMBLY, "students.basic")
SMALL = Catalogue.from_dict(
    {
        "id": "small",
        "version": "1",
        "resource": {
            "school": {"key": "urn", "field": {"urn": {"sensitivity": "public"}}},
            "pupil": {
                "key": "id",
                "school": "urn",
                "field": {
                    f: {} for f in ("id", "urn", "n", "home.a", "home.b", "rows[].a")
                },
            },
        },
        "scope": {
            "school": {"sensitivity": "public", "fields": ["school.urn"]},
            "some": {"fields": ["pupil.id", "pupil.home.a", "pupil.rows[].a"]},
        },
    }
)
SOME = permit_for(SMALL, "some")
ROW = {"id": 1, "urn": 7, "n": 2, "home": {"a": 3, "b": 4}, "rows": [{"a": 5}, None]}


def released(permit, resource, record):
    """Return what is released of a record, and what is noted, in order."""
    notes = []
    return repr(compile_projection(permit, resource)(record, notes.append)), notes


@FEWER
@given(catalogues().flatmap(permits), st.data())
def test_pairs_cannot_be_told_apart_by_what_is_released(permit, data):
    """Both records of a pair release the same, with the same notes."""
    resource = data.draw(st.sampled_from(tuple(permit.catalogue.resources)))
    one, other = data.draw(agreeing_pairs(permit, resource))

    assert released(permit, resource, one) == released(permit, resource, other)


@FEWER
@given(st.data())
def test_pairs_of_a_large_catalogue_agree_too(data):
    """They do on a catalogue of hundreds of fields."""
    one, other = data.draw(agreeing_pairs(BASIC, "student"))

    assert released(BASIC, "student", one) == released(BASIC, "student", other)


@FEWER
@given(catalogues().flatmap(permits), st.data())
def test_pairs_differ(permit, data):
    """The two records of a pair are never written the same."""
    resource = data.draw(st.sampled_from(tuple(permit.catalogue.resources)))
    one, other = data.draw(agreeing_pairs(permit, resource))

    assert repr(one) != repr(other)


WAYS = {
    "a withheld value": lambda it: it.get("n", 2) != 2,
    "a withheld value that is gone": lambda it: "n" not in it,
    "a withheld value in an object": lambda it: it["home"].get("b", 4) != 4,
    "a name that nothing has": lambda it: "stray" in it,
    "another order": lambda it: (
        [n for n in it if n in ROW] != [n for n in ROW if n in it]
    ),
}


def test_records_differ_in_every_way():
    """Values, gaps, strays and the order of keys differ, in some pair or other."""
    seen = set()

    @settings(max_examples=60, derandomize=True, database=None, deadline=None)
    @given(counterparts(SOME, "pupil", ROW))
    def look(other):
        seen.update(way for way, differs in WAYS.items() if differs(other))

    look()

    assert seen == WAYS.keys()


@FEWER
@given(counterparts(SOME, "pupil", ROW))
def test_what_decides_stays(other):
    """What is released, and whose record it is, stays as it was."""
    assert (other["id"], other["urn"], other["home"]["a"]) == (1, 7, 3)
    assert [row and row["a"] for row in other["rows"]] == [5, None]


@FEWER
@given(counterparts(SOME, "pupil", {}))
def test_an_empty_record_has_counterparts_too(other):
    """Even of a record without anything there is another that releases the same."""
    assert other
    assert not {"id", "urn", "rows"} & other.keys()


MALFORMED = [
    {"id": [1], "home": 7, "rows": "x"},
    {"id": {"x": 1}, "home": ["y"], "rows": {"a": 1}},
    {"home": None, "rows": [7, ["x"], {"a": {}}]},
]


@pytest.mark.parametrize("row", MALFORMED, ids=[0, 1, 2])
@FEWER
@given(data=st.data())
def test_what_is_malformed_stays_malformed(row, data):
    """Something else that is not what is declared is there, and is noted the same."""
    other = data.draw(counterparts(SOME, "pupil", row))

    assert released(SOME, "pupil", row) == released(SOME, "pupil", other)


@FEWER
@given(st.data())
def test_records_may_be_told(data):
    """The first of each pair is drawn from what is given."""
    one, _ = data.draw(agreeing_pairs(SOME, "pupil", records=st.just(ROW)))

    assert one is ROW


@FEWER
@given(st.data())
def test_objects_that_are_no_dicts_are_refused(data):
    """An object that the engine would read, and the pair not, makes no pair."""
    row = {"home": SimpleNamespace(a=1)}

    with pytest.raises(InvalidArgument, match="give dicts for objects"):
        data.draw(counterparts(SOME, "pupil", row))
