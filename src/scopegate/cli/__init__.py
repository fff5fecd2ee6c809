"""The commands; they need the extra `cli` (click and rich).

Kept free of both packages, so that a plain installation gets a clear sentence
instead of a traceback.
"""

import sys
from collections.abc import Callable

_NEEDED = frozenset({"click", "rich"})

_start: Callable[[], int] | None
try:
    from .commands import scopegate as _start
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _NEEDED:
        raise
    _start = None


def main() -> int:
    """Run the command line; ends the program with a documented exit code."""
    if _start is None:
        sys.stderr.write(
            "scopegate: the commands need click and rich; install them with"
            " `pip install 'scopegate[cli]'`\n"
        )
        return 2
    return _start()
