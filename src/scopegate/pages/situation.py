"""`Situation`: the state of an app at a school, in one word, with what it means.

The states of a request and of a grant (`lifecycle`) are two machines; a person
wants one answer. Each situation has a sentence, and one action that makes sense.
"""

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from ..consent.lifecycle import GrantStatus, RequestStatus
from ..consent.standing import connection_of
from ..register.case import Case


class Tone(StrEnum):
    """What a situation means for the flow of data; decides how a tag looks."""

    FLOWS = "flows"
    ASKS = "asks"
    STOPPED = "stopped"
    QUIET = "quiet"


class Action(StrEnum):
    """What a school can do next."""

    DECIDE = "decide"
    CONFIRM = "confirm"
    CHANGE = "change"
    ASK_AGAIN = "ask_again"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        """The words of the button or link that leads there; empty for nothing."""
        return _ACTIONS[self]


_ACTIONS: Mapping[Action, str] = {
    Action.DECIDE: "Read the request and decide",
    Action.CONFIRM: "Read what waits for a second person",
    Action.CHANGE: "Change or revoke what is authorised",
    Action.ASK_AGAIN: "Open the request again",
    Action.NOTHING: "",
}


class Situation(StrEnum):
    """The state of an app at a school."""

    NOT_CONNECTED = "not_connected"
    NOT_ASKED = "not_asked"
    NEW = "new"
    AWAITING = "awaiting_authorisation"
    AWAITING_SECOND = "awaiting_further_authorisation"
    AUTHORISED = "authorised"
    CHANGED = "changed"
    MORE_ASKED = "more_asked"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"

    @property
    def label(self) -> str:
        """The situation in a word or two, for a tag."""
        return _MEANINGS[self].label

    @property
    def sentence(self) -> str:
        """What it means for the school, and for what flows."""
        return _MEANINGS[self].sentence

    @property
    def tone(self) -> Tone:
        """What it means for the flow of data."""
        return _MEANINGS[self].tone

    @property
    def action(self) -> Action:
        """The one thing that makes sense to do next."""
        return _MEANINGS[self].action

    @property
    def is_waiting(self) -> bool:
        """Whether somebody at the school is to decide something."""
        return self.action in {Action.DECIDE, Action.CONFIRM}


@frozen
class _Meaning:
    label: str
    tone: Tone
    action: Action
    sentence: str


_MEANINGS: Mapping[Situation, _Meaning] = {
    Situation.NOT_CONNECTED: _Meaning(
        "Not connected",
        Tone.STOPPED,
        Action.NOTHING,
        "The school has no verified connection to its MIS, so nothing flows."
        " Connect the MIS before you decide.",
    ),
    Situation.NOT_ASKED: _Meaning(
        "Asks for nothing",
        Tone.QUIET,
        Action.NOTHING,
        "The app asks for no data. Only public data about the school may flow.",
    ),
    Situation.NEW: _Meaning(
        "New request",
        Tone.ASKS,
        Action.DECIDE,
        "The app asks for data, and the school has not decided on it yet."
        " Only public data about the school flows until you authorise it.",
    ),
    Situation.AWAITING: _Meaning(
        "Waiting for you",
        Tone.ASKS,
        Action.DECIDE,
        "The app asks for data, and the school has not decided."
        " Only public data about the school flows until you authorise it.",
    ),
    Situation.AWAITING_SECOND: _Meaning(
        "Waiting for a second person",
        Tone.ASKS,
        Action.CONFIRM,
        "One person has authorised it, and the school wants two."
        " Nothing more flows until a second person authorises the same.",
    ),
    Situation.AUTHORISED: _Meaning(
        "Authorised",
        Tone.FLOWS,
        Action.CHANGE,
        "What the school authorised flows to the app, and nothing else.",
    ),
    Situation.CHANGED: _Meaning(
        "Stopped in part",
        Tone.ASKS,
        Action.DECIDE,
        "Some of what was authorised has come to mean more, and has stopped."
        " The rest flows. Read the request again to decide on it.",
    ),
    Situation.MORE_ASKED: _Meaning(
        "Asks for more",
        Tone.ASKS,
        Action.DECIDE,
        "What the school authorised flows unchanged, and the app asks for"
        " something else. That waits until you decide.",
    ),
    Situation.DECLINED: _Meaning(
        "Declined",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "The school declined. Only public data about the school flows.",
    ),
    Situation.LAPSED: _Meaning(
        "Lapsed",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "No one decided in time. Only public data about the school flows.",
    ),
    Situation.CANCELLED: _Meaning(
        "Cancelled by the app",
        Tone.QUIET,
        Action.NOTHING,
        "The app has taken its request back. Only public data about the school flows.",
    ),
    Situation.REVOKED: _Meaning(
        "Revoked",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "The school revoked it. Only public data about the school flows.",
    ),
    Situation.RELINQUISHED: _Meaning(
        "Given back by the app",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "The app gave back what was authorised."
        " Only public data about the school flows.",
    ),
    Situation.EXPIRED: _Meaning(
        "Expired",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "The time for which it was authorised is over."
        " Only public data about the school flows.",
    ),
    Situation.INVALIDATED: _Meaning(
        "Stopped: its meaning changed",
        Tone.STOPPED,
        Action.ASK_AGAIN,
        "Everything that was authorised has come to mean more, and has stopped."
        " Only public data about the school flows.",
    ),
}

_ENDED: Mapping[GrantStatus, Situation] = {
    GrantStatus.REVOKED: Situation.REVOKED,
    GrantStatus.RELINQUISHED: Situation.RELINQUISHED,
    GrantStatus.EXPIRED: Situation.EXPIRED,
    GrantStatus.INVALIDATED: Situation.INVALIDATED,
}
_ASKED: Mapping[RequestStatus, Situation] = {
    RequestStatus.DRAFT: Situation.NEW,
    RequestStatus.AWAITING_AUTHORISATION: Situation.AWAITING,
    RequestStatus.AWAITING_FURTHER_AUTHORISATION: Situation.AWAITING_SECOND,
    RequestStatus.DECLINED: Situation.DECLINED,
    RequestStatus.LAPSED: Situation.LAPSED,
}
_ANSWERED = frozenset({RequestStatus.DECLINED, RequestStatus.LAPSED})


def situation_of(case: Case) -> Situation:
    """Return the situation of an app at a school at the instant of *case*."""
    if connection_of(case.state, case.school) is None:
        return Situation.NOT_CONNECTED
    if case.grant is not None:
        return _with_grant(case)
    return _without_grant(case)


def _with_grant(case: Case) -> Situation:
    """Return the situation of an app that has a grant in force."""
    latest = case.authorised_revision("look at")
    changed = latest.changed_fields(case.catalogue)
    if changed and not latest.live_fields(case.catalogue):
        return Situation.INVALIDATED
    if _waits_for_second(case):
        return Situation.AWAITING_SECOND
    if case.consent.asks_for_more(case.published) and not _is_answered(case):
        return Situation.MORE_ASKED
    return Situation.CHANGED if changed else Situation.AUTHORISED


def _waits_for_second(case: Case) -> bool:
    amendment = case.consent.amendment
    if amendment is not None and not amendment.has_lapsed(case.now):
        return True
    return case.status is RequestStatus.AWAITING_FURTHER_AUTHORISATION


def _is_answered(case: Case) -> bool:
    """Tell whether the school has said no to what the app asks now, or let it lapse."""
    return case.status in _ANSWERED and not _is_new(case)


def _is_new(case: Case) -> bool:
    """Tell whether the school has not been shown what the app asks now."""
    shown = case.consent.shown
    return shown is None or shown.request_version != case.published.version


def _without_grant(case: Case) -> Situation:
    """Return the situation of an app that gets only public data."""
    latest = case.consent.latest
    if case.published.asked is not None and _is_new(case):
        return Situation.NEW
    if case.status is RequestStatus.AUTHORISED and latest is not None:
        return _ENDED.get(latest.status, Situation.EXPIRED)  # by this clock, unwritten
    if case.published.asked is None:
        asked = case.published.request is not None
        return Situation.CANCELLED if asked else Situation.NOT_ASKED
    return _ASKED.get(case.status, Situation.CANCELLED)
