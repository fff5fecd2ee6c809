"""`MatrixPicture`: a matrix as shapes with places, for a drawing without style or script.

The page draws it as SVG (SVG 2 §9.3, path data) and decides nothing. The shapes
differ without colour, so that it reads in print. Lengths are in user units.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import ceil
from typing import Self

from attrs import field, frozen

from .._base.values import printable
from ..arguments import made
from .matrix import Cell, Matrix, Row
from .shapes import Label, Line, Mark
from .words import counted

LONGEST_ROW = 36
LONGEST_COLUMN = 24
_CHARACTER = 8  # the width allowed for a character of a text 14 high
_TEXT = 14
_CELL = 32
_PAD = 8
_TURN = 60
_ACROSS, _UP = 0.5, 0.867  # its cosine and sine, rounded up


@made
@frozen
class MatrixPicture:
    """A matrix to be drawn; everything lies within its width and height.

    Attributes:
        width: Its width.
        height: Its height.
        title: What it is, for people who cannot see it.
        description: What there is to see, in a sentence.
        labels: Every text.
        marks: Every cell that has a shape, and one of each kind for the key.
        lines: The lines between the rows.
    """

    width: int
    height: int
    title: str
    description: str
    labels: tuple[Label, ...] = field(converter=tuple[Label, ...])
    marks: tuple[Mark, ...] = field(converter=tuple[Mark, ...])
    lines: tuple[Line, ...] = field(converter=tuple[Line, ...])

    @property
    def view_box(self) -> str:
        """The `viewBox` of the drawing."""
        return f"0 0 {self.width} {self.height}"

    @classmethod
    def of(cls, matrix: Matrix) -> Self:
        """Return a matrix with a place for everything."""
        plan = _Plan(matrix)
        return cls(
            width=plan.width,
            height=plan.height,
            title=f"What flows from {printable(matrix.school)}",
            description=_description(matrix),
            labels=(*plan.headings(), *plan.names(), *plan.key_words()),
            marks=(*plan.cells(), *plan.key_marks()),
            lines=plan.lines(),
        )


def shortened(text: str, most: int) -> str:
    """Return a text of at most *most* characters, an ellipsis in its middle.

    Args:
        text: The text.
        most: At least 1.

    >>> shortened("Students: special educational needs", 20)
    'Students: …nal needs'
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"


@frozen
class _Plan:
    """The places of everything in a matrix."""

    matrix: Matrix

    @cached_property
    def left(self) -> int:
        """Where the first column begins."""
        labels = (*self.names(), *self.key_words())
        return 2 * _PAD + _widest(label.text for label in labels)

    @cached_property
    def top(self) -> int:
        """Where the first row begins."""
        return 2 * _PAD + ceil(_UP * self._longest + _ACROSS * _TEXT)

    @cached_property
    def foot(self) -> int:
        """Where the key begins."""
        return self.top + _CELL * len(self.matrix.rows) + _PAD

    @property
    def width(self) -> int:
        """The width; a turned heading reaches beyond its column."""
        columns = _CELL * len(self.matrix.columns)
        return self.left + columns + ceil(_ACROSS * self._longest) + 2 * _PAD

    @property
    def height(self) -> int:
        """The height, with the key below."""
        return self.foot + _CELL * len(self.kinds)

    @cached_property
    def kinds(self) -> tuple[Cell, ...]:
        """The kinds of cells there are, that have a shape."""
        return tuple(c for c, n in self.matrix.counts.items() if n and c.shape)

    def headings(self) -> Iterator[Label]:
        """Yield the name of each app, turned."""
        y = self.top - _PAD
        for place, column in enumerate(self.matrix.columns):
            x = self.left + _CELL * place + _CELL // 2 + _PAD // 2
            turn = f"rotate(-{_TURN} {x} {y})"
            yield _label(x, y, column.app, LONGEST_COLUMN, "column", turn)

    def names(self) -> Iterator[Label]:
        """Yield the title of each scope."""
        for place, row in enumerate(self.matrix.rows):
            name = f"row row-{row.sensitivity.value}"
            yield _label(
                _PAD, self._base(self.top, place), row.title, LONGEST_ROW, name
            )

    def key_words(self) -> Iterator[Label]:
        """Yield the word of each kind of cell."""
        for place, cell in enumerate(self.kinds):
            y = self._base(self.foot, place)
            yield Label(_PAD, y, cell.word, cell.word, "key")

    def cells(self) -> Iterator[Mark]:
        """Yield each cell that has a shape."""
        for place, row in enumerate(self.matrix.rows):
            y = self.top + _CELL * place
            for n, (cell, text) in enumerate(self._texts(row)):
                if cell.shape:
                    yield Mark(self.left + _CELL * n, y, _CELL, _CELL, cell, text)

    def key_marks(self) -> Iterator[Mark]:
        """Yield one cell of each kind."""
        for place, cell in enumerate(self.kinds):
            y = self.foot + _CELL * place
            yield Mark(self.left, y, _CELL, _CELL, cell, cell.sentence)

    def lines(self) -> Iterator[Line]:
        """Yield the lines above, between and below the rows."""
        right = self.left + _CELL * len(self.matrix.columns)
        for place in range(len(self.matrix.rows) + 1):
            y = self.top + _CELL * place
            yield Line(0, y, right, y)

    @cached_property
    def _longest(self) -> int:
        """The length of the longest heading."""
        apps = (printable(column.app) for column in self.matrix.columns)
        return _widest(shortened(app, LONGEST_COLUMN) for app in apps)

    def _texts(self, row: Row) -> Iterator[tuple[Cell, str]]:
        for column, cell in zip(self.matrix.columns, row.cells, strict=True):
            yield cell, printable(f"{row.title}, {column.app}: {cell.word}")

    @staticmethod
    def _base(top: int, place: int) -> int:
        """Return the baseline of a text in the middle of a row."""
        return top + _CELL * place + _CELL // 2 + _TEXT // 3


def _label(x: int, y: int, full: str, most: int, name: str, turn: str = "") -> Label:
    whole = printable(full)
    return Label(x, y, shortened(whole, most), whole, name, turn)


def _widest(texts: Iterable[str]) -> int:
    return max(map(_width, texts), default=0)


def _width(text: str) -> int:
    """Return the width allowed for a text; Chinese characters are twice as wide."""
    wide = sum(unicodedata.east_asian_width(c) in {"W", "F"} for c in text)
    return _CHARACTER * (len(text) + wide)


def _description(matrix: Matrix) -> str:
    found = ", ".join(
        f"{cell.word.lower()} {count:,}"
        for cell, count in matrix.counts.items()
        if count and cell.shape
    )
    apps = counted(len(matrix.columns), "app")
    return (
        f"{apps} and {counted(len(matrix.rows), 'scope')}: {found or 'nothing flows'}."
    )
