"""The picture of the house in CONTRIBUTING.md: what the tables of the floors say."""

import importlib.util
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .test_floors import FLOORS, NEVER

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "draw_house.py"
PICTURE = ROOT / "docs" / "pictures" / "house.svg"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def picture():
    """Return the root of the picture, parsed as XML."""
    return ET.parse(PICTURE).getroot()  # noqa: S314 - a file of ours


def texts(picture, kind):
    """Return the lines of text of one class, in their order."""
    return [
        each.text for each in picture.iter(f"{SVG}text") if each.get("class") == kind
    ]


def boxes(picture):
    """Return left, top, right and bottom of every box."""
    found = []
    for each in picture.iter(f"{SVG}rect"):
        if each.get("class") == "box":
            x, y, width, height = (
                float(each.get(name)) for name in ("x", "y", "width", "height")
            )
            found.append((x, y, x + width, y + height))
    return found


def test_picture_is_what_the_code_says():
    """The picture is, to the byte, what the script draws of tables and docstrings."""
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    assert PICTURE.read_text(encoding="utf-8") == script.draw(), (
        f"run python scripts/{SCRIPT.name}"
    )


def test_every_wing_has_its_box(picture):
    """There is a box for each wing, from the highest floor to the ground."""
    wings = [wing for floor in reversed(FLOORS) for wing in floor]
    named = [name.removeprefix("the root: ") for name in texts(picture, "name")[1:]]

    assert named == ["scopegate" if wing == "__init__" else wing for wing in wings]
    assert len(boxes(picture)) == len(wings)


def test_every_never_is_drawn(picture):
    """What a wing never imports is in its box, all of it."""
    drawn = " ".join(texts(picture, "never")[1:]).split("✕ ")[1:]
    wings = [wing for floor in reversed(FLOORS) for wing in floor if wing in NEVER]

    assert [tuple(each.strip().split(", ")) for each in drawn] == [
        NEVER[wing] for wing in wings
    ]


def test_boxes_stand_apart(picture):
    """No two boxes touch, and none reaches over the edge of the picture."""
    _, _, width, height = map(float, picture.get("viewBox").split())
    touching = [
        (one, other)
        for one, other in combinations(boxes(picture), 2)
        if one[0] <= other[2] and other[0] <= one[2]
        if one[1] <= other[3] and other[1] <= one[3]
    ]

    assert touching == []
    assert all(b[0] > 0 and b[1] > 0 for b in boxes(picture))
    assert all(b[2] < width and b[3] < height for b in boxes(picture))
