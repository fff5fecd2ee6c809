"""Where events are kept: append-only streams, in memory, in SQLite or in PostgreSQL.

A ledger keeps text and proves that nobody changed it. It never sees a record, a
permit or an adapter, and no ledger knows another.
"""
