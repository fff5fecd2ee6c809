"""`Decision`: who decided what, how, when, and on what they were shown."""

from datetime import datetime
from enum import Enum
from typing import Final, Self

from attrs import field, frozen
from attrs.converters import optional

from .._base.likeness import likeness, name_likeness
from .._base.values import ADDED, aware, clean, names
from ..arguments import checked, made
from ..catalogue.field import Sensitivity
from .connection import Issuer
from .presentation import Presentation
from .request import Terms
from .subjects import Subjects


class Written(str):
    """A name as a ledger has it; what was written before is not judged again."""

    __slots__ = ()


def _name(given: str) -> str:
    name = clean(given)
    is_seen = name.strip() if isinstance(given, Written) else likeness(name)
    if not is_seen:
        message = "an actor has a name; a decision names who took it"
        raise ValueError(message)
    return str(name)


@checked
@frozen
class Actor:
    """Who took a decision, and by what authority.

    Attributes:
        name: The person's name.
        role: The authority they act by, "Headteacher".
        id: How the host system knows them, if it does.

    Raises:
        ValueError: The name is empty or cannot be seen, or a text has a control
            character.
    """

    name: str = field(converter=_name)
    role: str = field(converter=clean, default="")
    id: str = field(converter=clean, default="")

    def is_same_person(self, other: "Actor") -> bool:
        """Tell whether this is, or cannot be told from, the person *other* is.

        Ids tell people apart where both have one, and names where not. Ids or names
        that differ only by how they are written, "Dana@x" and "dana@x", are the same.
        """
        mine, other_id = likeness(self.id), likeness(other.id)
        if mine and other_id:
            return mine == other_id
        return name_likeness(self.name) == name_likeness(other.name)


@made
@frozen
class Decision:
    """One person's yes or no to what was shown, with all its evidence.

    Attributes:
        actor: Who decided, and by what authority.
        method: How it was indicated, "the consent page"; DPV's
            `hasIndicationMethod`. Empty if the host does not say.
        at: When; aware.
        presentation: The digest of what was shown.
        ticked: The optional scopes ticked.
        unticked: The optional scopes left empty.
        terms: The terms that were shown.
    """

    actor: Actor
    method: str = field(converter=clean)
    at: datetime = field(converter=aware)
    presentation: str
    ticked: frozenset[str] = field(converter=names)
    unticked: frozenset[str] = field(converter=names)
    terms: Terms

    @classmethod
    def on(
        cls,
        shown: Presentation,
        ticked: frozenset[str],
        *,
        actor: Actor,
        method: str,
        at: datetime,
    ) -> Self:
        """Return the decision of *actor* on *shown*, with all that was shown.

        Args:
            shown: What was shown.
            ticked: The optional scopes ticked; none for a no.
            actor: Who decides.
            method: How it was indicated.
            at: When; aware.
        """
        unticked = shown.offered - ticked
        return cls(actor, method, at, shown.digest, ticked, unticked, shown.terms)


class NoEnd(Enum):
    """Says of a grant that it is to have no end, even if it had one."""

    NO_END = "no_end"


NO_END: Final = NoEnd.NO_END
"""For `expires_at`: no end at all. None there leaves the end as it is."""


@checked
@frozen
class Choice:
    """What a school chooses besides yes or no.

    Attributes:
        ticked: The optional scopes ticked.
        subjects: Which people it covers.
        expires_at: The first instant at which it permits nothing, or None.
        issuer: Who issued the identifiers that *subjects* lists; empty for no one.
    """

    ticked: frozenset[str] = field(converter=names, default=frozenset())
    subjects: Subjects = field(factory=Subjects)
    expires_at: datetime | None = field(converter=optional(aware), default=None)
    issuer: Issuer = field(converter=tuple[str, ...], default=(), metadata=ADDED)


@made
@frozen
class Proposal:
    """What the first of two people authorised; nothing flows by it yet.

    Attributes:
        app: The app it is about.
        decision: The first person's decision.
        choice: What they chose, which the second person must choose as well.
        lapses_at: The first instant at which it is too late for the second.
    """

    app: str
    decision: Decision
    choice: Choice
    lapses_at: datetime = field(converter=aware)

    def has_lapsed(self, now: datetime) -> bool:
        """Tell whether *now* is too late for the second person."""
        return aware(now) >= self.lapses_at


@checked
@frozen
class TwoPersonRule:
    """A school's own rule that one person alone must not let certain data flow.

    Attributes:
        sensitivity: Fields of at least this sensitivity need two people.
        days: How many days the second person has.

    Raises:
        ValueError: There is not at least one day.
    """

    sensitivity: Sensitivity = field(converter=Sensitivity, default=Sensitivity.SPECIAL)
    days: int = 14

    def covers(self, sensitivity: Sensitivity) -> bool:
        """Tell whether a field of that sensitivity needs two people."""
        return sensitivity.rank >= self.sensitivity.rank

    def is_weaker_than(self, other: "TwoPersonRule") -> bool:
        """Tell whether this lets one person do what *other* does not."""
        return not self.covers(other.sensitivity)

    def __attrs_post_init__(self) -> None:
        if self.days < 1:
            message = f"the second person has at least one day, not {self.days}"
            raise ValueError(message)
