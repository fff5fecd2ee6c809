"""What is withheld cannot be told from anything a caller or the MIS can observe."""

import logging

from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.subjects import Subjects
from scopegate.errors import ScopegateError
from scopegate.gate.access import Access
from scopegate.ledgers.memory import MemoryLedger
from scopegate.policy.decide import permit
from scopegate.records.query import Query
from scopegate.testing.permits import NOON, grant_of, state_of
from scopegate.testing.strategies import (
    SCHOOL,
    catalogues,
    counterparts,
    queries,
    records,
)

from ..model_mis import opened_by

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""Each example reads two MISs; `thorough` still tries a thousand pairs."""

EVERYTHING = Query("pupil")


class Watched(RecordsAdapter):
    """An adapter that keeps what it was asked for."""

    def __init__(self, records):
        super().__init__(records, school=SCHOOL)
        self.asked = []

    def fetch(self, wanted):
        """Yield the records, having noted what was wanted."""
        self.asked.append(wanted)
        return super().fetch(wanted)


def asked_of(access: Access, mis, query):
    """Return what an access answers to *query*, be it records, counts or an error."""
    try:
        if query.group_by:
            return repr(list(access.count_by(mis, query).items()))
        return repr(list(access.read(mis, query)))
    except ScopegateError as error:
        return f"{type(error).__name__}: {error}"


def observed(catalogue, grant, rows, query=EVERYTHING):
    """Return everything that can be observed of asking for *rows* under *grant*."""
    ledger = MemoryLedger()
    mis, lines, seen = Watched({"pupil": rows}), [], logging.Handler()
    seen.emit = lambda entry: lines.append(entry.getMessage())
    logging.getLogger("scopegate").addHandler(seen)
    access = opened_by(grant, catalogue, ledger)
    outcome = asked_of(access, mis, query)
    logging.getLogger("scopegate").removeHandler(seen)
    notes, asked, permit = repr(access.notes), repr(mis.asked), repr(access.permit)
    access.close()
    kept = [(stream, ledger.bodies(stream)) for stream in ledger.streams()]
    return outcome, notes, lines, asked, permit, kept


def permitted(catalogue, grant):
    """Return what may flow under *grant*."""
    return permit(catalogue, state_of(grant), school=SCHOOL, app="app", now=NOON)


@st.composite
def scenes(draw):
    """Draw a catalogue, a grant, and two MISs that agree on what is released."""
    catalogue = draw(catalogues())
    keys = [key for key in catalogue.scopes if key != "school"]
    scopes = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    subjects = draw(st.sampled_from([Subjects.everyone(), Subjects.only(pupil=["x"])]))
    grant = grant_of(catalogue, scopes, subjects)
    flows = permitted(catalogue, grant)
    one = draw(st.lists(records(catalogue.resource("pupil").fields), max_size=3))
    other = [draw(counterparts(flows, "pupil", row)) for row in one]
    return catalogue, grant, one, other


@FEWER
@given(scenes())
def test_what_is_withheld_changes_nothing_that_can_be_observed(scene):
    """Two MISs that agree on what is released cannot be told apart.

    Not by output, key order, notes, log lines, exceptions, what the MIS was
    asked, the permit's text, or the bytes of the ledger.
    """
    catalogue, grant, one, other = scene

    assert observed(catalogue, grant, one) == observed(catalogue, grant, other)


@FEWER
@given(scenes(), st.data())
def test_no_query_tells_what_is_withheld(scene, data):
    """Nor by any query that may be asked: by what it chooses, orders or counts."""
    catalogue, grant, one, other = scene
    flows = permitted(catalogue, grant)
    names = [name for name in catalogue.resources if flows.fields_of(name)]
    query = data.draw(queries(flows, resources=st.sampled_from(names[:1])))

    answer = observed(catalogue, grant, one, query)

    assert answer == observed(catalogue, grant, other, query)


@FEWER
@given(scenes(), st.data())
def test_withheld_rows_leave_no_trace(scene, data):
    """An MIS with more rows that are withheld cannot be told from one without them."""
    catalogue, _, rows, _ = scene
    keys = [key for key in catalogue.scopes if key != "school"]
    grant = grant_of(catalogue, keys, Subjects.only(pupil=["x"]))
    hidden = data.draw(records(catalogue.resource("pupil").fields)) | {"key": "y"}
    place = data.draw(st.integers(0, len(rows)))

    more = observed(catalogue, grant, [*rows[:place], hidden, *rows[place:]])

    assert more == observed(catalogue, grant, rows)
