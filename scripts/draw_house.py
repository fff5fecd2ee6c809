"""Draw the house: every wing on its floor, what it is for, and what it never imports.

The floors and the nevers are those that tests/test_floors.py holds the code to, and
the words are the first lines of the docstrings.

Usage: python scripts/draw_house.py [file]
"""

import argparse
import ast
import re
import textwrap
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "scopegate"
TABLES = ROOT / "tests" / "test_floors.py"
PICTURE = ROOT / "docs" / "pictures" / "house.svg"

WIDTH = 900
EDGE = 16  # round the picture, and inside a box above its name
GAP = 8  # between boxes
PAD = 10  # inside a box, left and right
LINE = 17
LETTER = 6.5  # the width of a letter of the wider fonts, on average
TOP = 60  # where the first floor begins
RULE = "A wing imports from the floors below its own, and from no other wing."
MARK = "✕ what a wing never imports, though some of it stands on a lower floor"
STYLE = """
svg { --ground: #fff; --box: #f6f8fa; --line: #d0d7de; --text: #1f2328;
  --soft: #59636e; --never: #b42318; }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --box: #161b22;
  --line: #3d444d; --text: #f0f6fc; --soft: #a5adb8; --never: #ff8a80; } }
text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif;
  fill: var(--text); }
.name { font-size: 15px; font-weight: 600; }
.soft { fill: var(--soft); }
.never { fill: var(--never); }
.ground { fill: var(--ground); }
.box { fill: var(--box); stroke: var(--line); }
"""

Line = tuple[str, str]
"""The class of a line of text, and the line."""


def table(name: str) -> tuple[tuple[str, ...], ...] | dict[str, tuple[str, ...]]:
    """Return a table of the test of the floors, as it stands there."""
    for node in ast.parse(TABLES.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise LookupError(name)


def purpose(wing: str) -> str:
    """Return the first line of a wing's docstring, without marks and extras."""
    folder = SRC / wing / "__init__.py"
    path = folder if folder.exists() else SRC / f"{wing}.py"
    documented = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    first = documented.partition("\n")[0].rstrip(".").replace("`", "")
    return re.sub(r" \(extra \w+\)$", "", first)


def lines(wing: str, nevers: tuple[str, ...], width: float) -> list[Line]:
    """Return the lines of text in the box of a wing."""
    letters = int((width - 2 * PAD) / LETTER)
    name = "the root: scopegate" if wing == "__init__" else wing
    found = [("name", name)]
    found += [("soft", each) for each in textwrap.wrap(purpose(wing), letters)]
    if nevers:
        listed = textwrap.wrap(f"✕ {', '.join(nevers)}", letters)
        found += [("never", each) for each in listed]
    return found


def add(parent: ET.Element, tag: str, text: str = "", **given: object) -> ET.Element:
    """Return a new element below *parent*; `class_` is written `class`."""
    attributes = {
        name.rstrip("_"): f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in given.items()
    }
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def draw() -> str:
    """Return the picture as SVG."""
    svg = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    add(svg, "title", "The wings of scopegate, floor by floor")
    add(svg, "style", STYLE)
    ground = add(svg, "rect", class_="ground", width="100%", height="100%")
    add(svg, "text", RULE, class_="name", x=EDGE, y=26)
    add(svg, "text", MARK, class_="never", x=EDGE, y=46)
    y = TOP
    for floor in reversed(table("FLOORS")):
        y = draw_floor(svg, floor, y) + GAP
    height = y - GAP + EDGE
    svg.set("viewBox", f"0 0 {WIDTH} {height}")
    ground.set("height", str(height))
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def draw_floor(svg: ET.Element, floor: tuple[str, ...], y: int) -> int:
    """Draw the boxes of one floor, and return where they end."""
    width = (WIDTH - 2 * EDGE - GAP * (len(floor) - 1)) / len(floor)
    nevers = table("NEVER")
    texts = {wing: lines(wing, nevers.get(wing, ()), width) for wing in floor}
    height = max(map(len, texts.values())) * LINE + 2 * PAD
    for place, written in enumerate(texts.values()):
        x = EDGE + place * (width + GAP)
        add(svg, "rect", class_="box", x=x, y=y, width=width, height=height, rx=6)
        for number, (kind, text) in enumerate(written, 1):
            baseline = y + PAD / 2 + number * LINE
            add(svg, "text", text, class_=kind, x=x + PAD, y=baseline)
    return y + height


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=PICTURE)
    parser.parse_args().file.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
