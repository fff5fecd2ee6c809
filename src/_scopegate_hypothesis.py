"""Hypothesis asks here for the strategies of scopegate's types; costs nothing before.

It is next to the package and not in it, because Hypothesis loads it in every
process that imports Hypothesis, and loading a part of the package loads all of it.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from hypothesis.strategies._internal import types

_PACKAGE = "scopegate"
_REGISTRATION = "scopegate.testing.registration"


def offer_strategies(known: ModuleType = types) -> None:
    """Let Hypothesis find the strategies of scopegate, when it looks for one.

    Called by Hypothesis when it is imported (entry point group `hypothesis`).

    Args:
        known: What Hypothesis knows of types. Its list of packages that are asked
            once they are imported is not a public part of it; without it, the
            strategies are registered now, which takes the time to import them.
    """
    asked = getattr(known, "_global_extra_lookup", None)
    if asked is None:
        import_module(_REGISTRATION).register_strategies()
    else:
        asked[_PACKAGE] = strategy_for


def strategy_for(kind: object) -> Any:
    """Return the strategy for a type of scopegate, or None for any other type."""
    module = getattr(kind, "__module__", None)
    if not isinstance(module, str) or module.partition(".")[0] != _PACKAGE:
        return None
    return import_module(_REGISTRATION).STRATEGIES.get(kind)
