"""Rows: how every ledger keeps events, and how what it kept is trusted again.

A stream has a head, its position and the peaks of its Merkle tree, and a row for
each event. Both are found by the stream's key, a hash of its name, so that each shows
when the other is lost: a flipped byte, a lost row or one that belongs to another stream
is damage, never a shorter or a different history. Nothing here reads or writes a store.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Never

from attrs import field, frozen

from ...consent.codec import event_to_json
from ...consent.events import Event
from ...errors import ArgumentError, DamagedLedgerError, StaleWriteError
from ...proofs.merkle import HASH_SIZE, Frontier, leaf_hash

Row = tuple[int, bytes, bytes]
"""An event's position (from 1), its leaf hash and its canonical JSON."""

LONGEST = 2**24
"""The most bytes of an event: 16 MiB, far above what any has.

A reader holds no more of what somebody else put there in an event's place.
"""

NOT_KEPT = "the store keeps something other than it was given; nothing was written"

LAST = 2**63 - 1
"""The last position that a store can hold."""

Found = Sequence[object]
"""A row as a store returns it; a damaged one may hold values of any type."""


def encoded(stream: str) -> bytes:
    """Return the name of a stream as it is kept: any text, a lone surrogate too."""
    return stream.encode("utf-8", "surrogatepass")


def key_of(name: bytes) -> int:
    """Return the key of the stream with that encoded name, 64 bits with a sign."""
    return int.from_bytes(sha256(name).digest()[:8], signed=True)


def behind(after: int) -> int:
    """Return a position that a store can compare with, to read the events after it."""
    return min(max(after, 0), LAST)


def bodies_of(events: Iterable[Event]) -> list[bytes]:
    """Return events as canonical JSON.

    Raises:
        ArgumentError: One is too long to be kept.
    """
    bodies = [event_to_json(event) for event in events]
    if any(len(body) > LONGEST for body in bodies):
        function, problem = "append", f"events of at most {LONGEST >> 20} MiB each"
        raise ArgumentError(function, [problem], "name fewer people in one")
    return bodies


def rows_behind(
    head: Frontier, bodies: Iterable[bytes]
) -> tuple[tuple[Row, ...], Frontier]:
    """Return the rows of further events, and the head once they are written."""
    rows = []
    for body in bodies:
        leaf = leaf_hash(body)
        head = head.add(leaf)
        rows.append((head.size, leaf, body))
    return tuple(rows), head


@frozen
class Stream:
    """One stream of one ledger, and the checks on what is found of it.

    Attributes:
        ledger: The ledger, as errors name it.
        name: The name of the stream.
        encoded: The name as it is kept.
        key: The key of its head and its rows.
    """

    ledger: str
    name: str
    encoded: bytes = field(init=False)
    key: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "encoded", encoded(self.name))
        object.__setattr__(self, "key", key_of(self.encoded))

    def expect(self, expected: int | None, found: int) -> int:
        """Return the position *found*, if it is what a writer expected.

        Raises:
            StaleWriteError: It is not; None expects nothing.
        """
        if expected is not None and expected != found:
            raise StaleWriteError(self.name, expected, found)
        return found

    def position(self, found: Found) -> int:
        """Return the position that a head gives.

        Args:
            found: The name, position and peaks of the head, each None if there is
                no head, and the position of the last row, None if there is none.

        Raises:
            DamagedLedgerError: They do not belong together.
        """
        return self._head(found)[0]

    def head(self, found: Found) -> Frontier:
        """Return the whole head; see `position`."""
        return Frontier.from_bytes(*self._head(found))

    def bodies(self, after: int, found: Sequence[Found]) -> tuple[bytes, ...]:
        """Return the canonical JSON of the events after position *after*.

        Args:
            after: The position, from `behind`; no event after it must be missing.
            found: For each event the name, position and peaks of the head, then
                the event's position, leaf and body, each None if there is none.

        Raises:
            DamagedLedgerError: What is stored is not what was written.
        """
        rows = [row[3:] for row in found if any(part is not None for part in row[3:])]
        if not rows and found[0][0] is None:
            return ()
        position, peaks = self._sound(*found[0][:3])
        kept = [self._body(after + n, row) for n, row in enumerate(rows, start=1)]
        if after + len(kept) != max(position, after):
            self.fail("the event is missing", after + len(kept) + 1)
        if not after and Frontier.of(map(leaf_hash, kept)).to_bytes() != peaks:
            self.fail("the events are not those that the head vouches for")
        return tuple(kept)

    def confirm(
        self, head: Frontier, written: Sequence[Row], found: Sequence[Found]
    ) -> int:
        """Return the new position, if what was written is what a store now holds.

        Args:
            head: The head that was written.
            written: The rows that were written.
            found: What `bodies` takes, of the events after the head before.

        Raises:
            DamagedLedgerError: It is not, so it must not be committed.
        """
        name = self.encoded, head.size, head.to_bytes()
        if [tuple(row) for row in found] != [(*name, *row) for row in written]:
            self.fail(NOT_KEPT)
        return head.size

    def _head(self, found: Found) -> tuple[int, bytes]:
        name, position, peaks, last = found
        if name is None and last is None:
            return 0, b""
        head = self._sound(name, position, peaks)
        if head[0] != (last or 0):
            self.fail("the head is not that of the last event")
        return head

    def _sound(
        self, name: object, position: object, peaks: object
    ) -> tuple[int, bytes]:
        """Return the position and peaks of a head that is one of this stream."""
        if name is None:
            self.fail("there are events and no head")
        if (
            name == self.encoded
            and isinstance(position, int)
            and isinstance(peaks, bytes)
            and position >= 0
            and len(peaks) == HASH_SIZE * position.bit_count()
        ):
            return position, peaks
        return self.fail("the head is not what was written")

    def _body(self, position: int, row: Found) -> bytes:
        found, leaf, body = row
        if found != position:
            self.fail("the event is missing", position)
        if not isinstance(body, bytes) or leaf != leaf_hash(body):
            self.fail("the event is not what was written", position)
        return body

    def fail(self, problem: str, position: int | None = None) -> Never:
        """Raise the error for damage of this stream."""
        at = "" if position is None else f", position {position}"
        raise DamagedLedgerError(self.ledger, problem, f"stream `{self.name}`{at}")


def names_of(ledger: str, found: Iterable[Found]) -> list[str]:
    """Return the sorted names of all streams.

    Args:
        ledger: The ledger, as errors name it.
        found: The key and the encoded name of each head, and the key of each
            stream that has rows, with None.

    Raises:
        DamagedLedgerError: A head or all events of a stream are missing.
    """
    rows = list(found)
    heads = {key: name for key, name in rows if isinstance(name, bytes)}
    sound = {key for key, name in heads.items() if key_of(name) == key}
    if sound != {key for key, _ in rows} or len(rows) != 2 * len(heads):
        problem = "the streams' heads are not those of the events"
        raise DamagedLedgerError(ledger, problem)
    return sorted(name.decode("utf-8", "surrogatepass") for name in heads.values())
