"""`StopView` and `StopPage`: the stops that only a school makes and lifts, in words."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from attrs import field, frozen

from .._base.local_time import LocalTime
from .._base.values import texts
from ..arguments import made
from ..consent.state import SchoolState, Stop
from ..register.case import Case
from .grant import title_of
from .words import name_of, person


class Deed(StrEnum):
    """What a school does to stop the flow, or to let it go on."""

    PAUSE = "pause"
    RESUME = "resume"
    DISCONNECT = "disconnect"
    CONNECT = "connect"
    CLOSE = "close"

    @property
    def label(self) -> str:
        """The words of the link to it, for the whole school."""
        return _LABELS[self]

    def is_open(self, state: SchoolState, app: str = "") -> bool:
        """Tell whether it can be done now.

        Args:
            state: The state of the school.
            app: The app it is about, or empty for the whole school.
        """
        return _IS_OPEN[self](state, app)

    def is_done(self, state: SchoolState, app: str = "") -> bool:
        """Tell whether what it is for holds already.

        Args:
            state: The state of the school.
            app: The app it is about, or empty for the whole school.
        """
        if self is Deed.CLOSE or state.closed:
            return self is Deed.CLOSE and state.closed is not None
        return not self.is_open(state, app)

    def lifted(self, state: SchoolState, app: str = "") -> Stop | None:
        """Return the stop that it lifts, or adds to, or None.

        Args:
            state: The state of the school.
            app: The app it is about, or empty for the whole school.
        """
        stops = {
            Deed.RESUME: state.pauses.get(app),
            Deed.CONNECT: state.stopped,
            Deed.CLOSE: state.closed,
        }
        return stops.get(self)


_LABELS: Mapping[Deed, str] = {
    Deed.PAUSE: "Pause all apps",
    Deed.RESUME: "Let all apps go on",
    Deed.DISCONNECT: "Disconnect the school",
    Deed.CONNECT: "Connect the school again",
    Deed.CLOSE: "Close the school for good",
}
_IS_OPEN: Mapping[Deed, Callable[[SchoolState, str], bool]] = {
    Deed.PAUSE: lambda state, app: not state.closed and app not in state.pauses,
    Deed.RESUME: lambda state, app: not state.closed and app in state.pauses,
    Deed.DISCONNECT: lambda state, _: state.connection is not None,
    Deed.CONNECT: lambda state, _: (
        not state.closed and None not in (state.stopped, state.last_connection)
    ),
    Deed.CLOSE: lambda state, _: (
        state != SchoolState() and not (state.closed and state.closed.successor)
    ),
}


@made
@frozen
class StopView:
    """A stop that the school made, in words.

    Attributes:
        what: What was done.
        by: Who did it.
        at: When.
        reason: Why, or empty.
        deed: What is to be done about it next; None where nothing can be.
        app: The app it is of, or empty for the whole school.
        stamp: What tells it apart from a later stop of the same.
        successor: The school that follows one that has closed, or empty.
    """

    what: str
    by: str
    at: str
    reason: str
    deed: Deed | None
    app: str
    stamp: str
    successor: str = ""

    @property
    def sentence(self) -> str:
        """The whole in a sentence."""
        return f"{self.what} by {self.by}, {self.at}."

    @property
    def means(self) -> str:
        """What it means for the flow of data."""
        if self.deed is Deed.CONNECT:
            return "Nothing flows until it is connected again."
        if self.deed is Deed.RESUME:
            return "Only public data about the school flows until that is lifted."
        return "Nothing flows under its number any more."

    @property
    def label(self) -> str:
        """The words of the link that leads on; empty where nothing does."""
        if self.deed is Deed.CLOSE:
            return "Name the school that follows"
        if self.app:
            return "Let it go on"
        return self.deed.label if self.deed else ""


def stamp_of(stop: Stop | None) -> str:
    """Return the instant of a stop as it is in a form; empty for none."""
    return stop.at.isoformat() if stop else ""


def stops_of(state: SchoolState) -> tuple[StopView, ...]:
    """Return the stops of a whole school, the widest first."""
    if state.closed:
        deed = Deed.CLOSE if Deed.CLOSE.is_open(state) else None
        return (_view(state, state.closed, "The school was closed", deed),)
    found = []
    if state.stopped:
        deed = Deed.CONNECT if Deed.CONNECT.is_open(state) else None
        found.append(_view(state, state.stopped, "The school was disconnected", deed))
    if pause := state.pauses.get(""):
        found.append(_view(state, pause, _ALL_PAUSED, Deed.RESUME))
    return tuple(found)


def stop_of_app(case: Case) -> StopView | None:
    """Return the pause by which one app gets nothing granted, or None."""
    state = case.state
    if state.closed:
        return None
    if pause := state.pauses.get(""):
        return _view(state, pause, _ALL_PAUSED, Deed.RESUME)
    return _own_pause(state, case.app)


def _own_pause(state: SchoolState, app: str) -> StopView | None:
    """Return the pause of one app alone, or None."""
    pause = state.pauses.get(app)
    if pause is None:
        return None
    return _view(state, pause, f"{app} was paused", Deed.RESUME, app)


_ALL_PAUSED = "All apps were paused"


def _view(
    state: SchoolState, stop: Stop, what: str, deed: Deed | None, app: str = ""
) -> StopView:
    at, by = LocalTime.of(state.zone).instant(stop.at), person(stop.actor)
    stamp, successor = stamp_of(stop), stop.successor
    return StopView(what, by, at, stop.reason, deed, app, stamp, successor)


@made
@frozen
class StopPage:
    """What a school reads before it stops something, or lets it go on.

    Attributes:
        deed: What would be done.
        school: The school's key.
        name: Its name, or its key.
        app: The app it is about, or empty for the whole school.
        lifts: The stop that would be lifted, or None.
        mis: The MIS that the school is connected to, or was; empty where it never was.
        apps: The apps with a grant in force, among those it is about.
        scopes: The titles of the scopes that the app may have, where it is about one.
        names_successor: Whether the school has closed, and only the one that follows
            is to be named.
    """

    deed: Deed
    school: str
    name: str
    app: str
    lifts: StopView | None
    mis: str
    apps: tuple[str, ...] = field(converter=texts)
    scopes: tuple[str, ...] = field(converter=texts)
    names_successor: bool

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.names_successor:
            return f"Name the school that follows {self.name}"
        return self._words.title.format(app=self.app, name=self.name)

    @property
    def means(self) -> tuple[tuple[str, str], ...]:
        """What it does and does not do: each in a few words, and in full."""
        return _SUCCESSION if self.names_successor else self._words.means

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What it is about: each with what it is called."""
        if self.names_successor:
            return ()
        if self.app:
            return (("It may have", ", ".join(self.scopes) or "Only public data"),)
        mis = (("MIS", self.mis),) if self.mis and self.deed in _OF_MIS else ()
        return (*mis, ("Authorised apps", ", ".join(self.apps) or "None"))

    @property
    def label(self) -> str:
        """The words of its button."""
        if self.names_successor:
            return "Name it"
        return self._words.label

    @property
    def keep(self) -> str:
        """The words of the link that leaves things as they are."""
        if self.names_successor:
            return "Name none now"
        return self._words.keep

    @property
    def _words(self) -> "_Words":
        return _WORDS[self.deed, bool(self.app)]

    @classmethod
    def of(
        cls,
        deed: Deed,
        school: str,
        state: SchoolState,
        cases: Iterable[Case],
        app: str,
    ) -> "StopPage":
        """Return the page of a deed.

        Args:
            deed: What would be done.
            school: The school's key.
            state: Its state.
            cases: Its case of each app that it is about.
            app: The app it is about, or empty for the whole school.
        """
        cases = list(cases)
        views = [_own_pause(state, app)] if app else stops_of(state)
        last = state.last_connection
        return cls(
            deed=deed,
            school=school,
            name=name_of(school, state),
            app=app,
            lifts=next((v for v in views if v and v.deed is deed), None),
            mis=last.mis if last else "",
            apps=(case.app for case in cases if case.grant),
            scopes=(
                title_of(case.catalogue, key)
                for case in cases
                if app and case.grant
                for key in case.grant.scopes
            ),
            names_successor=state.closed is not None,
        )


_OF_MIS = frozenset({Deed.DISCONNECT, Deed.CONNECT, Deed.CLOSE})


@frozen
class _Words:
    title: str
    label: str
    keep: str
    means: tuple[tuple[str, str], ...]


_AT_ONCE = (
    "in other processes of the service within the time it states. What an app has"
    " read already stays with it"
)
_NO_END = (
    "Nothing is ended.",
    "What you authorised stays on record, and counts again when you let it go on.",
)
_ONE = ("One person is enough", "and no reason is needed.")
_GOES_ON = (
    "What you authorised flows again.",
    "It is the same as before: nothing was added, and nothing was lost.",
)
_SUCCESSION = (
    (
        "No grant moves.",
        "The school you name sees which apps had been authorised here, and may"
        " authorise them again. Whom you listed it does not see.",
    ),
    ("It cannot be changed.", "The school that follows is named once."),
)
_WORDS: Mapping[tuple[Deed, bool], _Words] = {
    (Deed.PAUSE, True): _Words(
        "Pause {app}",
        "Pause it",
        "Leave it as it is",
        (
            (
                "It stops the flow at once.",
                "From the next record on the app receives nothing but public data"
                f" about the school; {_AT_ONCE}.",
            ),
            _NO_END,
            ("The app is told", "that it is paused, and not why."),
            _ONE,
        ),
    ),
    (Deed.PAUSE, False): _Words(
        "Pause all apps",
        "Pause all apps",
        "Leave them as they are",
        (
            (
                "It stops the flow at once.",
                "From the next record on no app receives anything but public data"
                f" about the school; {_AT_ONCE}.",
            ),
            ("It holds for every app,", "also for those you authorise meanwhile."),
            _NO_END,
            _ONE,
        ),
    ),
    (Deed.RESUME, True): _Words(
        "Let {app} go on",
        "Let it go on",
        "Leave it paused",
        (_GOES_ON, ("You can pause it again", "or revoke it, at any time.")),
    ),
    (Deed.RESUME, False): _Words(
        "Let all apps go on",
        "Let all apps go on",
        "Leave them paused",
        (
            _GOES_ON,
            ("An app that you paused alone", "stays paused until you let it go on."),
        ),
    ),
    (Deed.DISCONNECT, False): _Words(
        "Disconnect {name}",
        "Disconnect",
        "Leave it connected",
        (
            (
                "Nothing flows any more,",
                "not even public data about the school, from the next record on;"
                f" {_AT_ONCE}.",
            ),
            (
                "Only your school lifts it.",
                "It stays disconnected until somebody who may decide for the school"
                " connects it again. No restart of the service does that.",
            ),
            _NO_END,
            _ONE,
        ),
    ),
    (Deed.CONNECT, False): _Words(
        "Connect {name} again",
        "Connect again",
        "Leave it disconnected",
        (
            (
                "Your MIS is asked which school it serves.",
                "Only if that is this one is it connected.",
            ),
            _GOES_ON,
            ("What is paused", "stays paused."),
        ),
    ),
    (Deed.CLOSE, False): _Words(
        "Close {name}",
        "Close the school for good",
        "Leave it open",
        (
            (
                "It cannot be undone.",
                "Under this number nothing flows any more, not even public data.",
            ),
            *_SUCCESSION[:1],
            (
                "The record stays.",
                "Receipts, history and the record of processing can be read as now,"
                " and grants can still be revoked.",
            ),
        ),
    ),
}
