"""Proofs that stand on their own: Merkle trees (RFC 6962), notes and checkpoints (C2SP).

What is proved is bytes: this wing knows no school, no scope and no event. Only
`signing` imports `cryptography`.
"""
