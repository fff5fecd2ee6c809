"""Stops of a school, while several processes decide and are started again and again."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st

from scopegate import ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.events import Connected, Disconnected, Paused, Resumed
from scopegate.errors import ScopegateError
from scopegate.ledgers import SQLiteLedger
from scopegate.ledgers.base import school_stream

from ..child import Child
from ..scene import APP, CATALOGUE, DANA, RECORDS, REQUEST, SAM, SCHOOL

MIS = RecordsAdapter(RECORDS)
PUPIL = {"id": 1, "first_name": "Ada"}


def may_decide(actor, school, at):
    """Give authority to Dana alone."""
    return actor == DANA


def register_on(ledger):
    """Return what a service makes when it starts."""
    return ConsentRegister(CATALOGUE, ledger, authority=may_decide)


def connect(register, actor=None):
    """Connect the school as a service does at its start, or for somebody."""
    register.connect(school=SCHOOL, mis="arbor", adapter=MIS, actor=actor)


DEEDS = {
    "start again": connect,
    "connect, by Dana": lambda register: connect(register, DANA),
    "connect, by Sam": lambda register: connect(register, SAM),
    "disconnect": lambda register: register.disconnect(school=SCHOOL, actor=DANA),
    "pause": lambda register: register.pause(school=SCHOOL, app=APP, actor=DANA),
    "pause all": lambda register: register.pause(school=SCHOOL, actor=DANA),
    "resume": lambda register: register.resume(school=SCHOOL, app=APP, actor=DANA),
    "resume all": lambda register: register.resume(school=SCHOOL, actor=DANA),
    "resume, by Sam": lambda register: register.resume(
        school=SCHOOL, app=APP, actor=SAM
    ),
}
"""What a process does, by name; only Dana has authority."""


def service(path, deeds):
    """Return what one process does: it starts, and then does one deed after another."""

    def work():
        with SQLiteLedger(path) as ledger:
            register = register_on(ledger)
            for deed in (connect, *(DEEDS[name] for name in deeds)):
                with suppress(ScopegateError):
                    deed(register)

    return work


def play(path, plans, kills):
    """Run three processes at once, and kill and start again those of *kills*."""
    running = [Child(service(path, plan)) for plan in plans]
    for which, wait in kills:
        time.sleep(wait / 1000)
        with suppress(ProcessLookupError):
            os.kill(running[which].pid, signal.SIGKILL)
        running[which].wait()
        running[which] = Child(service(path, plans[which]))
    for process in running:
        assert process.wait() == 0


def stops_of(events):
    """Return whether the school is stopped, and what is paused, by its events alone.

    Raises:
        AssertionError: A stop was lifted by an event without an actor of authority.
    """
    is_stopped, paused = False, set()
    for event in events:
        match event:
            case Disconnected():
                is_stopped = True
            case Connected():
                assert not is_stopped or event.actor == DANA
                is_stopped = False
            case Paused():
                paused.add(event.app)
            case Resumed():
                assert event.actor == DANA
                paused.discard(event.app)
    return is_stopped, paused


def held_to(path, plans, kills):
    """Play a history, and hold its events and what flows after it to the law."""
    with SQLiteLedger(path) as ledger:
        register = register_on(ledger)
        connect(register)
        register.publish(REQUEST)
        page = register.present(school=SCHOOL, app=APP)
        register.authorise(page, actor=DANA)
    play(path, plans, kills)
    with SQLiteLedger(path) as ledger:
        is_stopped, paused = stops_of(ledger.read(school_stream(SCHOOL)))
        with Gate(CATALOGUE, ledger).open(school=SCHOOL, app=APP) as access:
            flows = access.filter("student", PUPIL)
    assert flows == (None if is_stopped or paused & {"", APP} else PUPIL)


PLANS = st.lists(
    st.lists(st.sampled_from(sorted(DEEDS)), max_size=6), min_size=3, max_size=3
)
KILLS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=4)


@settings(max_examples=6)
@given(PLANS, KILLS)
def test_no_redeployment_lifts_a_stop(plans, kills):
    """A stop is lifted by an event that names no one with authority, or flows on.

    Three processes connect, stop and lift stops at once, and are killed and started
    again at any moment.
    """
    with TemporaryDirectory() as folder:
        held_to(Path(folder, "ledger.db"), plans, kills)


@pytest.mark.slow
@settings(max_examples=200)
@given(PLANS, KILLS)
def test_no_redeployment_lifts_a_stop_in_many_histories(plans, kills):
    """A stop is lifted so in one of many more histories."""
    with TemporaryDirectory() as folder:
        held_to(Path(folder, "ledger.db"), plans, kills)
