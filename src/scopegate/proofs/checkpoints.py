"""How a stream proves its own past: the name of its log, and its checkpoints."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from ..arguments import checked
from .merkle import root_hash
from .notes import Checkpoint, SignedNote, Signer, sign_note


@checked
def origin_of(stream: str) -> str:
    """Return the name of a stream's log, as its checkpoints and proofs give it.

    Two streams never have the same; that of a school is `school/` and its key.

    >>> origin_of("school/100 001")
    'scopegate/school/100%20001'
    """
    kind, slash, name = stream.partition("/")
    return f"scopegate/{_escaped(kind)}{slash}{_escaped(name)}"


def _escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def checkpoint_over(
    leaves: Sequence[bytes], origin: str, signers: Iterable[Signer]
) -> SignedNote:
    """Return the checkpoint of a log with these leaf hashes; unsigned without signers.

    Raises:
        ProofError: *origin* is not one line, or is empty.
    """
    checkpoint = Checkpoint(origin, len(leaves), root_hash(leaves))
    return sign_note(checkpoint.to_text(), signers)
