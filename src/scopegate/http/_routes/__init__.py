"""The addresses that a guard lets a client ask."""
