"""How records come: one adapter per MIS interface, told what to fetch and never why.

An adapter gives records in the catalogue's shape, and the gate releases what may
flow whatever it gives. No adapter knows a request, a grant or a permit, and none
knows another.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .assembly import Assembly as Assembly
    from .base import (
        Adapter as Adapter,
        AsyncAdapter as AsyncAdapter,
        AsyncCounting as AsyncCounting,
        Capabilities as Capabilities,
        Counting as Counting,
        Fetch as Fetch,
    )
    from .files import FilesAdapter as FilesAdapter
    from .http import AsyncHTTPAdapter as AsyncHTTPAdapter, HTTPAdapter as HTTPAdapter
    from .oneroster import OneRoster as OneRoster
    from .oneroster_csv import OneRosterCSV as OneRosterCSV
    from .records import RecordsAdapter as RecordsAdapter
    from .sql import (
        AsyncSQLAdapter as AsyncSQLAdapter,
        Listed as Listed,
        SQLAdapter as SQLAdapter,
        SQLResource as SQLResource,
    )
    from .steps import (
        Answer as Answer,
        Asking as Asking,
        Call as Call,
        CountingInterface as CountingInterface,
        Interface as Interface,
        Limits as Limits,
        Page as Page,
        Wait as Wait,
    )
    from .wonde import Wonde as Wonde
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "assembly": "Assembly",
            "base": "Adapter AsyncAdapter AsyncCounting Capabilities Counting Fetch",
            "files": "FilesAdapter",
            "http": "AsyncHTTPAdapter HTTPAdapter",
            "oneroster": "OneRoster",
            "oneroster_csv": "OneRosterCSV",
            "records": "RecordsAdapter",
            "sql": "AsyncSQLAdapter Listed SQLAdapter SQLResource",
            "steps": "Answer Asking Call CountingInterface Interface Limits Page Wait",
            "wonde": "Wonde",
        },
    )
