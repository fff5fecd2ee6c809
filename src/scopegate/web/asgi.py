"""`consent_app`: the pages as an ASGI app, to mount or to serve."""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import parse_qsl, quote

from .._base.values import EMPTY
from ..arguments import checked
from ..extras import needs
from ..pages.desk import AppsOf
from ..register.register import ConsentRegister
from .messages import Answered, Asked
from .serving import MisOf, answered
from .site import Site
from .visitor import Authority

with needs("web"):
    from anyio import CapacityLimiter, to_thread
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

MOST_FIELDS = 2_000
"""How many fields a form may have; a request has a box for each optional scope."""

MOST_BYTES = 1_000_000
"""How large a form may be."""


@checked
def consent_app(
    register: ConsentRegister,
    *,
    authority: Authority,
    templates: str | Path | Iterable[str | Path] = (),
    values: Mapping[str, object] = EMPTY,
    apps_of: AppsOf | None = None,
    service: str = "School data sharing",
    mis_of: MisOf | None = None,
    threads: int = 10,
) -> Starlette:
    """Return the pages of *register* as an ASGI app: `app.mount("/consent", ...)`.

    Args:
        register: Where decisions are taken.
        authority: Says who is at the pages; `asked.host` is Starlette's request,
            whose session is the host's.
        templates: A folder, or folders, of the host's own templates.
        values: What the host's own templates are given besides the page.
        apps_of: Which apps may ask a school; None for every app that has published.
        service: What the host calls itself.
        mis_of: Gives the interface to a school's MIS, as `ConsentRegister.connect`
            takes it; without it what needs the MIS is not done on the pages.
        threads: How many pages are made at once; the others wait. A ledger that does
            not answer holds these threads, and none of the host's own.

    Raises:
        ValueError: *threads* is below 1.
    """
    if threads < 1:
        message = "`threads` is at least 1; pages are made on them"
        raise ValueError(message)
    limiter = cache(partial(CapacityLimiter, threads))  # made where the loop runs
    site = Site(
        register,
        authority=authority,
        templates=templates,
        values=values,
        apps_of=apps_of,
        service=service,
        mis_of=mis_of,
    )

    async def serve(request: Request) -> Response:
        try:
            asked = await _asked(request)
        except _TooLargeError:
            return _response(_TOO_LARGE)
        answer = await to_thread.run_sync(site.answer, asked, limiter=limiter())
        return _response(answer)

    return Starlette(
        routes=[Route("/{path:path}", serve, methods=["GET", "HEAD", "POST"])]
    )


def _response(answer: Answered) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers
    ]
    return response


class _TooLargeError(Exception):
    """A form has more bytes, or fields, than any of ours."""


_TOO_LARGE = answered(b"the form is too large", "text/plain; charset=utf-8", 413)


async def _asked(request: Request) -> Asked:
    root = request.scope.get("root_path", "")
    return Asked(
        method=request.method,
        path=request.scope["path"].removeprefix(root) or "/",
        root=quote(root),  # it is in addresses, and in headers
        query=request.query_params.multi_items(),
        form=await _form(request) if request.method == "POST" else (),
        headers=dict(request.headers),
        origin=f"{request.url.scheme}://{request.url.netloc}",
        host=request,
    )


async def _form(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a posted form, which is never larger than ours are."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _TooLargeError
    try:
        return parse_qsl(
            body.decode(errors="replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise _TooLargeError from error
