"""The benchmarks can be run: what they measure is still there."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = sorted((Path(__file__).parent.parent / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.name)
def test_a_benchmark_starts(path):
    """Each imports what it measures, and tells how it is run."""
    told = subprocess.run(  # noqa: S603 - this interpreter, and a script of ours
        [sys.executable, path, "--help"], capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stdout[:6]) == (0, "usage:")
