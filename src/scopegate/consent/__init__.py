"""What was decided: requests, presentations, grants, events, and the state they fold to.

Everything here is a frozen value or a pure function of values. This wing reads no
ledger, asks no adapter and looks at no record.
"""
