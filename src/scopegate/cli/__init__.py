"""The commands, as `scopegate` or `python -m scopegate` runs them (extra `cli`).

They say in a terminal what the library says; nothing is decided here.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on
from ..extras import needs

with needs("cli"):
    import click  # noqa: F401 - every command needs it
    import rich  # noqa: F401 - and prints with this

if TYPE_CHECKING:
    from .commands import scopegate as scopegate
else:
    __all__, __getattr__, __dir__ = hand_on(__name__, {"commands": "scopegate"})
