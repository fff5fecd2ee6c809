"""`Serving`: one request while it is answered, and how answers are made of pages."""

from collections.abc import Callable, Iterable, Mapping

from attrs import field, frozen

from ..adapters.base import Adapter
from ..consent.decision import Actor
from ..pages.desk import Desk
from .addresses import Addresses
from .messages import Answered, Asked
from .protection import CSRF, HEADERS, NO_STORE, cookies, token_of
from .rendering import Renderer
from .visitor import Visitor

Parts = Mapping[str, str]
"""The names that an address holds, by what they are of."""

MisOf = Callable[[str], Adapter]
"""Gives the interface to a school's MIS, as the host connects to it."""

HTML = "text/html; charset=utf-8"
NOBODY = Visitor(Actor("somebody who is not signed in"))
"""Sees nothing and decides nothing."""


@frozen
class Serving:
    """One request of one visitor, with all that it takes to answer it.

    Attributes:
        asked: What is asked for.
        visitor: Who asks; `NOBODY` if they are not signed in.
        desk: Makes the pages.
        render: Draws them.
        service: What the host calls itself.
        mis_of: Gives the interface to a school's MIS; None if the host gives none.
        token: What a form of this visitor must carry.
    """

    asked: Asked
    visitor: Visitor
    desk: Desk
    render: Renderer
    service: str
    mis_of: MisOf | None = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def of(
        cls,
        asked: Asked,
        visitor: Visitor | None,
        desk: Desk,
        render: Renderer,
        service: str,
        mis_of: MisOf | None,
    ) -> "Serving":
        """Return a request to serve, with the visitor's own token."""
        who, token = visitor or NOBODY, token_of(asked)
        return cls(asked, who, desk, render, service, mis_of, token)

    @property
    def at(self) -> Addresses:
        """Where the pages are."""
        return Addresses(self.asked.root)

    def may_decide(self, parts: Parts) -> bool:
        """Tell whether the visitor may decide for the school that an address names."""
        return self.visitor.may_decide(parts.get("school", ""))

    def page(self, template: str, status: int = 200, **values: object) -> Answered:
        """Return a page."""
        body = self.render(
            template,
            self.at,
            csrf_field=CSRF,
            csrf=self.token,
            service=self.service,
            visitor=self.visitor,
            is_known=self.visitor is not NOBODY,
            **values,
        )
        more = [NO_STORE, *cookies(self.asked, self.token)]
        return answered(body, HTML, status, more)

    def message(self, status: int, title: str, text: str, link: str = "") -> Answered:
        """Return a page that says one thing."""
        return self.page("message.html", status, title=title, text=text, link=link)

    def not_found(self) -> Answered:
        """Return the page for what is not there, or not for this visitor: the same."""
        text = "There is no such page, or it is not for you. Check the address."
        return self.message(404, "Page not found", text)

    def see(self, address: str) -> Answered:
        """Return a redirect to a page of ours, to be got."""
        more = [NO_STORE, ("Location", address)]
        return answered(b"", "text/plain; charset=utf-8", 303, more)

    def file(
        self, name: str, body: bytes, kind: str, *, as_download: bool = True
    ) -> Answered:
        """Return a file, to be saved under a name made by us."""
        how = "attachment" if as_download else "inline"
        more = [NO_STORE, ("Content-Disposition", f'{how}; filename="{name}"')]
        return answered(body, kind, 200, more)


def answered(
    body: bytes, kind: str, status: int, more: Iterable[tuple[str, str]] = ()
) -> Answered:
    """Return an answer with the headers that every one has."""
    length = ("Content-Length", str(len(body)))
    headers = (("Content-Type", kind), length, *HEADERS, *more)
    return Answered(status, body, headers)
