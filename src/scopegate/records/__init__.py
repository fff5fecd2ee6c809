"""What a record is: read without trust, compared by a condition, asked for by a query.

A record is anything with keys or attributes; nothing here changes one or keeps one.
This wing imports the catalogue's words and nothing that was decided.
"""

from typing import TYPE_CHECKING

from .._base.face import hand_on

if TYPE_CHECKING:
    from .condition import Comparison as Comparison, Condition as Condition
    from .query import Query as Query
else:
    __all__, __getattr__, __dir__ = hand_on(
        __name__,
        {
            "condition": "Comparison Condition",
            "query": "Query",
        },
    )
