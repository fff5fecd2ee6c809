"""`sample_school`: where the made-up school is, a file for each resource."""

from pathlib import Path

from ..arguments import checked


@checked
def sample_school() -> Path:
    """Return the folder that holds the made-up school, a file for each resource.

    The shapes are those of the built-in catalogue `assembly`; the school's URN is
    `999901`. No one in it is real: `scripts/make_sample_school.py` writes it.
    """
    return Path(__file__).parent / "school"
