"""The laws that any adapter is held to, and what they are tried with."""
