"""`demo_app`: the pages on a made-up year, in which one can be anybody.

It is also the example of how a service has the pages in its own frame: mounted
below a path of its own, with its own base template and its own `Authority`.
"""

import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs

from attrs import frozen

from ..._base.values import Clock, utc_now
from ...extras import needs
from ...ledgers.base import Ledger
from ...register.register import ConsentRegister
from ...samples.year.people import ORIEL, PEOPLE, SCHOOLS, DemoPerson
from ...samples.year.records import made_up_mis
from ...samples.year.year import play_year
from ...web.asgi import consent_app
from ...web.messages import Asked
from ...web.visitor import Visitor

with needs("web"):
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import (
        FileResponse,
        PlainTextResponse,
        RedirectResponse,
        Response,
    )
    from starlette.routing import Mount, Route
    from uvicorn import Config, Server

TEMPLATES = Path(__file__).parent / "templates"
"""The demo's own templates, used before those that ship with the pages."""

PAGES = "/consent"
"""Where the pages are mounted."""

STYLES = "/demo.css"
CHANGE = "/person"
COOKIE = "demo_person"

DEFAULT = ORIEL
"""Who one is at first: the trust's data lead, who decides for all schools."""

_BY_ID = {person.actor.id: person for person in PEOPLE}
_NAMES = {school.key: school.name for school in SCHOOLS}


@frozen
class AnyPerson:
    """Lets anybody be whom they like: an `Authority` for people who are made up."""

    def visitor(self, asked: Asked) -> Visitor:
        """Return the person the cookie names, or the one to start as."""
        named = _BY_ID.get(asked.cookie(COOKIE), _BY_ID[DEFAULT.id])
        return Visitor(named.actor, named.schools, named.decides_for, named.apps)


def place(person: DemoPerson) -> str:
    """Return the place of a person, and whether they may only look.

    >>> [place(person) for person in PEOPLE if person.actor.name == "Anwen Castle"]
    ['Ludderby Vale Academy, looks only']
    """
    names = [_NAMES[key] for key in person.schools]
    only = [] if person.decides_for or person.apps else ["looks only"]
    return ", ".join([*(names if len(names) == 1 else []), *only])


def demo_app(ledger: Ledger, *, clock: Clock = utc_now) -> Starlette:
    """Play the made-up year, and return an ASGI app of its pages.

    They are mounted at `/consent`, where `/` leads; it must be at the root of a
    server of its own.

    Args:
        ledger: An empty ledger, to be closed by the caller once no one looks any more.
        clock: Gives the present instant; the year ends at its first.

    Raises:
        LedgerError: The ledger cannot be read or written.
    """
    year = play_year(ledger, now=clock())
    register = ConsentRegister(
        year.catalogue,
        ledger,
        clock=clock,
        authority=year.may_decide,
        decide_within=year.decide_within,
    )
    pages = consent_app(
        register,
        authority=AnyPerson(),
        templates=TEMPLATES,
        values={
            "people": [(person, place(person)) for person in year.people],
            "change": CHANGE,
            "styles": STYLES,
        },
        service="Westmarch data sharing",
        mis_of=made_up_mis().__getitem__,
    )
    return Starlette(
        routes=[
            Route("/", _first_page),
            Route(CHANGE, _change, methods=["POST"]),
            Route(STYLES, _styles),
            Mount(PAGES, pages),
        ]
    )


async def _first_page(_: Request) -> Response:
    return RedirectResponse(f"{PAGES}/", status_code=303)


async def _styles(_: Request) -> Response:
    return FileResponse(TEMPLATES / "demo.css", media_type="text/css")


async def _change(request: Request) -> Response:
    """Make the browser somebody else, by a cookie that it keeps until it is closed."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return PlainTextResponse("send this from a page of the demo", 403)
    form = parse_qs((await request.body()).decode(errors="replace"))
    answer = await _first_page(request)
    for chosen in _BY_ID.keys() & set(form.get("person", [])):
        answer.set_cookie(COOKIE, chosen, httponly=True, samesite="strict")
    return answer


def serve_until_stopped(app: Starlette, listening: socket.socket) -> None:
    """Serve *app* until somebody presses Ctrl-C; does not close the socket."""
    config = Config(app, lifespan="off", log_level="warning", server_header=False)
    with suppress(KeyboardInterrupt):  # which uvicorn raises again once it has ended
        Server(config).run(sockets=[listening])
