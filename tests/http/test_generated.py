"""The laws of a guard on generated catalogues, permits and records."""

import json
from math import isfinite

import pytest
from hypothesis import assume, given, settings, strategies as st

from scopegate import AccessDeniedError
from scopegate.errors import ScopegateError
from scopegate.gate.projection.projection import compile_projection
from scopegate.http import Guard, Limits, PlainDialect, Route
from scopegate.testing.strategies import agreeing_pairs, catalogues, permits, records

from .scenes import BASE, PAGINGS, Paged, ask, body_of, releasing

NUMBERS = int, str, bool, type(None)


class Held:
    """An access that holds one permit, and counts what is given."""

    def __init__(self, permit):
        self.permit, self.school, self.given, self.noted = permit, permit.school, 0, []
        self.catalogue = permit.catalogue

    def release(self, resource, record, notice):
        """Return what the permit releases of a record."""
        return self.permit, compile_projection(self.permit, resource)(record, notice)

    def disclose(self, permit, resource, select=None):
        """Count a record."""
        self.given += 1

    def note(self, path):
        """Keep a place."""
        self.noted.append(path)


def as_json(value):
    """Return a value as it comes out of JSON, whatever it was."""
    if isinstance(value, dict):
        return {str(name): as_json(below) for name, below in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(below) for below in value]
    if isinstance(value, float) and isfinite(value):
        return value
    return value if type(value) in NUMBERS else f"{type(value).__name__} {value}"


def listed(permit, found, paging, query):
    """Return a guard's access, its MIS, and what is given of a page of *found*."""
    access, mis = Held(permit), Paged(found)
    route = Route("/students", "pupil", "data[]", dialect=PlainDialect(paging=paging))
    guarded = Guard(releasing(access), BASE, [route], limits=Limits(pages=50))
    try:
        given = ask(guarded, f"/students?{query}", mis)
    except ScopegateError as error:
        given = type(error), str(error)
    return access, mis, given


@st.composite
def worlds(draw):
    """Return a permit on some catalogue, and pairs of records that agree under it."""
    catalogue = draw(catalogues())
    permit = draw(permits(catalogue))
    pairs = draw(st.lists(agreeing_pairs(permit, "pupil"), max_size=5))
    return permit, [(as_json(one), as_json(other)) for one, other in pairs]


def told(permit, record):
    """Return what is released of a record, and what is malformed in it."""
    notes = []
    return compile_projection(permit, "pupil")(record, notes.append), notes


QUERIES = ["limit=2", "limit=2&offset=1", "", "limit=9"]


@settings(deadline=None, max_examples=30)
@given(
    worlds(), st.sampled_from(["offset", "blind", "links"]), st.sampled_from(QUERIES)
)
def test_what_is_withheld_makes_no_difference(world, way, query):
    """Records that agree on what is released are asked for, and given, alike."""
    permit, pairs = world
    kept = [(a, b) for a, b in pairs if told(permit, a) == told(permit, b)]
    assume(kept or not pairs)

    one, other = (
        listed(permit, found, PAGINGS[way], query)
        for found in ([a for a, _ in kept], [b for _, b in kept])
    )

    assert one[2] == other[2]
    assert getattr(one[2], "headers", None) == getattr(other[2], "headers", None)
    assert one[1].urls == other[1].urls
    assert (one[0].given, one[0].noted) == (other[0].given, other[0].noted)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_what_is_given_is_what_the_permit_releases(data):
    """A whole listing is, record for record, what the permit releases, and is counted."""
    catalogue = data.draw(catalogues())
    permit = data.draw(permits(catalogue))
    fields = catalogue.resource("pupil").fields
    found = [as_json(r) for r in data.draw(st.lists(records(fields), max_size=6))]
    access, mis, given = listed(permit, found, PAGINGS["blind"], "limit=100")
    if not permit.fields_of("pupil"):
        assert (given[0], mis.urls) == (AccessDeniedError, [])
        return

    wanted = [told(permit, record) for record in found]
    kept = [(record, notes) for record, notes in wanted if record is not None]

    assert json.dumps(body_of(given)) == json.dumps({"data": [r for r, _ in kept]})
    assert access.given == len(kept)
    assert access.noted == [path for _, notes in kept for path in notes]


@pytest.mark.parametrize("value", [1, 0.5, None, "x", True, [1, {"a": None}]])
def test_json_stays_as_it_is(value):
    """What is JSON already is not changed on the way to these tests."""
    assert as_json(value) == value
