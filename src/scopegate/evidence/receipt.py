"""`Receipt`: what a school decided, for it to keep, with the proof of it.

A receipt is for the school. It counts the people a school listed and names none;
their identifiers are in the event itself, which is left out of the receipt's files
unless it is asked for. Then the proof is of the event's leaf hash only. A hash does not
hide a list that can be guessed: anyone who knows the rest of the event can try.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from attrs import asdict, evolve, field, frozen

from .._base.canonical import canonical_json
from .._base.local_time import LocalTime
from .._base.values import Clock, aware, utc_now
from ..arguments import checked, made
from ..consent.codec import event_from_json
from ..consent.decision import Actor
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
from .receipt_facts import ReceiptFacts
from .verify_receipt import (
    EVENT,
    FORMAT,
    JSON_LD,
    PRESENTATION,
    PROOF,
    TEXT,
    Checkpoint,
    Said,
    Times,
    differences,
    instant,
    json_ld_of,
    json_ld_text,
    text_of,
)

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
        return text_of(self._said)

    def to_json_ld(self) -> dict[str, object]:
        """Return it in the W3C's DPV profile of ISO/IEC TS 27560:2023."""
        return json_ld_of(self._said)

    def files(self, *, include_people: bool = False) -> Mapping[str, bytes]:
        """Return the files of the receipt, by name.

        The proof's extra line holds the leaf hash, the state that the receipt tells,
        the school's zone with its offset from UTC at each instant, and the SHA-256 of
        each other file, so that damage shows; no signature covers it.

        Args:
            include_people: Add the event even if it names people. Without the event
                nothing shows what was decided.
        """
        files = {
            TEXT: self.to_text().encode(),
            JSON_LD: json_ld_text(self.to_json_ld()).encode(),
            PRESENTATION: self.presentation,
        }
        if include_people or not self.names_people:
            files[EVENT] = self.event
        hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
        clock = self._said.clock
        sent = {
            "clock": {"offsets": clock.offsets, "zone": clock.zone},
            "files": hashes,
            "format": FORMAT,
            "leaf": self.facts.leaf.hex(),
            "standing": _standing_of(self.facts),
        }
        proof = evolve(self.proof, extra=canonical_json(sent))
        return files | {PROOF: proof.to_text().encode()}

    @property
    def _said(self) -> Said:
        return _said(self.facts, self.event, self.presentation)


@checked
def receipt_for(
    ledger: Ledger,
    *,
    school: str,
    grant: str,
    revision: int | None = None,
    size: int | None = None,
    origin: str | None = None,
    signers: Iterable[Signer] = (),
    clock: Clock = utc_now,
) -> Receipt:
    """Return the receipt of a grant, as it stands now.

    A checkpoint that somebody keeps is compared with a receipt of the same size, so
    give its size where there is one.

    Args:
        ledger: Where the school's decisions are.
        school: The school.
        grant: The grant's id.
        revision: Which of its revisions; None for the newest.
        size: Over how many of the school's events it is proved; None for all.
        origin: The name of the school's log; None for the usual one.
        signers: Who signs the checkpoint; without any it is unsigned.
        clock: Gives the instant the receipt is made at.

    Raises:
        UnknownGrantError: The ledger has no such grant, or revision, of the school.
        ProofError: The decision does not fit what the school was shown, or is not
            among the first *size* events.
        LedgerError: The ledger cannot be read.
    """
    stream = school_stream(school)
    bodies = ledger.bodies(stream)
    events = tuple(map(event_from_json, bodies))
    index, decided = _decision(events, grant, revision)
    shown = _shown(events[:index], decided.grant)
    leaves = _leaves(bodies, index, size)
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
    made = Receipt(facts, bodies[index], canonical_json(asdict(shown)), proof)
    if other := ", ".join(differences(made._said)):
        problem = f"the decision and what the school was shown differ in {other}"
        raise ProofError(_RECEIPT, problem)
    return made


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


def _leaves(bodies: Sequence[bytes], index: int, size: int | None) -> Sequence[bytes]:
    """Return the leaf hashes of the first *size* events, one of them the decision's.

    Raises:
        ProofError: It is not one of them, or there are not so many events.
    """
    wanted = len(bodies) if size is None else size
    if not index < wanted <= len(bodies):
        problem = (
            f"the decision is event {index + 1} of {len(bodies)}, so it cannot be"
            f" proved over the first {wanted}"
        )
        raise ProofError(_RECEIPT, problem)
    return tuple(map(leaf_hash, bodies[:wanted]))


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


def _said(facts: ReceiptFacts, event: bytes, presentation: bytes) -> Said:
    """Return the contents of a receipt, for the functions that put it into words."""
    log = facts.checkpoint
    said = Said(
        event=json.loads(event),
        shown=json.loads(presentation),
        digest=facts.shown.digest,
        standing=_standing_of(facts),
        clock=Times("UTC", {}),
        leaf=facts.leaf.hex(),
        position=facts.position,
        checkpoint=Checkpoint(log.origin, log.size, log.root),
        signed_by=facts.signed_by,
    )
    return said._replace(clock=_clock_of(said, LocalTime.of(facts.zone)))


def _clock_of(said: Said, times: LocalTime) -> Times:
    """Return the clocks of a school at each instant that a receipt tells."""
    offsets = {text: times.offset(instant(text)) for text in sorted(said.instants)}
    return Times(times.zone, offsets)


def _standing_of(facts: ReceiptFacts) -> dict[str, object]:
    """Return the state of the revision that a receipt tells, as it is sent along."""
    revision = facts.revision
    ended_at, ended_by = revision.ended_at, revision.ended_by
    return {
        "as_of": _instant(facts.made_at),
        "ended_at": _instant(ended_at) if ended_at else None,
        "ended_by": ended_by and _person(ended_by),
        "status": revision.status.value,
        "stopped": sorted(revision.stopped),
    }


def _person(actor: Actor) -> dict[str, str]:
    return {"id": actor.id, "name": actor.name, "role": actor.role}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
