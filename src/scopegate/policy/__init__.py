"""The decision: from what was authorised to what may flow at an instant, with reasons.

Pure: the same state, request and instant give the same permit. It reads no ledger,
asks no adapter, and decides nothing on a school's behalf.
"""
