"""Two processes that decide the same request at the same moment: exactly one wins."""

import os

import pytest

from scopegate import ConsentRegister
from scopegate.consent.events import Authorised
from scopegate.errors import StalePresentationError
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.ledgers.sqlite import SQLiteLedger

from ..scene import CATALOGUE, DANA, SAM, SCHOOL, Scene

ROUNDS, WON, TOLD = 10, 0, 3


def decide(child, make):
    """Let two processes authorise the page that both hold; return how each ended."""
    ledger = make()
    shown = Scene(ledger).ask()
    ledger.close()
    ready, go = os.pipe(), os.pipe()

    def work(actor, ticks):
        with make() as mine:
            register = ConsentRegister(CATALOGUE, mine)
            register.state(SCHOOL)
            os.write(ready[1], b".")
            os.read(go[0], 1)
            try:
                register.authorise(shown, actor=actor, optional=ticks)
            except StalePresentationError:
                return TOLD
        return WON

    pair = [
        child(lambda: work(DANA, ())),
        child(lambda: work(SAM, ["students.dob"])),
    ]
    for _ in pair:
        os.read(ready[0], 1)
    os.write(go[1], b"..")
    ends = sorted(one.wait() for one in pair)
    for end in (*ready, *go):
        os.close(end)
    return ends


def check(child, make):
    """See that one wins and one is told what is current, and that one grant is there."""
    assert decide(child, make) == [WON, TOLD]

    with make() as ledger:
        written = ledger.read(school_stream(SCHOOL))
    assert [type(event) for event in written].count(Authorised) == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_of_two_processes_wins_in_a_file(child, new_path, round_):
    """The second person is shown what the first has left, and overwrites nothing."""
    check(child, lambda: SQLiteLedger(new_path))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_of_two_processes_wins_on_a_server(child, server, schema, round_):
    """On a server it is the same, wherever the processes run."""
    check(child, lambda: PostgresLedger(server.address, schema=schema))
