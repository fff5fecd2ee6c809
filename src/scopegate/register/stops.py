"""Stops that only the school lifts: pauses of apps, and the end of a school itself."""

from collections.abc import Sequence
from datetime import datetime

from .._base.values import printable
from ..consent.decision import Actor
from ..consent.events import Closed, Event, Paused, Resumed, Succeeded
from ..consent.fold import fold_school
from ..consent.state import SchoolState
from ..errors import (
    NotConnectedError,
    NotPausedError,
    NotPublishedError,
)
from ..ledgers.base import school_stream, successor_stream
from .case import check_open
from .connections import ANY_APP
from .transaction import Seen, Transactions


def pause(
    work: Transactions, school: str, app: str | None, actor: Actor, reason: str
) -> None:
    """Stop an app, or all of them; see `ConsentRegister.pause`."""

    def decide(events: Sequence[Event], seen: Seen) -> tuple[list[Event], None]:
        state, at = _checked(work, events, school, app, actor)
        if app is not None and not _is_known(state, seen, app):
            raise NotPublishedError(school, app)
        if (app or "") in state.pauses:
            return [], None
        return [Paused(app or "", actor, reason, at)], None

    work.commit(school_stream(school), decide)


def _is_known(state: SchoolState, seen: Seen, app: str) -> bool:
    return app in state.consents or seen.published(app).request is not None


def resume(
    work: Transactions, school: str, app: str | None, actor: Actor, reason: str
) -> None:
    """Lift a pause; see `ConsentRegister.resume`."""

    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
        state, at = _checked(work, events, school, app, actor)
        if (app or "") not in state.pauses:
            raise NotPausedError(school, app or ANY_APP, _not_paused(state, app))
        return [Resumed(app or "", actor, reason, at)], None

    work.commit(school_stream(school), decide)


def _not_paused(state: SchoolState, app: str | None) -> str:
    if app is not None and "" in state.pauses:
        return "all apps are paused, and not this one alone; resume all of them"
    if app is None and state.pauses:
        return "single apps are paused, and not all; resume each of them"
    return "nothing is paused; there is nothing to resume"


def _checked(
    work: Transactions,
    events: Sequence[Event],
    school: str,
    app: str | None,
    actor: Actor,
) -> tuple[SchoolState, datetime]:
    """Return the state and the instant, if *actor* may decide for an open school."""
    state, at = fold_school(events), work.clock()
    check_open(state, school, app or ANY_APP)
    work.check_authority(actor, school, app or ANY_APP, at)
    return state, at


def close(
    work: Transactions, school: str, successor: str, actor: Actor, reason: str
) -> None:
    """End a school, first itself and then where its successor looks."""
    if successor == school:
        message = (
            f"school `{printable(school)}` cannot follow itself; name the one that does"
        )
        raise ValueError(message)

    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
        state, at = fold_school(events), work.clock()
        if state == SchoolState():
            raise NotConnectedError(school, ANY_APP)
        work.check_authority(actor, school, ANY_APP, at)
        if state.closed and state.closed.successor == successor:
            return [], None
        if state.closed and state.closed.successor:
            check_open(state, school, ANY_APP)
        return [Closed(successor, actor, reason, at)], None

    work.commit(school_stream(school), decide)
    if successor:
        _tell(work, school, successor, actor)


def _tell(work: Transactions, school: str, successor: str, actor: Actor) -> None:
    def decide(events: Sequence[Event], _: Seen) -> tuple[list[Event], None]:
        if school in predecessors_in(events):
            return [], None
        return [Succeeded(school, actor, work.clock())], None

    work.commit(successor_stream(successor), decide)


def predecessors_in(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the schools that named a school as their successor, the first one first."""
    named = (e.predecessor for e in events if isinstance(e, Succeeded))
    return tuple(dict.fromkeys(named))
