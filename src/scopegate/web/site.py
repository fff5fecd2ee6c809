"""`Site`: the pages of one register, for any framework: `Asked` in, `Answered` out.

The host's `Authority` identifies the visitor, for every page again. What is not
theirs is not there: a page of another school is a 404, and a line in the log.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from .._base.values import EMPTY, printable
from ..arguments import checked
from ..errors import LedgerError, ScopegateError
from ..pages.desk import AppsOf, Desk
from ..register.register import ConsentRegister
from . import decisions, stops, views
from .addresses import unspelt
from .messages import Answered, Asked
from .protection import is_own_form
from .rendering import STATIC, Renderer
from .serving import NOBODY, MisOf, Parts, Serving, answered
from .visitor import Authority, Visitor

_LOG = logging.getLogger("scopegate.web")

Handler = Callable[[Serving, Parts], Answered]

_SCHOOL = r"/schools/(?P<school>[^/]+)"
_APP = rf"{_SCHOOL}/apps/(?P<app>[^/]+)"
_PART = rf"{_APP}/(?P<part>request|grant)"
_RECEIPT = rf"{_SCHOOL}/receipts/(?P<grant>[^/]+)/(?P<revision>[0-9]{{1,9}})"
_VENDOR = r"/apps/(?P<app>[^/]+)"


@frozen
class _Route:
    pattern: re.Pattern[str]
    get: Handler | None = None
    post: Handler | None = None


def _route(pattern: str, get: Handler) -> _Route:
    return _Route(re.compile(pattern), get)


def _deciding_route(
    pattern: str, get: Handler | None = None, post: Handler | None = None
) -> _Route:
    """Return a route for those who may decide for the school."""
    return _Route(re.compile(pattern), *map(_for_deciders, (get, post)))


def _for_deciders(handler: Handler | None) -> Handler | None:
    if handler is None:
        return None

    def handle(serving: Serving, parts: Parts) -> Answered:
        if not serving.may_decide(parts):
            return decisions.no_authority(serving)
        return handler(serving, parts)

    return handle


_ROUTES = (
    _route("/", views.home),
    _route(_SCHOOL, views.school),
    _route(rf"{_SCHOOL}/processing\.csv", views.processing),
    _route(_APP, views.app),
    _route(rf"{_APP}/deletion-request\.txt", views.deletion),
    _route(_PART, decisions.show),
    _route(_RECEIPT, views.receipt),
    _route(rf"{_RECEIPT}/(?P<file>receipt\.txt|receipt\.zip)", views.receipt),
    _route(_VENDOR, views.vendor),
    _route(rf"{_VENDOR}/grants\.json", views.grants),
    _deciding_route(rf"{_PART}/check", decisions.check),
    _deciding_route(rf"{_APP}/ask", post=decisions.ask),
    _deciding_route(rf"{_APP}/people", post=decisions.check_people),
    _deciding_route(rf"{_APP}/revoke", decisions.ask_revoke, decisions.revoke),
    _deciding_route(
        rf"{_SCHOOL}/(?P<deed>pause|resume|disconnect|connect|close)",
        stops.ask,
        stops.do,
    ),
    _deciding_route(rf"{_SCHOOL}/close/check", stops.check_close),
    _deciding_route(rf"{_APP}/(?P<deed>pause|resume)", stops.ask, stops.do),
    _deciding_route(rf"{_APP}/narrow", post=decisions.narrow),
    _deciding_route(rf"{_PART}/(?P<answer>authorise|decline)", post=decisions.decide),
)
_FAILED = "Something went wrong here. Nothing was decided. Try again later."
_FILES = {
    "scopegate.css": "text/css; charset=utf-8",
    "scopegate.js": "text/javascript; charset=utf-8",
    "scopegate.svg": "image/svg+xml",
}


@checked
class Site:
    """Answers every page of one register; may be shared by threads.

    Args:
        register: Where decisions are taken.
        authority: Says who is at the pages.
        templates: A folder, or folders, of the host's own templates.
        values: What the host's own templates are given besides the page.
        apps_of: Which apps may ask a school; None for every app that has published.
        service: What the host calls itself; it is at the top of every page.
        mis_of: Gives the interface to a school's MIS, as `ConsentRegister.connect`
            takes it; without it what needs the MIS is not done on the pages.
    """

    def __init__(
        self,
        register: ConsentRegister,
        *,
        authority: Authority,
        templates: str | Path | Iterable[str | Path] = (),
        values: Mapping[str, object] = EMPTY,
        apps_of: AppsOf | None = None,
        service: str = "School data sharing",
        mis_of: MisOf | None = None,
    ) -> None:
        self._desk = Desk(register, apps_of=apps_of)
        self._authority = authority
        self._render = Renderer(templates, values)
        self._service = service
        self._mis_of = mis_of

    def answer(self, asked: Asked) -> Answered:
        """Return the answer for a browser; raises only what ends a program.

        Args:
            asked: What it asks for.
        """
        try:
            return self._answer(asked)
        except Exception:
            _LOG.exception("not even the page of an error can be drawn")
            return answered(_FAILED.encode(), "text/plain; charset=utf-8", 500)

    def _answer(self, asked: Asked) -> Answered:
        if asked.method == "HEAD":
            whole = self._answer(evolve(asked, method="GET"))
            return evolve(whole, body=b"")
        if (file := _static(asked)) is not None:
            return file
        try:
            visitor = self._authority.visitor(asked)
        except Exception:
            _LOG.exception("the authority failed, so no one is let in")
            return self._failed(self._serving(asked, None))
        return self._serve(self._serving(asked, visitor))

    def _serving(self, asked: Asked, visitor: Visitor | None) -> Serving:
        host = (self._desk, self._render, self._service, self._mis_of)
        return Serving.of(asked, visitor, *host)

    def _serve(self, serving: Serving) -> Answered:
        if serving.visitor is NOBODY:
            text = f"Sign in to {self._service}, and open this page again."
            return serving.message(401, "You are not signed in", text)
        found = _found(serving)
        if isinstance(found, Answered):
            return found
        handler, parts = found
        if serving.asked.method == "POST" and not is_own_form(serving.asked):
            return _foreign_form(serving)
        try:
            if not _is_asked(self._desk, parts):
                return serving.not_found()
            return handler(serving, parts)
        except LedgerError as error:
            _LOG.error("the ledger cannot be used: %s", type(error).__name__)
            return _no_ledger(serving)
        except ScopegateError as error:
            return serving.message(409, "This cannot be shown now", f"{error}.")
        except Exception:
            _LOG.exception("a page failed")
            return self._failed(serving)

    @staticmethod
    def _failed(serving: Serving) -> Answered:
        return serving.message(500, "That did not work", _FAILED)


def _static(asked: Asked) -> Answered | None:
    """Return a file that pages load, for anybody."""
    name = asked.path.removeprefix("/static/")
    if asked.method != "GET" or asked.path == name or name not in _FILES:
        return None
    more = [("Cache-Control", "public, max-age=300")]
    return answered((STATIC / name).read_bytes(), _FILES[name], 200, more)


def _found(serving: Serving) -> tuple[Handler, Parts] | Answered:
    """Return the handler, and the names in the address, if they are the visitor's."""
    asked = serving.asked
    for route in _ROUTES:
        if match := route.pattern.fullmatch(asked.path):
            handler = {"GET": route.get, "POST": route.post}.get(asked.method)
            parts = _parts(match)
            if parts is None or not _may_see(serving.visitor, parts):
                return _refused(serving)
            return (handler, parts) if handler else _not_so(serving, route)
    return serving.not_found()


def _not_so(serving: Serving, route: _Route) -> Answered:
    """Answer that an address is there, and for another method."""
    text = "This address cannot be used like that."
    page = serving.message(405, "That is not done here", text)
    allowed = ["GET", "HEAD"] * bool(route.get) + ["POST"] * bool(route.post)
    return evolve(page, headers=(*page.headers, ("Allow", ", ".join(allowed))))


def _parts(match: re.Match[str]) -> Mapping[str, str] | None:
    """Return the names in an address, or None where one is not a name."""
    found = {}
    for part, text in match.groupdict().items():
        is_name = part in {"school", "app", "grant"}
        name = unspelt(text) if is_name else text
        if name is None:
            return None
        found[part] = name
    return found


def _may_see(visitor: Visitor, parts: Parts) -> bool:
    if "school" in parts:
        return visitor.may_see(parts["school"])
    return "app" not in parts or parts["app"] in visitor.apps


def _is_asked(desk: Desk, parts: Parts) -> bool:
    """Tell whether an app that an address names asks that school, or was shown to it."""
    if "school" not in parts or "app" not in parts:
        return True
    return desk.has(parts["school"], parts["app"])


def _refused(serving: Serving) -> Answered:
    """Answer as if there were no such page, and say in the log that somebody asked."""
    actor = serving.visitor.actor
    _LOG.warning(
        "404 for `%s`, who must not see `%s`",
        printable(actor.id or actor.name),
        printable(serving.asked.path),
    )
    return serving.not_found()


def _foreign_form(serving: Serving) -> Answered:
    text = (
        "This form did not come from a page that you have open here, so nothing was"
        " done. Open the page again and send it from there. Cookies must be allowed."
    )
    return serving.message(403, "Please send that again", text)


def _no_ledger(serving: Serving) -> Answered:
    text = (
        "The record of decisions cannot be reached, so nothing can be shown or"
        " decided. Nothing flows but public data while that is so. Try again later."
    )
    return serving.message(503, "Not available just now", text)
