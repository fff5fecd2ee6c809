"""What a picture of a matrix is made of: labels, marks and lines, with their places.

Lengths are in user units; paths are SVG path data (SVG 2 §9.3).
"""

from collections.abc import Mapping

from attrs import frozen

from ..arguments import made
from .matrix import Cell

_RADIUS = 9
_DOT = 3


@made
@frozen
class Label:
    """A text in the picture.

    Attributes:
        x: Where it starts.
        y: Its baseline.
        text: As it is drawn, shortened where it is long.
        full: The whole of it.
        name: The class it is drawn with.
        transform: How it is turned, as SVG says it; empty where it is not.
    """

    x: int
    y: int
    text: str
    full: str
    name: str
    transform: str = ""


@frozen
class Mark:
    """One cell in the picture.

    Attributes:
        x: Its left edge.
        y: Its upper edge.
        width: Its width.
        height: Its height.
        cell: What it says.
        text: That in words, for people who cannot see it.
    """

    x: int
    y: int
    width: int
    height: int
    cell: Cell
    text: str

    @property
    def name(self) -> str:
        """The class it is drawn with."""
        return f"cell-{self.cell}"

    @property
    def solid(self) -> str:
        """The path to fill, or empty."""
        x, y = self._centre
        solids: Mapping[str, str] = {
            "disc": _circle(x, y, _RADIUS),
            "half": f"M{x} {y - _RADIUS}a{_RADIUS} {_RADIUS} 0 0 0 0 {2 * _RADIUS}z",
            "dot": _circle(x, y, _DOT),
        }
        return solids.get(self.cell.shape, "")

    @property
    def outline(self) -> str:
        """The path to draw as a line, or empty."""
        x, y = self._centre
        arm = _RADIUS - 2
        outlines: Mapping[str, str] = {
            "half": _circle(x, y, _RADIUS),
            "ring": _circle(x, y, _RADIUS),
            "cross": f"M{x - arm} {y - arm}l{2 * arm} {2 * arm}m0 {-2 * arm}"
            f"l{-2 * arm} {2 * arm}",
        }
        return outlines.get(self.cell.shape, "")

    @property
    def _centre(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


@made
@frozen
class Line:
    """A straight line across the picture."""

    x1: int
    y1: int
    x2: int
    y2: int


def _circle(x: int, y: int, r: int) -> str:
    return f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
