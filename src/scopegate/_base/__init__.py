"""What everything rests on: frozen values, texts, canonical JSON, the strict converter.

Nothing here knows a school, a scope or a record. It imports nothing of the package.
"""
