"""A folder of CSV and JSON Lines files."""

import json

import pytest

from scopegate.adapters.base import Fetch
from scopegate.adapters.files import FilesAdapter
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import SourceError

from ..spellings import SPELLINGS

STUDENT = Resource("student", "Student", "id", [Field("student.id")])
WANTED = Fetch(STUDENT, ["student.id"], "1")
BY_SCHOOL = Fetch(STUDENT, ["student.id"], "1", "school.urn")

SEVERAL = """\
{"id":1,"school":{"urn":"1"}}
{"id":2,"school":{"urn":"2"}}
{"id":3,"school":{"urn":1}}
{"id":4,"school":{"urn":null}}
{"id":5,"school":{}}
{"id":6,"school":"1"}
{"id":7}
{"id":8,"school":{"urn":["1"]}}
{"id":9,"school":{"urn":"11"}}
"""


def refusal(adapter, wanted=WANTED):
    """Return what fetching is refused with, after how many records."""
    found = []
    with pytest.raises(SourceError) as caught:
        found.extend(adapter.fetch(wanted))
    return len(found), str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("student.csv", "id\n7\n"),
        ("student.jsonl", '{"id":"7"}\n'),
        ("student.ndjson", '{"id":"7"}'),
    ],
)
def test_a_resource_is_the_file_of_its_name(tmp_path, name, text):
    """The file of a resource is called after it and read by its kind."""
    (tmp_path / name).write_text(text)

    assert list(FilesAdapter(tmp_path).fetch(WANTED)) == [{"id": "7"}]


def test_a_file_may_be_called_otherwise(tmp_path):
    """A named file is read, and the one of the resource's own name is not."""
    (tmp_path / "Pupils.csv").write_text("id\n7\n")
    (tmp_path / "student.csv").write_text("id\n8\n")
    adapter = FilesAdapter(str(tmp_path), {"student": "Pupils.csv"})

    assert list(adapter.fetch(WANTED)) == [{"id": "7"}]


def test_a_missing_csv_is_told_with_where_it_was_looked_for(tmp_path):
    """Without a file for a resource, folder, resource and names are told."""
    folder = tmp_path / "export"
    folder.mkdir()

    assert refusal(FilesAdapter(folder)) == (
        0,
        "export: has no file for `student`; looked for `student.jsonl`,"
        " `student.ndjson`, `student.csv`",
    )


def test_a_missing_named_file_is_told_by_its_name(tmp_path):
    """Only the name that was given is looked for."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "student.csv").write_text("id\n8\n")

    refused = refusal(FilesAdapter(folder, {"student": "Pupils.csv"}))

    assert refused == (0, "export: has no file for `student`; looked for `Pupils.csv`")


def test_the_present_folder_is_told_by_a_name(tmp_path, monkeypatch):
    """A fault in the folder `.` names a place, too."""
    monkeypatch.chdir(tmp_path)

    _, sentence = refusal(FilesAdapter("."))

    assert not sentence.startswith(":")


@pytest.mark.parametrize("name", ["nowhere", "student.csv"])
def test_a_folder_that_is_not_there_is_refused_at_once(tmp_path, name):
    """What is not a folder is reported before anything is fetched."""
    (tmp_path / "student.csv").write_text("id\n")

    with pytest.raises(
        SourceError, match="is not a folder; name the one with the files"
    ):
        FilesAdapter(tmp_path / name)


def test_what_stands_before_a_half_written_line_is_delivered(tmp_path):
    """Two records come, then the third line is named and nothing of it shown."""
    (tmp_path / "student.jsonl").write_text('{"id":1}\n{"id":2}\n{"id":"c4n4')

    assert refusal(FilesAdapter(tmp_path)) == (
        2,
        "student.jsonl, line 3: is not JSON, and cut short; was it written whole?;"
        " the lines before it were read",
    )


def test_records_are_read_as_they_are_asked_for(tmp_path):
    """A fault further down does not keep the first record back."""
    (tmp_path / "student.csv").write_text("id\n7\n8,9\n")

    assert next(FilesAdapter(tmp_path).fetch(WANTED)) == {"id": "7"}


@pytest.mark.parametrize("school", ["1", None])
def test_the_adapter_says_whose_data_it_serves(tmp_path, school):
    """The school is what the caller said, or nothing."""
    assert FilesAdapter(tmp_path, school=school).school == school


def test_of_several_schools_only_one_is_served(tmp_path):
    """Only rows that say they are the school's are served; number and text alike."""
    (tmp_path / "student.jsonl").write_text(SEVERAL)

    served = FilesAdapter(tmp_path, school="1").fetch(BY_SCHOOL)

    assert [record["id"] for record in served] == [1, 3]


@pytest.mark.parametrize("way", sorted(SPELLINGS))
def test_a_school_in_another_spelling_is_not_an_empty_one(tmp_path, way):
    """A row that may be the school's is a fault, and shows nothing of itself.

    Fails on the release before: it was left out without a word.
    """
    spelt = SPELLINGS[way]("A100001")
    rows = [
        {"id": 1, "school": {"urn": "A100001"}},
        {"id": 2, "school": {"urn": spelt}},
    ]
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "student.jsonl").write_text(lines)
    adapter = FilesAdapter(tmp_path, school="A100001")

    if spelt == "A100001":
        assert len(list(adapter.fetch(BY_SCHOOL))) == 2
    else:
        assert refusal(adapter, BY_SCHOOL) == (
            1,
            "student.jsonl: names the school in another spelling than `A100001`; write"
            " `school.urn` as `school` says",
        )


def test_a_folder_of_one_school_serves_every_row(tmp_path):
    """Where no school is named rows are not chosen: the gate finds out whose they are."""
    (tmp_path / "student.jsonl").write_text(SEVERAL)

    served = FilesAdapter(tmp_path).fetch(BY_SCHOOL)

    assert [record["id"] for record in served] == list(range(1, 10))


def test_rows_that_do_not_say_whose_they_are_are_not_served(tmp_path):
    """Among several schools a resource without a school field is refused whole."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "student.jsonl").write_text(SEVERAL)

    assert refusal(FilesAdapter(folder, school="1")) == (
        0,
        "export: holds several schools, and `student` records do not say whose they are;"
        " serve them from a folder of one school",
    )
