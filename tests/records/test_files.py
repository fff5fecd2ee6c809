"""CSV and JSON Lines, written and read a record at a time."""

import csv
import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate.errors import SourceError
from scopegate.records.files import (
    csv_rows,
    csv_writer,
    json_line,
    json_lines,
    records_of,
)

FEWER = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow],  # the first draw builds tables
)
"""For what is slow to draw; the thorough profile makes up for it."""

TEXTS = st.text(max_size=5)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS
    ),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(TEXTS, below, max_size=3)
    ),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(TEXTS, JSON, max_size=3), max_size=3)
CELLS = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
TABLES = st.lists(
    st.fixed_dictionaries(
        {"id": CELLS, "name": st.fixed_dictionaries({"first": CELLS, "last": CELLS})}
    ),
    max_size=4,
)


def read_until_it_breaks(reader, lines):
    """Return the records read before the error, and the error."""
    found = []
    with pytest.raises(SourceError) as caught:
        # A list's `extend` keeps everything before the error, as a caller's loop would.
        found.extend(reader(lines, "a.file"))
    return found, caught.value


@FEWER
@given(RECORDS)
def test_json_lines_written_are_read_back(records):
    """Every record of plain JSON comes back as it was, lone surrogates included."""
    lines = [json_line(record) for record in records]

    assert list(json_lines(lines, "a.jsonl")) == records


@FEWER
@given(st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=2))
def test_a_record_is_one_line(records):
    """A record is written without a line break but the one at its end."""
    lines = b"".join(map(json_line, records)).splitlines()

    assert len(lines) == len(records)


@FEWER
@given(TABLES)
def test_csv_written_is_read_back(records):
    """Text in every cell comes back as it was, quotes and line breaks included."""
    stream = io.BytesIO()
    write = csv_writer(stream, ["id", "name.first", "name.last"])
    for record in records:
        write(record)

    stream.seek(0)

    assert list(csv_rows(stream, "a.csv")) == records


@FEWER
@given(TABLES)
def test_other_readers_read_the_csv_we_write(records):
    """The standard library's reader sees the same cells."""
    stream = io.BytesIO()
    write = csv_writer(stream, ["id", "name.last"])
    for record in records:
        write(record)

    rows = list(csv.reader(io.StringIO(stream.getvalue().decode(), newline="")))

    assert rows == [
        ["id", "name.last"],
        *([r["id"], r["name"]["last"]] for r in records),
    ]


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({}, ","),
        ({"id": None, "name": None}, ","),
        ({"id": 7, "name": {"first": True}}, "7,True"),
        ({"id": 1.5, "name": {"first": date(2010, 2, 11)}}, "1.5,2010-02-11"),
        ({"id": b"\x00\xff", "name": {"first": Decimal("1.10")}}, "00ff,1.10"),
        ({"id": "a,b", "name": "no object"}, '"a,b",'),
        ({"id": 'say "x"', "other": 7}, '"say ""x""",'),
    ],
)
def test_a_cell_is_the_text_of_its_value(record, line):
    """Missing and null are empty cells; what is not a column is not written."""
    stream = io.BytesIO()

    csv_writer(stream, ["id", "name.first"])(record)

    assert stream.getvalue().decode() == f"id,name.first\r\n{line}\r\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2010, 2, 11), "2010-02-11"),
        (time(8, 45), "08:45:00"),
        (datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01T00:00:00+00:00"),
        (b"\x00\xff", "00ff"),
        (Decimal("1.10"), "1.10"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_what_json_has_not_is_written_as_text(value, text):
    """Moments are ISO 8601, bytes hexadecimal, exact numbers and UUIDs their text."""
    assert json.loads(json_line({"a": value})) == {"a": text}


@pytest.mark.parametrize("value", [object(), {1}, range(3)])
def test_what_is_never_released_is_not_written(value):
    """A value that no projection gives out is a programming error."""
    with pytest.raises(TypeError, match="plain values only"):
        json_line({"a": value})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"a":"c4n4ry\n', "is not JSON; the lines before it were read"),
        (b'{"a":"c4n4ry', "is not JSON, and cut short; was it written whole?; the lines before it were read"),
        (b'["c4n4ry"]\n', "holds no object; write one record a line; the lines before it were read"),
        (b'"c4n4ry"', "holds no object; write one record a line; the lines before it were read"),
        (b'{"c4n4ry":\xff}\n', "is not JSON; the lines before it were read"),
        (b'{"c4n4ry":' * 100_000, "is not JSON, and cut short; was it written whole?; the lines before it were read"),
    ],
    ids=["broken", "half", "list", "text", "latin", "deep"],
)  # fmt: skip
def test_a_bad_json_line_is_told_with_its_number(line, problem):
    """The lines before it were delivered; the line is named, and nothing of it shown."""
    read, error = read_until_it_breaks(json_lines, [b'{"a":1}\n', b" \n", line])

    assert (read, str(error)) == ([{"a": 1}], f"a.file, line 3: {problem}")


def test_a_bad_json_line_is_not_chained_to_what_shows_it():
    """No cause is kept from which a traceback would print the line."""
    _, error = read_until_it_breaks(json_lines, [b'{"a":"c4n4ry'])

    assert (error.__cause__, error.__suppress_context__) == (None, True)


@pytest.mark.parametrize(
    ("lines", "read", "problem"),
    [
        ([b"a,b\n", b"1,2\n", b"c4n4ry\n"], [{"a": "1", "b": "2"}], "line 3: has 1 columns where the headings have 2; the rows before it were read"),
        ([b"a\n", b"1,c4n4ry,3\n"], [], "line 2: has 3 columns where the headings have 1; the rows before it were read"),
        ([b"a,b,a\n", b"1,2,c4n4ry\n"], [], "line 1: a heading is there twice; rename one"),
        ([b"a\n", b"1\n", b"c4n4ry\xe9\n"], [{"a": "1"}], "line 3: is not UTF-8; save the file as UTF-8"),
        ([b"\xff\xfea\x00\n"], [], "line 1: is not UTF-8; save the file as UTF-8"),
        ([b"a\n", b"1\n", b'"c4n4ry\n', b"x\n"], [{"a": "1"}], "line 4: is not CSV; is a quote left open, or a cell above 131,072 characters?"),
        ([b"a\n", b'"c4n4ry"x\n'], [], "line 2: is not CSV; is a quote left open, or a cell above 131,072 characters?"),
    ],
    ids=["short", "long", "twice", "latin", "utf-16", "open quote", "odd quote"],
)  # fmt: skip
def test_a_bad_csv_is_told_with_its_line(lines, read, problem):
    """The rows before it were delivered; the line is named, and nothing of it shown."""
    found, error = read_until_it_breaks(csv_rows, lines)

    assert (found, str(error)) == (read, f"a.file, {problem}")


@pytest.mark.parametrize(
    "headings", [b"a,,c\n", b"a,\n", b"a.\n", b".a\n", b"a,a.b\n", b"a.b,a\n"]
)
def test_a_heading_that_would_lose_a_column_is_refused(headings):
    """An empty heading, and one that is a value and an object, are told in line 1."""
    row = b",".join([b"1"] * (headings.count(b",") + 1))

    with pytest.raises(SourceError, match=r"a\.csv, line 1: "):
        list(csv_rows([headings, row], "a.csv"))


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a,b\r\n", []),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n3,\r\n", [{"a": "1", "b": "2"}, {"a": "3", "b": ""}]),
        (b"a\n" + '"é\n2"'.encode(), [{"a": "é\n2"}]),
        (b"n.first,id,n.last\nAda,7,L\n", [{"n": {"first": "Ada", "last": "L"}, "id": "7"}]),
    ],
    ids=["nothing", "blank", "headings", "mark", "break in a cell", "nested"],
)  # fmt: skip
def test_the_forms_of_a_csv(text, records):
    """A mark of UTF-8, either line end, blank lines and dotted headings are read."""
    assert list(csv_rows(io.BytesIO(text), "a.csv")) == records


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "a\n1\n"), ("a.CSV", "a\n1\n"), ("a.jsonl", '{"a":"1"}'), ("a.ndjson", '{"a":"1"}\n')],
)  # fmt: skip
def test_a_file_is_read_by_the_end_of_its_name(tmp_path, name, text):
    """CSV and JSON Lines are told apart by the name, in capitals or not."""
    (tmp_path / name).write_text(text)

    assert list(records_of(tmp_path / name)) == [{"a": "1"}]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("student.xlsx", "student.xlsx: is not of a kind that can be read: .jsonl, .ndjson, .csv"),
        ("student.csv", "student.csv: cannot be opened: No such file or directory"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(tmp_path, name, sentence):
    """A missing file and one of another kind are named."""
    with pytest.raises(SourceError) as caught:
        list(records_of(tmp_path / name))

    assert (str(caught.value), caught.value.line) == (sentence, 0)
