"""`scopegate receipt` prints or writes what a school decided, naming no one."""

import json
import os

import pytest

from scopegate import Subjects
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.proofs.checkpoints import origin_of
from scopegate.proofs.notes import TlogProof, verify_proof
from scopegate.proofs.signing import Ed25519Signer

from ..scene import APP, SAM, SCHOOL, Scene

FILES = {
    "event.json",
    "presentation.json",
    "receipt.jsonld",
    "receipt.tlog-proof",
    "receipt.txt",
}


@pytest.fixture
def path(tmp_path):
    """Return where the ledger is."""
    return tmp_path / "consent.db"


@pytest.fixture
def grant(path):
    """Return the id of a grant of two revisions, the second for listed people."""
    with SQLiteLedger(path) as ledger:
        scene = Scene(ledger)
        grant = scene.authorise("students.dob")
        shown = scene.register.present_grant(school=SCHOOL, app=APP)
        listed = Subjects.everyone_except(student="pupil-103")
        scene.register.amend(shown, actor=SAM, subjects=listed)
    return grant.id


@pytest.fixture
def receipt(run, path, grant):
    """Return a function that runs the command for the grant."""
    return lambda *arguments: run("receipt", grant, "--ledger", path, *arguments)


def test_text_is_printed(receipt, grant):
    """Without --to the receipt of the newest revision is printed in words."""
    result = receipt("--school", SCHOOL)

    assert result.exit_code == 0
    assert result.stdout.startswith("Receipt of an authorisation\n")
    assert f"grant         {grant}, revision 2\n" in result.stdout


def test_what_is_written_is_its_owners_only(receipt, tmp_path):
    """The folder of a receipt and all in it are for their owner alone, whatever the umask.

    Fails on the release before: everybody could read the event, which names people.
    """
    folder = tmp_path / "kept"
    before = os.umask(0)
    try:
        receipt("--to", folder, "--include-people")
    finally:
        os.umask(before)

    modes = {p.stat().st_mode & 0o777 for p in folder.iterdir()}
    assert (folder.stat().st_mode & 0o777, modes) == (0o700, {0o600})


def test_school_is_found_without_being_named(receipt):
    """Without --school the grant is looked for in every school."""
    named, found = receipt("--school", SCHOOL).stdout, receipt().stdout

    assert stable(named) == stable(found)


def stable(text):
    """Return a receipt without the line that says when it was made."""
    return [line for line in text.splitlines() if not line.startswith("stands")]


def test_json_is_json_ld(receipt, grant):
    """With --json the receipt is a consent receipt in JSON-LD."""
    found = json.loads(receipt("--json", "--revision", 1).stdout)

    assert found["@type"] == "dpv:ConsentReceipt"
    assert found["dct:identifier"] == f"{grant}/1@5"


def test_files_are_written(receipt, tmp_path):
    """With --to all files are written and listed, for a grant that names no one."""
    folder = tmp_path / "new" / "receipt"

    result = receipt("--revision", 1, "--to", folder)

    assert {path.name for path in folder.iterdir()} == FILES
    assert set(result.stdout.split()) == {str(folder / name) for name in FILES}
    assert result.stderr == ""


def test_event_that_names_people_is_left_out(receipt, tmp_path):
    """An event that lists people is not written, and that is said on stderr."""
    folder = tmp_path / "receipt"

    result = receipt("--to", folder)

    assert {path.name for path in folder.iterdir()} == FILES - {"event.json"}
    assert b"pupil-103" not in b"".join(p.read_bytes() for p in folder.iterdir())
    assert "--include-people writes it" in result.stderr


def test_event_that_names_people_is_written_when_asked(receipt, tmp_path):
    """With --include-people it is written, and nothing is said to be left out."""
    folder = tmp_path / "receipt"

    result = receipt("--to", folder, "--include-people", "--json")

    told = json.loads(result.stdout)
    assert b"pupil-103" in (folder / "event.json").read_bytes()
    assert (len(told["files"]), told["event_left_out"]) == (5, False)


def test_left_out_event_is_told_as_json(receipt, tmp_path):
    """The JSON says that the event was left out."""
    told = json.loads(receipt("--to", tmp_path / "receipt", "--json").stdout)

    assert (len(told["files"]), told["event_left_out"]) == (4, True)


def test_checkpoint_is_signed(receipt, tmp_path):
    """With a key file the proof's checkpoint is signed by that key."""
    key, folder = Ed25519Signer.generate("school.example"), tmp_path / "receipt"
    (tmp_path / "key").write_text(key.to_text())

    receipt("--revision", 1, "--to", folder, "--key-file", tmp_path / "key")

    proof = TlogProof.from_text((folder / "receipt.tlog-proof").read_bytes())
    event = (folder / "event.json").read_bytes()
    origin = origin_of(f"school/{SCHOOL}")
    assert verify_proof(proof, event, [key.verifier], origin).size == 5


def test_size_is_that_of_a_checkpoint_that_was_kept(receipt, tmp_path):
    """With --size the receipt is proved over the first events, and not over all."""
    folder = tmp_path / "receipt"

    receipt("--revision", 1, "--size", 3, "--to", folder)

    proof = TlogProof.from_text((folder / "receipt.tlog-proof").read_bytes())
    assert proof.checkpoint.size == 3


def test_size_that_does_not_reach_the_decision_is_refused(receipt):
    """A size at which the decision was not taken yet ends with 1 and says so."""
    result = receipt("--revision", 1, "--size", 2)

    assert result.exit_code == 1
    assert "cannot be proved over the first 2" in result.stderr


def test_folder_with_something_in_it_is_refused(receipt, tmp_path):
    """A receipt is never mixed with what is in a folder already."""
    (tmp_path / "receipt").mkdir()
    (tmp_path / "receipt" / "event.json").write_text("old")

    result = receipt("--to", tmp_path / "receipt")

    assert result.exit_code == 2
    assert [path.name for path in (tmp_path / "receipt").iterdir()] == ["event.json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["none"],
            "scopegate: unknown grant `none`; `scopegate ledger export` shows which there are\n",
        ),
        (
            ["none", "--school", SCHOOL],
            "scopegate: unknown grant `none`; `scopegate ledger export` shows which there are\n",
        ),
        (
            ["none", "--school", "2"],
            "scopegate: unknown grant `none`; `scopegate ledger export` shows which there are\n",
        ),
    ],
    ids=["anywhere", "at the school", "at no school"],
)
def test_unknown_grant_ends_with_2(run, path, grant, arguments, says):
    """A grant that is not there ends with 2 and one sentence."""
    result = run("receipt", *arguments, "--ledger", path)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", says)


def test_unknown_revision_ends_with_2(receipt, grant):
    """A revision that is not there ends with 2 and names it."""
    result = receipt("--revision", 3)

    assert result.exit_code == 2
    assert (
        result.stderr
        == f"scopegate: unknown grant `{grant}, revision 3`; `scopegate ledger export` shows which there are\n"
    )
