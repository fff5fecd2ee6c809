"""Hypothesis without deadlines, and its one extra profile; `ci` is its own."""

from hypothesis import settings

# A deadline is a timed test: a machine that has other work to do fails it.
settings.register_profile("default", settings.get_profile("default"), deadline=None)
# Profiles inherit from the one in force, and under CI that one is derandomised.
settings.register_profile(
    "thorough", max_examples=2_000, deadline=None, derandomize=False, print_blob=True
)
