"""`OneRosterCSV`: a bundle of CSV files, as OneRoster 1.1 and 1.2 publish it."""

from collections.abc import Iterator
from pathlib import Path

from .._base.values import Clock, quoted, utc_now
from ..arguments import checked
from ..catalogue.resource import Resource
from ..errors import SourceError
from ._oneroster.bundle import opened
from ._oneroster.rows import TABLES, UNTOLD
from ._oneroster.served import records
from .base import NONE, Capabilities, Fetch


@checked
class OneRosterCSV:
    """Serves a OneRoster bundle: a zip, which is not unpacked, or a folder.

    Its records are in the shape of the built-in catalogue `oneroster`, as
    `OneRoster` gives them; an empty cell is a missing value. Which files are there
    is what `manifest.csv` says. What is not `active` is not served; of changes it
    is, by its id and status alone. Rows are read as they are asked for; of the files
    with users' roles, profiles and resources all is held.

    Args:
        path: The zip or folder, with the CSV files at its top.
        school: Where it holds several schools, the `identifier` of the one to
            serve. Rows of other schools are left out, and resources that do not
            say whose they are (organisations and all sessions) are not served.
            None: it holds one school, and the gate finds out which.
        deltas: Whether files that hold only changes are served as well. They are
            all that changed, and not all that there is.
        most_bytes: The most bytes of one file, unpacked.
        clock: Gives the present instant; a role that has ended by its day, or has not
            begun, does not count.

    Raises:
        SourceError: There is nothing at the path.
    """

    def __init__(
        self,
        path: str | Path,
        school: str | None = None,
        *,
        deltas: bool = False,
        most_bytes: int = 2**30,
        clock: Clock = utc_now,
    ) -> None:
        self._path, self._clock = Path(path).absolute(), clock
        self._school, self._deltas, self._most_bytes = school, deltas, most_bytes
        if not self._path.exists():
            raise SourceError(self._path.name, "is not there; name a zip or a folder")

    @property
    def school(self) -> str | None:
        """The school it serves; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return no capabilities: it gives whole records, all of them."""
        return NONE

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`.

        Raises:
            SourceError: The bundle is broken; names the file and the line. Or the
                resource does not say whose its rows are, among several schools.
        """
        name = wanted.resource.name
        if name not in TABLES:
            return
        if self._school is not None and name in UNTOLD:
            problem = (
                f"holds several schools, and {quoted([name])} rows do not say whose they"
                " are; serve them from a bundle of one school"
            )
            raise SourceError(self._path.name, problem)
        with opened(self._path, self._most_bytes, deltas=self._deltas) as bundle:
            today = self._clock().date()
            yield from records(bundle, wanted, self._school, today)
