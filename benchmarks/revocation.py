"""How long after `revoke` has returned a record may still flow, for each ledger.

One access reads without pause while a school revokes. Counted are the records
that were asked for after `revoke` had returned and were released all the same,
and the time until the last such record. Within one process there is none by
design; between processes the gate's `max_staleness` is the bound.

    SCOPEGATE_TEST_POSTGRES=postgresql://... python benchmarks/revocation.py
"""

import argparse
import multiprocessing
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from uuid import uuid4

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.postgres import PostgresLedger
from scopegate.ledgers.sqlite import SQLiteLedger

APP, HEAD = "gradebook", Actor("Dana Head", role="Headteacher")
CATALOGUE = Catalogue.builtin("assembly")
PUPIL = {"id": 1, "first_name": "Ada", "last_name": "Ames", "year_code": "7"}
GOES_ON = 0.3
"""Seconds that a reader goes on beyond what it may, to be caught if it does."""

CHANCE = random.Random(20261124)  # noqa: S311 - when to revoke, not a secret

Make = Callable[[], Any]


def sqlite(path: Path) -> SQLiteLedger:
    """Open the ledger in a file."""
    return SQLiteLedger(path)


def postgres(address: str) -> PostgresLedger:
    """Open the ledger on a server, in tables of its own."""
    return PostgresLedger(address, schema="scopegate_benchmark")


def granted(ledger: Any) -> tuple[ConsentRegister, str]:
    """Return the register, and a new school that has authorised the app."""
    register, school = ConsentRegister(CATALOGUE, ledger), uuid4().hex
    mis = RecordsAdapter({"school": [{"urn": school, "name": "Example School"}]})
    register.connect(school=school, mis="arbor", adapter=mis)
    register.publish(AccessRequest(APP, "Record marks", {"students.basic"}))
    register.authorise(register.ask(school=school, app=APP), actor=HEAD)
    return register, school


def read_on(
    ledger: Any, school: str, staleness: float, started: Any, until: Any
) -> list[int]:
    """Return when each record was asked for that was released, in nanoseconds."""
    gate = Gate(CATALOGUE, ledger, max_staleness=timedelta(seconds=staleness))
    released = []
    with gate.open(school=school, app=APP) as access:
        started.set()
        while not until():
            asked = time.monotonic_ns()
            if access.filter("student", PUPIL) is not None:
                released.append(asked)
    return released


def in_process(
    make: Make, rounds: int, staleness: float
) -> Iterator[tuple[int, float]]:
    """Yield for each round the late records and the delay, all in one process."""
    for _ in range(rounds):
        ledger = make()
        register, school = granted(ledger)
        stop, started, found = threading.Event(), threading.Event(), list[int]()
        reader = threading.Thread(
            target=lambda s=school, e=started, u=stop, f=found, ledger=ledger: f.extend(
                read_on(ledger, s, staleness, e, u.is_set)
            )
        )
        reader.start()
        started.wait()
        time.sleep(0.01)
        register.revoke(school=school, app=APP, actor=HEAD)
        revoked = time.monotonic_ns()
        time.sleep(0.02)
        stop.set()
        reader.join()
        yield late(found, revoked)


def late(released: list[int], revoked: int) -> tuple[int, float]:
    """Return how many records were asked for after, and how long after the last was."""
    after = [at - revoked for at in released if at >= revoked]
    return len(after), max(after, default=0) / 1e6


def reader_process(
    make: Make, school: str, staleness: float, started: Event, answer: Any
) -> None:
    """Read in a process of its own until well after the bound."""
    ledger, ends = make(), [float("inf")]

    def over() -> bool:
        if ends[0] == float("inf") and answer.poll():
            answer.recv()
            ends[0] = time.monotonic() + staleness + GOES_ON
        return time.monotonic() >= ends[0]

    answer.send(read_on(ledger, school, staleness, started, over))


def across(make: Make, rounds: int, staleness: float) -> Iterator[tuple[int, float]]:
    """Yield for each round the late records and the delay, between two processes."""
    context = multiprocessing.get_context("spawn")
    for _ in range(rounds):
        ledger = make()
        register, school = granted(ledger)
        started, (here, there) = context.Event(), context.Pipe()
        reader = context.Process(
            target=reader_process, args=(make, school, staleness, started, there)
        )
        reader.start()
        started.wait()
        time.sleep(0.05 + CHANCE.uniform(0, staleness))  # anywhere in its second
        register.revoke(school=school, app=APP, actor=HEAD)
        revoked = time.monotonic_ns()
        here.send("revoked")
        found = here.recv()
        reader.join()
        ledger.close()
        yield late(found, revoked)


class Opener:
    """Opens a ledger again; can be handed to another process."""

    def __init__(self, kind: Callable[[Any], Any], where: Any) -> None:
        self.kind, self.where = kind, where

    def __call__(self) -> Any:
        """Open it."""
        return self.kind(self.where)


@contextmanager
def ledgers() -> Iterator[dict[str, Make]]:
    """Give a way to open each ledger there is."""
    shared = MemoryLedger()
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Make] = {
            "memory": lambda: shared,
            "sqlite": Opener(sqlite, Path(folder) / "consent.db"),
        }
        if address := os.environ.get("SCOPEGATE_TEST_POSTGRES"):
            found["postgres"] = Opener(postgres, address)
        yield found


def row(name: str, where: str, bound: float, rounds: list[tuple[int, float]]) -> None:
    """Print one line of the table."""
    counts, delays = zip(*rounds, strict=True)
    print(
        f"{name:10}{where:16}{bound:>9.1f} s{statistics.median(counts):>12,.0f}"
        f"{max(counts):>10,}{statistics.median(delays):>12.1f}{max(delays):>10.1f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print(f"records released after `revoke` had returned, {rounds} rounds each\n")
    print(f"{'':37}{'records':>12}{'':10}{'milliseconds':>16}")
    print(
        f"{'ledger':10}{'reader in':16}{'max_staleness':>11}{'median':>12}"
        f"{'worst':>10}{'median':>12}{'worst':>10}"
    )
    with ledgers() as found:
        for name, make in found.items():
            for bound in (0.0, 1.0):
                row(name, "this process", bound, [*in_process(make, rounds, bound)])
        for name in [name for name in found if name != "memory"]:
            for bound in (0.0, 0.1, 1.0):
                row(
                    name,
                    "another process",
                    bound,
                    [*across(found[name], rounds, bound)],
                )


if __name__ == "__main__":
    main()
