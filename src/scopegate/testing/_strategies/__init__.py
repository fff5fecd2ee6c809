"""Hypothesis strategies for every value, for records, and for whole histories."""
