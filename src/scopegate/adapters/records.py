"""`RecordsAdapter`: records that the process already holds."""

from collections.abc import Iterable, Iterator, Mapping

from ..arguments import checked
from ..catalogue.resource import Resource
from .base import NONE, Capabilities, Fetch


@checked
class RecordsAdapter:
    """Serves mappings or objects, by resource; the model for every other adapter.

    Args:
        records: For each resource its records. An iterator serves once.
        school: The school they belong to, or None to let the gate find out from
            the public record among them.
    """

    def __init__(
        self, records: Mapping[str, Iterable[object]], school: str | None = None
    ) -> None:
        self._records = dict(records)
        self._school = school

    @property
    def school(self) -> str | None:
        """The school they belong to; see `Adapter.school`."""
        return self._school

    def capabilities(self, resource: Resource) -> Capabilities:
        """Return no capabilities: it gives whole records, all of them."""
        return NONE

    def fetch(self, wanted: Fetch) -> Iterator[object]:
        """Yield the records of a resource; see `Adapter.fetch`."""
        yield from self._records.get(wanted.resource.name, ())
