"""Whether anything was decided in this process lately; one number, no more.

An access that may trust what it knows for a while must still see at once what was
decided elsewhere in the process. It compares this number, which costs no I/O.
"""

from itertools import count

_numbers = count(1)
_latest = 0


def tell() -> None:
    """Say that something was, or may have been, decided."""
    global _latest
    _latest = next(_numbers)


def latest() -> int:
    """Return a number that differs from before if anything was decided since."""
    return _latest
