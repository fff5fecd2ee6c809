"""Keeping log records, for looking into them afterwards."""

import logging

OURS = "scopegate"
"""The logger above all of ours."""


class Keeper(logging.Handler):
    """Keeps every record it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)
