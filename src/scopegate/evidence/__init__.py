"""What proves it afterwards: the audit of a ledger, and the receipt of a grant.

It reads what was written and recomputes it; it decides nothing, and knows neither
the gate, nor the policy, nor an adapter.
"""
