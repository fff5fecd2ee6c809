"""The picture of a matrix: everything has a place within it, and a shape of its own."""

import re
import unicodedata
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from scopegate.catalogue.field import Sensitivity
from scopegate.pages.matrix import Cell, Column, Matrix, Row
from scopegate.pages.picture import (
    LONGEST_COLUMN,
    LONGEST_ROW,
    MatrixPicture,
    shortened,
)
from scopegate.pages.shapes import Label, Line, Mark

texts = st.text(max_size=60)


@st.composite
def matrices(draw):
    """Draw any matrix, however long or strange its texts are."""
    apps = draw(st.lists(texts, max_size=5))
    cells = st.lists(st.sampled_from(Cell), min_size=len(apps), max_size=len(apps))
    row = st.builds(Row, texts, texts, st.sampled_from(Sensitivity), cells)
    return Matrix(draw(texts), map(Column, apps), draw(st.lists(row, max_size=8)))


def reach(label):
    """Return the width of a text whose characters are 8 wide, and Chinese ones 16."""
    wide = [c for c in label.text if unicodedata.east_asian_width(c) in {"W", "F"}]
    return 8 * (len(label.text) + len(wide))


@given(matrices())
def test_everything_lies_within_the_picture(matrix):
    """No label, mark or line reaches beyond the edges, turned headings neither."""
    picture = MatrixPicture.of(matrix)
    corners = [(m.x, m.y) for m in picture.marks]
    corners += [(m.x + m.width, m.y + m.height) for m in picture.marks]
    corners += [point for n in picture.lines for point in ((n.x1, n.y1), (n.x2, n.y2))]
    for label in picture.labels:
        across, up = (0.5, 0.867) if label.transform else (1, 0)
        end = (label.x + across * reach(label), label.y - up * reach(label))
        corners += [(label.x, label.y), end]

    assert all(0 <= x <= picture.width for x, _ in corners)
    assert all(0 <= y <= picture.height for _, y in corners)


@given(matrices())
def test_no_name_of_a_scope_reaches_into_the_cells(matrix):
    """Every name of a row ends before the first column begins."""
    picture = MatrixPicture.of(matrix)
    names = [label for label in picture.labels if not label.transform]
    left = min((mark.x for mark in picture.marks), default=picture.width)

    assert all(label.x + reach(label) <= left for label in names)


@given(matrices())
def test_no_two_marks_overlap(matrix):
    """Cells and the key below them stand apart."""
    marks = MatrixPicture.of(matrix).marks
    places = [(mark.x, mark.y) for mark in marks]

    assert len({*places}) == len(places)
    assert all((m.width, m.height) == (32, 32) for m in marks)
    assert all(b - a >= 32 for a, b in pairwise(sorted({y for _, y in places})))


@given(matrices())
def test_every_cell_with_a_shape_is_marked_once_and_explained_once(matrix):
    """There are as many marks of a kind as cells, and one more in the key."""
    picture = MatrixPicture.of(matrix)
    for cell, count in matrix.counts.items():
        marks = [mark for mark in picture.marks if mark.cell is cell]

        assert len(marks) == (count + 1 if count and cell.shape else 0)


@given(matrices())
def test_texts_are_short_and_printable(matrix):
    """What is drawn is no longer than there is room for, and holds no control."""
    picture = MatrixPicture.of(matrix)
    drawn = [picture.title, picture.description]
    drawn += [text for label in picture.labels for text in (label.text, label.full)]
    drawn += [mark.text for mark in picture.marks]
    longest = max(LONGEST_ROW, LONGEST_COLUMN)

    assert all(len(label.text) <= longest for label in picture.labels)
    assert not any(unicodedata.category(c) in {"Cc", "Cf"} for t in drawn for c in t)


@given(texts, st.integers(1, 60))
def test_a_shortened_text_keeps_both_its_ends(text, most):
    """A text that fits stays as it is; another keeps its start and its end."""
    found = shortened(text, most)
    start, _, end = found.partition("…")

    assert len(found) == min(len(text), most)
    assert found == text or (
        text.startswith(start) and text.endswith(found[len(start) + 1 :])
    )
    assert found == text or "…" in text or abs(len(start) - len(end)) <= 1


def test_a_small_matrix_is_drawn_so():
    """One app and two scopes: the whole picture, number by number."""
    rows = [
        Row("basic", "Basic", Sensitivity.PERSONAL, [Cell.FLOWS]),
        Row("dob", "Births", Sensitivity.SPECIAL, [Cell.NONE]),
    ]
    matrix = Matrix("Example School", [Column("marks")], rows)

    assert MatrixPicture.of(matrix) == MatrixPicture(
        width=64 + 32 + 20 + 16,
        height=16 + 42 + 2 * 32 + 8 + 32,
        title="What flows from Example School",
        description="1 app and 2 scopes: flows 1.",
        labels=[
            Label(84, 50, "marks", "marks", "column", "rotate(-60 84 50)"),
            Label(8, 78, "Basic", "Basic", "row row-personal"),
            Label(8, 110, "Births", "Births", "row row-special"),
            Label(8, 150, "Flows", "Flows", "key"),
        ],
        marks=[
            Mark(64, 58, 32, 32, Cell.FLOWS, "Basic, marks: Flows"),
            Mark(64, 130, 32, 32, Cell.FLOWS, Cell.FLOWS.sentence),
        ],
        lines=[Line(0, y, 96, y) for y in (58, 90, 122)],
    )


def test_an_empty_matrix_says_that_nothing_flows():
    """Without an app there is nothing to draw, and the description says so."""
    picture = MatrixPicture.of(Matrix("S", (), ()))

    assert (picture.labels, picture.marks) == ((), ())
    assert picture.description == "0 apps and 0 scopes: nothing flows."
    assert picture.view_box == f"0 0 {picture.width} {picture.height}"


def test_the_shapes_differ_without_colour():
    """By their lines and their filled parts no two kinds of cell are alike."""
    marks = [Mark(0, 0, 32, 32, cell, "") for cell in Cell]
    shapes = [(mark.solid, mark.outline) for mark in marks]

    assert len({*shapes}) == len(shapes)


@pytest.mark.parametrize("cell", Cell)
def test_a_shape_is_path_data_and_nothing_else(cell):
    """A path holds commands and numbers, and only an empty cell has neither path."""
    mark = Mark(64, 32, 32, 32, cell, "")
    paths = [path for path in (mark.solid, mark.outline) if path]

    assert all(re.fullmatch(r"M[-0-9 Malmz]+", path) for path in paths)
    assert bool(paths) == bool(cell.shape)
    assert mark.name == f"cell-{cell.value}"


def test_the_half_is_half_a_ring():
    """A cell that flows in part has the ring's line, and its left half filled."""
    half, ring = (Mark(0, 0, 32, 32, c, "") for c in (Cell.PARTLY, Cell.REFUSED))

    assert half.outline == ring.outline == "M7 16a9 9 0 1 0 18 0a9 9 0 1 0 -18 0z"
    assert (half.solid, ring.solid) == ("M16 7a9 9 0 0 0 0 18z", "")


def test_a_shape_stands_where_its_cell_does():
    """The path of a cell is that of another, moved."""
    here = Mark(0, 0, 32, 32, Cell.STOPPED, "")
    there = evolve(here, x=64, y=32)

    assert here.outline == "M9 9l14 14m0 -14l-14 14"
    assert there.outline == "M73 41l14 14m0 -14l-14 14"
