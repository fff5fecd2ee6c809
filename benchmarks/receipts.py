"""What becomes of receipts that somebody altered, with hashes that fit: refused or named.

Run with `python benchmarks/receipts.py`. The receipts are those of the made-up year,
and as many that are signed; each edit is one of `tests/evidence/receipt_edits.py`, one
in five with a file taken away as well. Every altered receipt is compared with a
checkpoint that was kept. `named` are the edits that nothing can show, each with a
line of what was not checked; `missed` must be 0. Then every receipt is compared with
the checkpoints of the other schools, and with those of a log that somebody made again.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.evidence.receipt_edits import EDITS, edited, gap_of

from scopegate import ConsentRegister
from scopegate.evidence import check_receipt, receipt_for
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages.desk import Desk
from scopegate.proofs.notes import sign_note
from scopegate.proofs.signing import Ed25519Signer
from scopegate.samples.year.year import play_year

KEY = Ed25519Signer.generate("school.example")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
Made = tuple[Mapping[str, bytes], str]


def receipts(now: datetime) -> Iterator[Made]:
    """Yield the files of each receipt of a year, and a checkpoint of its size."""
    ledger = MemoryLedger()
    year = play_year(ledger, now=now)
    desk = Desk(ConsentRegister(year.catalogue, ledger, clock=lambda: now))
    for school in (school.key for school in year.schools):
        for consent in desk.state(school).consents.values():
            for revision in consent.revisions:
                for signers in ([], [KEY]):
                    made = receipt_for(
                        ledger,
                        school=school,
                        grant=revision.grant.id,
                        revision=revision.grant.revision,
                        signers=signers,
                        clock=lambda: now,
                    )
                    note = sign_note(made.facts.checkpoint.to_text()).to_text()
                    yield made.files(include_people=True), note


def outcome(files: Mapping[str, bytes], after: Mapping[str, bytes], note: str) -> str:
    """Return what became of an edit: refused, named, or missed."""
    found = check_receipt(after, checkpoints={"kept": note})
    gap = gap_of(files, after)
    if gap is None:
        return "refused" if found.code == 1 else "missed"
    return "named" if any(gap in line for line in found.not_checked) else "missed"


def altered(made: list[Made], edits: int, chance: Random) -> None:
    """Alter receipts, and print what became of them by kind of edit."""
    counts, started = Counter[tuple[str, str]](), time.perf_counter()
    for _ in range(edits):
        files, note = chance.choice(made)
        name, after = edited(files, chance)
        if after != files:
            counts[name, outcome(files, after, note)] += 1
    took = time.perf_counter() - started
    print("| edit | tried | refused | named | missed |\n|---|---|---|---|---|")
    for name, _ in EDITS:
        found = [counts[name, kind] for kind in ("refused", "named", "missed")]
        print(f"| {name} | {' | '.join(f'{n:,}' for n in (sum(found), *found))} |")
    total = [sum(n for (_, k), n in counts.items() if k == kind) for kind in
             ("refused", "named", "missed")]  # fmt: skip
    print(f"| all | {' | '.join(f'{n:,}' for n in (sum(total), *total))} |")
    print(f"\n{len(made)} receipts, {took:.0f} s")


def from_elsewhere(made: list[Made], other: list[Made]) -> None:
    """Print how whole receipts end that are compared with the checkpoints of others."""
    codes = Counter[int]()
    for files, note in made:
        for _, theirs in other:
            if theirs != note:
                codes[check_receipt(files, checkpoints={"kept": theirs}).code] += 1
    print(f"whole receipts of other logs: {codes.total():,}; by code: {dict(codes)}")
    alone = Counter(check_receipt(files).code for files, _ in made)
    print(f"without any checkpoint: {alone.total():,}; by code: {dict(alone)}")


def main() -> None:
    """Alter receipts, and say what became of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    made = [*receipts(NOW)]
    altered(made, given.edits, Random(given.seed))  # noqa: S311 - no secret
    from_elsewhere(made, [*made, *receipts(NOW.replace(day=2))])


if __name__ == "__main__":
    main()
