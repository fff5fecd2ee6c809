"""`scopegate request check` tells faults and gives advice."""

import json

import pytest

from scopegate import AccessRequest
from scopegate.consent.codec import to_json

REQUEST = """
app = "gradebook"
purpose = "Marks"
required = ["pupil.basic"]
[reasons]
"pupil.basic" = "To list names"
[terms]
retention = "a year"
lawful_basis = "public task"
contact = "dpo@example.org"
"""


@pytest.fixture
def check(run, small, tmp_path):
    """Return a function that checks a request, written to a file of that name."""

    def invoke(text, *arguments, name="request.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run("request", "check", "--catalogue", small, path, *arguments)

    return invoke


def test_sound_request_ends_with_0(check, tmp_path):
    """A request without faults is told so."""
    result = check(REQUEST.replace("To list names", "To list"))

    assert (result.exit_code, result.stdout) == (
        0,
        f"no faults in {tmp_path / 'request.toml'}; 0 pieces of advice\n",
    )


def test_advice_is_no_fault(check):
    """Advice is printed a line each, and the check still ends with 0."""
    result = check(REQUEST.replace("To list names", ""))

    assert (result.exit_code, result.stdout.splitlines()[0]) == (
        0,
        "advice  pupil.basic  is required without a reason; say what does not work"
        " without it",
    )


def test_json_file_is_read_as_scopegate_writes_it(check):
    """A request that the codec wrote is checked like one in TOML."""
    request = AccessRequest("app", "purpose", {"pupil.basic"})

    result = check(to_json(request), "--json", name="request.json")

    assert [advice["code"] for advice in json.loads(result.stdout)["advice"]] == [
        "no_reason",
        "no_retention",
        "no_lawful_basis",
        "no_contact",
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("app = ", ["request.toml: is not TOML: Invalid value (at end of document)"]),
        (b"\xff", ["request.toml: is not TOML:"]),
        (
            'app = 1\nrequired = "pupil.basic"\noptional = [1]\nextra = 1\n'
            "[reasons]\na = 1\n[terms]\nretain = ''",
            [
                "app: is not a text",
                "required: is not a list of scope keys",
                "optional: is not a list of scope keys",
                "extra: is not a part of a request; the parts are `app`, `purpose`,",
                "reasons: is not a table with a text for a scope key",
                "terms: is not a table with texts for `retention`, `lawful_basis`,",
            ],
        ),
        (
            'required = ["a"]\noptional = ["a"]',
            ["scope `a`: is required and optional; choose one"],
        ),
        (
            'required = ["pupil.basics"]',
            [
                "app: is missing; name the app that asks",
                "purpose: is missing; tell the school what the app does",
                "required: names the unknown scope `pupil.basics`; did you mean",
            ],
        ),
    ],
)
def test_faults_are_listed_with_their_places(check, text, faults):
    """Every fault of a request is a line with its place, and the check ends with 1."""
    result = check(text)

    found = result.stderr.splitlines()[1:]
    assert (result.exit_code, len(found)) == (1, len(faults))
    assert all(map(str.startswith, found, (f"  {fault}" for fault in faults)))


def test_faults_as_json(check):
    """The JSON of a failed check has the faults in parts and ends with 1."""
    result = check('app = "a"\npurpose = "b"', "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"], found["faults"]) == (
        1,
        False,
        [{"place": "scopes", "message": "are missing; ask for at least one"}],
    )


def test_scope_string_needs_neither_app_nor_purpose(run, small):
    """Scopes on the command line are checked for themselves."""
    options = ["--catalogue", small, "--scopes", "pupil.basic pupil.health:optional"]

    result = run("request", "check", *options)

    assert (result.exit_code, result.stderr) == (0, "")


def test_scope_string_with_a_wrong_suffix_is_a_fault(run, small):
    """A suffix that is neither required nor optional is a fault with its place."""
    options = ["--catalogue", small, "--scopes", "pupil.basic:maybe"]

    result = run("request", "check", *options)

    assert (result.exit_code, result.stderr.splitlines()[1]) == (
        1,
        "  scope `pupil.basic:maybe`: is written key, key:required or key:optional",
    )


@pytest.mark.parametrize("arguments", [[], ["request.toml", "--scopes", "x"]])
def test_file_and_scopes_are_one_or_the_other(run, small, arguments):
    """Neither or both of FILE and --scopes is wrong usage."""
    result = run("request", "check", "--catalogue", small, *arguments)

    assert result.exit_code == 2


def test_request_nested_beyond_reading_ends_with_2(run, tmp_path):
    """A request made to exhaust the parser is refused in a sentence."""
    path = tmp_path / "deep.toml"
    path.write_text("app = " + "[" * 20_000)

    result = run("request", "check", "--catalogue", "assembly", path)

    assert (result.exit_code, "nested too deeply" in result.stderr) == (2, True)
