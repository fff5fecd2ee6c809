"""Calling what is not ours: an adapter, a client, a function that may fail in any way.

What it raises is reported by its kind and never by its text, and it is always closed.
Every adapter and the gate call through here.
"""
