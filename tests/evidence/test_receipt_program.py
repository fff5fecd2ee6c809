"""The program on the page finds whatever was altered in a receipt, without us."""

import json
import re
import runpy
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import evolve

from scopegate import AccessRequest, Subjects
from scopegate.evidence.receipt import receipt_for
from scopegate.ledgers.memory import MemoryLedger
from scopegate.proofs.notes import TlogProof
from scopegate.proofs.signing import Ed25519Signer

from ..scene import APP, SAM, SCHOOL, Scene

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "check-a-receipt.md"
NAMES = (
    "event.json",
    "presentation.json",
    "receipt.jsonld",
    "receipt.tlog-proof",
    "receipt.txt",
)
KEYS = [Ed25519Signer.generate(name) for name in ("school.example", "w.example")]
LISTED = Subjects.everyone_except(student=["pupil-103", "pupil-107"])
REQUEST = AccessRequest(
    APP, "Run the school", {"school", "students.basic"}, {"students.dob"}
)


@pytest.fixture
def scene():
    """Return a connected school and an app that asks."""
    scene = Scene(MemoryLedger())
    scene.register.publish(REQUEST)
    return scene


def receipt_of(scene, grant, **more):
    """Return the receipt of a grant at the scene's instant."""
    more = {"clock": scene.clock} | more
    return receipt_for(scene.ledger, school=SCHOOL, grant=grant.id, **more)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Return the file with the program that the page prints."""
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(
        r"^<!-- verify_receipt\.py: begin -->\n```python\n(.*?)^```\n"
        r"<!-- verify_receipt\.py: end -->$",
        text,
        re.MULTILINE | re.DOTALL,
    )
    path = tmp_path_factory.mktemp("program") / "verify_receipt.py"
    path.write_text(code, encoding="utf-8")
    return path


@pytest.fixture
def check(program, monkeypatch, capsys):
    """Return a function that runs the program here: its exit code, what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["verify_receipt.py", *map(str, arguments)])
        try:
            runpy.run_path(str(program))
        except SystemExit as end:
            return end.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def write(folder, files):
    """Write the files of a receipt, and return where."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(scene, tmp_path):
    """Return the folder of a receipt."""
    grant = scene.authorise("students.dob")
    scene.register.change_permissions(school=SCHOOL, permissions=["more"])
    return write(tmp_path / "receipt", receipt_of(scene, grant).files())


def test_program_is_short(program):
    """The program has at most 80 lines, none of them over 100 characters."""
    lines = program.read_text().splitlines()

    assert len(lines) <= 80
    assert max(map(len, lines)) <= 100


def test_program_needs_nothing_but_python(program, folder):
    """Run without site packages or environment, it finds that a good receipt holds."""
    ran = subprocess.run(  # noqa: S603 - this interpreter, and the page's program
        [sys.executable, "-I", "-S", program, folder],
        capture_output=True,
        text=True,
        check=False,
    )

    *held, unchecked = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert all(line.startswith("holds:  ") for line in held)
    assert len(held) == 8
    assert unchecked.startswith("NOT checked: 0 signature(s)")


def test_program_ends_with_1_where_something_is_false(program, folder):
    """As a process it ends with 1 for a receipt with one flipped bit."""
    path = folder / "event.json"
    path.write_bytes(path.read_bytes().replace(b"Dana", b"Dan`"))

    ran = subprocess.run(  # noqa: S603 - this interpreter, and the page's program
        [sys.executable, "-I", "-S", program, folder],
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bit", [0, 5])
def test_a_flipped_bit_anywhere_is_found(check, folder, name, bit):
    """Whichever byte of whichever file has a bit flipped, the receipt is refused."""
    path = folder / name
    good = path.read_bytes()

    kept = []
    for at in {*range(0, len(good), 61), *range(-6, 0)}:
        bad = bytearray(good)
        bad[at] ^= 1 << bit
        path.write_bytes(bad)
        if check(folder)[0] == 0:
            kept.append(at)

    assert kept == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [0, 0.5, 0.99])
def test_a_truncated_file_is_found(check, folder, name, part):
    """A file that lost its end, or all it had, makes the receipt refused."""
    path = folder / name
    good = path.read_bytes()

    path.write_bytes(good[: int(len(good) * part)])

    assert check(folder)[0] != 0


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_found(check, folder, name):
    """A file that is gone makes the receipt refused."""
    (folder / name).unlink()

    assert check(folder)[0] != 0


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_receipt_is_found(check, scene, folder, tmp_path, name):
    """A file swapped for that of the next revision's receipt makes it refused."""
    grant = scene.amend(actor=SAM)
    other = write(tmp_path / "other", receipt_of(scene, grant).files())

    (other / name).replace(folder / name)

    assert check(folder)[0] != 0
    assert check(other)[0] != 0


def test_a_forged_whole_is_found_by_its_parts(check, folder):
    """With all hashes made again, each claim of the JSON-LD and text is still compared."""
    proof = TlogProof.from_text((folder / "receipt.tlog-proof").read_bytes())
    for name, old, new in (
        ("receipt.jsonld", b"student.dob", b"student.upn"),
        (
            "receipt.jsonld",
            b"scopegate/school/100001\\n",
            b"scopegate/school/100002\\n",
        ),
        ("receipt.jsonld", proof_leaf(proof), b"0" * 64),
        ("receipt.txt", proof_leaf(proof), b"0" * 64),
        ("presentation.json", b"Run the school", b"Run the wchool"),
        ("event.json", b"Dana Head", b"Dana Hear"),
    ):
        good = (folder / name).read_bytes()
        assert old in good
        (folder / name).write_bytes(good.replace(old, new))
        extra = json.loads(proof.extra)
        found = sha256((folder / name).read_bytes()).hexdigest()
        extra["files"][name] = found
        forged = evolve(proof, extra=json.dumps(extra).encode())
        (folder / "receipt.tlog-proof").write_text(forged.to_text())
        code, printed = check(folder)
        (folder / name).write_bytes(good)
        assert code != 0
        assert "these came with the proof" in printed


def proof_leaf(proof):
    """Return the leaf hash that a proof's extra line tells, in hexadecimal."""
    return json.loads(proof.extra)["leaf"].encode()


def test_a_receipt_without_its_event_says_so(check, scene, tmp_path):
    """Where the event was left out the proof holds, and what is in it is not told."""
    files = receipt_of(scene, scene.authorise(subjects=LISTED)).files()

    code, printed = check(write(tmp_path / "listed", files))

    assert code == 0
    assert "NOT checked: event.json, which names people" in printed


def test_a_single_event_is_proved_too(check, scene, tmp_path):
    """A receipt over a log of any small size holds, wherever its event stands."""
    grant = scene.authorise()
    for n in range(9):
        scene.register.change_permissions(school=SCHOOL, permissions=[str(n)])
        files = receipt_of(scene, grant).files()

        assert check(write(tmp_path / str(n), files))[0] == 0


@pytest.mark.parametrize(
    ("size", "root", "origin", "code", "says"),
    [
        (None, None, None, 0, "holds:       {held}, of size 4, commits to the same 4"),
        (3, None, None, 0, "NOT checked: {held}, of size 3, commits to the same 4"),
        (
            None,
            b"r" * 32,
            None,
            1,
            "IS NOT TRUE: {held}, of size 4, commits to the same 4",
        ),
        (None, None, "scopegate/school/2", 1, "IS NOT TRUE: {held} is of the same log"),
    ],
    ids=["same", "another size", "another root", "another log"],
)
def test_a_checkpoint_held_elsewhere_is_compared(
    check, folder, size, root, origin, code, says
):
    """A checkpoint of the same log and size must have the same root."""
    proof = TlogProof.from_text((folder / "receipt.tlog-proof").read_bytes())
    mine = proof.checkpoint
    theirs = evolve(
        mine,
        size=size or mine.size,
        root=root or mine.root,
        origin=origin or mine.origin,
    )
    held = folder.parent / "held"
    held.write_text(f"{theirs.to_text()}\n— witness.example AAAAAAA=\n")

    ended, printed = check(folder, held)

    assert bool(ended) == bool(code)
    assert says.format(held=held) in printed


def test_signatures_are_counted_and_not_checked(check, scene, tmp_path):
    """Of a signed receipt the program says how many signatures it did not check."""
    files = receipt_of(scene, scene.authorise(), signers=KEYS).files()

    code, printed = check(write(tmp_path / "signed", files))

    assert (code, "NOT checked: 2 signature(s)" in printed) == (0, True)


def test_without_arguments_it_says_how_to_use_it(check):
    """The program without arguments prints how it is used, and does not end with 0."""
    assert "FOLDER [CHECKPOINT]" in check()[0]
