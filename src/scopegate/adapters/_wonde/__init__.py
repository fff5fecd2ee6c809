"""Wonde: what its pages hold, and what its fields are called."""
