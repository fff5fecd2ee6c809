"""How long anyone waits for a ledger that is locked, and for how long an event loop stands.

Another program locks the SQLite file of a ledger for good. Then many threads ask for one
record each, at once, and again; and a coroutine reads while another counts its own beats.
No thread should wait longer than the gate's `max_wait`, the second time none at all, and
the beats should go on as they do without a lock.

    python benchmarks/waiting.py
"""

import argparse
import asyncio
import logging
import sqlite3
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from scopegate import (
    AccessDeniedError,
    AccessRequest,
    Actor,
    Catalogue,
    ConsentRegister,
    Gate,
    Query,
)
from scopegate.adapters.base import NONE, Capabilities, Fetch
from scopegate.adapters.records import RecordsAdapter
from scopegate.ledgers.sqlite import SQLiteLedger

APP, HEAD, SCHOOL = "gradebook", Actor("Dana Head", role="Headteacher"), "100001"
CATALOGUE = Catalogue.builtin("assembly")
PUPIL = {"id": 1, "first_name": "Ada", "last_name": "Ames", "year_code": "7"}
BEAT = 0.005
"""Seconds between two beats of the loop."""


class Slowly:
    """Records that are given without blocking, one after a while."""

    school = SCHOOL

    def capabilities(self, resource: Any) -> Capabilities:
        """Return that it gives whole records."""
        return NONE

    async def fetch(self, wanted: Fetch) -> AsyncIterator[object]:
        """Yield pupils."""
        for number in range(1, 100):
            await asyncio.sleep(0.05)
            yield {**PUPIL, "id": number}


def granted(ledger: SQLiteLedger) -> None:
    """Let a school authorise the app."""
    register = ConsentRegister(CATALOGUE, ledger)
    mis = RecordsAdapter({"school": [{"urn": SCHOOL, "name": "Example School"}]})
    register.connect(school=SCHOOL, mis="arbor", adapter=mis)
    register.publish(AccessRequest(APP, "Record marks", {"students.basic"}))
    register.authorise(register.present(school=SCHOOL, app=APP), actor=HEAD)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a file for everyone else."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def waits(accesses: list[Any]) -> list[float]:
    """Return the seconds that one record takes each of them, in a thread of its own."""
    seconds, start = list[float](), threading.Barrier(len(accesses))

    def ask(access: Any) -> None:
        start.wait()
        begun = time.monotonic()
        access.filter("student", PUPIL)
        seconds.append(time.monotonic() - begun)

    threads = [threading.Thread(target=ask, args=[access]) for access in accesses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seconds)


def in_threads(path: Path, gate: Gate, threads: int) -> None:
    """Print how long so many threads wait, the first time and the second."""
    accesses = [gate.open(school=SCHOOL, app=APP) for _ in range(threads)]
    time.sleep(1.1)  # until what is known is too old
    with locked(path):
        for when in ("at first", "again", "after 1.1 s"):
            seconds = waits(accesses)
            median, most = seconds[len(seconds) // 2], seconds[-1]
            print(f"{threads:>4} threads, {when:12} {median:>9.3f} s {most:>9.3f} s")
            if when == "again":
                time.sleep(1.1)


async def longest_gap(path: Path, gate: Gate, *, is_locked: bool) -> float:
    """Return how long the loop stands still at most while a coroutine reads."""
    gaps = list[float]()

    async def beat() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    async with await gate.open_async(school=SCHOOL, app=APP) as access:
        beating = asyncio.create_task(beat())
        with suppress(AccessDeniedError):
            if is_locked:
                with locked(path):
                    await read(access)
            else:
                await read(access)
        beating.cancel()
    return max(gaps)


async def read(access: Any) -> None:
    """Read all pupils there are."""
    async for _ in access.read_async(Slowly(), Query("student")):
        pass


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--wait", type=float, default=2.0, help="`max_wait`, in seconds"
    )
    wait = parser.parse_args().wait
    logging.disable()  # each access says that only public data flows
    print(f"a locked SQLite file, max_staleness 1 s, max_wait {wait} s\n")
    print(f"{'':26}{'median':>11} {'longest':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for threads in (6, 60):
            path = Path(folder) / f"{threads}.db"
            with SQLiteLedger(path) as ledger:
                granted(ledger)
                gate = Gate(CATALOGUE, ledger, max_wait=timedelta(seconds=wait))
                in_threads(path, gate, threads)
        path = Path(folder) / "loop.db"
        with SQLiteLedger(path) as ledger:
            granted(ledger)
            gate = Gate(CATALOGUE, ledger, max_wait=timedelta(seconds=wait))
            for is_locked in (False, True):
                gap = asyncio.run(longest_gap(path, gate, is_locked=is_locked))
                state = "locked" if is_locked else "not locked"
                print(f"the loop stood still, {state:14} {gap:>13.3f} s")


if __name__ == "__main__":
    main()
