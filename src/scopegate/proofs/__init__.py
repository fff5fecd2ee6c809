"""Proofs that stand on their own: Merkle trees (RFC 6962), notes and checkpoints (C2SP).

What is proved is bytes: this wing knows no school, no scope and no event. Only
`signing` imports `cryptography`.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .checkpoints import origin_of as origin_of
    from .merkle import (
        Frontier as Frontier,
        consistency_path as consistency_path,
        inclusion_path as inclusion_path,
        leaf_hash as leaf_hash,
        node_hash as node_hash,
        root_hash as root_hash,
        verify_consistency as verify_consistency,
        verify_inclusion as verify_inclusion,
    )
    from .notes import (
        Checkpoint as Checkpoint,
        Key as Key,
        Signature as Signature,
        SignedNote as SignedNote,
        Signer as Signer,
        TlogProof as TlogProof,
        Verifier as Verifier,
        open_note as open_note,
        sign_note as sign_note,
        verify_proof as verify_proof,
    )
    from .signing import (
        Ed25519Signer as Ed25519Signer,
        Ed25519Verifier as Ed25519Verifier,
    )
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "checkpoints": "origin_of",
            "merkle": (
                "Frontier consistency_path inclusion_path leaf_hash node_hash "
                "root_hash verify_consistency verify_inclusion"
            ),
            "notes": (
                "Checkpoint Key Signature SignedNote Signer TlogProof Verifier "
                "open_note sign_note verify_proof"
            ),
            "signing": "Ed25519Signer Ed25519Verifier",
        },
    )
