"""What proves it afterwards: the audit of a ledger, and the receipt of a grant.

It reads what was written and recomputes it; it decides nothing, and knows neither
the gate, nor the policy, nor an adapter.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .audit import Audit as Audit, checkpoint_of as checkpoint_of, verify as verify
    from .receipt import (
        Receipt as Receipt,
        receipt_for as receipt_for,
        school_of as school_of,
    )
    from .receipt_check import (
        ReceiptCheck as ReceiptCheck,
        check_receipt as check_receipt,
    )
    from .receipt_facts import ReceiptFacts as ReceiptFacts
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "audit": "Audit checkpoint_of verify",
            "receipt": "Receipt receipt_for school_of",
            "receipt_check": "ReceiptCheck check_receipt",
            "receipt_facts": "ReceiptFacts",
        },
    )
