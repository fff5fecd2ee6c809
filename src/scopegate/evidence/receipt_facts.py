"""What a receipt says, before it is put into words or into JSON-LD."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LONDON
from .._base.values import aware, texts
from ..arguments import made
from ..consent.grant import Grant
from ..consent.presentation import Presentation, PresentedJoint, PresentedScope
from ..consent.state import GrantRevision
from ..consent.subjects import Subjects
from ..proofs.notes import Checkpoint
from .verify_receipt import people_in_words as phrase_for_people


@made
@frozen
class ReceiptFacts:
    """Everything that a receipt says; people are counted, never named.

    Attributes:
        revision: The grant revision, and its state then.
        shown: What the school was shown before it decided.
        made_at: When the receipt was made, and the revision was in that state; aware.
        position: The event's position in the school's stream, from 1.
        leaf: The event's leaf hash.
        checkpoint: What the proof leads to.
        signed_by: The names of the keys that signed the checkpoint.
        zone: The time zone of the school when it decided, by its name in the tz
            database.
    """

    revision: GrantRevision
    shown: Presentation
    made_at: datetime = field(converter=aware)
    position: int
    leaf: bytes
    checkpoint: Checkpoint
    signed_by: tuple[str, ...] = field(converter=texts)
    zone: str = LONDON

    @property
    def grant(self) -> Grant:
        """What was authorised."""
        return self.revision.grant

    @property
    def id(self) -> str:
        """The id that distinguishes this receipt from the others of its ledger."""
        return f"{self.grant.id}/{self.grant.revision}@{self.checkpoint.size}"

    @property
    def authorised(self) -> Iterator[tuple[PresentedScope, bool]]:
        """Each scope authorised as it was shown, and whether it was required."""
        yield from ((scope, True) for scope in self.shown.required)
        ticked = self.grant.ticked
        yield from ((s, False) for s in self.shown.optional if s.key in ticked)

    @property
    def joint(self) -> Iterator[PresentedJoint]:
        """What flows since several of the scopes authorised came together."""
        held = set(self.grant.scopes)
        yield from (rule for rule in self.shown.joint if held.issuperset(rule.scopes))

    @property
    def left_empty(self) -> tuple[PresentedScope, ...]:
        """Each optional scope that was left, as it was shown."""
        return tuple(s for s in self.shown.optional if s.key in self.grant.unticked)

    @property
    def listed(self) -> Mapping[str, int]:
        """The number of people the school listed, by their resource."""
        return listed(self.grant.subjects)

    @property
    def people(self) -> str:
        """Whom the grant covers, in words that name no one."""
        return people_in_words(self.grant.subjects)


def listed(subjects: Subjects) -> Mapping[str, int]:
    """Return the number of people listed, by their resource."""
    people = subjects.people
    return {kind: len(people[kind]) for kind in sorted(people) if people[kind]}


def people_in_words(subjects: Subjects) -> str:
    """Return a phrase for whom *subjects* cover, in words that name no one."""
    return phrase_for_people(subjects.coverage.value, listed(subjects))
