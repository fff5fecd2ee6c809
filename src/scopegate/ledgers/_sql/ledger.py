"""`SQLLedger`: what ledgers that speak SQL read, and how they are closed."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, Self, TypeVar

from ...consent.codec import event_from_json
from ...consent.events import Event
from ...proofs.merkle import Frontier
from .owned import Closable, Owned
from .rows import Stream, behind, names_of
from .schema import Statements

C = TypeVar("C", bound=Closable)


class SQLLedger(ABC, Generic[C]):
    """A ledger that keeps its rows behind one connection of each process."""

    _name: str
    _owned: Owned[C]
    _statements: Statements

    @abstractmethod
    def _asked(self, statement: str, *values: object) -> Sequence[Sequence[object]]:
        """Return the rows that a statement gives, in one snapshot."""

    def read(self, stream: str, after: int = 0) -> Sequence[Event]:
        """Return the events after position *after*; see `Ledger.read`."""
        return tuple(map(event_from_json, self.bodies(stream, after)))

    def bodies(self, stream: str, after: int = 0) -> Sequence[bytes]:
        """Return the events as canonical JSON; see `Ledger.bodies`."""
        of = Stream(self._name, stream)
        after = behind(after)
        return of.bodies(after, self._asked(self._statements.read, of.key, after))

    def position(self, stream: str) -> int:
        """Return the number of events in *stream*; see `Ledger.position`."""
        of = Stream(self._name, stream)
        return of.position(self._asked(self._statements.head, of.key)[0])

    def head(self, stream: str) -> Frontier:
        """Return the head of *stream*; see `Ledger.head`."""
        of = Stream(self._name, stream)
        return of.head(self._asked(self._statements.head, of.key)[0])

    def streams(self) -> Iterator[str]:
        """Yield the name of every stream, sorted; see `Ledger.streams`."""
        return iter(names_of(self._name, self._asked(self._statements.streams)))

    def close(self) -> None:
        """Close the connection; the ledger cannot be used any more."""
        self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
