"""`Receipt`: what a school decided, for it to keep, with the proof of it.

A receipt is for the school. It counts the people a school listed and names none;
their identifiers are in the event itself, which is left out of the receipt's files
unless it is asked for. Then the proof is of the event's leaf hash only. A hash does not
hide a list that can be guessed: anyone who knows the rest of the event can try.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from attrs import asdict, evolve, field, frozen

from .._base.canonical import canonical_json
from .._base.values import Clock, aware, utc_now
from ..arguments import checked, made
from ..consent.codec import event_from_json
from ..consent.events import Amended, Authorised, Decided, Event, Presented
from ..consent.fold import fold_school
from ..consent.grant import Grant
from ..consent.presentation import Presentation
from ..consent.state import GrantRevision
from ..errors import (
    CodecError,
    DamagedLedgerError,
    ProofError,
    ScopegateError,
    UnknownGrantError,
)
from ..ledgers.base import Ledger, school_stream
from ..proofs.checkpoints import checkpoint_over, origin_of
from ..proofs.merkle import inclusion_path, leaf_hash
from ..proofs.notes import Signer, TlogProof
from .lawful import is_as_shown
from .receipt_dpv import receipt_json_ld
from .receipt_facts import ReceiptFacts
from .receipt_text import receipt_text

EVENT, PRESENTATION, PROOF = "event.json", "presentation.json", "receipt.tlog-proof"
TEXT, JSON_LD = "receipt.txt", "receipt.jsonld"
_RECEIPT = "receipt"


@made
@frozen
class Receipt:
    """One grant revision as it was decided, as it stands, and what proves it.

    Attributes:
        facts: What it says.
        event: The decision as the ledger keeps it, in canonical JSON; holds the
            identifiers of people if the school listed any.
        presentation: What the school was shown, in canonical JSON; its SHA-256 is
            the digest that the decision names.
        proof: That the event is in the school's log.
    """

    facts: ReceiptFacts
    event: bytes = field(repr=False)
    presentation: bytes = field(repr=False)
    proof: TlogProof = field(repr=False)

    @property
    def grant(self) -> Grant:
        """What was authorised."""
        return self.facts.grant

    @property
    def names_people(self) -> bool:
        """Whether the event holds identifiers of people, listed by the school."""
        return bool(self.facts.listed)

    def to_text(self) -> str:
        """Return it in words, for people to read and file."""
        return receipt_text(self.facts)

    def to_json_ld(self) -> dict[str, object]:
        """Return it in the W3C's DPV profile of ISO/IEC TS 27560:2023."""
        return receipt_json_ld(self.facts)

    def files(self, *, include_people: bool = False) -> Mapping[str, bytes]:
        """Return the files of the receipt, by name.

        The proof's extra line holds the leaf hash and the SHA-256 of each other
        file, so that damage shows; no signature covers it.

        Args:
            include_people: Add the event even if it names people.
        """
        files = {
            TEXT: self.to_text().encode(),
            JSON_LD: _pretty(self.to_json_ld()),
            PRESENTATION: self.presentation,
        }
        if include_people or not self.names_people:
            files[EVENT] = self.event
        hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
        extra = canonical_json({"files": hashes, "leaf": self.facts.leaf.hex()})
        return files | {PROOF: evolve(self.proof, extra=extra).to_text().encode()}


@checked
def receipt_for(
    ledger: Ledger,
    *,
    school: str,
    grant: str,
    revision: int | None = None,
    origin: str | None = None,
    signers: Iterable[Signer] = (),
    clock: Clock = utc_now,
) -> Receipt:
    """Return the receipt of a grant, as it stands now.

    Args:
        ledger: Where the school's decisions are.
        school: The school.
        grant: The grant's id.
        revision: Which of its revisions; None for the newest.
        origin: The name of the school's log; None for the usual one.
        signers: Who signs the checkpoint; without any it is unsigned.
        clock: Gives the instant the receipt is made at.

    Raises:
        UnknownGrantError: The ledger has no such grant, or revision, of the school.
        ProofError: The decision does not fit what the school was shown.
        LedgerError: The ledger cannot be read.
    """
    stream = school_stream(school)
    bodies = ledger.bodies(stream)
    events = tuple(map(event_from_json, bodies))
    index, decided = _decision(events, grant, revision)
    shown = _shown(events[:index], decided.grant)
    leaves = tuple(map(leaf_hash, bodies))
    note = checkpoint_over(leaves, origin or origin_of(stream), signers)
    proof = TlogProof(index, inclusion_path(leaves, index), note)
    now = aware(clock())
    facts = ReceiptFacts(
        revision=_standing(events, decided.grant, now),
        shown=shown,
        made_at=now,
        position=index + 1,
        leaf=leaves[index],
        checkpoint=proof.checkpoint,
        signed_by=[signature.name for signature in note.signatures],
        zone=fold_school(events[:index]).zone,
    )
    return Receipt(facts, bodies[index], canonical_json(asdict(shown)), proof)


@checked
def school_of(
    ledger: Ledger, grant: str, progress: Callable[[int, int], object] | None = None
) -> str:
    """Return the school that authorised a grant, looking through all schools.

    Args:
        ledger: Where the schools' decisions are.
        grant: The grant's id.
        progress: Is called before each school: how many are done, and of how many.

    A school whose decisions cannot be read keeps no other from its receipt.

    Raises:
        UnknownGrantError: No school has authorised such a grant.
        LedgerError: The ledger, or a school that may have authorised it, cannot be
            read.
        CodecError: Nor can one of its events.
    """
    unread: ScopegateError | None = None
    prefix = school_stream("")
    streams = [stream for stream in ledger.streams() if stream.startswith(prefix)]
    for done, stream in enumerate(streams):
        if progress:
            progress(done, len(streams))
        try:
            if _has(ledger.bodies(stream), grant):
                return stream.removeprefix(prefix)
        except (DamagedLedgerError, CodecError) as error:
            unread = error
    raise unread or UnknownGrantError(grant)


def _has(bodies: Iterable[bytes], grant: str) -> bool:
    """Tell whether a decision on a grant is among events."""
    wanted = canonical_json(grant)
    return any(wanted in b and _is_of(event_from_json(b), grant) for b in bodies)


def _is_of(event: Event, grant: str) -> bool:
    return isinstance(event, Decided) and event.grant.id == grant


def _decision(
    events: Iterable[Event], grant: str, revision: int | None
) -> tuple[int, Authorised | Amended]:
    """Return the position of the decision on a revision, from 0, and the decision."""
    made = [(n, e) for n, e in enumerate(events) if isinstance(e, Decided)]
    found = [(n, e) for n, e in made if e.grant.id == grant]
    if not found:
        raise UnknownGrantError(grant, {e.grant.id for _, e in made})
    wanted = found[-1][1].grant.revision if revision is None else revision
    for n, event in found:
        if event.grant.revision == wanted:
            return n, event
    missing = f"{grant}, revision {wanted}"
    raise UnknownGrantError(missing)


def _shown(before: Iterable[Event], grant: Grant) -> Presentation:
    """Return the presentation that the school was shown before it decided.

    Raises:
        ProofError: It was shown nothing that the grant could be made of.
    """
    for event in before:
        if isinstance(event, Presented) and is_as_shown(grant, event.presentation):
            return event.presentation
    problem = "the ledger has nothing the school was shown that this was decided on"
    raise ProofError(_RECEIPT, problem)


def _standing(events: Iterable[Event], grant: Grant, now: datetime) -> GrantRevision:
    """Return the state of a revision now; expired even before that is recorded."""
    revisions = fold_school(events).consent(grant.app).revisions
    found = next(each for each in revisions if each.grant == grant)
    if grant.is_expired(now):
        return found.end("expire", grant.expires_at or now, None)
    return found


def _pretty(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
