"""`scopegate ledger` verifies, takes checkpoints, exports; and makes no ledger."""

import json
import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from scopegate import Subjects
from scopegate._base.canonical import canonical_json
from scopegate.cli.ledgers import file_name
from scopegate.cli.progress import progress_bar
from scopegate.consent.events import PermissionsChanged
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.proofs.notes import SignedNote
from scopegate.proofs.signing import Ed25519Signer
from scopegate.testing.permits import NOON

from ..scene import APP, SCHOOL, Scene

KEY = Ed25519Signer.generate("school.example")


@pytest.fixture
def path(tmp_path):
    """Return the file of a ledger of one school, with a grant that lists people."""
    path = tmp_path / "consent.db"
    with SQLiteLedger(path) as ledger:
        scene = Scene(ledger)
        scene.authorise(subjects=Subjects.only(student="pupil-103"))
    return path


@pytest.fixture
def ledger(run, path):
    """Return a function that runs a command on the ledger."""

    def invoke(command, *arguments):
        return run("ledger", command, "--ledger", path, *arguments)

    return invoke


@pytest.fixture
def key_file(tmp_path):
    """Return a file with a private key."""
    path = tmp_path / "key"
    path.write_text(f"{KEY.to_text()}\n")
    return path


def bodies(path):
    """Return the events of the school as they are kept."""
    with SQLiteLedger(path) as ledger:
        return ledger.bodies(school_stream(SCHOOL))


def grow(path):
    """Add an event to the school's stream: its MIS account may do something."""
    with SQLiteLedger(path) as ledger:
        ledger.append(school_stream(SCHOOL), [PermissionsChanged(["A"], NOON)], None)


# -- verify


def test_a_sound_ledger_is_said_to_be_sound(ledger):
    """The counts are told, and that no checkpoint was there to compare with."""
    result = ledger("verify")

    first, second = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert first == "no faults in 2 streams, 4 events"
    assert second.startswith("compared with no checkpoint kept elsewhere")


def test_what_scopegate_did_not_make_is_told_and_not_carried_out(ledger, path):
    """A file with a trigger, or a check that takes a gigabyte, ends with 1 and its name.

    Fails on the release before: the check was carried out, and no fault found.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE x (a CHECK (length(hex(zeroblob(a))) >= 0))")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("INSERT INTO x VALUES (2000000000)")
        connection.commit()

    result = ledger("verify")

    assert result.exit_code == 1
    assert "it holds what scopegate did not make: table `x`" in result.stderr


def test_faults_are_told_each_and_end_with_1(ledger, path):
    """An event changed behind the ledger's back is reported by stream and position."""
    change(path, b"Dana", b"Dora")

    result = ledger("verify")

    first, second = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert first == "scopegate: 1 fault in the ledger"
    assert second.startswith(f"  stream `school/{SCHOOL}`: ")
    assert "position 3" in second


def change(path, old, new):
    """Change a text in a file that SQLite itself finds nothing wrong with."""
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


def test_verdict_as_json(ledger, path):
    """The JSON has the verdict, the counts, and each fault with its place."""
    sound = json.loads(ledger("verify", "--json").stdout)
    change(path, b"Dana", b"Dora")

    result = ledger("verify", "--json")

    found = json.loads(result.stdout)
    assert sound == {
        "ok": True,
        "streams": 2,
        "events": 4,
        "checkpoints": {"given": 0, "hold": 0},
        "faults": [],
    }
    assert (result.exit_code, found["ok"], found["events"]) == (1, False, 1)
    assert [fault["place"] for fault in found["faults"]] == [
        f"stream `school/{SCHOOL}`"
    ]


def test_one_school_is_two_streams(ledger):
    """With a school its decisions and its disclosures are read, and nothing else."""
    result = ledger("verify", "--school", SCHOOL)

    assert result.stdout.startswith("no faults in 2 streams, 3 events\n")


def test_verify_of_an_unknown_school_is_no_success(ledger):
    """A school of which there is nothing is wrong usage, not a sound ledger."""
    result = ledger("verify", "--school", "2")

    assert result.exit_code == 2
    assert "the ledger has nothing of school `2`" in result.stderr


def test_a_checkpoint_from_before_holds(ledger, path, tmp_path, key_file):
    """A checkpoint that was signed and written before holds when events were added."""
    ledger("checkpoint", "--to", tmp_path / "kept", "--key-file", key_file)
    grow(path)

    result = ledger(
        "verify",
        *("--checkpoint", tmp_path / "kept" / f"{SCHOOL}.checkpoint"),
        *("--key", KEY.verifier.to_text()),
    )

    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == (
        "compared with 1 checkpoint kept elsewhere: what they committed to is still there"
    )


def test_a_checkpoint_that_does_not_hold_is_told_by_its_file(ledger, path, tmp_path):
    """The checkpoint of a ledger that was rewritten is a fault, named by its file."""
    kept = tmp_path / "kept"
    kept.write_text(ledger("checkpoint").stdout.removesuffix("\n"))
    path.unlink()
    with SQLiteLedger(path) as new:
        Scene(new).authorise()

    result = ledger("verify", "--checkpoint", kept)

    assert result.exit_code == 1
    assert f"checkpoint `{kept}`: the first 3 events" in result.stderr


def test_a_missing_checkpoint_is_wrong_usage(ledger, tmp_path):
    """A checkpoint's file that is not there ends with 2, and names the file."""
    result = ledger("verify", "--checkpoint", tmp_path / "none")

    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.stderr


def test_a_key_without_a_checkpoint_is_wrong_usage(ledger):
    """To give a key and nothing it could have signed ends with 2."""
    result = ledger("verify", "--key", KEY.verifier.to_text())

    assert result.exit_code == 2
    assert "--key is for checkpoints" in result.stderr


def test_a_key_that_is_none_is_refused(ledger):
    """What is not a public key ends with 1 and a sentence."""
    result = ledger("verify", "--key", "school.example+1+2")

    assert (result.exit_code, result.stderr.startswith("scopegate: the key is")) == (
        1,
        True,
    )


# -- Which ledger


@pytest.mark.parametrize("command", ["verify", "checkpoint", "export"])
def test_a_missing_file_is_never_made(run, tmp_path, command):
    """A path where there is no file ends with 2, and still has no file."""
    result = run("ledger", command, "--ledger", tmp_path / "none.db")

    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database, and long enough to tell"])
def test_a_file_that_is_no_ledger_is_refused(run, tmp_path, content):
    """A file that was emptied, or is of something else, is not a sound ledger."""
    path = tmp_path / "other"
    path.write_bytes(content)

    result = run("ledger", "verify", "--ledger", path)

    assert result.exit_code != 0
    assert path.read_bytes() == content


def test_a_server_that_does_not_answer_is_told_without_the_password(run):
    """A PostgreSQL address is asked there, and its password is in no message."""
    result = run(
        "ledger",
        "verify",
        "--ledger",
        "postgresql://u:s3cret@localhost:1/x?connect_timeout=2",
    )

    assert result.exit_code == 1
    assert "postgresql://localhost:1/x" in result.stderr
    assert "s3cret" not in result.output


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://u:s3cret@localhost:1/x?connect_timeout=2",
        "POSTGRESQL://u:s3cret@localhost:1/x?connect_timeout=2",
        "host=localhost port=1 dbname=x user=u password=s3cret connect_timeout=2",
    ],
)
def test_every_usual_form_of_an_address_is_asked(run, address):
    """SQLAlchemy's form of an address and libpq's words are addresses, and not files.

    Fails on the release before: they were shown, with the password, as missing files.
    """
    result = run("ledger", "verify", "--ledger", address)

    assert result.exit_code == 1
    assert "postgresql://localhost:1/x" in result.stderr
    assert "s3cret" not in result.output


@pytest.mark.parametrize(
    "address",
    [
        "mysql://u:s3cret@localhost/x",
        "u:s3cret@localhost/x",
        "postgresql:/u:s3cret@localhost/x",
        "C:\\s3cret@home.db",
        "sqlite:///s3cret?mode=ro",
        "postgres//s3cret=x",
        f"postgresql://u:s3cret@{'x' * 9000}:1/x",
    ],
)
@pytest.mark.parametrize(
    "command", ["verify", "checkpoint", "export", "receipt", "page"]
)
def test_what_may_be_an_address_is_not_shown(run, address, command):
    """What is not read as an address and not there as a file is not repeated."""
    words = {"receipt": ["receipt", "g"], "page": ["page", "receipt", "g"]}

    result = run(*words.get(command, ["ledger", command]), "--ledger", address)

    assert result.exit_code != 0
    assert "s3cret" not in result.output


def test_an_address_that_is_none_is_told_without_the_password(run):
    """An address that cannot be read is refused, and not shown."""
    result = run("ledger", "verify", "--ledger", "postgresql://u:s3cret@[::/x")

    assert result.exit_code == 1
    assert "s3cret" not in result.output


# -- checkpoint


def test_checkpoint_is_printed(ledger):
    """A checkpoint of each school is printed as C2SP writes it, unsigned without a key."""
    result = ledger("checkpoint")

    note = SignedNote.from_text(result.stdout.removesuffix("\n"))
    assert note.text.startswith(f"scopegate/school/{SCHOOL}\n3\n")
    assert note.signatures == ()


def test_checkpoint_is_signed_with_the_key_of_a_file(ledger, key_file):
    """With a key file the checkpoint is signed by that key."""
    result = ledger("checkpoint", "--school", SCHOOL, "--key-file", key_file, "--json")

    (found,) = json.loads(result.stdout)
    note = SignedNote.from_text(found["checkpoint"])
    assert found["stream"] == school_stream(SCHOOL)
    assert note.verified([KEY.verifier]) == note


def test_private_key_is_in_no_message(ledger, tmp_path):
    """A key file that is broken is refused without a word of what is in it."""
    path = tmp_path / "key"
    path.write_text(KEY.to_text()[:-4])

    result = ledger("checkpoint", "--key-file", path)

    assert result.exit_code == 1
    assert KEY.to_text()[40:60] not in result.output


def test_checkpoints_are_written_one_file_a_school(ledger, tmp_path):
    """Each school has a file by its name, and the files are listed."""
    folder = tmp_path / "kept"

    result = ledger("checkpoint", "--to", folder)
    again = ledger("checkpoint", "--to", folder)

    assert result.stdout == f"{folder / SCHOOL}.checkpoint\n"
    assert [path.name for path in folder.iterdir()] == [f"{SCHOOL}.checkpoint"]
    assert (again.exit_code, "is not empty" in again.stderr) == (2, True)


def test_written_checkpoints_are_listed_as_json(ledger, tmp_path):
    """With --json the files written are a list."""
    result = ledger("checkpoint", "--to", tmp_path / "kept", "--json")

    files = json.loads(result.stdout)["files"]
    assert files == [str(tmp_path / "kept" / f"{SCHOOL}.checkpoint")]


def test_a_school_named_like_a_path_leads_nowhere(tmp_path, run):
    """A file is written into the folder, whatever the school is called."""
    path = tmp_path / "odd.db"
    with SQLiteLedger(path) as ledger:
        (first, *_) = Scene(ledger).ledger.read(school_stream(SCHOOL))
        ledger.append(school_stream("../../up"), [first], 0)

    run("ledger", "checkpoint", "--ledger", path, "--to", tmp_path / "kept")

    names = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert names == ["..%2F..%2Fup.checkpoint", f"{SCHOOL}.checkpoint"]


LONG = ["學" * 40, "學" * 40 + "校", "x" * 5_000, "x" * 5_001]
"""Names of schools that are longer than a file's name may be, once quoted."""


def with_schools(path, *names):
    """Add schools to a ledger, each with one event."""
    with SQLiteLedger(path) as ledger:
        (first, *_) = ledger.read(school_stream(SCHOOL))
        for name in names:
            ledger.append(school_stream(name), [first], 0)


def test_no_name_of_a_school_is_too_long_for_a_file(ledger, path, tmp_path):
    """Schools of any name have a checkpoint each, in a file whose name can be written.

    Fails on the release before: forty characters of Chinese stopped all schools.
    """
    with_schools(path, *LONG)

    result = ledger("checkpoint", "--to", tmp_path / "kept", "--json")

    names = {p.name for p in (tmp_path / "kept").iterdir()}
    assert (result.exit_code, len(names)) == (0, 1 + len(LONG))
    assert max(map(len, names)) < 200
    assert f"{'x' * 80}+" in "".join(names)


@given(st.sets(st.text(st.characters(exclude_categories=()), max_size=90), max_size=9))
def test_two_schools_never_share_a_file(names):
    """Whatever schools are called, their files have other names, none with a folder."""
    files = {file_name(school_stream(name), ".checkpoint") for name in names}

    assert len(files) == len(names)
    assert not [each for each in files if "/" in each or len(each.encode()) > 255]


def test_a_school_that_cannot_be_read_keeps_no_other_from_its_checkpoint(
    ledger, path, tmp_path
):
    """What is wrong with one school is told at the end, and all others are written."""
    with_schools(path, "1", "9")
    change(path, b"Dana", b"Dora")

    result = ledger("checkpoint", "--to", tmp_path / "kept")

    names = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert (result.exit_code, names) == (1, ["1.checkpoint", "9.checkpoint"])
    assert "scopegate: 1 fault in the ledger\n" in result.stderr
    assert f"stream `school/{SCHOOL}`" in result.stderr


def test_a_file_that_cannot_be_written_keeps_no_other_from_its_own(
    ledger, path, tmp_path, monkeypatch
):
    """A file name that a system refuses is told at the end, and all others are written."""
    with_schools(path, "1", "9")
    monkeypatch.setattr(
        "scopegate.cli.ledger.file_name", lambda stream, _: same(stream)
    )

    result = ledger("checkpoint", "--to", tmp_path / "kept")

    names = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert (result.exit_code, names) == (1, [f"{SCHOOL}.checkpoint", "a"])
    assert "stream `school/9`: its file cannot be written: File exists" in result.stderr


def same(stream):
    """Return one file name for two schools, as a system that minds no capitals would."""
    name = stream.removeprefix("school/")
    return "a" if len(name) == 1 else f"{name}.checkpoint"


def test_a_disk_that_is_full_ends_the_work(ledger, path, tmp_path, monkeypatch):
    """What is wrong with all files is said once, and ends the command."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scopegate.cli.ledger.write_one", full)

    result = ledger("checkpoint", "--to", tmp_path / "kept")

    assert (result.exit_code, "No space left" in result.stderr) == (2, True)


def test_checkpoint_of_an_unknown_school_is_wrong_usage(ledger):
    """A school of which there is nothing ends with 2."""
    assert ledger("checkpoint", "--school", "2").exit_code == 2


# -- export


def test_every_event_is_a_line(ledger, path):
    """Each line has stream, position, event, and the leaf hash of the event's bytes."""
    result = ledger("export", "--school", SCHOOL)

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["stream"], line["position"]) for line in lines] == [
        (school_stream(SCHOOL), n) for n in (1, 2, 3)
    ]
    assert [canonical_json(line["event"]) for line in lines] == list(bodies(path))
    assert [line["leaf"] for line in lines] == [
        sha256(b"\x00" + body).hexdigest() for body in bodies(path)
    ]
    assert result.stderr == "2 streams, 3 events exported\n"


def test_export_to_a_new_file_only(ledger, path, tmp_path):
    """The export goes to a file that is new; the ledger itself is never written over."""
    target, before = tmp_path / "all.jsonl", path.read_bytes()

    result = ledger("export", "--to", target, "--json")
    again = ledger("export", "--to", path)

    assert json.loads(result.stdout) == {"streams": 2, "events": 4}
    assert len(target.read_text().splitlines()) == 4
    assert (again.exit_code, path.read_bytes()) == (2, before)


def test_summary_as_json_stays_out_of_the_lines(ledger):
    """On stdout the lines stand alone; the summary is JSON on stderr."""
    result = ledger("export", "--json")

    assert json.loads(result.stderr) == {"streams": 2, "events": 4}
    assert len(result.stdout.splitlines()) == 4


def test_a_damaged_stream_keeps_no_other_from_the_export(ledger, path):
    """What is damaged is left out, and told with 1; everything else is exported.

    Fails on the release before: nothing was exported that came after it.
    """
    with_schools(path, "9")
    change(path, b"Dana", b"Dora")

    result = ledger("export")

    assert result.exit_code == 1
    assert [json.loads(x)["stream"] for x in result.stdout.splitlines()] == [
        f"app/{APP}",
        "school/9",
    ]
    summary, *faults = result.stderr.splitlines()
    assert summary == "2 streams, 2 events exported"
    assert "1 fault in the ledger" in faults[0]


# -- Who may read what is written


@pytest.fixture
def open_umask():
    """Let new files be readable and writable for everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_what_is_written_is_its_owners_only(ledger, tmp_path):
    """Exports and checkpoints are for their owner alone, whatever the umask.

    Fails on the release before: they were made as the umask says.
    """
    ledger("export", "--to", tmp_path / "all.jsonl")
    ledger("checkpoint", "--to", tmp_path / "kept")

    kept = tmp_path / "kept"
    modes = {p: p.stat().st_mode & 0o777 for p in (kept, *kept.iterdir())}
    assert modes == {kept: 0o700, kept / f"{SCHOOL}.checkpoint": 0o600}
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600


# -- How far it is


class Terminal:
    """Says that it is a terminal."""

    def isatty(self):
        """Tell so."""
        return True


class Bar:
    """Notes what it is told instead of drawing it."""

    def __init__(self):
        self.told = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def add_task(self, title, total):
        """Note a new task."""
        self.told.append((title, total))

    def update(self, _task, completed, total):
        """Note how far it is."""
        self.told.append((completed, total))


@pytest.fixture
def bar(monkeypatch):
    """Return the bar that is drawn on what seems to be a terminal."""
    bar = Bar()
    monkeypatch.setattr(
        "scopegate.cli.progress.sys", SimpleNamespace(stderr=Terminal())
    )
    monkeypatch.setattr("scopegate.cli.progress.Progress", lambda **_: bar)
    return bar


def test_a_terminal_sees_how_far_it_is(bar):
    """On a terminal a bar is drawn, with its title and each step."""
    with progress_bar("Verifying") as step:
        step(1, 2)

    assert bar.told == [("Verifying", None), (1, 2)]


def test_no_bar_where_it_would_disturb(bar):
    """Where lines go to the same terminal no bar is drawn."""
    with progress_bar("Exporting", is_quiet=True) as step:
        step(1, 2)

    assert bar.told == []
