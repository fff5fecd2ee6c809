"""Jobs that are refused, and what their caller is given, by each kind of worker.

    JOBS_FOLDER=/tmp/jobs python refused.py process-pool|pool|celery CASE...

prints as JSON what the caller of each case caught: its class, its text, whether it is the very
error, how large it was on the way, and whether it holds the permit still.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from celery import Celery

from scopegate import Catalogue, Condition, Query
from scopegate.adapters.records import RecordsAdapter
from scopegate.errors import SourceError
from scopegate.testing import School

FOLDER = Path(os.environ.get("JOBS_FOLDER", "."))
WAIT = 20
SPAWN = get_context("spawn")
CATALOGUE = Catalogue.builtin("assembly")
MIS = RecordsAdapter({"school": [{"urn": "100001", "name": "A"}]})

app = Celery("refused", broker="filesystem://", backend=f"file://{FOLDER}/results")
app.conf.broker_transport_options = {
    "data_folder_in": f"{FOLDER}/queue",
    "data_folder_out": f"{FOLDER}/queue",
    "control_folder": f"{FOLDER}/control",
}


class UsualError(Exception):
    """An error as they are often written, with a value that it wants to be made of."""

    def __init__(self, resource, permit):
        super().__init__(f"app {permit.app} may read nothing of {resource}")
        self.resource, self.permit = resource, permit


def opened(*, revoked=False):
    """Return an app's access to a school that authorised its pupils' basics."""
    school = School(CATALOGUE, MIS)
    school.authorise("students.basic")
    if revoked:
        school.revoke()
    return school.open()


def denied():
    """Read what the school has revoked."""
    with opened(revoked=True) as access:
        access.read(MIS, Query("student"))


def refused():
    """Choose by what must not be seen, with a value that must not travel."""
    with opened() as access:
        where = [Condition("student.dob", "=", "c4n4ry")]
        access.read(MIS, Query("student", where))


def faulty():
    """Read a catalogue with faults."""
    Catalogue.from_dict({"id": "x", "resource": {"a": {"key": "b"}}})


def broken():
    """Read an MIS that breaks off."""
    raise SourceError("student", "the MIS breaks off; try again later", page=3)


def usual():
    """Fail with an error as they are often written."""
    with opened() as access:
        raise UsualError("student", access.permit)


CASES: dict[str, Callable[[], None]] = {
    job.__name__: job for job in (denied, refused, faulty, broken, usual)
}


@app.task(name="run")
def run(case):
    """Run one of the jobs."""
    CASES[case]()


def caught(case):
    """Return what a job raises in this process."""
    try:
        CASES[case]()
    except Exception as error:  # the one that is asked about
        return error
    return None


@contextmanager
def process_pool():
    """Give what runs a job by `concurrent.futures`."""
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
        yield lambda case: pool.submit(CASES[case]).result(WAIT)


@contextmanager
def pool():
    """Give what runs a job by `multiprocessing`; what is lost is waited for in vain."""
    with SPAWN.Pool(1) as workers:
        yield lambda case: workers.apply_async(CASES[case]).get(WAIT)


@contextmanager
def celery():
    """Give what runs a job by a worker of Celery's, and asks for its result."""
    for name in ("queue", "control", "results"):
        (FOLDER / name).mkdir()
    worker = subprocess.Popen(  # noqa: S603 - this interpreter, and this file
        [
            *(sys.executable, "-m", "celery", "--app", "refused", "--quiet"),
            *("--workdir", str(Path(__file__).parent), "worker", "--pool", "solo"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield lambda case: run.delay(case).get(timeout=WAIT)
    finally:
        worker.kill()
        worker.wait()


WAYS = {"process-pool": process_pool, "pool": pool, "celery": celery}


def given(work, case):
    """Return what the caller of a job is given."""
    expected = caught(case)
    try:
        work(case)
    except Exception as error:  # the one that is asked about
        sent = pickle.dumps(error)
        return {
            "kind": type(error).__name__,
            "text": str(error),
            "is_same": error == expected,
            "bytes": len(sent),
            "has_value": b"c4n4ry" in sent,
            "has_permit": getattr(error, "permit", None) is not None,
        }


if __name__ == "__main__":
    with WAYS[sys.argv[1]]() as work:
        found = {case: given(work, case) for case in sys.argv[2:]}
        print(json.dumps(found), flush=True)  # noqa: T201 - that is what it is for
