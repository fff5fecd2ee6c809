"""`scopegate explain` says of each field why it may flow, or why not."""

import json
import re

import pytest

from scopegate import Catalogue


def test_permitted_field_names_who_authorised_it(run, basic):
    """A permitted field is explained by the person, the scope and the day."""
    result = run("explain", *basic, "pupil.name")

    assert re.fullmatch(
        r"pupil\.name may flow: Dana Head, Headteacher authorised pupil\.basic on"
        r" \d{1,2} \w+ \d{4} \(UTC\)\n",
        result.stdout,
    )


def test_withheld_fields_are_explained_and_are_no_error(run, basic):
    """A withheld field is an answer: the reason is printed and the exit code is 0."""
    result = run("explain", *basic, "pupil.health", "note.wordz", "zzz\x1b")

    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "pupil.health is withheld: the app asked for it and the school did not"
            " authorise it",
            "note.wordz is withheld: the catalogue does not have it; did you mean"
            " `note.words[]`, `note.id`?",
            "zzz\\x1b is withheld: the catalogue does not have it",
        ],
    )


def test_without_field_every_open_resource_is_shown(run, basic):
    """Resources with something that flows get a table, the others one line."""
    result = run("explain", *basic)

    assert [line for line in result.stdout.splitlines() if not line[:1].isspace()] == [
        "School  school: 1 field of 1 may flow",
        "Pupil [bold]  pupil: 4 fields of 5 may flow",
        "Nothing flows of note",
    ]


def test_one_resource_is_shown_even_if_nothing_flows(run, basic):
    """With --resource the table comes whether or not anything flows."""
    result = run("explain", *basic, "--resource", "note")

    assert result.stdout.splitlines()[0] == "Note  note: 0 fields of 2 may flow"


def test_all_resources_may_be_open(run, small, authorise):
    """Where something flows of every resource, nothing is said to be closed."""
    grant = authorise(Catalogue.from_toml(small), {"pupil.basic", "words"})

    result = run("explain", "--catalogue", small, "--grant", grant)

    assert "Nothing flows of" not in result.stdout


def test_pinned_field_that_left_the_catalogue_is_explained(run, small, basic):
    """What a grant pinned and the catalogue lost is listed with that reason."""
    lost = '"name" = { title = "Name" }\n'
    scope = '"pupil.school_id", "pupil.name"'
    text = small.read_text().replace(lost, "").replace(scope, '"pupil.school_id"')
    small.write_text(text)

    result = run("explain", *basic, "--resource", "pupil")

    assert "withheld: the catalogue does not have it" in result.stdout


def test_resource_that_left_the_catalogue_keeps_its_name(run, small, authorise):
    """A pinned field whose whole resource is gone is listed under its plain name."""
    grant = authorise(Catalogue.from_toml(small), {"pupil.basic", "words"})
    small.write_text(
        small.read_text()
        .replace("note", "memo")
        .replace('[resource.memo]\ntitle = "Note"', '[resource.memo]\ntitle = "Memo"')
    )

    result = run("explain", "--catalogue", small, "--grant", grant)

    assert "Nothing flows of memo, note" in result.stdout


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            "pupil.name",
            {
                "field": "pupil.name",
                "title": "Name",
                "permitted": True,
                "actor": {"name": "Dana Head", "role": "Headteacher"},
                "scopes": ["pupil.basic"],
                "grant": "grant-1",
                "revision": 1,
            },
        ),
        (
            "pupil.health",
            {
                "field": "pupil.health",
                "title": "Health",
                "permitted": False,
                "actor": None,
                "since": None,
                "sentence": "pupil.health is withheld: the app asked for it and the"
                " school did not authorise it",
                "reason": "refused",
            },
        ),
    ],
)
def test_json_has_every_part_of_the_reason(run, basic, field, expected):
    """The JSON of an explanation carries the reason in parts."""
    result = run("explain", *basic, "--json", field)

    (found,) = json.loads(result.stdout)
    assert found | expected == found


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--resource", "pupils"], "unknown resource `pupils`; did you mean `pupil`?"),
        (["--grant", "none.json"], "`none.json` cannot be read: No such file"),
        (["--catalogue", "assembli"], "did you mean `assembly`?"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_hint(run, basic, arguments, sentence):
    """A name or file that is not there ends with 2 and says what to do."""
    result = run("explain", *basic, *arguments)

    assert (result.exit_code, sentence in result.stderr) == (2, True)


def test_grant_with_several_problems_lists_them_all(run, basic, tmp_path):
    """Every problem of a grant file is a line of its own."""
    document = json.loads((tmp_path / "grant.json").read_text())
    document["value"] |= {"revision": "1", "school": 7}
    (tmp_path / "grant.json").write_text(json.dumps(document))

    result = run("explain", *basic)

    assert (result.exit_code, result.stderr.splitlines()) == (
        2,
        [
            "scopegate: this is not a grant",
            "  does not fit @ $.revision",
            "  does not fit @ $.school",
        ],
    )
