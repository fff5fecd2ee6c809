"""A made-up school that ships with scopegate, for demos, tutorials and tests.

Nobody in it is real. `scripts/make_sample_school.py` writes it.
"""

from pathlib import Path


def sample_school() -> Path:
    """Return the folder that holds the made-up school, a file for each resource.

    The shapes are those of the built-in catalogue `assembly`; the school's URN
    is `999901`.
    """
    return Path(__file__).parent / "school"
