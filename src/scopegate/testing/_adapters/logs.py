"""Listening to everything that is logged, as a service at level DEBUG does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .._leaks.keeper import OURS, Keeper


@contextmanager
def listening() -> Iterator[list[logging.LogRecord]]:
    """Give the records of every logger, from DEBUG on, as they come."""
    root, ours, keeper = logging.getLogger(), logging.getLogger(OURS), Keeper()
    levels = root.level, ours.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    try:
        yield keeper.records
    finally:
        root.removeHandler(keeper)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


def own(records: list[logging.LogRecord]) -> list[logging.LogRecord]:
    """Return those records that scopegate logged."""
    return [record for record in records if record.name.split(".")[0] == OURS]
