"""`Connection`: a school's verified link to its MIS."""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from .._base.local_time import LONDON
from .._base.values import ADDED, aware, clean
from ..arguments import checked


def _held(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


@checked
@frozen
class Connection:
    """A school's verified link to its MIS, and what the MIS account may do there.

    Attributes:
        school: The school, by the key of the catalogue's public resource (its URN).
        mis: The MIS, as the catalogue's permission tables call it.
        name: The school's name as the MIS gave it, or empty if it gave none.
        verified_at: When the MIS proved whose data it serves; aware.
        permissions: What the MIS account may do, or None when that is unknown.
        zone: The time zone of the school, by its name in the tz database.
    """

    school: str
    mis: str
    name: str
    verified_at: datetime = field(converter=aware)
    permissions: frozenset[str] | None = field(converter=_held, default=None)
    zone: str = field(converter=clean, default=LONDON, metadata=ADDED)
