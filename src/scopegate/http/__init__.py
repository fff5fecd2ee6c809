"""Guards for HTTP clients: only declared addresses, and only what may flow of them.

A guard does no I/O. `scopegate.http.httpx` (extra `http`) and
`scopegate.http.requests` (extra `requests`) put one under a client of theirs. This
wing takes no decision and reads no ledger.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .._wire.limits import Limits as Limits
    from ._dialects.assembly import AssemblyDialect as AssemblyDialect
    from ._dialects.dialect import PlainDialect as PlainDialect
    from ._dialects.oneroster import OneRosterDialect as OneRosterDialect
    from ._dialects.wonde import WondeDialect as WondeDialect
    from ._guard.guard import Guard as Guard
    from ._pages.paging import Paging as Paging
    from ._routes.route import Route as Route, TokenRoute as TokenRoute
    from .httpx import (
        AsyncGuardTransport as AsyncGuardTransport,
        GuardTransport as GuardTransport,
    )
    from .requests import GuardHTTPAdapter as GuardHTTPAdapter
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "._wire.limits": "Limits",
            "_dialects.assembly": "AssemblyDialect",
            "_dialects.dialect": "PlainDialect",
            "_dialects.oneroster": "OneRosterDialect",
            "_dialects.wonde": "WondeDialect",
            "_guard.guard": "Guard",
            "_pages.paging": "Paging",
            "_routes.route": "Route TokenRoute",
            "httpx": "AsyncGuardTransport GuardTransport",
            "requests": "GuardHTTPAdapter",
        },
    )
