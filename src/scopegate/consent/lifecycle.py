"""The two state machines of consent: of a request, and of a grant revision.

The fold (`consent`) moves by these tables and the docs draw them, so that the
picture is of the code that runs.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from attrs import field, frozen

from .._base.values import frozen_mapping

S = TypeVar("S", bound=StrEnum)


class RequestStatus(StrEnum):
    """The state of an app's request at one school."""

    DRAFT = "draft"
    AWAITING_AUTHORISATION = "awaiting_authorisation"
    AWAITING_FURTHER_AUTHORISATION = "awaiting_further_authorisation"
    AUTHORISED = "authorised"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class GrantStatus(StrEnum):
    """The state of a grant revision; every state but the first is final."""

    AUTHORISED = "authorised"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"


def _moves(given: Mapping[tuple[S, str], S]) -> Mapping[tuple[S, str], S]:
    return frozen_mapping(given)


@frozen
class Machine(Generic[S]):
    """States, and the moves between them; whatever is not a move is illegal.

    Attributes:
        name: What it is the machine of.
        start: The state before anything happened.
        moves: From a state, by a move, to a state.
    """

    name: str
    start: S
    moves: Mapping[tuple[S, str], S] = field(converter=_moves, hash=False)

    def after(self, state: S, move: str) -> S | None:
        """Return the state that *move* leads to from *state*, or None: illegal."""
        return self.moves.get((state, move))

    def is_final(self, state: S) -> bool:
        """Tell whether no move leads out of *state*."""
        return all(start is not state for start, _ in self.moves)

    def drawing(self) -> str:
        """Return the machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"  [*] --> {self.start}"]
        lines += [f"  {s} --> {end}: {move}" for (s, move), end in self.moves.items()]
        states = dict.fromkeys([*(s for s, _ in self.moves), *self.moves.values()])
        lines += [f"  {s} --> [*]" for s in states if self.is_final(s)]
        return "\n".join(lines)


_DRAFT = RequestStatus.DRAFT
_WAITS = RequestStatus.AWAITING_AUTHORISATION
_SECOND = RequestStatus.AWAITING_FURTHER_AUTHORISATION

REQUEST: Machine[RequestStatus] = Machine(
    "request",
    _DRAFT,
    {
        (_DRAFT, "ask"): _WAITS,
        (_WAITS, "ask"): _WAITS,
        (_WAITS, "propose"): _SECOND,
        (_WAITS, "authorise"): RequestStatus.AUTHORISED,
        (_WAITS, "decline"): RequestStatus.DECLINED,
        (_WAITS, "lapse"): RequestStatus.LAPSED,
        (_WAITS, "cancel"): RequestStatus.CANCELLED,
        (_SECOND, "ask"): _WAITS,
        (_SECOND, "drop"): _WAITS,
        (_SECOND, "authorise"): RequestStatus.AUTHORISED,
        (_SECOND, "decline"): RequestStatus.DECLINED,
        (_SECOND, "lapse"): RequestStatus.LAPSED,
        (_SECOND, "cancel"): RequestStatus.CANCELLED,
    },
)
"""What was shown to a school once; showing it again, or something else, after an
end starts the next one."""

_HOLDS = GrantStatus.AUTHORISED

GRANT: Machine[GrantStatus] = Machine(
    "grant revision",
    _HOLDS,
    {
        (_HOLDS, "authorise again, or amend"): GrantStatus.SUPERSEDED,
        (_HOLDS, "revoke"): GrantStatus.REVOKED,
        (_HOLDS, "relinquish"): GrantStatus.RELINQUISHED,
        (_HOLDS, "expire"): GrantStatus.EXPIRED,
        (_HOLDS, "invalidate"): GrantStatus.INVALIDATED,
    },
)
"""One revision of a grant; at most the newest is authorised."""
