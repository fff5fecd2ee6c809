"""`Owned`: one connection behind one lock, for one process only."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from ...errors import UnreachableLedgerError

SHORTEST_WAIT_SECONDS = 1.0
"""How long a thread waits for the others at least, where an answer may take no time."""

LONGEST_HOLD_SECONDS = 10.0
"""How long a fork waits for what another thread is writing; then it goes ahead."""


class Closable(Protocol):
    """What can be owned: anything that can be closed."""

    def close(self) -> None:
        """Give back what is held; may be called twice."""
        ...


C = TypeVar("C", bound=Closable)


class _Slot(Generic[C]):
    """What one process has of an owned connection."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.connection: C | None = None


class Owned(Generic[C]):
    """A connection, opened when first used, and again after it was dropped.

    A process that was forked finds none of its own and opens one. What it
    inherited it neither uses nor closes: that would end what the parent is doing.

    Args:
        ledger: The ledger, as errors name it.
        connect: Opens the connection.
        seconds: How long a thread waits for the others that use it.
    """

    def __init__(self, ledger: str, connect: Callable[[], C], seconds: float) -> None:
        self._ledger = ledger
        self._connect = connect
        self._seconds = max(seconds, SHORTEST_WAIT_SECONDS)
        self._slots: dict[int, _Slot[C]] = {}
        self._is_closed = False
        _ALL.add(self)

    @contextmanager
    def held(self) -> Iterator[C]:
        """Give the connection to one thread at a time.

        Raises:
            UnreachableLedgerError: The ledger was closed, or other threads keep it.
        """
        slot = self._slot()
        if not slot.lock.acquire(timeout=self._seconds):
            problem = "other threads wait for its answer; nothing was asked, try again"
            raise UnreachableLedgerError(self._ledger, problem)
        try:
            if self._is_closed:
                problem = "it was closed; open it again"
                raise UnreachableLedgerError(self._ledger, problem)
            if slot.connection is None:
                slot.connection = self._connect()
            yield slot.connection
        finally:
            slot.lock.release()

    def drop(self) -> None:
        """Close the connection that the caller holds; the next use opens another."""
        slot = self._slot()
        connection, slot.connection = slot.connection, None
        if connection is not None:
            with suppress(Exception):  # it is given up, whatever it says to that
                connection.close()

    def close(self) -> None:
        """Close the connection for good."""
        with self._slot().lock:
            self._is_closed = True
            self.drop()

    def _slot(self) -> _Slot[C]:
        # Atomic, so that the first two threads of a process get the same one.
        return self._slots.setdefault(os.getpid(), _Slot())


OPENING = Lock()
"""For what one thread at a time may do while it opens or closes, lock in hand."""

_ALL: WeakSet[Owned[Any]] = WeakSet()
_HELD: list[Lock] = []


def _hold() -> None:
    """Let every thread finish: a child that exits would undo what is half written."""
    for lock in [*(owned._slot().lock for owned in list(_ALL)), OPENING]:
        if lock.acquire(timeout=LONGEST_HOLD_SECONDS):
            _HELD.append(lock)


def _release() -> None:
    while _HELD:
        _HELD.pop().release()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
