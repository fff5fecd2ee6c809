"""Which strategy makes each value of catalogues, of consent, and of its ledger."""

from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

from hypothesis import strategies as st

from ...catalogue.catalogue import Catalogue
from ...catalogue.diff import CatalogueDiff, Change, diff
from ...catalogue.field import Field, Sensitivity, Step
from ...catalogue.resource import Naming, Resource, RowRule
from ...catalogue.scope import JointRule, Scope
from ...consent.advice import Advice, advise
from ...consent.connection import Connection
from ...consent.decision import Actor, Choice, Decision, Proposal, TwoPersonRule
from ...consent.disclosures import Recording, Usage, fold_disclosures
from ...consent.events import Disclosed, Event
from ...consent.fold import fold_school
from ...consent.grant import Grant, Pin, PinnedRows
from ...consent.lifecycle import GRANT, REQUEST, Machine
from ...consent.mis_account import MisAccount
from ...consent.people import Match, MatchedPeople, PeopleList
from ...consent.presentation import (
    Presentation,
    PresentedField,
    PresentedGrant,
    PresentedJoint,
    PresentedScope,
    every_field,
)
from ...consent.request import AccessRequest, Terms
from ...consent.state import (
    Consent,
    GrantRevision,
    Published,
    SchoolState,
    Stop,
)
from ...consent.subjects import Coverage, Subjects
from ...errors import Fault
from ...evidence.audit import Audit, verify
from ...evidence.receipt import Receipt
from ...evidence.receipt_check import ReceiptCheck, check_receipt
from ...evidence.receipt_facts import ReceiptFacts
from ...ledgers.memory import MemoryLedger
from ...proofs.merkle import HASH_SIZE, Frontier
from ...proofs.notes import Checkpoint, Signature, SignedNote, TlogProof
from .._strategies.events import events_by_kind
from .._strategies.histories import histories, memory_ledgers
from .._strategies.values import (
    APPS,
    actors,
    choices,
    connections,
    decisions,
    fields,
    instants,
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
from ..permits import state_of
from .derived import (
    CATALOGUES,
    GRANTS,
    MIS_ACCOUNTS,
    MOMENTS,
    RECORDED,
    SHOWN,
    SIGNATURES,
    on_catalogue,
    one_of_each,
)

Table = Mapping[type, st.SearchStrategy[Any]]
"""A strategy for each type."""

_FIELDS = on_catalogue(fields)
_PATHS = st.lists(_FIELDS.map(lambda leaf: leaf.path), max_size=3, unique=True)
_KEYS = st.lists(st.sampled_from(["k0", "k1", "k2"]), min_size=2, unique=True)
_SENSITIVITIES = st.sampled_from(Sensitivity)
_STATES = on_catalogue(histories).map(fold_school)
_DIFFS = st.builds(diff, CATALOGUES, CATALOGUES)
_SHOWN_FIELDS = st.builds(
    lambda leaf, keys: PresentedField(leaf.path, leaf.title, leaf.sensitivity, keys),
    _FIELDS,
    _KEYS.map(tuple),
)
_PAGES_WITH_FIELDS = one_of_each(
    SHOWN, lambda page: every_field((*page.required, *page.optional), page.joint)
)


_IDENTIFIERS = st.integers(1, 999).map(str)
_FOUND = st.frozensets(_IDENTIFIERS, max_size=2)
_MATCHES = st.builds(Match, _IDENTIFIERS, _FOUND, _FOUND)
_LISTS = st.builds(
    PeopleList,
    st.sampled_from(["pupil", "pupil.upn"]),
    st.just("pupil"),
    st.lists(_MATCHES, max_size=3, unique_by=lambda match: match.entry),
)


def _events_of(kind: type, catalogue: Catalogue) -> st.SearchStrategy[Any]:
    return events_by_kind(catalogue)[kind]


OF_CATALOGUES: Table = {
    Advice: one_of_each(
        on_catalogue(
            lambda catalogue: requests(catalogue).map(
                lambda request: advise(request, catalogue)
            )
        ),
        iter,
    ),
    Catalogue: CATALOGUES,
    CatalogueDiff: _DIFFS,
    Change: one_of_each(_DIFFS, lambda found: found.changes),
    Fault: st.builds(Fault, texts(), texts()),
    Field: _FIELDS,
    JointRule: st.builds(JointRule, _KEYS, _PATHS),
    Naming: one_of_each(CATALOGUES, lambda catalogue: catalogue.namings),
    Resource: on_catalogue(resources),
    RowRule: on_catalogue(row_rules),
    Scope: on_catalogue(scopes),
    Step: one_of_each(_FIELDS, lambda leaf: leaf.steps),
}

OF_CONSENT: Table = {
    AccessRequest: on_catalogue(requests),
    Actor: actors(),
    Choice: SHOWN.flatmap(choices),
    Connection: connections(),
    Consent: _STATES.map(lambda state: state.consent(APPS[0])),
    Decision: SHOWN.flatmap(decisions),
    Grant: GRANTS,
    GrantRevision: one_of_each(
        GRANTS, lambda grant: state_of(grant).consent(grant.app).revisions
    ),
    Machine: st.sampled_from([REQUEST, GRANT]),
    Match: _MATCHES,
    MatchedPeople: st.builds(
        MatchedPeople,
        st.just("100001"),
        st.sampled_from([Coverage.ONLY, Coverage.EXCEPT]),
        st.lists(_LISTS, max_size=2),
        st.just(("arbor", "")),
        instants(),
    ),
    MisAccount: MIS_ACCOUNTS,
    PeopleList: _LISTS,
    Pin: st.builds(Pin, _KEYS, _SENSITIVITIES),
    PinnedRows: CATALOGUES.map(PinnedRows.of),
    Presentation: SHOWN,
    PresentedField: _PAGES_WITH_FIELDS,
    PresentedGrant: st.builds(
        PresentedGrant,
        st.just("grant-1"),
        st.integers(1, 9),
        st.sampled_from(Coverage),
        st.sampled_from(["", "2027-07-31T12:00:00+00:00"]),
    ),
    PresentedJoint: st.builds(
        PresentedJoint, _KEYS.map(tuple), st.lists(_SHOWN_FIELDS, max_size=2).map(tuple)
    ),
    PresentedScope: one_of_each(SHOWN, lambda page: (*page.required, *page.optional)),
    Proposal: SHOWN.flatmap(proposals),
    Published: st.builds(
        Published, on_catalogue(requests), st.integers(1, 9), st.booleans()
    ),
    SchoolState: _STATES,
    Stop: st.builds(Stop, actors(), texts(), instants()),
    Subjects: on_catalogue(subjects),
    Terms: terms(),
    TwoPersonRule: two_person_rules(),
}

OF_EVENTS: Table = {
    kind: on_catalogue(partial(_events_of, kind)) for kind in get_args(Event)
}

OF_LEDGERS: Table = {
    Audit: RECORDED.map(lambda recorded: verify(recorded.ledger)),
    Checkpoint: RECORDED.map(lambda recorded: recorded.receipt.proof.checkpoint),
    Frontier: st.lists(st.binary(min_size=HASH_SIZE, max_size=HASH_SIZE)).map(
        Frontier.of
    ),
    MemoryLedger: on_catalogue(memory_ledgers),
    Receipt: RECORDED.map(lambda recorded: recorded.receipt),
    ReceiptCheck: RECORDED.map(
        lambda recorded: check_receipt(recorded.receipt.files())
    ),
    ReceiptFacts: RECORDED.map(lambda recorded: recorded.receipt.facts),
    Recording: st.builds(Recording, st.integers(0, 9_999), MOMENTS),
    Signature: SIGNATURES,
    SignedNote: RECORDED.map(lambda recorded: recorded.receipt.proof.note),
    TlogProof: RECORDED.map(lambda recorded: recorded.receipt.proof),
    Usage: st.lists(OF_EVENTS[Disclosed], max_size=3).map(
        lambda events: fold_disclosures(events, APPS[0])
    ),
}
