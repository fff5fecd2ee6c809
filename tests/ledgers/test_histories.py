"""Long random histories against a model of ten lines, on every ledger."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from scopegate.evidence.audit import verify
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.ledgers.sqlite import SQLiteLedger

from ..histories import Histories

STEPS = 60


def hold(make, at_end, examples):
    """Hold histories on the ledgers that *make* gives to the model."""

    class Machine(Histories):
        """Histories on these ledgers."""

    Machine.make, Machine.at_end = staticmethod(make), staticmethod(at_end)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def check_and_close(ledgers):
    """See that what was written holds together, and close the ledgers."""
    for ledger in ledgers[:1]:
        assert verify(ledger).faults == ()
    for ledger in ledgers:
        ledger.close()


def on_memory(examples):
    """Hold histories in memory to the model."""
    hold(lambda: [MemoryLedger()] * 2, lambda _: None, examples)


def on_sqlite(new_path, examples):
    """Hold histories in files to the model, with two connections to each."""
    paths = (new_path.with_name(f"{new_path.name}-{n}") for n in range(10**6))

    def make():
        path = next(paths)
        return [SQLiteLedger(path), SQLiteLedger(path)]

    hold(make, check_and_close, examples)


def on_postgres(server, schema, examples):
    """Hold histories on a server to the model, with two connections to it."""
    ledgers = [PostgresLedger(server.address, schema=schema) for _ in range(2)]
    hold(lambda: ledgers, lambda _: None, examples)
    check_and_close(ledgers)


def test_memory_tells_the_history_that_the_model_tells():
    """Whatever schools, apps, people and clocks do, in memory exactly that may flow."""
    on_memory(10)


def test_sqlite_tells_the_history_that_the_model_tells(new_path):
    """Whatever they do, what two processes read of a file is what may flow."""
    on_sqlite(new_path, 6)


def test_postgres_tells_the_history_that_the_model_tells(server, schema):
    """Whatever they do, what two processes read of a server is what may flow."""
    on_postgres(server, schema, 5)


@pytest.mark.slow
def test_memory_tells_many_histories():
    """Longer search in memory finds no history that the model does not tell."""
    on_memory(200)


@pytest.mark.slow
def test_sqlite_tells_many_histories(new_path):
    """Longer search on files finds none either."""
    on_sqlite(new_path, 60)


@pytest.mark.slow
def test_postgres_tells_many_histories(server, schema):
    """Longer search on a server finds none either."""
    on_postgres(server, schema, 30)
