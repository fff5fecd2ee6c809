"""`Matrix`: which app receives which scope of a school, as a table of words.

It is made of the permits, so that the picture cannot drift from what flows;
`picture` gives it a shape to draw.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Self

from attrs import field, frozen

from ..arguments import made
from ..catalogue.catalogue import Catalogue
from ..catalogue.field import Sensitivity
from ..register.case import Case
from .answers import Answer, Answers
from .scopes import SENSITIVITY_WORDS
from .words import name_of


class Cell(StrEnum):
    """What of one scope flows to one app."""

    FLOWS = "flows"
    PARTLY = "partly"
    REFUSED = "refused"
    PENDING = "pending"
    STOPPED = "stopped"
    NONE = "none"

    @property
    def word(self) -> str:
        """The cell in a word or two for a person."""
        return _LOOKS[self].word

    @property
    def sentence(self) -> str:
        """What the cell means, for the key next to the table."""
        return _LOOKS[self].sentence

    @property
    def mark(self) -> str:
        """One character that distinguishes it from the others without colour."""
        return _LOOKS[self].mark

    @property
    def shape(self) -> str:
        """The shape that a picture draws, or empty where it draws none."""
        return _LOOKS[self].shape


@frozen
class _Look:
    word: str
    mark: str
    shape: str
    sentence: str


_LOOKS: Mapping[Cell, _Look] = {
    Cell.FLOWS: _Look("Flows", "●", "disc", "All of it may flow to the app."),
    Cell.PARTLY: _Look(
        "Flows in part",
        "◐",
        "half",
        "It is authorised, and some of its fields are still withheld.",
    ),
    Cell.REFUSED: _Look(
        "Not authorised", "○", "ring", "The school was asked and left it out."
    ),
    Cell.PENDING: _Look(
        "Not decided", "·", "dot", "The app asks for it and the school has not decided."
    ),
    Cell.STOPPED: _Look(
        "Stopped", "✕", "cross", "It was authorised, and nothing of it flows now."
    ),
    Cell.NONE: _Look("No", "", "", "The app neither asks for it nor has it."),
}
_UNFLOWING: Mapping[Answer, Cell] = {
    Answer.GRANTED: Cell.STOPPED,
    Answer.REFUSED: Cell.REFUSED,
    Answer.PENDING: Cell.PENDING,
    Answer.STOPPED: Cell.STOPPED,
    Answer.NONE: Cell.NONE,
}
"""What there is to say of a scope where nothing flows by it."""

_LEAST = Sensitivity.PERSONAL  # of a scope that had no field when it was authorised


def cell_of(answers: Answers, key: str) -> Cell:
    """Return the flow of a scope to an app.

    All fields of a scope may flow by other scopes although it was left out: then
    it flows, since that is what is true. A scope that lets rows through, or has no
    fields of its own, flows only where it was authorised.
    """
    standing, answer = answers.standing(key), answers.answer(key)
    if answer is Answer.GRANTED and not standing.withheld:
        return Cell.FLOWS
    if answer is Answer.GRANTED and standing.permitted:
        return Cell.PARTLY
    is_whole = standing.is_whole and _is_its_fields(answers.case.catalogue, key)
    return Cell.FLOWS if is_whole else _UNFLOWING[answer]


def _is_its_fields(catalogue: Catalogue, key: str) -> bool:
    """Tell whether a scope is known by its fields; one that was taken away is."""
    opens_rows = any(rule.scope == key for rule in catalogue.rows)
    scope = catalogue.scopes.get(key)
    return not opens_rows and (scope is None or bool(scope.fields))


@made
@frozen
class Column:
    """One app."""

    app: str


@made
@frozen
class Row:
    """One scope, and what of it flows to each app.

    Attributes:
        key: The scope's key.
        title: Its title, or its key where it has none.
        sensitivity: How much care it asks for, with what it includes.
        cells: One for each column, in their order.
    """

    key: str
    title: str
    sensitivity: Sensitivity
    cells: tuple[Cell, ...] = field(converter=tuple[Cell, ...])

    @property
    def care(self) -> str:
        """How much care it asks for, in words."""
        return SENSITIVITY_WORDS[self.sensitivity]


@made
@frozen
class Matrix:
    """Which app receives which scope of one school.

    Attributes:
        school: The school's name, or its key where it has none.
        columns: The apps, by name.
        rows: Every scope that an app asks for, has or has had, in the catalogue's
            order; authorised ones that the catalogue no longer has come last.
    """

    school: str
    columns: tuple[Column, ...] = field(converter=tuple[Column, ...])
    rows: tuple[Row, ...] = field(converter=tuple[Row, ...])

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Self:
        """Return the matrix of the apps at one school; empty when there is no case.

        Args:
            cases: Each app's case, all at the same school and on one catalogue.
        """
        return cls.of_answers(map(Answers, cases))

    @classmethod
    def of_answers(cls, answers: Iterable[Answers]) -> Self:
        """Return the matrix of `of`, of answers whose permits may be made already."""
        apps = sorted(answers, key=lambda each: each.case.app)
        keys = {key for answers in apps for key in answers.scopes}
        catalogues = [answers.case.catalogue for answers in apps[:1]]
        known = [key for catalogue in catalogues for key in catalogue.scopes]
        order = dict.fromkeys((*known, *sorted(keys)))
        return cls(
            school=next((name_of(a.case.school, a.case.state) for a in apps), ""),
            columns=(Column(answers.case.app) for answers in apps),
            rows=(_row(apps, key) for key in order if key in keys),
        )

    def apps(self, row: Row, *cells: Cell) -> tuple[str, ...]:
        """Return the apps with that cell for a scope, in the order of the columns."""
        pairs = zip(self.columns, row.cells, strict=True)
        return tuple(column.app for column, cell in pairs if cell in cells)

    @property
    def counts(self) -> Mapping[Cell, int]:
        """The number of cells of each kind, zero too."""
        found = Counter(cell for row in self.rows for cell in row.cells)
        return {cell: found[cell] for cell in Cell}


def _row(apps: Sequence[Answers], key: str) -> Row:
    catalogue = apps[0].case.catalogue
    cells = [cell_of(answers, key) for answers in apps]
    if key not in catalogue.scopes:
        pinned = [care for answers in apps for care in answers.sensitivities(key)]
        return Row(key, key, max(pinned, key=_rank, default=_LEAST), cells)
    held = map(catalogue.sensitivity_of, catalogue.expand([key]))
    return Row(key, catalogue.scope(key).title or key, max(held, key=_rank), cells)


def _rank(sensitivity: Sensitivity) -> int:
    return sensitivity.rank
