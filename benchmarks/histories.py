"""What becomes of histories that somebody edited, with hashes that fit: found, or lawful.

Run with `python benchmarks/histories.py`. Each edit changes, drops or exchanges one part
of one event, or a whole event, of `tests/evidence/history_edits.py`; what is edited are
random histories, and one with every kind of event. `found` has a fault. `again` is
what a register of now writes itself, event for event, if it is told to do what the
events say: another person, another reason, another day. `earlier` is found as soon as
one event comes before that earlier releases could not read. `listed` are the edits that
nothing can show, each with its reason; `missed` must be 0. `unknown` are those found
only where the catalogue is known.
"""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from hypothesis import HealthCheck, given, settings, strategies as st
from tests.evidence.every_kind import CATALOGUES, every_kind
from tests.evidence.history_edits import (
    TOLD,
    edited,
    edits,
    faults_of,
    listed,
    outcome,
    streams_of,
)

from scopegate.catalogue import Catalogue
from scopegate.testing.strategies import catalogues, memory_ledgers

KINDS = ("found", "again", "earlier", "listed", "missed")
Streams = Mapping[str, Any]
Edit = tuple[tuple[str, str], Streams]


class Counts:
    """Counts what becomes of edits, by kind of event."""

    def __init__(self) -> None:
        self.counts = Counter[tuple[str, str]]()
        self.reasons = Counter[str]()
        self.missed: set[tuple[str, str]] = set()

    def count(self, edit: Edit, known: Iterable[Catalogue]) -> None:
        """Count what becomes of one edit."""
        key, after = edit
        kind = outcome(key, after, known)
        self.counts[key[0], kind] += 1
        if kind == "listed":
            self.reasons[str(listed(key, TOLD))] += 1
        if kind == "missed":
            self.missed.add(key)
        if kind == "found" and not faults_of(after):
            self.counts[key[0], "unknown"] += 1

    def tell(self) -> None:
        """Print a table, and what was listed or missed."""
        kinds = (*KINDS, "unknown")
        print(f"| event | tried | {' | '.join(kinds)} |\n|---|{'---|' * 7}")
        for event in sorted({event for event, _ in self.counts}):
            self._row(event, [self.counts[event, kind] for kind in kinds])
        whole = [sum(n for (_, k), n in self.counts.items() if k == kind)
                 for kind in kinds]  # fmt: skip
        self._row("all", whole)
        for reason, number in self.reasons.most_common():
            print(f"listed, since {reason}: {number:,}")
        if self.missed:
            print(f"missed: {sorted(self.missed)}")

    def _row(self, event: str, found: list[int]) -> None:
        numbers = (sum(found[:5]), *found)
        print(f"| {event} | {' | '.join(f'{n:,}' for n in numbers)} |")


def of_random(histories: int, each: int, counts: Counts) -> int:
    """Edit random histories, and return how many events they had."""
    events = 0

    @settings(
        max_examples=histories,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(catalogues().flatmap(_ledgers), st.integers())
    def run(made: tuple[Catalogue, Any], seed: int) -> None:
        nonlocal events
        streams = streams_of(made[1])
        events += sum(map(len, streams.values()))
        if any(streams.values()):
            chance = Random(seed)  # noqa: S311 - no secret
            for _ in range(each):
                counts.count(edited(streams, chance), [made[0]])

    run()
    return events


def _ledgers(catalogue: Catalogue) -> st.SearchStrategy[tuple[Catalogue, Any]]:
    return st.tuples(st.just(catalogue), memory_ledgers(catalogue, max_deeds=40))


def of_every_kind(most: int | None) -> Iterator[Edit]:
    """Yield edits of the history with every kind of event, all or some of them."""
    streams = every_kind()
    if most is None:
        yield from edits(streams)
        return
    chance = Random(1)  # noqa: S311 - no secret
    for _ in range(most):
        yield edited(streams, chance)


def main() -> None:
    """Edit histories, and say what became of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--edits", type=int, default=20, help="of each random history")
    parser.add_argument("--some", type=int, help="of every kind, instead of all")
    given_ = parser.parse_args()
    logging.disable(logging.WARNING)
    started, counts = time.perf_counter(), Counts()
    events = of_random(given_.histories, given_.edits, counts)
    print(f"{given_.histories} random histories, {events:,} events\n")
    counts.tell()
    took = time.perf_counter() - started
    print(f"{took:.0f} s\n\none history with every kind of event\n")
    started, counts = time.perf_counter(), Counts()
    for edit in of_every_kind(given_.some):
        counts.count(edit, CATALOGUES)
    counts.tell()
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
