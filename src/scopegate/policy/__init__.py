"""The decision: from what was authorised to what may flow at an instant, with reasons.

Pure: the same state, request and instant give the same permit. It reads no ledger,
asks no adapter, and decides nothing on a school's behalf.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .permit import Permit as Permit, PermitDiff as PermitDiff, Standing as Standing
    from .reason import (
        Explanation as Explanation,
        Permitted as Permitted,
        Reason as Reason,
        Withheld as Withheld,
    )
    from .rows import Selection as Selection
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "permit": "Permit PermitDiff Standing",
            "reason": "Explanation Permitted Reason Withheld",
            "rows": "Selection",
        },
    )
