"""What of a query Wonde may be asked: the parts, and what has changed.

It narrows, sorts and counts nothing; the gate does.
"""

from .._http.moment import second_before
from ..base import Fetch
from ..steps import Pairs
from .interface import Collection, parts


def query(collection: Collection, wanted: Fetch) -> Pairs:
    """Return the query for a collection, besides the page."""
    changed = wanted.changed_since
    asked = {
        "type": collection.kind,
        "updated_after": changed and f"{second_before(changed):%Y-%m-%d %H:%M:%S}",
        "include": ",".join(parts(wanted.fields)),
    }
    return tuple((name, value) for name, value in asked.items() if value)
