"""`Connection`: a school's verified link to its MIS."""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from .._base.likeness import likeness, tidy
from .._base.local_time import LONDON
from .._base.values import ADDED, aware, clean
from ..arguments import checked

Issuer = tuple[str, ...]
"""An MIS and its id space, as likenesses; empty where that is not known."""


def is_same_issuer(one: Issuer, other: Issuer) -> bool:
    """Tell whether identifiers of *one* are those of *other*, as far as was said.

    An id space that was never named is taken for the one named later.
    """
    return bool(one and other) and one[0] == other[0] and one[1] in ("", other[1])


def issuer_of(connection: "Connection | None") -> Issuer:
    """Return the issuer of identifiers over *connection*; empty where there is none."""
    return connection.issuer if connection else ()


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
        id_space: Which identifiers the MIS gives over this interface, if it has
            several; where it changes, what was listed by identifier must be again.
    """

    school: str
    mis: str
    name: str
    verified_at: datetime = field(converter=aware)
    permissions: frozenset[str] | None = field(converter=_held, default=None)
    zone: str = field(converter=clean, default=LONDON, metadata=ADDED)
    id_space: str = field(default="", metadata=ADDED)

    @property
    def issuer(self) -> Issuer:
        """Who issued the identifiers that records have: the MIS, and its id space."""
        return (likeness(self.mis), likeness(self.id_space))

    def is_like(self, other: "Connection") -> bool:
        """Tell whether nothing but the instant of its verification differs."""
        mine, theirs = (
            (c.school, c.issuer, tidy(c.name), c.permissions, c.zone)
            for c in (self, other)
        )
        return mine == theirs
