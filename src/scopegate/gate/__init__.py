"""Where a decision is enforced: one app's opened access, and everything it releases.

Only the gate holds both a permit and a record. It takes no decision of its own, and
knows neither the register nor any page.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .access import Access as Access
    from .gate import Gate as Gate
    from .projection.projection import (
        Plan as Plan,
        Projection as Projection,
        compile_projection as compile_projection,
    )
    from .release import Note as Note
    from .wrap import Fetching as Fetching
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "access": "Access",
            "gate": "Gate",
            "projection.projection": "Plan Projection compile_projection",
            "release": "Note",
            "wrap": "Fetching",
        },
    )
