"""The ledger in memory: the model for every other."""

from hypothesis import given, strategies as st

from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.testing import ledger_suite

TestMemoryLedger = ledger_suite(MemoryLedger)


@given(st.text(), st.text(), st.text())
def test_streams_of_schools_apps_and_disclosures_are_never_the_same(one, two, three):
    """A school, an app and what was disclosed have streams of their own."""
    streams = {school_stream(one), app_stream(two), disclosure_stream(three)}

    assert len(streams) == 3
