"""`scopegate permissions` says what an MIS account must be allowed, and no more."""

import json

import pytest

from scopegate.ledgers.sqlite import SQLiteLedger

from ..scene import APP, SCHOOL, Scene

REQUEST = """
app = "clubs"
required = ["pupil.health"]
optional = ["words"]
"""
TABLE = """
[mis.arbor]
"*" = ["Schools"]
"pupil.basic" = ["Pupils"]
"pupil.health" = ["Pupils", "Medical"]
"""


@pytest.fixture
def wanted(run, small, tmp_path):
    """Return a function that asks what a request needs of an MIS."""
    small.write_text(small.read_text() + TABLE)
    request = tmp_path / "request.toml"
    request.write_text(REQUEST)

    def ask(*arguments, mis="arbor", held=None):
        if held is not None:
            path = tmp_path / "held.txt"
            path.write_text(held)
            arguments = ("--held", path, *arguments)
        return run(
            *("permissions", "--catalogue", small),
            *("--request", request, "--mis", mis, *arguments),
        )

    return ask


def rows(result):
    """Return the rows of the table that was printed, each as its words."""
    return [line.split() for line in result.stdout.splitlines() if line.strip()]


def test_each_scope_says_what_it_needs(wanted):
    """What is common stands once, and a scope without a row is not known."""
    result = wanted()

    head, _, _, *table, total = rows(result)
    assert result.exit_code == 0
    assert head[:3] == ["clubs", "in", "arbor:"]
    assert table == [
        ["every", "scope", "Schools"],
        ["school", "public", "nothing", "more"],
        ["pupil.basic", "required", "Pupils"],
        ["pupil.health", "required", "Medical,", "Pupils"],
        ["words", "optional", "not", "known"],
    ]
    assert total[:3] == ["3", "permissions", "needed,"]


def test_what_is_lacking_is_told_and_ends_with_1(wanted):
    """With a list of what is held each scope says what it lacks."""
    result = wanted(held="Schools\n\n Pupils \nPayroll\n")

    assert result.exit_code == 1
    assert "the MIS account lacks permissions it needs" in result.stdout
    assert ["pupil.health", "required", "Medical,", "Pupils", "Medical"] in rows(result)


def test_what_nobody_can_judge_is_told(wanted):
    """While a scope has no row, what else is held is not said to be without need."""
    result = wanted(held="Schools\nPupils\nMedical\nPayroll\n")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "held, and perhaps needed where the table says nothing: Payroll",
    )


def test_what_is_held_without_need_is_told(wanted, small):
    """Where every scope has a row, what else is held is without need."""
    small.write_text(small.read_text() + '"words" = []\n')

    result = wanted(held="Schools\nPupils\nMedical\nPayroll\n")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "held without need: Payroll",
    )


def test_needs_as_json(wanted):
    """The JSON has the lists, and null for what no one can tell."""
    found = json.loads(wanted("--json").stdout)

    assert {key: value for key, value in found.items() if key != "scopes"} == {
        "mis": "arbor",
        "status": "permissions_unknown",
        "held": None,
        "needed": ["Medical", "Pupils", "Schools"],
        "unneeded": None,
        "unjudged": None,
    }
    assert found["scopes"][-1] == {
        "scope": "words",
        "apps": ["clubs"],
        "needs": ["Schools"],
        "lacks": None,
        "listed": False,
    }


def test_what_is_lacking_as_json(wanted):
    """The JSON has what each scope lacks, and ends with 1 as well."""
    result = wanted("--json", held="Schools\nPupils\n")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["status"]) == (1, "lacks_permissions")
    assert {one["scope"]: one["lacks"] for one in found["scopes"]} == {
        "school": [],
        "pupil.basic": [],
        "pupil.health": ["Medical"],
        "words": [],
    }


def test_an_mis_without_a_table_is_wrong_usage(wanted):
    """A list cannot be made for an MIS of which the catalogue says nothing."""
    result = wanted(mis="sims")

    assert result.exit_code == 2
    assert "no permission table for `sims`; it has `arbor`" in result.stderr


def test_a_catalogue_without_tables_says_so(run, small, tmp_path):
    """Where there is no table at all, none is named."""
    request = tmp_path / "request.toml"
    request.write_text(REQUEST)

    result = run(
        *("permissions", "--catalogue", small),
        *("--request", request, "--mis", "arbor"),
    )

    assert result.exit_code == 2
    assert "it has none" in result.stderr


@pytest.fixture
def school(run, tmp_path):
    """Return a function that asks about a school, connected in some way."""
    path = tmp_path / "consent.db"

    def ask(*arguments, name=SCHOOL, **connection):
        with SQLiteLedger(path) as ledger:
            scene = Scene(ledger)
            scene.authorise()
            scene.register.connect(school=SCHOOL, adapter=scene.mis, **connection)
        return run(
            *("permissions", "--catalogue", "assembly"),
            *("--ledger", path, "--school", name, *arguments),
        )

    return ask


def test_a_school_is_told_by_what_it_authorised(school):
    """The scopes are those granted, each with the apps it is for."""
    result = school(mis="bromcom", permissions=["Schools"])

    assert result.exit_code == 1
    assert result.stdout.startswith(
        f"school {SCHOOL} in bromcom: the MIS account lacks"
    )
    assert ["students.basic", APP, "not", "known"] in rows(result)


def test_a_school_whose_mis_has_no_table_is_told_so(school):
    """There is one line, and it says why there are no more."""
    result = school(mis="arbor")

    assert (result.exit_code, result.stdout) == (
        0,
        f"school {SCHOOL} in arbor: the catalogue has no permission table for arbor\n",
    )


def test_a_school_without_a_table_as_json(school):
    """The scopes are listed still, and what they need is null."""
    found = json.loads(school("--json", mis="arbor").stdout)

    assert (found["status"], found["needed"]) == ("no_table", None)
    assert [(one["scope"], one["needs"]) for one in found["scopes"]] == [
        ("school", None),
        ("students.basic", None),
    ]


def test_a_school_that_the_ledger_does_not_know_is_wrong_usage(school):
    """A mistyped school is not taken for a school without needs."""
    result = school(mis="bromcom", name="2")

    assert result.exit_code == 2
    assert "the ledger has nothing of school `2`" in result.stderr


@pytest.mark.parametrize("odd", [["--school", SCHOOL], ["--held", "held.txt"]])
def test_the_two_ways_to_ask_do_not_mix(wanted, run, odd):
    """Half of one way, or both at once, is wrong usage."""
    mixed = wanted("--school", SCHOOL)
    half = run("permissions", "--catalogue", "assembly", *odd)

    message = "give --request and --mis, or --ledger and --school"
    assert [(r.exit_code, message in r.stderr) for r in (mixed, half)] == [
        (2, True)
    ] * 2
