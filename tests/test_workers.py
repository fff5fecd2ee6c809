"""A job that is refused in a worker gives its caller that very error.

Each kind of worker brings errors home in a way of its own: by pickle, by a thread that
dies of what it cannot read, by JSON. `jobs/refused.py` runs them in real processes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "jobs" / "refused.py"
WAYS = ["process-pool", "pool", "celery"]
SENTENCES = {
    "denied": (
        "AccessDeniedError",
        "app `app` may read no field of `student` at school `100001` (`revoked`): what"
        " was authorised has ended; stop reading",
    ),
    "refused": (
        "QueryRefusedError",
        "the query on `student` uses fields that are not permitted: `student.dob`"
        "; leave them out",
    ),
    "faulty": (
        "CatalogueError",
        "2 faults in catalogue `x`: version: is missing; resource.a.key: names the"
        " unknown field `b`",
    ),
    "broken": (
        "SourceError",
        "student, page 3: the MIS breaks off; try again later",
    ),
}


def outcome(way, cases, folder):
    """Return what the caller of each job is given, as the script tells it."""
    ran = subprocess.run(  # noqa: S603 - this interpreter, and a script of ours
        [sys.executable, str(SCRIPT), way, *cases],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "JOBS_FOLDER": str(folder)},
        timeout=120,
    )
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", WAYS)
def test_the_caller_of_a_job_is_given_its_error(way, tmp_path):
    """It is the very error, with its text and names, no value and no permit."""
    found = outcome(way, SENTENCES, tmp_path)

    told = {case: (given["kind"], given["text"]) for case, given in found.items()}
    marks = ("is_same", "has_value", "has_permit")
    assert told == SENTENCES
    assert {tuple(each[m] for m in marks) for each in found.values()} == {
        (True, False, False)
    }
    assert max(each["bytes"] for each in found.values()) < 3_000


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_an_error_as_they_are_often_written_is_lost(way, tmp_path):
    """What this holds off: by each way such an error is another, or a wait in vain."""
    found = outcome(way, ["usual"], tmp_path)["usual"]

    assert (found["kind"] == "UsualError", found["is_same"]) == (False, False)
