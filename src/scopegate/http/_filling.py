"""`Filling`: a page for a client, filled from as many pages of the MIS as it takes."""

from attrs import define, field

from ._paging import Mark
from ._place import as_text


class FillingError(ValueError):
    """A page that cannot be given; says why and shows nothing of it."""


@define
class Filling:
    """Released records that go into one page; with them what comes after.

    Attributes:
        before: How many released records come before the page.
        size: How many it holds.
        looks_ahead: Whether it must be known if another comes after.
        most_bytes: How large it may be.
        texts: Its records so far, as JSON. Never shown.
        following: Where the record after it stands, once it is full.
        more: Whether there is one; None where that is not known.
    """

    before: int
    size: int
    looks_ahead: bool
    most_bytes: int
    texts: list[str] = field(factory=list, repr=False)
    following: Mark | None = None
    more: bool | None = None
    _bytes: int = 0

    def take(self, released: dict[str, object], mark: Mark) -> bool:
        """Take a record that stands at *mark*, and tell whether another is wanted.

        Raises:
            FillingError: The page becomes too large, or cannot be written.
        """
        if self.before > 0:
            self.before -= 1
            return True
        if len(self.texts) == self.size:
            self.following, self.more = mark, True
            return False
        self._add(released)
        if len(self.texts) < self.size or self.looks_ahead:
            return True
        self.following = Mark(mark.spot, mark.skip + 1)
        return False

    def end(self) -> None:
        """Take notice that there are no more records."""
        self.more = False

    def _add(self, released: dict[str, object]) -> None:
        text = written_record(released)
        self._bytes += len(text)
        if self._bytes > self.most_bytes:
            message = f"the page is larger than {self.most_bytes:,} bytes; ask for fewer records"
            raise FillingError(message)
        self.texts.append(text)


def written_record(released: dict[str, object]) -> str:
    """Return a released record as JSON.

    Raises:
        FillingError: It holds a number that JSON does not have.
    """
    try:
        return as_text(released)
    except ValueError:
        pass
    message = "a record holds a number that JSON does not have; correct it in the MIS"
    raise FillingError(message)
