"""What holds for every test: the profiles of Hypothesis, and that nothing stays open.

The profiles are `default` at the desk, and `thorough`; `ci` is Hypothesis's own.
"""

from hypothesis import settings

from . import left_open

# Few examples at the desk; `ci` looks at all. A deadline is a timed test,
# and a machine that has other work to do fails it.
settings.register_profile(
    "default", settings.get_profile("default"), max_examples=30, deadline=None
)
# Profiles inherit from the one in force, and under CI that one is derandomised.
settings.register_profile(
    "thorough", max_examples=2_000, deadline=None, derandomize=False, print_blob=True
)


def pytest_configure(config):
    """Look for what is left open after the examples in `src`, too."""
    config.pluginmanager.register(left_open)
