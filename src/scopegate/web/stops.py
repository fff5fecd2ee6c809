"""The pages on which a school stops the flow, lets it go on, or closes for good.

Each deed is a page that says what it means, and a form that does it once. What lifts a
stop names the stop it was shown for, so that none that came later is lifted by it.
"""

from collections.abc import Mapping
from typing import assert_never

from attrs import frozen

from ..adapters.base import Adapter
from ..consent.state import SchoolState
from ..errors import (
    DecisionError,
    NoAuthorityError,
    NotConnectedError,
    SourceError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from ..pages.stops import Deed, stamp_of
from ..register.connections import ANY_APP
from .addresses import with_query
from .decisions import no_authority, one_line
from .messages import Answered
from .serving import Parts, Serving

SUCCESSOR = "successor"


@frozen
class About:
    """What a deed is about: a school, or one app there.

    Attributes:
        deed: What is done.
        school: The school.
        app: The app, or empty for the whole school.
    """

    deed: Deed
    school: str
    app: str

    @classmethod
    def of(cls, parts: Parts) -> "About":
        """Return the subject of an address."""
        return cls(Deed(parts["deed"]), parts["school"], parts.get("app", ""))

    def state(self, serving: Serving) -> SchoolState:
        """Return the state of the school now."""
        return serving.desk.state(self.school)

    def address(self, serving: Serving) -> str:
        """Return the address of the page that shows how things are afterwards."""
        if self.app:
            return serving.at.app(self.school, self.app)
        return serving.at.school(self.school)


def ask(serving: Serving, parts: Parts) -> Answered:
    """Answer with what a deed does and does not do, before it is done."""
    about = About.of(parts)
    if not about.deed.is_open(about.state(serving), about.app):
        return _too_late(serving, about)
    return _page(serving, about)


def check_close(serving: Serving, parts: Parts) -> Answered:
    """Answer with the page on which a school is closed, who follows it written."""
    about = About(Deed.CLOSE, parts["school"], "")
    if not about.deed.is_open(about.state(serving)):
        return _too_late(serving, about)
    if problem := _wrong_successor(serving, about):
        return _page(serving, about, 422, problem=problem)
    return _page(serving, about, is_checked=True)


def do(serving: Serving, parts: Parts) -> Answered:
    """Do what was posted, once; or say kindly why not."""
    about = About.of(parts)
    state = about.state(serving)
    if not about.deed.is_open(state, about.app) or _is_closed_so(serving, about):
        return _after(serving, about)
    if stamp_of(about.deed.lifted(state, about.app)) != serving.asked.first("stop"):
        return _page(serving, about, 409, notice=STOPPED_AGAIN)
    if about.deed is Deed.CLOSE and (problem := _wrong_successor(serving, about)):
        return _page(serving, about, 422, problem=problem)
    try:
        _act(serving, about)
    except NoAuthorityError:
        return no_authority(serving)
    except (WrongSchoolError, UnverifiedSchoolError, SourceError) as error:
        return _page(serving, about, 409, notice=f"{NOT_CONNECTED} {error}.")
    except DecisionError:  # somebody was quicker, between the look and the decision
        pass
    return _after(serving, about)


def _page(
    serving: Serving,
    about: About,
    status: int = 200,
    *,
    notice: str = "",
    problem: str = "",
    is_checked: bool = False,
) -> Answered:
    page = serving.desk.stop(about.school, about.deed, about.app)
    return serving.page(
        "stop.html",
        status,
        page=page,
        notice=notice,
        problem=problem,
        successor=_successor(serving),
        is_checked=is_checked,
        is_out_of_reach=_is_out_of_reach(serving, about),
    )


def _is_out_of_reach(serving: Serving, about: About) -> bool:
    """Tell whether the host has given no interface to connect the school over."""
    return about.deed is Deed.CONNECT and serving.mis_of is None


STOPPED_AGAIN = (
    "It has been stopped again since you opened this page, so nothing was done."
    " Read by whom and why, and decide again."
)
NOT_CONNECTED = "The school was not connected, and nothing has changed:"


def _after(serving: Serving, about: About) -> Answered:
    """Lead to how things stand, if what was posted is so by now."""
    if about.deed.is_done(about.state(serving), about.app):
        address = about.address(serving)
        return serving.see(with_query(address, ("done", about.deed.value)))
    if _is_out_of_reach(serving, about):
        return _page(serving, about, 409)
    return _too_late(serving, about)


def _too_late(serving: Serving, about: About) -> Answered:
    text = (
        "Things have changed since this page was offered, so nothing was done by you"
        " just now. See how they stand, and decide again."
    )
    title, link = "There is nothing to do here any more", about.address(serving)
    return serving.message(409, title, text, link)


# Closing


def _successor(serving: Serving) -> str:
    return one_line(serving.asked.first(SUCCESSOR))


def _is_closed_so(serving: Serving, about: About) -> bool:
    """Tell whether a school has closed already, just as it is to be closed."""
    closed = about.state(serving).closed
    return closed is not None and closed.successor == _successor(serving)


def _wrong_successor(serving: Serving, about: About) -> str:
    """Return the problem with the school that is said to follow, or nothing."""
    successor = _successor(serving)
    if successor == about.school:
        return "A school cannot follow itself: write the number of the one that does"
    if not successor and about.state(serving).closed:
        return "Write the number of the school that follows"
    return ""


# Doing


def _act(serving: Serving, about: About) -> None:
    """Do it in the name of the visitor.

    Raises:
        DecisionError: It cannot be done now.
    """
    register, actor = serving.desk.register, serving.visitor.actor
    school, app = about.school, about.app or None
    reason = one_line(serving.asked.first("reason"))
    match about.deed:
        case Deed.PAUSE:
            register.pause(school=school, app=app, actor=actor, reason=reason)
        case Deed.RESUME:
            register.resume(school=school, app=app, actor=actor, reason=reason)
        case Deed.DISCONNECT:
            register.disconnect(school=school, actor=actor, reason=reason)
        case Deed.CONNECT:
            _connect(serving, about)
        case Deed.CLOSE:
            successor = _successor(serving)
            register.close(
                school=school, actor=actor, successor=successor, reason=reason
            )
        case _:
            assert_never(about.deed)


def _connect(serving: Serving, about: About) -> None:
    """Connect a school as it was connected last, over the host's own interface."""
    last, mis_of = about.state(serving).last_connection, serving.mis_of or _no_mis
    serving.desk.register.connect(
        school=about.school,
        mis=last.mis if last else "",
        adapter=mis_of(about.school),
        actor=serving.visitor.actor,
    )


def _no_mis(school: str) -> Adapter:
    raise NotConnectedError(school, ANY_APP)


# What is said afterwards


def said(serving: Serving, school: str, app: str = "") -> str:
    """Return the notice about what was just done, while it is true.

    Args:
        serving: The request of the page.
        school: The school.
        app: The app whose page it is, or empty for the school's own.
    """
    state, done = serving.desk.state(school), serving.asked.first("done")
    for deed, notice in (_SAID_OF_APP if app else _SAID).items():
        if done == deed and deed.is_done(state, app) and not _is_held(deed, state, app):
            return notice
    return ""


def _is_held(deed: Deed, state: SchoolState, app: str) -> bool:
    """Tell whether another pause holds what has been let go on."""
    return deed is Deed.RESUME and state.pause_of(app) is not None


_SAID: Mapping[Deed, str] = {
    Deed.PAUSE: "All apps are paused. Nothing but public data about the school flows"
    " until you let them go on.",
    Deed.RESUME: "All apps go on, except those that were paused alone.",
    Deed.DISCONNECT: "The school is disconnected. Nothing flows until it is connected"
    " again.",
    Deed.CONNECT: "The school is connected again. What was authorised before counts.",
    Deed.CLOSE: "The school is closed. Nothing flows under its number any more.",
}
_SAID_OF_APP: Mapping[Deed, str] = {
    Deed.PAUSE: "It is paused. Nothing but public data about the school flows to it"
    " until you let it go on.",
    Deed.RESUME: "It goes on. What you authorised flows again.",
}
