"""`Dialogue`: driving a generator of steps, whether what does them blocks or not."""

from collections.abc import Generator, Iterator
from typing import Any, Generic, TypeVar

Step = TypeVar("Step")
Result = TypeVar("Result")


class Dialogue(Generic[Step, Result]):
    """The steps of a generator, one after the other, each handed its reply.

    Attributes:
        reply: What the step before gave; set between two steps, otherwise None.
        result: What the generator returned; there once the steps are over.
    """

    def __init__(self, steps: Generator[Step, Any, Result]) -> None:
        self._steps = steps
        self.reply: object = None
        self.result: Result

    def __iter__(self) -> Iterator[Step]:
        while True:
            reply, self.reply = self.reply, None
            try:
                step = self._steps.send(reply)
            except StopIteration as end:
                self.result = end.value
                return
            yield step
