"""A page as one HTML file, to keep, send or print; needs the extra `web`.

The templates of the web are drawn in another frame, and what only works with the
service behind it is taken out: links, buttons, forms that decide, scripts.
"""

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

from markupsafe import Markup

from ..._base.local_time import LocalTime
from ..._base.values import utc_now
from ...consent.decision import Actor
from ...pages.picture import MatrixPicture
from ...pages.receipt import ReceiptPage
from ...pages.request import RequestPage
from ...pages.school import SchoolDashboard
from ...pages.vendor import AppDashboard
from ...web.addresses import Addresses
from ...web.rendering import STATIC, Renderer
from ...web.visitor import Visitor
from .text import Page

TEMPLATES = Path(__file__).parent / "templates"
"""The frame of a page in a file."""

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
_UNWRAPPED = frozenset({"a", "form"})
_DROPPED = frozenset({"button", "script", "textarea"})
_ON_SCREEN = frozenset({"acts", "answers", "crumbs", "links", "skip"})
"""The classes of what only works in a browser; none of it is printed either."""


def page_file(page: Page) -> bytes:
    """Return a page, made just now, as HTML that needs no other file and no network."""
    styles = Markup((STATIC / "scopegate.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    render = Renderer(TEMPLATES, {"styles": styles, "made_at": _now(page)})
    template, values = _drawn(page)
    drawn = render(
        template,
        Addresses(""),
        page=page,
        visitor=Visitor(Actor("the reader of the file")),
        service="scopegate",
        may_decide=True,
        is_open=True,
        notice="",
        csrf_field="",
        csrf="",
        **values,
    )
    paper = _Paper()
    paper.feed(drawn.decode())
    paper.close()
    return "".join(paper.kept).encode()


def _now(page: Page) -> str:
    """Return the present instant in the time of the page; one may be of many schools."""
    zone = "UTC" if isinstance(page, AppDashboard) else page.zone
    return LocalTime.of(zone).instant(utc_now())


def _drawn(page: Page) -> tuple[str, Mapping[str, object]]:
    """Return the template of a page, and what it is given besides the page."""
    match page:
        case RequestPage():
            shown = page.shown
            subject = {"school": shown.school, "app": shown.app, "part": "request"}
            return "request.html", {
                "subject": subject,
                "gone": (),
                "again": (),
                "pause": None,
            }
        case SchoolDashboard():
            return "school.html", {"picture": MatrixPicture.of(page.matrix)}
        case ReceiptPage():
            return "receipt.html", {}
        case _:
            return "vendor.html", {}


class _Paper(HTMLParser):
    """Copies a page, without what only works in a browser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self._open: list[bool] = []  # for each open element, whether its tags are kept
        self._dropped_at = 0  # how many were open when one was dropped whole

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Copy a tag, or leave it out, or all there is in it."""
        given = {name: value or "" for name, value in attrs}
        is_dropped = tag in _DROPPED or _is_for_a_browser(tag, given)
        is_kept = not is_dropped and tag not in _UNWRAPPED
        if is_kept:
            self._keep(_disabled(self.get_starttag_text() or "", given))
        if tag in _VOID:
            return
        self._open.append(is_kept)
        if is_dropped and not self._dropped_at:
            self._dropped_at = len(self._open)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Copy a tag that is empty; those are of pictures."""
        self._keep(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """Copy the end of what was copied."""
        if self._open.pop():
            self._keep(f"</{tag}>")
        if len(self._open) < self._dropped_at:
            self._dropped_at = 0

    def handle_data(self, data: str) -> None:
        """Copy text."""
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        """Copy an escaped character."""
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Copy an escaped character."""
        self._keep(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        """Copy the document type."""
        self._keep(f"<!{decl}>")

    def _keep(self, text: str) -> None:
        if not self._dropped_at:
            self.kept.append(text)


def _is_for_a_browser(tag: str, given: Mapping[str, str]) -> bool:
    is_post = tag == "form" and given.get("method") == "post"
    is_hidden = given.get("type") == "hidden"
    classes = given.get("class", "").split()
    return is_post or is_hidden or not _ON_SCREEN.isdisjoint(classes)


def _disabled(text: str, given: Mapping[str, str]) -> str:
    """Return a tag; a box that no one can send cannot be ticked either."""
    return f"{text[:-1]} disabled>" if given.get("type") == "checkbox" else text
