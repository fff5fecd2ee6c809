"""`Filling`: the records of one response, out of as many pages of the MIS as it takes."""

from attrs import define, evolve, field, frozen

from ..._wire.body_path import as_text
from .paging import Mark


class FillingError(ValueError):
    """A page that cannot be given; says why and shows nothing of it."""


@frozen
class GivenRecord:
    """A record as a client is given it.

    Attributes:
        record: The record. Never shown.
        notes: The permitted places in it that are malformed.
    """

    record: dict[str, object] | None = field(repr=False)
    notes: list[str]


@define
class Filling:
    """The records of one response, and where the next one begins.

    Attributes:
        before: How many records come before them, and are passed over.
        size: How many there may be.
        is_ahead: Whether it must be known if another comes after them.
        most_bytes: How large they may be together.
        records: Those so far, as JSON. Never shown.
        notes: The places in them that are malformed.
        following: The place of the record after them, once there are enough.
        more: Whether there is one; None where that is not known.
    """

    before: int
    size: int
    is_ahead: bool
    most_bytes: int
    records: list[str] = field(init=False, factory=list, repr=False)
    notes: list[str] = field(init=False, factory=list)
    following: Mark | None = field(init=False, default=None)
    more: bool | None = field(init=False, default=None)
    _bytes: int = field(init=False, default=0)

    def take(self, given: GivenRecord, mark: Mark) -> bool:
        """Take a record whose place is *mark*, and say whether another is wanted.

        Raises:
            FillingError: They become too large, or it cannot be written.
        """
        if self.before > 0:
            self.before -= 1
            return True
        if len(self.records) == self.size:
            self.following, self.more = mark, True
            return False
        self._add(given)
        if len(self.records) < self.size or self.is_ahead:
            return True
        self.following = evolve(mark, skip=mark.skip + 1)
        return False

    def _add(self, given: GivenRecord) -> None:
        text = _written(given.record)
        self._bytes += len(text)
        if self._bytes > self.most_bytes:
            most = f"{self.most_bytes:,} bytes"
            message = f"the page is larger than {most}; ask for fewer records"
            raise FillingError(message)
        self.records.append(text)
        self.notes += given.notes


def _written(record: object) -> str:
    try:
        return as_text(record)
    except ValueError:
        pass
    message = "a record holds a number that JSON does not have; correct it in the MIS"
    raise FillingError(message)
