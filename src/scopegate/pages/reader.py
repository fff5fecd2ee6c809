"""`Reader`: the state of a ledger's streams, each event read and folded once."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TypeVar, cast

from attrs import define, field

from ..consent.disclosures import Usage, fold_usages
from ..consent.events import Event
from ..consent.fold import fold_requests, fold_school
from ..consent.state import Published, SchoolState
from ..ledgers import witness
from ..ledgers.base import (
    Ledger,
    app_stream,
    disclosure_stream,
    school_stream,
    successor_stream,
)
from ..register.stops import predecessors_in

T = TypeVar("T")


@define
class Reader:
    """Reads a ledger for pages; may be shared by threads.

    A ledger only grows: what was read stays true, and each call reads what is new.
    Of one that was put back, or replaced, nothing is shown: `DamagedLedgerError`.

    Attributes:
        ledger: The ledger.
        most: How many streams to remember; the one longest unused goes first.
    """

    ledger: Ledger
    most: int = 2_000
    _events: dict[str, tuple[Event, ...]] = field(factory=dict, repr=False)
    _folded: dict[str, tuple[tuple[Event, ...], object]] = field(
        factory=dict, repr=False
    )
    _lock: Lock = field(factory=Lock, repr=False)

    def school(self, school: str) -> SchoolState:
        """Return the state of one school."""
        return self._fold(school_stream(school), fold_school)

    def history(self, school: str) -> tuple[Event, ...]:
        """Return the events of one school, the oldest first."""
        return self._read(school_stream(school))

    def successions(self, school: str) -> tuple[Event, ...]:
        """Return the events by which closed schools named a school as theirs."""
        return self._read(successor_stream(school))

    def predecessors(self, school: str) -> tuple[str, ...]:
        """Return the closed schools that a school follows, the first one first.

        Each has said so itself, which is looked at again.
        """
        named = self._fold(successor_stream(school), predecessors_in)
        return tuple(one for one in named if self._names(one, school))

    def _names(self, predecessor: str, school: str) -> bool:
        closed = self.school(predecessor).closed
        return closed is not None and closed.successor == school

    def published(self, app: str) -> Published:
        """Return the request that an app has published."""
        return self._fold(app_stream(app), fold_requests)

    def usages(self, school: str) -> Mapping[str, Usage]:
        """Return the usage of one school's data, by app."""
        return self._fold(disclosure_stream(school), fold_usages)

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names that the streams of a kind are about, such as every app."""
        return tuple(
            stream.removeprefix(prefix)
            for stream in self.ledger.streams()
            if stream.startswith(prefix)
        )

    def _read(self, stream: str) -> tuple[Event, ...]:
        known = self._events.get(stream, ())
        head = witness.head(self.ledger, stream)
        if head.size != len(known):
            new = witness.events(self.ledger, stream, head, len(known))
            known = (*known, *new)
        with self._lock:
            self._events.pop(stream, None)
            self._events[stream] = known
            while len(self._events) > self.most:
                oldest = next(iter(self._events))
                del self._events[oldest]
                self._folded.pop(oldest, None)
        return known

    def _fold(self, stream: str, how: Callable[[Sequence[Event]], T]) -> T:
        events = self._read(stream)
        found = self._folded.get(stream)
        if found is None or found[0] is not events:
            found = (events, how(events))
            self._folded[stream] = found
        return cast(T, found[1])
