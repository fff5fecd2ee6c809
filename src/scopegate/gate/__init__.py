"""Where a decision is enforced: one app's opened access, and everything it releases.

Only the gate holds both a permit and a record. It takes no decision of its own, and
knows neither the register nor any page.
"""
