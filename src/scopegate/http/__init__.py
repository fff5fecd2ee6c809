"""Guards for HTTP clients: only declared addresses, and only what may flow of them.

Nothing here does I/O. `scopegate.http.httpx` (extra `http`) and
`scopegate.http.requests` put a guard under a client of theirs.
"""

from .._wire.messages import Bounds
from ._assembly import AssemblyDialect
from ._dialect import PlainDialect
from ._guard import Guard
from ._oneroster import OneRosterDialect
from ._paging import Paging
from ._route import Route, TokenRoute
from ._wonde import WondeDialect

__all__ = [
    "AssemblyDialect",
    "Bounds",
    "Guard",
    "OneRosterDialect",
    "Paging",
    "PlainDialect",
    "Route",
    "TokenRoute",
    "WondeDialect",
]
