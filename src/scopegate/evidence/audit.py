"""`verify`: whether a ledger is what was written to it, as far as it can tell.

A ledger that was rewritten from end to end fits itself perfectly. Only a
checkpoint that somebody else holds shows that, so `verify` takes those.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from attrs import field, frozen

from .._base.values import EMPTY
from ..arguments import checked, made
from ..catalogue.catalogue import Catalogue
from ..consent.codec import event_from_json
from ..consent.events import Event
from ..errors import CodecError, Fault, LedgerError, ProofError
from ..ledgers.base import Ledger
from ..proofs.checkpoints import checkpoint_over, origin_of
from ..proofs.merkle import leaf_hash, root_hash
from ..proofs.notes import Checkpoint, SignedNote, Signer, Verifier
from ._replay.past import Others
from .lawful import history_faults

Progress = Callable[[int, int], object]
"""Is told how many streams are done, and of how many."""

_CHECKPOINT, _WHOLE = "checkpoint", "the ledger"


@runtime_checkable
class SelfChecking(Protocol):
    """A ledger whose store knows more than the events do."""

    def faults(self) -> Iterator[str]:
        """Yield the faults that the store finds in itself, a sentence each.

        Raises:
            LedgerError: It cannot be examined.
        """
        ...


@made
@frozen
class Audit:
    """What `verify` found.

    Attributes:
        streams: How many streams were read.
        events: How many events they hold.
        checkpoints: How many of the checkpoints given hold.
        faults: Everything wrong, with its place.
    """

    streams: int
    events: int
    checkpoints: int
    faults: tuple[Fault, ...] = field(converter=tuple[Fault, ...])

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


@checked
def verify(
    ledger: Ledger,
    *,
    streams: Iterable[str] | None = None,
    checkpoints: Mapping[str, str | bytes] = EMPTY,
    verifiers: Iterable[Verifier] | None = None,
    origins: Callable[[str], str] = origin_of,
    progress: Progress | None = None,
    catalogues: Iterable[Catalogue] = (),
) -> Audit:
    """Read every stream whole, and report all that is wrong with the ledger.

    Each event must be what was written, readable, and one that the register could have
    written after those before it; each stream must still begin with what its
    checkpoints committed it to.

    Args:
        ledger: The ledger.
        streams: Those to read; None reads all.
        checkpoints: Signed or unsigned notes that were kept elsewhere, by what
            to call them.
        verifiers: Whose signatures to believe; one is enough for a checkpoint.
            None asks for none.
        origins: Gives the name of a stream's log, as its checkpoints have it.
        progress: Is called before each stream, and after the last.
        catalogues: Catalogues that were in force. A page and a grant made of one of
            these are made again and compared; of others only what the ledger itself
            says can be compared.
    """
    work = _Work(ledger, catalogues)
    names = work.names() if streams is None else tuple(dict.fromkeys(streams))
    for done, stream in enumerate(names):
        if progress:
            progress(done, len(names))
        work.read(stream, origins(stream))
    if progress:
        progress(len(names), len(names))
    work.ask_store()
    known = None if verifiers is None else tuple(verifiers)
    held = [work.holds(name, note, known) for name, note in checkpoints.items()]
    events = sum(map(len, work.leaves.values()))
    return Audit(len(names), events, sum(held), work.faults)


@checked
def checkpoint_of(
    ledger: Ledger,
    stream: str,
    origin: str | None = None,
    signers: Iterable[Signer] = (),
) -> SignedNote:
    """Return the checkpoint of a stream as it stands, to be kept elsewhere.

    C2SP tlog-checkpoint lets a signer sign only what goes on from all it signed
    before; `verify` with the checkpoint before this one shows it.

    Args:
        ledger: The ledger.
        stream: The stream.
        origin: The name of its log; None for the usual one.
        signers: Who signs; without any it is unsigned.

    Raises:
        LedgerError: The stream cannot be read.
        ProofError: *origin* is not one line, or is empty.
    """
    leaves = tuple(map(leaf_hash, ledger.bodies(stream)))
    return checkpoint_over(leaves, origin or origin_of(stream), signers)


class _Work:
    """What was found so far: faults, and by origin the leaves of each stream."""

    def __init__(self, ledger: Ledger, catalogues: Iterable[Catalogue]) -> None:
        self.ledger = ledger
        self.others = Others(self._other, catalogues)
        self.faults: list[Fault] = []
        self.leaves: dict[str, Sequence[bytes]] = {}

    def names(self) -> tuple[str, ...]:
        """Return the name of every stream; none if the ledger cannot tell."""
        try:
            return tuple(self.ledger.streams())
        except LedgerError as error:
            self.faults.append(Fault("the list of streams", str(error)))
            return ()

    def read(self, stream: str, origin: str) -> None:
        """Read a stream, and note what is wrong with it."""
        try:
            bodies = self.ledger.bodies(stream)
        except LedgerError as error:
            self.faults.append(Fault(f"stream `{stream}`", str(error)))
            return
        self.leaves[origin] = tuple(map(leaf_hash, bodies))
        events = [
            self._event(f"stream `{stream}`", *each) for each in enumerate(bodies, 1)
        ]
        known = [event for event in events if event is not None]
        if len(known) == len(events):  # otherwise no one knows the rest
            self.others.learn(stream, known)
            self.faults.extend(history_faults(stream, known, self.others))

    def _other(self, stream: str) -> Sequence[Event] | None:
        """Return the events of a stream on which another rests, if they can be read."""
        try:
            return self.ledger.read(stream)
        except (LedgerError, CodecError):
            return None  # it is a fault where that stream itself is read

    def _event(self, place: str, position: int, body: bytes) -> Event | None:
        try:
            return event_from_json(body)
        except CodecError as error:
            self.faults.append(Fault(f"{place}, position {position}", str(error)))
            return None

    def ask_store(self) -> None:
        """Note what the store finds wrong with itself, if it can tell."""
        if not isinstance(self.ledger, SelfChecking):
            return
        try:
            self.faults.extend(Fault(_WHOLE, each) for each in self.ledger.faults())
        except LedgerError as error:
            self.faults.append(Fault(_WHOLE, str(error)))

    def holds(
        self, name: str, note: str | bytes, known: Sequence[Verifier] | None
    ) -> bool:
        """Tell whether a checkpoint still holds; note what is wrong with it."""
        try:
            signed = SignedNote.from_text(note)
            if known is not None:
                signed.verified(known)
            self._compare(Checkpoint.from_text(signed.text))
        except ProofError as error:
            self.faults.append(Fault(f"checkpoint `{name}`", error.problem))
            return False
        return True

    def _compare(self, checkpoint: Checkpoint) -> None:
        leaves, problem = self.leaves.get(checkpoint.origin), ""
        if leaves is None:
            problem = f"no stream that could be read is `{checkpoint.origin}`"
        elif checkpoint.size > len(leaves):
            problem = (
                f"`{checkpoint.origin}` had {checkpoint.size} events, and has"
                f" {len(leaves)}: some were removed"
            )
        elif root_hash(leaves[: checkpoint.size]) != checkpoint.root:
            problem = (
                f"the first {checkpoint.size} events of `{checkpoint.origin}` are not"
                " what they were"
            )
        if problem:
            raise ProofError(_CHECKPOINT, problem)
