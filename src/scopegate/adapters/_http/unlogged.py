"""Keeping what an MIS is asked out of the log.

httpx logs every address that it asks for, query and all: the values of conditions,
and cursors, of which an MIS may make what it likes of the last record.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_IS_ASKING: ContextVar[bool] = ContextVar("is_asking", default=False)


class _WithoutQueries(logging.Filter):
    """Lets everything through; while we ask, each address without its query."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the addresses in a record short, and let it through."""
        if _IS_ASKING.get() and isinstance(record.args, tuple):
            record.args = tuple(map(_cut, record.args))
        return True


def _cut(value: object) -> object:
    before, mark, _ = str(value).partition("?")
    return before if mark else value


# It does nothing to what others ask with httpx.
logging.getLogger("httpx").addFilter(_WithoutQueries())


@contextmanager
def unlogged() -> Iterator[None]:
    """Have no query logged of what is asked meanwhile, in this thread and task."""
    asking = _IS_ASKING.set(True)
    try:
        yield
    finally:
        _IS_ASKING.reset(asking)
