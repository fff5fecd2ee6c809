"""HTTP read strictly and without I/O: answers, bodies, addresses, places in a body.

The adapters and the guards both rest on it. It imports `_base` only, and knows
neither a field nor a permit.
"""
