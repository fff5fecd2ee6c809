"""`SchoolsPage`: the schools that somebody decides for, all at a glance."""

from collections.abc import Iterable

from attrs import field, frozen

from ..arguments import made
from ..consent.standing import connection_of
from ..consent.state import SchoolState
from ..register.case import Case
from .request import connection_words
from .situation import Situation, Tone, situation_of
from .words import counted, name_of


@made
@frozen
class SchoolLine:
    """One school, and the situation of each app there.

    Attributes:
        school: Its key.
        name: Its name, or its key.
        connection: Its connection, in words.
        cells: The situation of each app, in the order of the page's apps.
    """

    school: str
    name: str
    connection: str
    cells: tuple[Situation, ...] = field(converter=tuple[Situation, ...])

    @property
    def waiting(self) -> int:
        """The number of apps that wait for a decision."""
        return sum(cell.is_waiting for cell in self.cells)

    @property
    def flowing(self) -> int:
        """The number of apps that receive something by a grant."""
        flows = {
            Situation.MORE_ASKED,
            Situation.CHANGED,
            Situation.IDENTIFIERS_CHANGED,
        }
        return sum(c.tone is Tone.FLOWS or c in flows for c in self.cells)


@made
@frozen
class SchoolsPage:
    """Schools by apps, for people who decide for several schools.

    Attributes:
        apps: The apps, in the order of the cells.
        lines: The schools, by name.
    """

    apps: tuple[str, ...]
    lines: tuple[SchoolLine, ...] = field(converter=tuple[SchoolLine, ...])

    @property
    def title(self) -> str:
        """What the page is called."""
        return "Your schools"

    @property
    def summary(self) -> str:
        """The whole in a sentence."""
        waiting = counted(sum(line.waiting for line in self.lines), "decision")
        schools = counted(len(self.lines), "school")
        return f"{schools}, {counted(len(self.apps), 'app')}; {waiting} to take."

    @classmethod
    def of(
        cls,
        apps: tuple[str, ...],
        schools: Iterable[tuple[str, SchoolState, Iterable[Case]]],
    ) -> "SchoolsPage":
        """Return the page of some schools.

        Args:
            apps: The apps.
            schools: Each school's key, what is known of it, and its case of each
                app, in the order of *apps*.
        """
        lines = (
            SchoolLine(
                school,
                name_of(school, state),
                connection_words(connection_of(state, school)),
                map(situation_of, cases),
            )
            for school, state, cases in schools
        )
        return cls(apps, sorted(lines, key=lambda line: (line.name, line.school)))
