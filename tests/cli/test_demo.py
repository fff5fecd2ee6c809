"""`scopegate demo` plays the whole story on the made-up school."""

import json
import re

import pytest
from click.testing import CliRunner

from scopegate import Grant
from scopegate.cli.commands import scopegate
from scopegate.cli.demo.comparison import leaves_of
from scopegate.consent.codec import from_json
from scopegate.samples import sample_school

TITLES = [
    "Connect",
    "Before any request",
    "The Data Access Request",
    "The decision",
    "One pupil, before and after",
    "A question that would tell",
    "Revoke",
    "On record",
]


@pytest.fixture(scope="module")
def told():
    """Return what the demo prints at 80 columns."""
    return CliRunner().invoke(scopegate, ["demo"], env={"COLUMNS": "80"}).stdout


def test_every_step_has_its_heading(told):
    """The eight steps come in order, each with its number."""
    headings = re.findall(r"^(\d)  (.+?) ─+$", told, flags=re.MULTILINE)

    assert headings == [(str(n), title) for n, title in enumerate(TITLES, 1)]


def test_no_line_is_wider_than_the_terminal(told):
    """At 80 columns no line is longer, whatever the school holds."""
    assert max(map(len, told.splitlines())) == 80


@pytest.mark.parametrize(
    "sentence",
    [
        r"asked for +12 public fields of school\n",
        r"app `gradebook` may read no field of `student`.*\n.*asks for none of it",
        r"\[ \] +students\.dob +left empty",
        r"\[x\] +students\.emails +ticked",
        r"revision 1 *\n",
        r"│   sen_category +│ \w +│ - box left empty +│",
        r"the query on `student` uses fields that are not permitted",
        r"0 requests reached the MIS",
        r"reading students: 2 received\nFreya Underhill, Headteacher: revoked\n",
        r"\(`refused`, `revoked`\): what was",
        r"43 public fields, none of them about a person",
        r"school +1 record *\nstudent +122 records",
        r"checkpoint +scopegate/school/999901 *\n +4 *\n +\S{43}=\n",
        r"no faults in 3 streams, 7 events",
    ],
)
def test_each_step_shows_what_the_library_said(told, sentence):
    """What a step prints is what the library answered."""
    assert re.search(sentence, told)


def test_request_shows_every_field_of_every_scope(told):
    """The request names each field, or the scope above that lists it."""
    text = " ".join(told.replace("│", " ").split())

    assert (
        "Fields student: Email entry id, Email address, Kind of email address, Main"
        " email address and the 4 of students.basic, above" in text
    )


def test_wide_terminals_get_no_line_beyond_120():
    """However wide the terminal is, lines end where they are still easy to read."""
    wide = CliRunner().invoke(scopegate, ["demo"], env={"COLUMNS": "300"}).stdout

    assert max(map(len, wide.splitlines())) == 120


def test_exported_grant_is_the_one_that_was_authorised(run, tmp_path):
    """The exported grant reads back with the boxes that were ticked."""
    run("demo", "--export", tmp_path / "new" / "folder")

    grant = from_json((tmp_path / "new/folder/grant.json").read_bytes(), Grant)
    assert (grant.ticked, grant.unticked) == (
        {"students.emails", "contacts.emails"},
        {"students.dob", "students.sen_provision"},
    )


def test_line_to_try_next_works_as_printed(run, tmp_path):
    """The `scopegate filter` line that the demo prints filters the sample pupils."""
    told = run("demo", "--export", tmp_path).stdout
    (line,) = re.findall(r"^  scopegate (filter .*)$", told, flags=re.MULTILINE)

    result = run(*line.split())

    held = (sample_school() / "student.jsonl").read_text().splitlines()
    assert len(result.stdout.splitlines()) == len(held)


def test_exported_grant_filters_to_its_fields_only(run, tmp_path):
    """With the exported grant a pupil keeps the names and e-mails and no more."""
    told = run("demo", "--export", tmp_path).stdout
    (line,) = re.findall(r"^  scopegate (filter .*)$", told, flags=re.MULTILINE)

    result = run(*line.split())

    released = map(json.loads, result.stdout.splitlines())
    assert set().union(*map(leaves_of, released)) == {
        "id",
        "first_name",
        "last_name",
        "year_code",
        "emails[].id",
        "emails[].email",
        "emails[].type",
        "emails[].is_primary",
        "contacts[].contact_id",
        "contacts[].relationship.relationship_type",
    }


def test_receipt_line_works_as_printed(run, tmp_path):
    """The `scopegate receipt` line that the demo prints prints the receipt."""
    told = run("demo", "--export", tmp_path).stdout
    (line,) = re.findall(r"^  scopegate (receipt .*)$", told, flags=re.MULTILINE)

    result = run(*line.split())

    assert result.exit_code == 0
    assert "Freya Underhill" in result.stdout
    assert "revoked" in result.stdout


def test_a_ledger_that_is_there_is_left_alone(run, tmp_path):
    """A second demo in the same folder is refused, and nothing is written to it."""
    run("demo", "--export", tmp_path)
    before = (tmp_path / "demo.db").read_bytes()

    result = run("demo", "--export", tmp_path)

    assert result.exit_code == 2
    assert "is there already; give another folder" in result.stderr
    assert (tmp_path / "demo.db").read_bytes() == before


def test_folder_that_is_a_file_ends_with_2(run, tmp_path):
    """A FOLDER below a file cannot be made, and the error names its path."""
    (tmp_path / "file").write_text("")

    result = run("demo", "--export", tmp_path / "file" / "below")

    assert (result.exit_code, result.stderr) == (
        2,
        f"scopegate: `{tmp_path / 'file' / 'below'}`: Not a directory\n",
    )


@pytest.mark.parametrize(
    ("record", "leaves"),
    [
        ({}, {}),
        ({"a": None, "b": "", "c": []}, {}),
        ({"a": {"b": [{"c": 1}, {"c": True}]}}, {"a.b[].c": "1; yes"}),
        ({"a": [False, "x"]}, {"a[]": "no; x"}),
    ],
)
def test_leaves_are_what_a_person_would_read(record, leaves):
    """Empty leaves are left out, and what is in a list is joined."""
    assert leaves_of(record) == leaves
