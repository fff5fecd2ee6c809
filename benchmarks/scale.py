"""What a SQLite ledger of a million grants costs, and what does not grow with it.

Each school has 40 apps, and of each app what was shown and what was authorised:
81 events, real ones, each as the library writes it. A ledger of 10,000 grants is
measured first, then it is filled up to 100,000 and to 1,000,000, and measured
again. Filling is done in large transactions without waiting for the disk, which
no service may do; everything that is measured is done by the ledger as it ships.

    python benchmarks/scale.py                  # about 7 GB on disk, some minutes
    python benchmarks/scale.py --grants 10000 100000
"""

import argparse
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from scopegate import AccessRequest, Actor, Catalogue, ConsentRegister, Gate
from scopegate.adapters.records import RecordsAdapter
from scopegate.evidence.receipt import receipt_for
from scopegate.ledgers._sql.rows import Stream, rows_behind
from scopegate.ledgers._sqlite.open import STATEMENTS
from scopegate.ledgers.base import app_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.proofs.merkle import Frontier
from scopegate.proofs.notes import verify_proof

APPS = 40
TIMES = 51
SCHOOL, APP, GRANT, DIGEST = "S" * 12, "A" * 12, "G" * 32, "d" * 64
"""The marks in the templates for a school, an app, a grant's id and a digest."""

CATALOGUE = Catalogue.builtin("assembly")
HEAD = Actor("Dana Head", role="Headteacher")
CHANCE = random.Random(20261124)  # noqa: S311 - which school to look at


def school(number: int) -> str:
    """Return the name of a school, of a fixed length."""
    return f"{number:012}"


def app(number: int) -> str:
    """Return the name of an app, of a fixed length."""
    return f"app-{number:08}"


def grant_id(at: int, number: int) -> str:
    """Return the id of the grant of an app at a school."""
    return f"{at:016x}{number:016x}"


def templates() -> tuple[list[bytes], bytes]:
    """Return one school's events, and one app's, with names to be replaced."""
    ledger = MemoryLedger()
    register = ConsentRegister(CATALOGUE, ledger, new_id=lambda: GRANT)
    mis = RecordsAdapter({"school": [{"urn": SCHOOL, "name": "Example School"}]})
    register.connect(school=SCHOOL, mis="arbor", adapter=mis)
    register.publish(
        AccessRequest(
            APP,
            "Record and share marks",
            {"students.basic"},
            {"students.emails", "students.dob"},
            {"students.dob": "Birthday reminders"},
        )
    )
    shown = register.ask(school=SCHOOL, app=APP)
    register.authorise(shown, optional={"students.emails"}, actor=HEAD)
    bodies = list(ledger.bodies(school_stream(SCHOOL)))
    bodies[2] = bodies[2].replace(shown.digest.encode(), DIGEST.encode())
    return bodies, ledger.bodies(app_stream(APP))[0]


def digest_in(body: bytes) -> bytes:
    """Return the digest of the presentation that an event's canonical JSON holds."""
    start = body.index(b'"presentation":') + len(b'"presentation":')
    return sha256(body[start:-2]).hexdigest().encode()


def events_of(at: int, bodies: list[bytes]) -> Iterator[bytes]:
    """Yield the events of a school with all its apps."""
    name = school(at).encode()
    connected, presented, authorised = (
        b.replace(SCHOOL.encode(), name) for b in bodies
    )
    yield connected
    for number in range(APPS):
        shown = presented.replace(APP.encode(), app(number).encode())
        yield shown
        yield (
            authorised.replace(APP.encode(), app(number).encode())
            .replace(GRANT.encode(), grant_id(at, number).encode())
            .replace(DIGEST.encode(), digest_in(shown))
        )


def fill(path: Path, schools: range, bodies: list[bytes], published: bytes) -> None:
    """Write the streams of *schools*, as the ledger would, in large transactions."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        for setting in (
            "synchronous = OFF",
            "journal_mode = OFF",
            "cache_size = -262144",
        ):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        if schools.start == 0:
            for number in range(APPS):
                asked = published.replace(APP.encode(), app(number).encode())
                put(connection, path, app_stream(app(number)), [asked])
        for at in schools:
            put(
                connection, path, school_stream(school(at)), list(events_of(at, bodies))
            )
            if sys.stderr.isatty() and at % 500 == 0:
                print(f"\r  school {at:,} of {schools.stop:,}", end="", file=sys.stderr)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    os.sync()  # what was not waited for must not slow down what is measured


def put(
    connection: sqlite3.Connection, path: Path, stream: str, bodies: list[bytes]
) -> None:
    """Write one new stream."""
    of = Stream(str(path), stream)
    rows, head = rows_behind(Frontier(), bodies)
    connection.executemany(STATEMENTS.put_event, [(of.key, *row) for row in rows])
    connection.execute(
        STATEMENTS.put_head, (of.key, of.encoded, head.size, head.to_bytes())
    )


def forget(path: Path) -> None:
    """Let the system drop what it holds of the file, so that the next read is cold."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds *work* takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1_000


def resident() -> float:
    """Return the memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_cold(path: Path, schools: int) -> float:
    """Return the milliseconds to open a file and in it an access to some school."""
    forget(path)
    name, number = school(CHANCE.randrange(schools)), app(CHANCE.randrange(APPS))

    def work() -> None:
        with (
            SQLiteLedger(path) as ledger,
            Gate(CATALOGUE, ledger).open(school=name, app=number) as access,
        ):
            if "student.id" not in access.permit.fields:
                message = "nothing flows: this measures nothing"
                raise SystemExit(message)

    return timed(work)


def measure(path: Path, schools: int) -> dict[str, float]:
    """Return what is measured on a ledger of so many schools, by its name."""
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for _ in range(TIMES):
        note("open an access, cold, ms", open_cold(path, schools))
    with SQLiteLedger(path) as ledger:
        register = ConsentRegister(CATALOGUE, ledger)
        for _ in range(TIMES):
            name, at = school(n := CHANCE.randrange(schools)), CHANCE.randrange(APPS)
            note("fold one school, ms", timed(lambda s=name: register.state(s)))
            note("position of a stream, ms", timed(lambda s=name: ledger.position(school_stream(s))))  # fmt: skip
            if register.state(name).consent(app(at)).current:
                receipts: list[object] = []
                wanted = grant_id(n, at)
                note("make a receipt, ms", timed(lambda s=name, g=wanted, r=receipts: r.append(receipt_for(ledger, school=s, grant=g))))  # fmt: skip
                receipt = receipts[0]
                note("verify a receipt, ms", timed(lambda r=receipt: verify_proof(r.proof, r.event, None, r.facts.checkpoint.origin)))  # type: ignore[attr-defined]  # fmt: skip
                note("decide (read, fold, append), ms", timed(lambda s=name, a=at: register.revoke(school=s, app=app(a), actor=HEAD)))  # fmt: skip
    medians = {name: statistics.median(values) for name, values in found.items()}
    return medians | {
        "append one event, ms": statistics.median(appends(path, schools)),
        "memory of the process, MB": resident(),
        "file, MB": path.stat().st_size / 1e6,
    }


def appends(path: Path, schools: int) -> list[float]:
    """Return the milliseconds that each of some appends takes."""
    with SQLiteLedger(path) as ledger:
        stream = school_stream(school(CHANCE.randrange(schools)))
        event = ledger.read(stream)[-1]
        return [
            timed(lambda: ledger.append(stream, [event], None)) for _ in range(TIMES)
        ]


def table(columns: dict[int, dict[str, float]]) -> None:
    """Print what was measured, a column for each size, and how it grew."""
    first, last = min(columns), max(columns)
    print(f"\n{'':34}" + "".join(f"{n:>12,}" for n in columns) + f"{'growth':>10}")
    for name in columns[first]:
        cells = "".join(f"{found[name]:>12,.2f}" for found in columns.values())
        growth = columns[last][name] / columns[first][name]
        print(f"{name:34}{cells}{growth:>9.2f}x")


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--grants", type=int, nargs="+", default=[10_000, 100_000, 1_000_000]
    )
    sizes = sorted(parser.parse_args().grants)
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, on "
        f"{platform.system()} {platform.machine()}; {APPS} apps for each school; "
        f"medians of {TIMES}"
    )
    bodies, published = templates()
    columns: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path, done = Path(folder) / "consent.db", 0
        SQLiteLedger(path).close()
        for grants in sizes:
            schools = grants // APPS
            fill(path, range(done, schools), bodies, published)
            done = schools
            columns[grants] = measure(path, schools)
    table(columns)


if __name__ == "__main__":
    main()
