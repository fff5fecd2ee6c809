"""`Crew`: a few threads that ask a ledger, so that no one else waits for it for long.

A thread that asks a store can be held by it for as long as the store likes. So what is
asked runs on a few threads of its own, and who needs the answer waits for a time. The
threads are daemons: a store that never answers does not keep a program from ending.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from threading import Condition, Thread
from time import monotonic
from typing import Any, TypeVar

from attrs import frozen

from .._base.per_object import PerObject
from .._wire.dialogue import Dialogue
from ..errors import UnreachableLedgerError
from ..ledgers import witness
from ..ledgers.base import Ledger

T = TypeVar("T")

MOST_THREADS = 4
"""How many questions to one ledger are under way at once; the others queue."""

IDLE_SECONDS = 5.0
"""How long a thread waits for another question before it ends."""


@frozen
class Waiting:
    """Something to wait for, and for how long at most.

    Attributes:
        future: What is waited for.
        seconds: How long.
    """

    future: Future[Any]
    seconds: float


@frozen
class Patience:
    """How old an answer may be, and how long to wait for one, in seconds.

    Attributes:
        staleness: For how long an answer is good; 0 asks every time.
        wait: How long anybody waits for one at most.
    """

    staleness: float
    wait: float

    @property
    def oldest(self) -> float:
        """How old an answer may be when it arrives."""
        return self.staleness or self.wait


Steps = Generator[Waiting, None, T]
"""What to wait for, one after the other, and a result: without a way to wait."""


def waited(steps: Steps[T]) -> T:
    """Return the result of *steps*, waiting on this thread."""
    dialogue = Dialogue(steps)
    for step in dialogue:
        wait([step.future], max(step.seconds, 0))
    return dialogue.result


async def waited_async(steps: Steps[T]) -> T:
    """Return the result of *steps*, holding no event loop meanwhile."""
    dialogue = Dialogue(steps)
    for step in dialogue:
        if not step.future.done():
            await _done(step.future, max(step.seconds, 0))
    return dialogue.result


async def _done(future: Future[Any], seconds: float) -> None:
    """Wait until *future* is done, or for some seconds."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # the loop has been closed since
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), seconds)


def is_instant(ledger: Ledger) -> bool:
    """Tell whether a ledger waits for nothing, and may be asked on any thread."""
    return getattr(ledger, "answers_at_once", False) is True


def no_answer(ledger: Ledger) -> UnreachableLedgerError:
    """Return the error that a ledger did not answer in time."""
    problem = "it did not answer in time; look at what keeps it, and try again"
    return UnreachableLedgerError(witness.name_of(ledger), problem)


def carry_out(future: Future[T], work: Callable[[], T]) -> None:
    """Do *work*, unless it was given up, and say in *future* how it ended."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
    finally:
        del future, work  # or an error would hold what holds it


class Crew:
    """The threads that ask one ledger, and what is known of its patience.

    Once someone waited in vain, no one does for a while; then one may try, and when
    anything is answered all may again.

    Args:
        most: How many threads there are at most.
    """

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._most = most
        self._changed = Condition()
        self._queue: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = self._idle = 0
        self._rest = 0.0
        self._rests_until: float | None = None

    def admits(self, seconds: float) -> bool:
        """Tell whether to wait for an answer, for as long as that.

        While the ledger is known to be slow it is one who may, after the rest.
        """
        with self._changed:
            if self._rests_until is None:
                return True
            is_held = self._threads - self._idle >= self._most
            if is_held or monotonic() < self._rests_until:
                return False
            self._rests_until = monotonic() + seconds
            return True

    def gave_up(self, rest: float) -> None:
        """Remember for some seconds that somebody waited in vain until now."""
        with self._changed:
            self._rest, self._rests_until = rest, monotonic() + rest

    def send(self, work: Callable[[], T]) -> Future[T]:
        """Return the future of what *work* gives, on one of the threads."""
        future = Future[T]()
        with self._changed:
            self._queue.append((future, partial(self._heeded, work)))
            self._changed.notify()
            if len(self._queue) > self._idle and self._threads < self._most:
                self._start()
        return future

    def _start(self) -> None:
        thread = Thread(target=self._serve, name="scopegate-ledger", daemon=True)
        with suppress(RuntimeError):  # the program ends: who waits does so in vain
            thread.start()
            self._threads += 1

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._idle += 1
                is_asked = self._changed.wait_for(lambda: self._queue, IDLE_SECONDS)
                self._idle -= 1
                if not is_asked:
                    self._threads -= 1
                    return
                future, work = self._queue.popleft()
            carry_out(future, work)
            del future, work  # nothing is held while it waits

    def _heeded(self, work: Callable[[], T]) -> T:
        """Return the result of *work*; any answer ends the rest, except being out of reach."""
        is_away = False
        try:
            return work()
        except OSError:
            is_away = True
            raise
        finally:
            with self._changed:
                if self._rests_until is not None:
                    self._rests_until = monotonic() + self._rest if is_away else None


class Here:
    """What takes the place of a `Crew` for a ledger that waits for nothing."""

    def admits(self, seconds: float) -> bool:
        """Tell that it may be asked."""
        return True

    def gave_up(self, rest: float) -> None:
        """Remember nothing."""

    def send(self, work: Callable[[], T]) -> Future[T]:
        """Return the future of what *work* gives, which is there already."""
        future = Future[T]()
        carry_out(future, work)
        return future


_WRITERS = PerObject(Crew, is_inherited=False)
_HERE = Here()


def writers_of(ledger: Ledger) -> Crew | Here:
    """Return the crew that writes to a ledger for the gate."""
    return _HERE if is_instant(ledger) else _WRITERS.of(ledger)
