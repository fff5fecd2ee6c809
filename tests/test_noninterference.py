"""What is withheld cannot be told from anything a caller or the MIS can observe."""

import logging

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scopegate._reading import is_plain
from scopegate.access import Access
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import ScopegateError
from scopegate.events import Authorised, Connected
from scopegate.gate import Gate
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.query import Query
from scopegate.subjects import Subjects
from scopegate.testing.permits import NOON, connection, grant_of
from scopegate.testing.strategies import (
    SCHOOL,
    catalogues,
    json_values,
    records,
    tree_of,
)

FEWER = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""Each example reads two MISs; `thorough` still tries a thousand pairs."""

MALFORMED = {
    "leaf": ({"x": "hidden"}, ["hidden"], [["hidden"]], ("hidden",), {"hidden"}),
    "object": (["hidden"], ("hidden",), {"hidden"}, "hidden", 7),
    "list": ({"x": "hidden"}, {"hidden"}, "hidden", 7),
}


class Watched(RecordsAdapter):
    """An adapter that keeps what it was asked for."""

    def __init__(self, records):
        super().__init__(records, school=SCHOOL)
        self.asked = []

    def fetch(self, wanted):
        """Yield the records, having noted what was wanted."""
        self.asked.append(wanted)
        return super().fetch(wanted)


def observed(catalogue, grant, rows):
    """Return everything that can be observed of reading *rows* under *grant*."""
    ledger = MemoryLedger()
    ledger.append(
        school_stream(SCHOOL),
        [Connected(connection(), NOON), Authorised(grant, NOON)],
        0,
    )
    mis, lines, seen = Watched({"pupil": rows}), [], logging.Handler()
    seen.emit = lambda entry: lines.append(entry.getMessage())
    logging.getLogger("scopegate").addHandler(seen)
    access: Access = Gate(catalogue, ledger, clock=lambda: NOON).open(
        school=SCHOOL, app="app"
    )
    try:
        outcome = repr(list(access.read(mis, Query("pupil"))))
    except ScopegateError as error:
        outcome = f"{type(error).__name__}: {error}"
    logging.getLogger("scopegate").removeHandler(seen)
    notes, asked, permit = repr(access.notes), repr(mis.asked), repr(access.permit)
    access.close()
    kept = [(stream, ledger.bodies(stream)) for stream in ledger.streams()]
    return outcome, notes, lines, asked, permit, kept


def kept(tree, value, draw, *, is_list=False):
    """Return *value* with everything changed that *tree* does not hold.

    A value, null and a gap at a place of the tree stay; what is malformed there
    becomes something else that is malformed there.
    """
    if value is None:
        return None
    if is_list and type(value) in (list, tuple):
        return [kept(tree, element, draw) for element in value]
    if not is_list and tree is not True and type(value) is dict:
        return kept_object(tree, value, draw)
    if not is_list and tree is True and is_plain(value):
        return value
    fitting = "list" if is_list else "leaf" if tree is True else "object"
    return draw(st.sampled_from(MALFORMED[fitting]))


def kept_object(tree, value, draw):
    """Return a record with the same at the names of *tree*, and other strays."""
    names = {name.removesuffix("[]"): name for name in tree}
    strays = draw(
        st.dictionaries(st.sampled_from(["stray", "n", 1]), json_values(), max_size=1)
    )
    same = {
        name: kept(tree[names[name]], v, draw, is_list=names[name].endswith("[]"))
        for name, v in value.items()
        if name in names
    }
    return dict(draw(st.permutations([*strays.items(), *same.items()])))


@st.composite
def scenes(draw):
    """Draw a catalogue, a grant, and two MISs that agree on what is released."""
    catalogue = draw(catalogues())
    keys = [key for key in catalogue.scopes if key != "school"]
    scopes = draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    subjects = draw(st.sampled_from([Subjects.everyone(), Subjects.only(pupil=["x"])]))
    grant = grant_of(catalogue, scopes, subjects)
    fields = catalogue.resource("pupil").fields
    deciding = {path for rule in catalogue.rows for path in rule.reads}
    deciding |= {naming.read for naming in catalogue.namings}
    tree = tree_of(
        tuple(map(str, f.steps))
        for f in fields
        if f.path in grant.fields or f.path in deciding
    )
    one = draw(st.lists(records(fields), max_size=3))
    return catalogue, grant, one, [kept_object(tree, row, draw) for row in one]


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
def test_withheld_rows_leave_no_trace(scene, data):
    """An MIS with more rows that are withheld cannot be told from one without them."""
    catalogue, _, rows, _ = scene
    keys = [key for key in catalogue.scopes if key != "school"]
    grant = grant_of(catalogue, keys, Subjects.only(pupil=["x"]))
    hidden = data.draw(records(catalogue.resource("pupil").fields)) | {"key": "y"}
    place = data.draw(st.integers(0, len(rows)))

    more = observed(catalogue, grant, [*rows[:place], hidden, *rows[place:]])

    assert more == observed(catalogue, grant, rows)
