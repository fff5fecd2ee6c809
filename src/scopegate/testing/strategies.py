"""Hypothesis strategies for every value of scopegate, and for records.

Plural names are strategies. What is drawn depends on what it is given (a catalogue,
a permit, what a school was shown) and fits that; arguments by name are strategies
for what varies, and each has a default.

    from scopegate.testing.strategies import agreeing_pairs, permits

`st.from_type` knows a strategy for each type too, on made-up catalogues.
"""

from ._strategies.catalogues import (
    POOL,
    SCHOOL,
    Draw,
    Tree,
    catalogue_tables,
    catalogues,
    field_paths,
    json_values,
    plain_values,
    records,
    tree_of,
)
from ._strategies.events import events, events_by_kind
from ._strategies.grants import grants, permits
from ._strategies.histories import histories, memory_ledgers
from ._strategies.pairs import agreeing_pairs, counterparts
from ._strategies.queries import conditions, queries
from ._strategies.values import (
    APPS,
    actors,
    choices,
    connections,
    decisions,
    fields,
    instants,
    presentations,
    proposals,
    requests,
    resources,
    row_rules,
    scopes,
    subjects,
    terms,
    texts,
    two_person_rules,
)
from ._strategies.world import SCHOOLS
from .hostile import hostile_values

__all__ = [
    "APPS",
    "POOL",
    "SCHOOL",
    "SCHOOLS",
    "Draw",
    "Tree",
    "actors",
    "agreeing_pairs",
    "catalogue_tables",
    "catalogues",
    "choices",
    "conditions",
    "connections",
    "counterparts",
    "decisions",
    "events",
    "events_by_kind",
    "field_paths",
    "fields",
    "grants",
    "histories",
    "hostile_values",
    "instants",
    "json_values",
    "memory_ledgers",
    "permits",
    "plain_values",
    "presentations",
    "proposals",
    "queries",
    "records",
    "requests",
    "resources",
    "row_rules",
    "scopes",
    "subjects",
    "terms",
    "texts",
    "tree_of",
    "two_person_rules",
]
