"""`Situation`: the state of an app at a school, in one word, with what it means.

The states of a request and of a grant (`lifecycle`) are two machines; a person
wants one answer. Each situation has a sentence, and one action that makes sense.
"""

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from ..consent.lifecycle import GrantStatus, RequestStatus
from ..consent.standing import connection_of, lists_strangers
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
    LIST_AGAIN = "list_again"
    RESUME = "resume"
    RESUME_ALL = "resume_all"
    CONNECT = "connect"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        """The words of the button or link that leads there; empty for nothing."""
        return _ACTIONS[self]

    @property
    def is_lifting(self) -> bool:
        """Whether it lifts a stop of the school."""
        return self in {Action.RESUME, Action.RESUME_ALL, Action.CONNECT}

    @property
    def is_resuming(self) -> bool:
        """Whether it lifts a pause."""
        return self in {Action.RESUME, Action.RESUME_ALL}


_ACTIONS: Mapping[Action, str] = {
    Action.DECIDE: "Read the request and decide",
    Action.CONFIRM: "Read what waits for a second person",
    Action.CHANGE: "Change or revoke what is authorised",
    Action.ASK_AGAIN: "Open the request again",
    Action.LIST_AGAIN: "Read what is withheld, and why",
    Action.RESUME: "Let it go on",
    Action.RESUME_ALL: "Let all apps go on",
    Action.CONNECT: "Connect the school again",
    Action.NOTHING: "",
}


class Situation(StrEnum):
    """The state of an app at a school."""

    CLOSED = "closed"
    DISCONNECTED = "disconnected"
    NOT_CONNECTED = "not_connected"
    ALL_PAUSED = "all_paused"
    PAUSED = "paused"
    NOT_ASKED = "not_asked"
    NEW = "new"
    AWAITING = "awaiting_authorisation"
    AWAITING_SECOND = "awaiting_further_authorisation"
    AUTHORISED = "authorised"
    CHANGED = "changed"
    IDENTIFIERS_CHANGED = "identifiers_changed"
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
        return self.action in {Action.DECIDE, Action.CONFIRM, Action.LIST_AGAIN}

    @property
    def is_stopped(self) -> bool:
        """Whether nothing flows by a grant, although there may be one."""
        return self in _STOPS

    @property
    def for_app(self) -> "Situation":
        """The situation as the app may know it: not what the school did, and to whom."""
        return _FOR_APP.get(self, self)


@frozen
class _Meaning:
    label: str
    tone: Tone
    action: Action
    sentence: str


_MEANINGS: Mapping[Situation, _Meaning] = {
    Situation.CLOSED: _Meaning(
        "The school has closed",
        Tone.STOPPED,
        Action.NOTHING,
        "The school has closed, so nothing flows. What it authorised has moved to no"
        " other school.",
    ),
    Situation.DISCONNECTED: _Meaning(
        "Disconnected by the school",
        Tone.STOPPED,
        Action.CONNECT,
        "The school has disconnected its MIS, so nothing flows until somebody who may"
        " decide for it connects it again.",
    ),
    Situation.ALL_PAUSED: _Meaning(
        "Paused with all apps",
        Tone.STOPPED,
        Action.RESUME_ALL,
        "The school has paused all apps. What it authorised stays on record."
        " Only public data about the school flows until all apps go on.",
    ),
    Situation.PAUSED: _Meaning(
        "Paused",
        Tone.STOPPED,
        Action.RESUME,
        "The school has paused the app. What it authorised stays on record."
        " Only public data about the school flows until it goes on.",
    ),
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
    Situation.IDENTIFIERS_CHANGED: _Meaning(
        "Lists people of another MIS",
        Tone.ASKS,
        Action.LIST_AGAIN,
        "What was authorised lists people by identifiers of another MIS. Everything"
        " that names people is withheld until the school lists them again.",
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

_STOPS = frozenset(
    {
        Situation.CLOSED,
        Situation.DISCONNECTED,
        Situation.NOT_CONNECTED,
        Situation.ALL_PAUSED,
        Situation.PAUSED,
    }
)
_FOR_APP: Mapping[Situation, Situation] = {
    Situation.DISCONNECTED: Situation.NOT_CONNECTED,
    Situation.ALL_PAUSED: Situation.PAUSED,
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
    return _stop_of(case) or situation_beneath(case)


def situation_beneath(case: Case) -> Situation:
    """Return the situation as it would be if the school had stopped nothing."""
    return _without_grant(case) if case.grant is None else _with_grant(case)


def _stop_of(case: Case) -> Situation | None:
    """Return the situation of an app that is stopped whatever was decided on it.

    A pause says something of an app only where it has a grant; the app is told that
    it is paused in no other case.
    """
    state = case.state
    if state.closed:
        return Situation.CLOSED
    if connection_of(state, case.school) is None:
        return Situation.DISCONNECTED if state.stopped else Situation.NOT_CONNECTED
    if case.grant is None or state.pause_of(case.app) is None:
        return None
    return Situation.ALL_PAUSED if "" in state.pauses else Situation.PAUSED


def _with_grant(case: Case) -> Situation:
    """Return the situation of an app that has a grant in force."""
    latest = case.authorised_revision("look at")
    changed = latest.changed_fields(case.catalogue)
    if changed and not latest.live_fields(case.catalogue):
        return Situation.INVALIDATED
    if _waits_for_second(case):
        return Situation.AWAITING_SECOND
    if lists_strangers(latest, case.state.connection):
        return Situation.IDENTIFIERS_CHANGED
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
