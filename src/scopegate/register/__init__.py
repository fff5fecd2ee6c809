"""Where decisions are taken: publish, present, authorise, amend, revoke, connect.

A decision is checked by pure rules and appended with the positions it was taken at.
This wing never enforces anything: it knows no permit, no gate and no record.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .register import ConsentRegister as ConsentRegister
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "register": "ConsentRegister",
        },
    )
