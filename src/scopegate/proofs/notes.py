"""Signed notes, checkpoints and proofs in the text formats of C2SP.

    c2sp.org/signed-note      a text with lines of signatures below it
    c2sp.org/tlog-checkpoint  such a text: a log's name, its size and its root
    c2sp.org/tlog-proof       an entry's place, the path up, a signed checkpoint

Reading is strict. What is read is written back byte for byte, and all that is
not exactly in the format is a `ProofError`, base64 with stray bits included.

C2SP has no unsigned note. Where no one signs, a note is written here as its text and
the empty line that would be above the signatures: a later signer appends a line. Until
then it shows damage, but not who wrote it, and only `verify_proof` without verifiers
takes it.
"""

from collections.abc import Iterable
from typing import Protocol, Self

from attrs import evolve, field, frozen

from .._base.values import texts
from ..arguments import checked
from ..errors import ProofError
from .merkle import HASH_SIZE, MOST_LEAVES, leaf_hash, root_hash, verify_inclusion
from .note_text import (
    from_base64,
    from_decimal,
    is_key_name,
    is_line,
    to_base64,
    well_formed,
)

_NOTE, _CHECKPOINT, _PROOF = "note", "checkpoint", "proof"
_MOST_SIGNATURES = 100  # C2SP asks for no fewer than 16
_MOST_HASHES = MOST_LEAVES.bit_length()
_HEAD = "c2sp.org/tlog-proof@v1"


class Key(Protocol):
    """What a signer and its verifier have in common: together they name the key."""

    @property
    def name(self) -> str:
        """The key's name, without Unicode spaces and pluses."""
        ...

    @property
    def key_id(self) -> bytes:
        """Four bytes, best of a hash of the name and the key."""
        ...


class Signer(Key, Protocol):
    """Signs notes."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*, without the key's id."""
        ...


class Verifier(Key, Protocol):
    """Knows the signatures of one key."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether *signature* is this key's, of *message*; never raises."""
        ...


@checked
@frozen
class Signature:
    """One signature below a note, true or not, and the key it says it is of."""

    name: str
    key_id: bytes
    signature: bytes

    def __attrs_post_init__(self) -> None:
        if not is_key_name(self.name):
            raise ProofError(_NOTE, "a key's name is empty, or has a space or a plus")
        if len(self.key_id) != 4 or not self.signature:
            raise ProofError(_NOTE, "a signature is too short")

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Return the signature a line holds, given without its newline."""
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—":
            raise ProofError(_NOTE, "a line below its text is not a signature")
        _, name, encoded = parts
        raw = from_base64(_NOTE, encoded)
        return cls(name, raw[:4], raw[4:])

    def to_line(self) -> str:
        """Return the line that holds it, without a newline."""
        return f"— {self.name} {to_base64(self.key_id + self.signature)}"


@checked
@frozen
class SignedNote:
    """A text and the signatures below it, none of them verified yet.

    Attributes:
        text: What was signed, up to and including its last newline.
        signatures: Who signed it, as far as they say; empty if no one did.
    """

    text: str
    signatures: tuple[Signature, ...] = field(
        default=(), converter=tuple[Signature, ...]
    )

    def __attrs_post_init__(self) -> None:
        if not self.text.endswith("\n"):
            raise ProofError(_NOTE, "its text does not end in a newline")
        if len(self.signatures) > _MOST_SIGNATURES:
            raise ProofError(_NOTE, f"it has more than {_MOST_SIGNATURES} signatures")
        well_formed(_NOTE, self.to_text())

    @classmethod
    def from_text(cls, raw: str | bytes) -> Self:
        """Return the note that *raw* is, exactly."""
        text, gap, below = well_formed(_NOTE, raw).rpartition("\n\n")
        *lines, last = below.split("\n")
        if last or not gap:
            raise ProofError(_NOTE, "it has no empty line, or its last has no end")
        return cls(f"{text}\n", map(Signature.from_line, lines))

    def to_text(self) -> str:
        """Return the note as it is written to a file, in UTF-8."""
        lines = (f"{each.to_line()}\n" for each in self.signatures)
        return f"{self.text}\n{''.join(lines)}"

    def verified(self, verifiers: Iterable[Verifier]) -> Self:
        """Return the note with only those signatures that a verifier vouches for.

        Those of unknown keys are left out, and so is a second one of the same key.

        Raises:
            ProofError: A signature of a known key is false, or no key is known.
        """
        known = tuple(verifiers)
        message, kept = self.text.encode(), dict[tuple[str, bytes], Signature]()
        for each in self.signatures:
            key = each.name, each.key_id
            mine = [v for v in known if (v.name, v.key_id) == key]
            if not all(v.verify(message, each.signature) for v in mine):
                raise ProofError(_NOTE, f"the signature of `{each.name}` is false")
            if mine:
                kept.setdefault(key, each)
        if not kept:
            raise ProofError(_NOTE, "no known key signed it")
        return evolve(self, signatures=kept.values())


@checked
@frozen
class Checkpoint:
    """A log at one size.

    Attributes:
        origin: The log's name: one line that is not empty.
        size: How many entries it has.
        root: The root of the Merkle tree over them.
        extensions: Further lines; C2SP advises against any.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = field(default=(), converter=texts)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.size <= MOST_LEAVES or len(self.root) != HASH_SIZE:
            raise ProofError(_CHECKPOINT, "its size or its root is out of bounds")
        if self.size == 0 and self.root != root_hash([]):
            raise ProofError(_CHECKPOINT, "an empty log has another root")
        if not all(map(is_line, (self.origin, *self.extensions))):
            raise ProofError(_CHECKPOINT, "a line of it is empty or broken")
        well_formed(_CHECKPOINT, self.to_text())

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Return the checkpoint that a note's text is, exactly."""
        lines = well_formed(_CHECKPOINT, text).split("\n")
        if len(lines) < 4 or lines[-1]:
            raise ProofError(_CHECKPOINT, "it is not three lines or more")
        origin, size, root, *extensions = lines[:-1]
        count = from_decimal(_CHECKPOINT, size)
        return cls(origin, count, from_base64(_CHECKPOINT, root), extensions)

    def to_text(self) -> str:
        """Return the text to be signed."""
        lines = (self.origin, self.size, to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@checked
@frozen
class TlogProof:
    """A proof that an entry is in a log, for anyone who has the entry to check.

    Attributes:
        index: The entry's position, counted from 0.
        path: The hashes from the entry's sibling up to below the root.
        note: The checkpoint it is proved against, signed or not.
        extra: What else the application sends along; nothing vouches for it.
    """

    index: int
    path: tuple[bytes, ...] = field(converter=tuple[bytes, ...])
    note: SignedNote
    extra: bytes = b""

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.index <= MOST_LEAVES or len(self.path) > _MOST_HASHES:
            raise ProofError(_PROOF, "its index or its path is out of bounds")
        if any(len(each) != HASH_SIZE for each in self.path):
            raise ProofError(_PROOF, "a hash of its path is of another length")
        Checkpoint.from_text(self.note.text)
        well_formed(_PROOF, self.to_text())

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint as the note has it, not verified."""
        return Checkpoint.from_text(self.note.text)

    @classmethod
    def from_text(cls, raw: str | bytes) -> Self:
        """Return the proof that *raw* is, exactly."""
        above, _, note = well_formed(_PROOF, raw).partition("\n\n")
        head, *lines = above.split("\n")
        if head != _HEAD:
            raise ProofError(_PROOF, f"its first line is not {_HEAD}")
        extra = b""
        if lines and lines[0].startswith("extra "):
            extra = from_base64(_PROOF, lines.pop(0).removeprefix("extra "))
            if not extra:
                raise ProofError(_PROOF, "its extra line is empty; leave it out")
        index, *path = lines or [""]
        if not index.startswith("index "):
            raise ProofError(_PROOF, "it has no index line where one belongs")
        place = from_decimal(_PROOF, index.removeprefix("index "))
        hashes = [from_base64(_PROOF, line) for line in path]
        return cls(place, hashes, SignedNote.from_text(note), extra)

    def to_text(self) -> str:
        """Return the proof as it is written to a `.tlog-proof` file, in UTF-8."""
        extra = [f"extra {to_base64(self.extra)}"] if self.extra else []
        lines = [_HEAD, *extra, f"index {self.index}", *map(to_base64, self.path), ""]
        return "\n".join([*lines, self.note.to_text()])


@checked
def sign_note(text: str, signers: Iterable[Signer] = ()) -> SignedNote:
    """Return *text* as a note that each of *signers* signed; without any, unsigned."""
    message = SignedNote(text).text.encode()
    signatures = (Signature(s.name, s.key_id, s.sign(message)) for s in signers)
    return SignedNote(text, signatures)


@checked
def open_note(raw: str | bytes, verifiers: Iterable[Verifier]) -> SignedNote:
    """Return the note that *raw* is, with its verified signatures only.

    Raises:
        ProofError: It is malformed, or `SignedNote.verified` refuses it.
    """
    return SignedNote.from_text(raw).verified(verifiers)


@checked
def verify_proof(
    proof: TlogProof,
    leaf_data: bytes,
    verifiers: Iterable[Verifier] | None,
    origin: str,
) -> Checkpoint:
    """Return the checkpoint under which *proof* proves that an entry is in a log.

    A log's name is the same in every service that keeps one of the same school; which
    service's it is only a key, or a checkpoint that was kept, can show.

    Args:
        proof: The proof, from wherever it came.
        leaf_data: The entry itself, not its hash.
        verifiers: Whom to believe; the word of any one of them is enough. None
            asks for no signature, and the caller must know the checkpoint's root
            from elsewhere. An empty list trusts no one.
        origin: The log it must be, such as `origin_of("school/100001")`; never taken
            from the proof.

    Raises:
        ProofError: It does not prove it.
    """
    if verifiers is not None:
        proof.note.verified(verifiers)
    checkpoint = proof.checkpoint
    if origin != checkpoint.origin:
        raise ProofError(_PROOF, f"it is of another log, `{checkpoint.origin}`")
    leaf, size, root = leaf_hash(leaf_data), checkpoint.size, checkpoint.root
    if not verify_inclusion(leaf, proof.index, size, proof.path, root):
        raise ProofError(_PROOF, "the entry is not in the log where it says")
    return checkpoint
