"""`scopegate catalogue` checks, shows, lists and compares catalogues."""

import json

import pytest

from scopegate import Catalogue


def test_sound_catalogue_is_told_so(run, small):
    """A catalogue without faults ends with 0 and says how much is in it."""
    result = run("catalogue", "check", small)

    assert (result.exit_code, result.stdout) == (
        0,
        "no faults in small 1: 3 resources, 8 fields, 5 scopes\n",
    )


def test_sound_catalogue_as_json_carries_its_digest(run, small):
    """The JSON of a check carries the digest of what was checked."""
    result = run("catalogue", "check", "--json", small)

    assert json.loads(result.stdout) == {
        "ok": True,
        "faults": [],
        "id": "small",
        "version": "1",
        "policy_version": 1,
        "digest": Catalogue.from_toml(small).digest,
        "resources": ["school", "pupil", "note"],
        "fields": 8,
    }


@pytest.fixture
def faulty(small):
    """Return the file of a catalogue with two faults."""
    text = small.read_text().replace('["pupil.health"]', '["pupil.wealth"]')
    small.write_text(text.replace('includes = ["pupil.basic"]', 'includes = ["x"]'))
    return small


def test_faults_are_listed_one_a_line(run, faulty):
    """Every fault is a line with its place, and the check ends with 1."""
    result = run("catalogue", "check", faulty)

    head, *rest = result.stderr.splitlines()
    assert (result.exit_code, head, [line.split(":")[0] for line in rest]) == (
        1,
        "scopegate: 2 faults in catalogue `small`",
        [
            '  scope."pupil.health".fields[0]',
            '  scope."pupil.health".includes',
        ],
    )


def test_faults_as_json_have_place_and_message(run, faulty):
    """The JSON of a failed check has every fault in parts."""
    result = run("catalogue", "check", "--json", faulty)

    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"], [f["place"] for f in found["faults"]]) == (
        1,
        False,
        ['scope."pupil.health".fields[0]', 'scope."pupil.health".includes'],
    )


def test_faulty_catalogue_stops_every_command(run, faulty):
    """A command that needs a catalogue tells its faults and ends with 1."""
    result = run("catalogue", "show", faulty)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "scopegate: 2 faults in catalogue `small`",
    )


def test_builtin_catalogues_are_listed(run):
    """Every catalogue that ships is listed by its name."""
    result = run("catalogue", "list")

    names = tuple(line.split()[0] for line in result.stdout.splitlines())
    assert names == Catalogue.builtin_names()


def test_builtin_catalogues_as_json(run):
    """The JSON of the list tells each catalogue apart."""
    result = run("catalogue", "list", "--json")

    assert tuple(one["id"] for one in json.loads(result.stdout)) == (
        Catalogue.builtin_names()
    )


def test_show_lists_scopes_as_they_are_written(run, small):
    """Titles are shown as they are, even where they look like markup."""
    result = run("catalogue", "show", small)

    words = [line.split() for line in result.stdout.splitlines()]
    assert ["pupil.basic", "Pupil", "[red]basics[/red]", "personal", "4"] in words


def test_show_as_json_has_every_scope(run, small):
    """The JSON of a catalogue has each scope with its fields."""
    result = run("catalogue", "show", "--json", small)

    assert json.loads(result.stdout)["scopes"][2] == {
        "key": "pupil.health",
        "title": "Health",
        "description": "",
        "sensitivity": "special",
        "includes": ["pupil.basic"],
        "writes": [],
        "fields": [
            "pupil.id",
            "pupil.school_id",
            "pupil.name",
            "pupil.health",
            "pupil.tags[]",
        ],
    }


def test_text_that_could_upset_a_terminal_is_escaped(run, small):
    """A title that turns the writing direction around is shown as an escape."""
    small.write_text(small.read_text().replace('"Words"', '"\u202eWords"'))

    result = run("catalogue", "show", small, "--scope", "words")

    assert result.stdout.splitlines()[0] == "\\u202eWords"


def test_one_scope_is_shown_in_full(run, small):
    """A scope is shown with what comes along and every field."""
    result = run("catalogue", "show", small, "--scope", "pupil.health")

    words = [line.split() for line in result.stdout.splitlines()]
    assert [
        line in words
        for line in (
            ["includes", "pupil.basic"],
            ["pupil.health", "Health", "text", "special", "pupil.health"],
            ["pupil.name", "Name", "text", "personal", "pupil.basic"],
        )
    ] == [True] * 3


def test_one_scope_as_json(run, small):
    """The JSON of a scope says what an app could write to."""
    result = run("catalogue", "show", small, "--scope", "write", "--json")

    assert json.loads(result.stdout)["writes"] == ["note"]


def test_one_resource_is_shown_in_full(run, small):
    """A resource is shown with every field, those in no scope too."""
    result = run("catalogue", "show", small, "--resource", "note")

    words = [line.split() for line in result.stdout.splitlines()]
    assert ["note.id", "Id", "text", "personal", "no", "scope"] in words


def test_one_resource_as_json(run, small):
    """The JSON of a resource has each field with the ways to it."""
    result = run("catalogue", "show", small, "--resource", "school", "--json")

    assert json.loads(result.stdout) == {
        "name": "school",
        "title": "School",
        "key": "urn",
        "fields": [
            {
                "path": "school.urn",
                "title": "URN",
                "kind": "text",
                "sensitivity": "public",
                "scopes": [["school"]],
            }
        ],
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scope", "a", "--resource", "b"], "choose --scope or --resource"),
        (["--scope", "pupil.basics"], "did you mean `pupil.basic`"),
        (["--resource", "pupils"], "did you mean `pupil`"),
    ],
)
def test_wrong_usage_of_show_ends_with_2(run, small, arguments, sentence):
    """What cannot be shown ends with 2 and a hint."""
    result = run("catalogue", "show", small, *arguments)

    assert (result.exit_code, sentence in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["", "none.toml"])
def test_file_that_cannot_be_read_ends_with_2(run, tmp_path, name):
    """A folder, or a file that is not there, ends with 2."""
    result = run("catalogue", "check", tmp_path / name)

    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_file_nested_beyond_reading_is_a_fault(run, tmp_path):
    """A file made to exhaust the parser is refused in a sentence."""
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 20_000)

    result = run("catalogue", "check", path)

    assert (result.exit_code, "nested too deeply" in result.stderr) == (1, True)


@pytest.fixture
def changed(small, tmp_path):
    """Return the file of the small catalogue with a public field more."""
    path = tmp_path / "new.toml"
    text = small.read_text().replace('version = "1"', 'version = "2"')
    text = text.replace('["school.urn"]', '["school.urn", "school.town"]').replace(
        "[resource.pupil]\n",
        '"town" = { title = "Town", sensitivity = "public" }\n[resource.pupil]\n',
    )
    path.write_text(text.replace('title = "Note"', 'title = "Memo"'))
    return path


def test_diff_says_what_each_change_means(run, small, changed):
    """Changes are listed by what they do, the most alarming first."""
    result = run("catalogue", "diff", small, changed)

    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "small 1 -> small 2",
        "",
        "widens: 2 changes",
        "  it flows to every app over every connection, without a decision",
        "    scope school  gains `school.town`",
        "    field school.town  becomes public",
        "",
        "unchanged: 1 change",
        "  only what schools are shown; a decision that is pending must be shown again",
        "    resource note  title Note -> Memo",
    ]


def test_diff_as_json(run, small, changed):
    """The JSON of a diff has each change in parts."""
    result = run("catalogue", "diff", "--json", small, changed)

    assert json.loads(result.stdout)["changes"][1] == {
        "part": "scope",
        "name": "school",
        "what": "gains `school.town`",
        "effect": "widens",
        "meaning": "it flows to every app over every connection, without a decision",
    }


def test_equal_catalogues_say_the_same(run):
    """A catalogue compared with itself has no changes."""
    result = run("catalogue", "diff", "wonde", "wonde")

    assert result.stdout.endswith("say the same\n")
