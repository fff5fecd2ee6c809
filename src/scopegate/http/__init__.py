"""Guards for HTTP clients: only declared addresses, and only what may flow of them.

Nothing here does I/O. `scopegate.http.httpx` (extra `http`) and
`scopegate.http.requests` put a guard under a client of theirs.
"""

from .._wire.limits import Limits
from ._dialects.assembly import AssemblyDialect
from ._dialects.dialect import PlainDialect
from ._dialects.oneroster import OneRosterDialect
from ._dialects.wonde import WondeDialect
from ._guard.guard import Guard
from ._pages.paging import Paging
from ._routes.route import Route, TokenRoute

__all__ = [
    "AssemblyDialect",
    "Guard",
    "Limits",
    "OneRosterDialect",
    "Paging",
    "PlainDialect",
    "Route",
    "TokenRoute",
    "WondeDialect",
]
