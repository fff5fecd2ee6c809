"""`register_strategies`: what `st.from_type` gives for each value of scopegate.

Hypothesis asks for it on its own where scopegate is installed, and only when
a value is wanted; `register_strategies` is for where that is switched off.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ..arguments import checked
from ._registration.consent import OF_CATALOGUES, OF_CONSENT, OF_EVENTS, OF_LEDGERS
from ._registration.data import OF_ADAPTERS, OF_DATA
from ._registration.derived import KEY_NAMES

_OF_KEYS: Mapping[type, st.SearchStrategy[Any]]
try:
    from ..proofs.signing import Ed25519Signer, Ed25519Verifier
except ModuleNotFoundError:  # the extra `signing` is not installed
    _OF_KEYS = {}
else:
    _SIGNERS = st.builds(Ed25519Signer, KEY_NAMES, st.binary(min_size=32, max_size=32))
    _OF_KEYS = {
        Ed25519Signer: _SIGNERS,
        Ed25519Verifier: _SIGNERS.map(lambda signer: signer.verifier),
    }

STRATEGIES: Mapping[type, st.SearchStrategy[Any]] = {
    **OF_CATALOGUES,
    **OF_CONSENT,
    **OF_EVENTS,
    **OF_LEDGERS,
    **OF_DATA,
    **OF_ADAPTERS,
    **_OF_KEYS,
}
"""A strategy for each value of scopegate, and for `MemoryLedger`."""


@checked
def register_strategies() -> None:
    """Register a strategy for each value of scopegate with Hypothesis.

    Only needed where Hypothesis does not load plugins (`HYPOTHESIS_NO_PLUGINS`),
    or to undo what a test has registered for one of these types.
    """
    for kind, strategy in STRATEGIES.items():
        st.register_type_strategy(kind, strategy)
