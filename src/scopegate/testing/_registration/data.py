"""Which strategy makes each value of permits, of queries, and of adapters."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ...adapters.base import Capabilities, Fetch
from ...adapters.steps import Answer, Call, Limits, Page, Wait
from ...gate.projection.projection import Plan, Projection, compile_projection
from ...gate.release import Note
from ...gate.wrap import Fetching
from ...policy.permit import Permit, PermitDiff, Standing
from ...policy.reason import Explanation, Permitted, Withheld
from ...policy.rows import Selection
from ...records.condition import Condition
from ...records.query import Query
from .._strategies.catalogues import json_values
from .._strategies.grants import permits
from .._strategies.queries import queries
from .._strategies.values import texts
from .derived import (
    CAPABILITIES,
    FLOWING,
    PERMITS,
    fetch_for,
    of_permit,
    on_catalogue,
    one_of_each,
)

_QUERIES = FLOWING.flatmap(queries)
_NAMES = st.dictionaries(st.sampled_from(["accept", "x-page"]), st.text(max_size=5))
_PAIRS = st.lists(st.tuples(st.just("page"), st.text(max_size=5)), max_size=2)
_SECONDS = st.floats(0, 60)
_ABOVE_0 = st.floats(0, 60, exclude_min=True)


def _of_class(permit: Permit, kind: type) -> list[Any]:
    return [why for why in permit.reasons.values() if isinstance(why, kind)]


OF_DATA: Mapping[type, st.SearchStrategy[Any]] = {
    Condition: one_of_each(_QUERIES, lambda query: query.where),
    Explanation: PERMITS.flatmap(
        lambda permit: st.sampled_from(tuple(permit.reasons)).map(permit.explain)
    ),
    Permit: PERMITS,
    PermitDiff: on_catalogue(
        lambda catalogue: st.builds(Permit.diff, permits(catalogue), permits(catalogue))
    ),
    Permitted: one_of_each(FLOWING, lambda permit: _of_class(permit, Permitted)),
    Plan: of_permit(lambda permit, resource: Plan.of(permit, resource.name)),
    Projection: of_permit(
        lambda permit, resource: compile_projection(permit, resource.name)
    ),
    Query: _QUERIES,
    Selection: one_of_each(PERMITS, lambda permit: permit.selections),
    Standing: PERMITS.flatmap(
        lambda permit: st.sampled_from(tuple(permit.catalogue.scopes)).map(
            permit.standing
        )
    ),
    Withheld: one_of_each(PERMITS, lambda permit: _of_class(permit, Withheld)),
}

OF_ADAPTERS: Mapping[type, st.SearchStrategy[Any]] = {
    Answer: st.builds(
        Answer, st.sampled_from([0, 200, 404, 429, 503]), _NAMES, st.binary()
    ),
    Call: st.builds(Call, st.just("https://mis.example/students"), _PAIRS, _NAMES),
    Capabilities: CAPABILITIES,
    Fetch: of_permit(fetch_for, FLOWING),
    Fetching: st.builds(
        Fetching,
        st.just("pupil"),
        st.dictionaries(texts(), st.sampled_from([None, "pupil.key"]), max_size=3),
    ),
    Limits: st.builds(
        Limits,
        answer_bytes=st.integers(1),
        pages=st.integers(1),
        seconds=_ABOVE_0,
        retries=st.integers(0, 5),
        longest_wait=_ABOVE_0,
        remembered=st.integers(1),
    ),
    Note: st.builds(Note, texts(), st.integers(1, 9)),
    Page: st.builds(Page, st.lists(json_values(), max_size=3)),
    Wait: st.builds(Wait, _SECONDS),
}
