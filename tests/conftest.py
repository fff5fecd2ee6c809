"""The one extra Hypothesis profile; `default` and `ci` are Hypothesis's own."""

from hypothesis import settings

# Profiles inherit from the one in force, and under CI that one is derandomised.
settings.register_profile(
    "thorough", max_examples=2_000, deadline=None, derandomize=False, print_blob=True
)
