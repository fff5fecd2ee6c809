"""The laws that any ledger is held to, and what they are tried with."""
