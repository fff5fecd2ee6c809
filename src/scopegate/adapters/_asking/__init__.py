"""Calling what is not ours: an adapter, a client, a function that may fail in any way.

What it raises is told by its kind and never by its text, and it is closed in any
case. Every adapter and the gate call through here.
"""
