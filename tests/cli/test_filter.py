"""`scopegate filter` lets through what a grant permits and says what it did."""

import json
import os
from datetime import UTC, datetime
from threading import Thread

import pytest

from scopegate import Catalogue

PUPIL = {
    "id": 7,
    "school_id": "100001",
    "name": "Ada",
    "health": "asthma",
    "tags": ["a"],
    "more": "?",
}
RELEASED = '{"id":7,"school_id":"100001","name":"Ada","tags":["a"]}\n'


def lines(*records):
    """Return records as JSON Lines."""
    return "".join(f"{json.dumps(record)}\n" for record in records)


@pytest.fixture
def pupils(run, basic):
    """Return a function that filters pupils."""

    def invoke(*arguments, given=None):
        options = ["filter", *basic, "--resource", "pupil"]
        return run(*options, *arguments, given=given)

    return invoke


def test_stdin_to_stdout_holds_only_what_is_permitted(pupils):
    """What is permitted of each record goes to stdout and nothing else does."""
    result = pupils(given=lines(PUPIL, PUPIL))

    assert (result.exit_code, result.stdout) == (0, RELEASED * 2)


def test_summary_says_what_was_done(pupils):
    """The summary counts records and gives each reason once, on stderr."""
    records = [PUPIL, PUPIL | {"school_id": None}, PUPIL | {"name": ["Ada"]}]

    result = pupils(given=lines(*records))

    assert result.stderr.splitlines() == [
        "   records  3 read; 2 released, 1 withheld",
        "     flows  id, school_id, name, tags[]",
        "     stays  1 field: the app asked for it and the school did not authorise it",
        " malformed  pupil.name in 1 place, left out",
    ]


def test_summary_as_json_goes_to_stdout_beside_an_output_file(pupils, tmp_path):
    """With OUTPUT a file, the JSON summary is all there is on stdout."""
    result = pupils("--json", "-", tmp_path / "out.csv", given=lines(PUPIL, PUPIL))

    assert json.loads(result.stdout) == {
        "school": "100001",
        "app": "app",
        "resource": "pupil",
        "complete": True,
        "read": 2,
        "released": 2,
        "withheld": 0,
        "fields": ["pupil.id", "pupil.school_id", "pupil.name"],
        "withheld_fields": {"pupil.health": "refused"},
        "not_in_csv": ["pupil.tags[]"],
        "malformed": [],
    }


def test_summary_as_json_goes_to_stderr_beside_data(pupils):
    """With data on stdout, the JSON summary is all there is on stderr."""
    result = pupils("--json", given=lines(PUPIL | {"name": {}}))

    assert json.loads(result.stderr)["malformed"] == [
        {"path": "pupil.name", "count": 1}
    ]


def test_a_new_output_is_its_owners_only(pupils, tmp_path):
    """A new file of records is for its owner alone; one that is there keeps its rights."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,school_id,name\n1,100001,Ada\n")
    before = os.umask(0)
    try:
        pupils(source, target)
        new = target.stat().st_mode & 0o777
        target.chmod(0o640)
        pupils(source, target)
    finally:
        os.umask(before)

    assert (new, target.stat().st_mode & 0o777) == (0o600, 0o640)


def test_csv_file_to_csv_file(pupils, tmp_path):
    """A CSV keeps, of its own columns, the permitted ones in the catalogue's order."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("﻿\nhealth,name,more,school_id\nasthma,Ada,?,100001\n")

    pupils(source, target)

    assert target.read_bytes() == b"school_id,name\r\n100001,Ada\r\n"


def test_json_lines_to_csv_names_what_it_cannot_hold(pupils):
    """A CSV made of JSON Lines leaves lists out, and the summary names them."""
    result = pupils("--to", "csv", given=lines(PUPIL))

    assert (result.stdout_bytes, result.stderr.splitlines()[-1]) == (
        b"id,school_id,name\r\n7,100001,Ada\r\n",
        "not in CSV  tags[] (lists; use --to jsonl to keep them)",
    )


def test_csv_to_json_lines(pupils):
    """A CSV on stdin becomes JSON Lines where that is asked for."""
    result = pupils(
        "--from", "CSV", "--to", "jsonl", given="name,school_id,health\nAda,100001,x\n"
    )

    assert result.stdout == '{"school_id":"100001","name":"Ada"}\n'


def test_csv_without_a_permitted_column_is_refused(pupils, tmp_path):
    """Where no column would be left, nothing is written and the sentence says so."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("health\nasthma\n")

    result = pupils(source, target)

    assert (result.exit_code, target.exists()) == (2, False)


def test_resource_of_lists_makes_no_csv(run, small, authorise):
    """A resource with only lists permitted cannot become a CSV."""
    grant = authorise(Catalogue.from_toml(small), {"words"})

    result = run(
        "filter",
        *("--catalogue", small, "--grant", grant, "--resource", "note"),
        *("--to", "csv"),
        given="",
    )

    assert "no permitted field would be a column" in result.stderr


def test_headings_that_are_no_csv_are_told_with_their_line(pupils):
    """A CSV that breaks in its first line is told as unreadable input."""
    result = pupils("--from", "csv", "--to", "jsonl", given='"id\n')

    place = "scopegate: stdin, line 1: is not CSV"
    assert (result.exit_code, result.stderr.startswith(place)) == (3, True)


def test_endless_heading_is_told_without_reading_on(pupils):
    """A heading too long for any table is told, and no column is guessed."""
    result = pupils("--from", "csv", "--to", "jsonl", given="x" * 200_000)

    assert result.exit_code == 3


def test_half_written_line_ends_with_what_came_before(pupils, tmp_path):
    """Records before a half-written line are delivered; the line is named, not shown."""
    source = tmp_path / "in.jsonl"
    source.write_text(lines(PUPIL) + '{"id": 8, "name": "Gra')

    result = pupils(source)

    assert (result.exit_code, result.stdout, result.stderr.splitlines()[:2]) == (
        3,
        RELEASED,
        [
            "scopegate: in.jsonl, line 2: is not JSON, and cut short; was it written"
            " whole?; the lines before it were read",
            "   records  1 read, and no further; 1 released, 0 withheld",
        ],
    )


def test_ragged_row_ends_with_what_came_before(pupils):
    """Rows before a ragged one are delivered, and the summary says it is not whole."""
    result = pupils(
        *("--from", "csv", "--to", "csv", "--json"),
        given="name,school_id\nAda,100001\nGrace\n",
    )

    assert (result.exit_code, result.stdout_bytes) == (
        3,
        b"school_id,name\r\n100001,Ada\r\n",
    )


def test_record_of_another_school_stops_everything(pupils):
    """A record that names another school is a fault, not something to leave out."""
    result = pupils(given=lines(PUPIL, PUPIL | {"school_id": "100002"}, PUPIL))

    assert (result.exit_code, result.stdout) == (1, RELEASED)


def test_nothing_permitted_is_refused_before_anything_is_written(run, basic, tmp_path):
    """Where nothing of the resource may flow, OUTPUT is not even made."""
    target = tmp_path / "out.jsonl"

    result = run("filter", *basic, "--resource", "note", "-", target, given="{}")

    assert (result.exit_code, result.stderr, target.exists()) == (
        1,
        "scopegate: app `app` may read no field of `note` at school `100001`:"
        " the app asks for none of it; publish a request that does\n",
        False,
    )


def test_expired_grant_lets_nothing_through(run, small, authorise):
    """A grant that is over is refused with that reason."""
    grant = authorise(
        Catalogue.from_toml(small),
        {"pupil.basic"},
        expires_at=datetime(2020, 1, 1, tzinfo=UTC),
        clock=lambda: datetime(2019, 1, 1, tzinfo=UTC),
    )
    options = ["--catalogue", small, "--grant", grant, "--resource", "pupil"]

    result = run("filter", *options, given=lines(PUPIL))

    assert "`expired`" in result.stderr


def test_grant_on_scopes_the_catalogue_lost_still_lets_its_fields_through(
    run, small, authorise
):
    """A grant pins fields, so a scope that is gone from the catalogue takes none."""
    grant = authorise(Catalogue.from_toml(small), {"pupil.basic"}, {"words"}, {"words"})
    small.write_text(small.read_text().replace('[scope."words"]', '[scope."w"]'))
    options = ["--catalogue", small, "--grant", grant, "--resource", "note"]

    result = run("filter", *options, given='{"words": ["x"], "id": 1}')

    assert result.stdout == '{"words":["x"]}\n'


def test_same_file_is_refused(pupils, tmp_path):
    """Writing the file that is being read is refused, and the file stays whole."""
    source = tmp_path / "in.jsonl"
    source.write_text(lines(PUPIL))

    result = pupils(source, tmp_path / "." / "in.jsonl")

    assert (result.exit_code, source.read_text()) == (2, lines(PUPIL))


def test_existing_output_is_replaced(pupils, tmp_path):
    """An OUTPUT that is another file is overwritten."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(lines(PUPIL))
    target.write_text("old")

    pupils(source, target)

    assert target.read_text() == RELEASED


def test_output_that_cannot_be_opened_is_named(pupils, tmp_path):
    """An OUTPUT in a folder that is not there is wrong usage, named by its path."""
    target = tmp_path / "none" / "out.jsonl"

    result = pupils("-", target, given=lines(PUPIL))

    assert (result.exit_code, result.stderr) == (
        2,
        f"scopegate: `{target}`: No such file or directory\n",
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk_is_told_in_a_sentence(pupils):
    """When the disk is full the sentence says what became of what was written."""
    result = pupils("-", "/dev/full", given=lines(PUPIL))

    assert (result.exit_code, result.stderr) == (
        2,
        "scopegate: the output broke off: No space left on device; what was written"
        " before is kept\n",
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_reader_that_stops_ends_the_command_quietly(pupils, tmp_path):
    """When whatever reads the output wants no more, there is nothing to say."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = Thread(target=lambda: os.close(os.open(pipe, os.O_RDONLY)))
    reader.start()

    result = pupils("-", pipe, given=lines(PUPIL) * 20_000)

    reader.join()
    assert (result.exit_code, result.output) == (0, "")
