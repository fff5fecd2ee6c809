"""`Memory`: where in an MIS the pages begin that clients were given; bounded.

A client counts the records that it is given, an MIS those that it has. And a
cursor of an MIS may hold what is withheld, so a client is given one of ours.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from .paging import Mark


class Memory:
    """Places in listings; threads may share it.

    Args:
        most: How many pages, and how many cursors, are remembered. Those used
            longest ago are forgotten first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: OrderedDict[tuple[Hashable, int], Mark] = OrderedDict()
        self._cursors: OrderedDict[str, tuple[Hashable, Mark]] = OrderedDict()
        self._count = 0
        self._lock = Lock()

    def note(self, listing: Hashable, number: int, mark: Mark) -> None:
        """Remember the place of the record that *number* others come before."""
        with self._lock:
            self._places[listing, number] = mark
            self._places.move_to_end((listing, number))
            if len(self._places) > self._most:
                self._places.popitem(last=False)

    def nearest(self, listing: Hashable, number: int, first: Mark) -> tuple[int, Mark]:
        """Return the last remembered place at or before a record, and its number.

        Where none is remembered that is *first*, which no record comes before.
        """
        with self._lock:
            known = [n for (home, n) in self._places if home == listing and n <= number]
            if not known:
                return 0, first
            best = max(known)
            self._places.move_to_end((listing, best))
            return best, self._places[listing, best]

    def cursor(self, listing: Hashable, mark: Mark) -> str:
        """Return a cursor for a place in a listing."""
        with self._lock:
            self._count += 1
            cursor = f"page-{self._count}"
            self._cursors[cursor] = listing, mark
            if len(self._cursors) > self._most:
                self._cursors.popitem(last=False)
        return cursor

    def recall(self, listing: Hashable, cursor: str) -> Mark | None:
        """Return the place of a cursor, or None.

        It is None for one that was forgotten, or never given out, or given out
        for another listing.
        """
        with self._lock:
            home, mark = self._cursors.get(cursor, (None, None))
            if mark is None or home != listing:
                return None
            self._cursors.move_to_end(cursor)
            return mark
