"""`PeopleCheck`: whether the MIS knows the people whom a grant lists, in words."""

from collections.abc import Iterator

from attrs import frozen

from .._base.local_time import LocalTime
from ..arguments import made
from ..consent.events import PeopleChecked
from ..consent.state import GrantRevision
from ..consent.subjects import Coverage
from .words import counted


@made
@frozen
class PeopleCheck:
    """Whether the MIS knows the people whom a grant lists.

    Attributes:
        sentence: What is known.
        advice: What to do about it, or empty.
    """

    sentence: str
    advice: str = ""

    @classmethod
    def of(cls, revision: GrantRevision, times: LocalTime) -> "PeopleCheck | None":
        """Return the check of a revision; None where it lists no one.

        Args:
            revision: The revision.
            times: The local time of the school.
        """
        subjects, checked = revision.grant.subjects, revision.checked
        if not any(subjects.people.values()):
            return None
        if checked is None:
            return cls("Not checked against the MIS", _UNCHECKED[subjects.coverage])
        advice = " ".join(_doubts(checked, subjects.coverage))
        return cls(
            f"Checked against the MIS {times.on(checked.at)}: {checked_in_words(checked)}",
            advice,
        )


_UNCHECKED = {
    Coverage.EXCEPT: "If an entry is wrong, the person meant is not left out.",
    Coverage.ONLY: "If an entry is wrong, the person meant is not covered.",
}


def checked_in_words(checked: PeopleChecked) -> str:
    """Return the counts of a check."""
    parts = (
        (checked.found, "found"),
        (checked.alike, "only alike"),
        (checked.missing, "not found"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in parts if count)


def _doubts(checked: PeopleChecked, coverage: Coverage) -> Iterator[str]:
    is_except = coverage is Coverage.EXCEPT
    if checked.alike:
        what = (
            "Everyone who is alike is left out"
            if is_except
            else "No one who is only alike is covered"
        )
        yield f"{what}; see whether that is meant."
    if checked.missing:
        entries = counted(checked.missing, "entry", "entries")
        meant = "not left out" if is_except else "not covered"
        yield f"The MIS knows no one by {entries}: if that is a slip, the person meant is {meant}."
