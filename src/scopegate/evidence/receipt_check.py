"""`check_receipt`: whether a receipt holds, as `verify_receipt.py` finds out.

The program needs nothing but Python, and so cannot check signatures. Here keys are
believed as well; everything else is that program's work.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from attrs import field, frozen

from .._base.values import EMPTY
from ..arguments import checked, made
from ..errors import ProofError
from ..proofs import notes
from . import verify_receipt as program


@made
@frozen
class ReceiptCheck:
    """What was found out about a receipt.

    Attributes:
        code: What `verify_receipt.py` ends with. 0: it holds, and a checkpoint that
            somebody keeps commits to the same log. 1: it does not hold. 3: it holds,
            but was not compared with such a checkpoint. 4: nothing is wrong, but
            without the event no one can tell what was decided.
        facts: What was decided, each by what it is called; empty unless it holds.
        holds: Everything that was checked and holds.
        not_checked: Everything that was not, and why.
        faults: What is not true; nothing after the first was looked at.
    """

    code: int
    facts: tuple[tuple[str, str], ...] = field(converter=tuple[tuple[str, str], ...])
    holds: tuple[str, ...] = field(converter=tuple[str, ...])
    not_checked: tuple[str, ...] = field(converter=tuple[str, ...])
    faults: tuple[str, ...] = field(converter=tuple[str, ...])

    @property
    def is_sound(self) -> bool:
        """Whether all that could be checked was, and holds: the code is 0."""
        return self.code == program.HOLDS


@checked
def check_receipt(
    files: Mapping[str, bytes],
    *,
    checkpoints: Mapping[str, str | bytes] = EMPTY,
    verifiers: Iterable[notes.Verifier] | None = None,
    without_event: bool = False,
) -> ReceiptCheck:
    """Return a check of everything that a receipt says, from its files alone.

    Args:
        files: The files, by name.
        checkpoints: Notes that did not come with the receipt, by what to call them;
            the receipt should be of the same size as one of them.
        verifiers: Whose signatures to believe; one is enough. None asks for none.
        without_event: Whether the event is known to have been left out, since it
            names people; otherwise a receipt without it does not hold.

    Raises:
        ProofError: A checkpoint is malformed.
    """
    kept = {name: _kept(note) for name, note in checkpoints.items()}
    vouch = None if verifiers is None else partial(_vouched, tuple(verifiers))
    found = program.examine(files, kept, without_event=without_event, vouch=vouch)
    return ReceiptCheck(
        code=found.code,
        facts=found.facts,
        holds=found.saying(holds=True),
        not_checked=found.saying(holds=None),
        faults=found.saying(holds=False),
    )


def _kept(note: str | bytes) -> program.Checkpoint:
    found = notes.Checkpoint.from_text(notes.SignedNote.from_text(note).text)
    return program.Checkpoint(found.origin, found.size, found.root)


def _vouched(verifiers: Iterable[notes.Verifier], proof: bytes) -> Sequence[str]:
    """Return the lines of a proof's signatures that are those of known keys."""
    try:
        note = notes.TlogProof.from_text(proof).note.verified(verifiers)
    except ProofError:
        return ()
    return [signature.to_line() for signature in note.signatures]
