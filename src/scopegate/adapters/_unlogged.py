"""Keeping what a cursor holds out of the log.

httpx logs every address that it asks for, query and all. An MIS may make a cursor of
values of the last record, withheld ones too, and it has to be sent back.
"""

import logging
from collections.abc import Generator
from contextvars import ContextVar

from .steps import Answer, Step

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


def unlogged(
    steps: Generator[Step, Answer | None, Answer],
) -> Generator[Step, Answer | None, Answer]:
    """Yield the same steps and return what they do, with no query in the log.

    Whoever takes a step takes it where it came up, in the same thread and task.
    """
    answer: Answer | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            found: Answer = end.value
            return found
        _IS_ASKING.set(True)
        try:
            answer = yield step
        finally:
            # Not by a token: what is given up may be closed in another context.
            _IS_ASKING.set(False)
