"""`verify_receipt.py` finds whatever was altered in a receipt, and says what it cannot."""

import ast
import json
import runpy
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from scopegate import AccessRequest, Actor, Subjects
from scopegate._base.canonical import canonical_json
from scopegate._base.local_time import LocalTime
from scopegate.errors import ArgumentError, ProofError
from scopegate.evidence import verify_receipt
from scopegate.evidence.audit import checkpoint_of
from scopegate.evidence.receipt import receipt_for
from scopegate.evidence.receipt_check import check_receipt
from scopegate.evidence.verify_receipt import (
    EVENT,
    FORMAT,
    JSON_LD,
    NAMES,
    PRESENTATION,
    PROOF,
    TEXT,
    Said,
    Times,
    day_in_words,
    json_ld_of,
    json_ld_text,
    read_proof,
    root_above,
    said_in,
    text_of,
)
from scopegate.ledgers.base import school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.proofs.merkle import inclusion_path, leaf_hash, root_hash
from scopegate.proofs.notes import Checkpoint, TlogProof, sign_note
from scopegate.proofs.signing import Ed25519Signer
from scopegate.testing._registration.derived import RECORDED
from scopegate.testing.permits import NOON

from ..scene import APP, DANA, SAM, SCHOOL, Scene
from ..zones import ZONES, around
from .receipt_edits import edited, gap_of, packed, sending, sent_along

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "check-a-receipt.md"
PROGRAM = Path(verify_receipt.__file__)
FILED = Path(__file__).parent / "filed"
KEYS = [Ed25519Signer.generate(name) for name in ("school.example", "w.example")]
LISTED = Subjects.everyone_except(student=["pupil-103", "pupil-107"])
REQUEST = AccessRequest(
    APP, "Run the school", {"school", "students.basic"}, {"students.dob"}
)
NOON_TEXT = NOON.isoformat()
HOLDS, DOES_NOT_HOLD, MISUSED, NOT_COMPARED, NOT_DECIDED = range(5)


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


@pytest.fixture
def files(scene):
    """Return the files of a receipt."""
    grant = scene.authorise("students.dob")
    scene.register.change_permissions(school=SCHOOL, permissions=["more"])
    return dict(receipt_of(scene, grant).files())


@pytest.fixture
def kept(scene, files):
    """Return a checkpoint of the same log and size, kept elsewhere."""
    return {"mine": checkpoint_of(scene.ledger, school_stream(SCHOOL)).to_text()}


def write(folder, files):
    """Write the files of a receipt, and return where."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(files, tmp_path):
    """Return the folder of a receipt."""
    return write(tmp_path / "receipt", files)


@pytest.fixture
def held(kept, tmp_path):
    """Return the file of a checkpoint kept elsewhere."""
    path = tmp_path / "kept"
    path.write_text(kept["mine"])
    return path


@pytest.fixture
def check(capsys):
    """Return a function that runs the program here: its exit code, what it printed."""

    def run(*arguments):
        try:
            code = verify_receipt.main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
        return code, capsys.readouterr().out

    return run


def unchecked(printed):
    """Return the lines that say what was not checked."""
    return [line for line in printed.splitlines() if line.startswith("NOT CHECKED: ")]


# -- The file


def test_program_imports_nothing_but_what_python_has():
    """The program is one file: all it imports is in the standard library."""
    tree = ast.walk(ast.parse(PROGRAM.read_text()))
    found = {
        name.partition(".")[0]
        for node in tree
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
        )
    }

    assert found <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("more", "code"), [([], NOT_COMPARED), (["kept"], HOLDS), (["none"], MISUSED)]
)
def test_program_needs_nothing_but_python(folder, held, tmp_path, more, code):
    """Alone in a folder, without site packages or environment, it does its work."""
    copy = tmp_path / "verify_receipt.py"
    copy.write_bytes(PROGRAM.read_bytes())

    ran = subprocess.run(  # noqa: S603 - this interpreter, and the program
        [sys.executable, "-I", "-S", copy, "receipt", *more],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert (ran.returncode, bool(ran.stderr)) == (code, code == MISUSED)


def test_program_is_run_by_its_name(monkeypatch, folder):
    """Run as a program, it ends with its code."""
    monkeypatch.setattr(sys, "argv", ["verify_receipt.py", str(folder)])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(PROGRAM), run_name="__main__")

    assert ended.value.code == NOT_COMPARED


def test_page_shows_what_the_program_prints(check, tmp_path, monkeypatch):
    """What the page says that the program prints is what it prints."""
    scene = Scene(MemoryLedger())
    write(tmp_path / "receipt", receipt_of(scene, scene.authorise()).files())
    note = checkpoint_of(scene.ledger, school_stream(SCHOOL)).to_text()
    (tmp_path / "100001.checkpoint").write_text(note)
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")

    for arguments in (["receipt"], ["receipt", "100001.checkpoint"]):
        line = " ".join(["$ python verify_receipt.py", *arguments])
        assert f"{line}\n{check(*arguments)[1]}```" in page


# -- What holds


def test_receipt_that_is_compared_holds(check, folder, held):
    """With a checkpoint that was kept, a receipt holds and the program ends with 0."""
    code, printed = check(folder, held)

    (standing, signature) = unchecked(printed)
    assert code == HOLDS
    assert "nothing proves that; ask the school how it stands today" in standing
    assert signature == "NOT CHECKED: who keeps the log: no one has signed it"


def test_receipt_that_is_not_compared_never_ends_with_0(check, folder):
    """Without a checkpoint that was kept the program says so, and ends with 3.

    Fails on the release before: it ended with 0, and did not say so.
    """
    code, printed = check(folder)

    assert code == NOT_COMPARED
    assert "NOT CHECKED: that the log is the school's own" in printed
    assert "It holds, but was not compared" in printed


def test_facts_are_printed(check, scene, tmp_path):
    """What was decided is printed as the event and the presentation have it."""
    until = scene.clock() + timedelta(days=30)
    grant = scene.authorise("students.dob", expires_at=until)
    folder = write(tmp_path / "receipt", receipt_of(scene, grant).files())

    _, printed = check(folder)

    told = printed.partition("So this was decided:\n")[2]
    assert told.startswith(
        "school        Example School (100001)\n"
        "app           gradebook\n"
        "purpose       Run the school\n"
        "decided by    Dana Head, Headteacher\n"
        "when          23 November 2026, 12:00:00 UTC+00:00\n"
        "until         23 December 2026, 12:00:00 UTC+00:00\n"
        "times         of Europe/London, each with its offset from UTC\n"
        "people        everyone\n"
    )
    assert all(path in told for path in grant.fields)


def test_facts_are_not_printed_of_a_receipt_that_does_not_hold(check, files, tmp_path):
    """Of an altered receipt nothing is said to have been decided."""
    folder = write(tmp_path / "r", packed({**files, TEXT: b"All is authorised"}))

    code, printed = check(folder)

    assert code == DOES_NOT_HOLD
    assert "decided:" not in printed


def test_a_single_event_is_proved_too(scene):
    """A receipt over a log of any small size holds, wherever its event is in it."""
    grant = scene.authorise()
    for n in range(9):
        scene.register.change_permissions(school=SCHOOL, permissions=[str(n)])

        found = check_receipt(receipt_of(scene, grant).files())

        assert found.code == NOT_COMPARED


@given(st.integers(1, 40), st.data())
def test_a_path_leads_to_the_root_of_its_place_only(size, data):
    """The program and the library find the same root, and none above a longer path."""
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    place = data.draw(st.integers(0, size - 1))
    path = inclusion_path(leaves, place)

    assert root_above(leaves[place], place, size, path) == root_hash(leaves)
    assert root_above(leaves[place], place, size, (*path, leaves[0])) == b""
    if path:
        assert root_above(leaves[place], place, size, path[:-1]) != root_hash(leaves)


@settings(max_examples=60)
@given(RECORDED)
def test_what_scopegate_writes_holds(recorded):
    """Whatever a school decided, its receipt holds for the program, event and all."""
    receipt = recorded.receipt
    kept = {"mine": sign_note(receipt.facts.checkpoint.to_text()).to_text()}

    found = check_receipt(receipt.files(include_people=True), checkpoints=kept)

    assert (found.code, found.faults) == (HOLDS, ())


@pytest.mark.parametrize("grant", ["superseded", "revoked", "expired", "by the app"])
def test_receipt_of_what_has_ended_holds(scene, grant):
    """However a revision ended, its receipt holds, and says that this is not proved."""
    until = scene.clock() + timedelta(days=2)
    first = scene.authorise("students.dob", expires_at=until)
    match grant:
        case "superseded":
            scene.amend(actor=SAM)
        case "revoked":
            scene.revoke()
        case "expired":
            scene.pass_time(days=3)
        case _:
            scene.relinquish()
            grant = "relinquished"

    found = check_receipt(receipt_of(scene, first, revision=1).files())

    assert found.code == NOT_COMPARED
    assert f"the receipt says `{grant} on" in found.not_checked[0]


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_receipt_that_was_filed_holds_for_ever(number):
    """A receipt of each format that there was holds, as it was filed.

    Where this fails, words of a receipt have changed: raise `FORMAT`, and file one of
    the new format with it.
    """
    files = {path.name: path.read_bytes() for path in (FILED / str(number)).iterdir()}
    note = files.pop("100001.checkpoint")

    found = check_receipt(files, checkpoints={"kept": note})

    assert sent_along(files)["format"] == number
    assert (found.code, found.faults) == (HOLDS, ())


def test_a_new_receipt_is_not_passed_off_as_an_old_one(files):
    """Without its clock, and with the number of format 1, its words do not follow."""
    sent = sent_along(files) | {"format": 1}
    del sent["clock"]

    found = check_receipt(packed(sending(files, sent)))

    assert found.faults == ("receipt.txt says so, word for word",)


# -- Times


def local_receipt(zone, **more):
    """Return the receipt of a school in a zone, whose grant has an end."""
    scene = Scene(MemoryLedger())
    scene.register.connect(school=SCHOOL, mis="arbor", adapter=scene.mis, zone=zone)
    scene.register.publish(REQUEST)
    return receipt_of(scene, scene.authorise(**more))


@given(st.sampled_from(ZONES), st.data())
def test_a_time_says_what_the_clocks_show_and_is_one_instant(zone, data):
    """In every zone, at every hour of the year, no other instant is written so."""
    at = data.draw(around(zone))
    text, times = at.isoformat(), LocalTime.of(zone)
    written = Times(zone, {text: times.offset(at)})

    told = datetime.strptime(written.words(text), "%d %B %Y, %H:%M:%S UTC%z")

    assert told == at
    assert told.isoformat() == written.iso(text) == times.iso(at)


@given(st.sampled_from(ZONES), st.dates(date(2026, 1, 2), date(2027, 12, 30)))
def test_an_end_at_midnight_is_the_day_that_ends(zone, day):
    """Where a school's day ends at midnight, its receipt says which day ends."""
    end = LocalTime.of(zone).end_of_day(day)
    written = Times(zone, {end.isoformat(): LocalTime.of(zone).offset(end)})
    told, name = written.end(end.isoformat()), day_in_words(day)

    is_midnight = written.at(end.isoformat()).time() == time()
    assert is_midnight == told.startswith(f"the end of {name} (UTC")


def test_a_receipt_is_in_the_time_of_its_school():
    """Text and JSON-LD say the zone, and each time says how far it is from UTC.

    Fails on the release before: every time was that of UTC, an hour from the clock.
    """
    until = datetime(2027, 8, 31, 14, tzinfo=UTC)
    receipt = local_receipt("Asia/Kathmandu", expires_at=until)
    text, linked = receipt.to_text(), receipt.to_json_ld()

    assert "when          23 November 2026, 17:45:00 UTC+05:45" in text
    assert "until         31 August 2027, 19:45:00 UTC+05:45" in text
    assert "times         of Asia/Kathmandu, each with its offset from UTC" in text
    assert linked["dct:created"]["@value"] == "2026-11-23T17:45:00+05:45"
    assert linked["dct:description"] == (
        "times are of Asia/Kathmandu, each with its offset from UTC"
    )
    assert check_receipt(receipt.files()).code == NOT_COMPARED


def test_a_last_day_is_told_as_the_day():
    """An end at midnight in London is the end of a day, in summer time too."""
    until = LocalTime.of("Europe/London").end_of_day(date(2027, 8, 31))

    text = local_receipt("Europe/London", expires_at=until).to_text()

    assert "until         the end of 31 August 2027 (UTC+01:00)" in text


def with_clock(change):
    """Return the files of a receipt whose clock was changed, in all of them alike."""
    files = dict(local_receipt("Europe/London").files())
    sent = sent_along(files)
    change(sent["clock"])
    said = said_in(files, read_proof(files[PROOF]))
    said = said._replace(clock=Times(**sent["clock"]))
    return packed(sending(written(files, said), sent))


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        ("Asia/Kathmandu", "by the rules of this machine they do not"),
        ("Signed/by/Ofsted", "this machine does not know that zone"),
    ],
)
def test_clocks_that_show_something_else_are_named(zone, why):
    """A zone can be written into all files at once; it is then named as not checked."""
    found = check_receipt(with_clock(lambda clock: clock.update(zone=zone)))

    assert found.code == NOT_COMPARED
    assert (
        f"that the clocks of {zone} show these times: {why}; each says how far it is"
        " from UTC, and was compared by that"
    ) in found.not_checked


def test_a_machine_that_knows_no_zone_says_so(monkeypatch):
    """Without a table of zones a receipt is compared all the same, and that is told."""
    files = local_receipt("Europe/London").files()
    monkeypatch.setattr(verify_receipt, "ZoneInfo", {}.__getitem__)

    found = check_receipt(files)

    assert found.code == NOT_COMPARED
    assert any("does not know that zone" in line for line in found.not_checked)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.update(zone="Signed by Ofsted"), "its format is known here: 2"),
        (lambda c: c.update(note="Signed by Ofsted"), "its format is known here: 2"),
        (lambda c: c.update(zone=None), "it is what scopegate writes"),
        (lambda c: c["offsets"].clear(), "each of its times has its offset"),
        (lambda c: c["offsets"].update(x="+00:00"), "each of its times has its offset"),
        (lambda c: c["offsets"].update({NOON_TEXT: "+01:00"}), TEXT),
        (
            lambda c: c["offsets"].update({NOON_TEXT: "Z"}),
            "it is what scopegate writes",
        ),
        (lambda c: c["offsets"].update({NOON_TEXT: "+0000"}), "it is what"),
        (lambda c: c["offsets"].update({NOON_TEXT: 0}), "it is what scopegate writes"),
    ],
    ids=range(9),
)
def test_a_clock_is_written_in_one_way(files, change, says):
    """What is sent along of a clock has one spelling, and all of it is in the words."""
    sent = sent_along(files)
    change(sent["clock"])

    found = check_receipt(packed(sending(files, sent)))

    assert found.code == DOES_NOT_HOLD
    assert says in found.faults[0]


# -- What was altered


@settings(max_examples=40, deadline=None)
@given(RECORDED, st.integers(0, 2**32))
def test_every_edit_is_refused_or_named(recorded, seed):
    """An edit of any file, with hashes that fit, is refused, or the gap is named.

    Fails on the release before: the words of receipt.txt and most of receipt.jsonld
    could be changed, event.json could be taken away, and the program ended with 0.
    """
    receipt, chance = recorded.receipt, Random(seed)  # noqa: S311 - no secret
    note = sign_note(receipt.facts.checkpoint.to_text()).to_text()
    signed = receipt_for(
        recorded.ledger,
        school=recorded.grant.school,
        grant=recorded.grant.id,
        signers=KEYS[:1],
    )
    for made in (receipt, signed):
        files = dict(made.files(include_people=True))
        for _ in range(15):
            name, after = edited(files, chance)
            if after != files:
                found = check_receipt(after, checkpoints={"mine": note})
                assert is_told(files, after, found), (name, found)
                assert check_receipt(after).code != HOLDS


def is_told(before, after, found):
    """Tell whether an edit was refused, or is named where it cannot be checked."""
    gap = gap_of(before, after)
    if gap is None:
        return found.code == DOES_NOT_HOLD
    return any(gap in line for line in found.not_checked)


@settings(max_examples=40, deadline=None)
@given(RECORDED, RECORDED)
def test_receipt_out_of_another_ledger_is_never_compared(recorded, other):
    """A whole receipt out of somebody's own ledger does not end with 0.

    Fails on the release before: without a checkpoint it ended with 0.
    """
    mine, theirs = recorded.receipt, other.receipt
    note = sign_note(mine.facts.checkpoint.to_text()).to_text()
    files = theirs.files(include_people=True)

    assert check_receipt(files).code == NOT_COMPARED
    if theirs.facts.checkpoint != mine.facts.checkpoint:
        found = check_receipt(files, checkpoints={"mine": note})
        assert found.code == DOES_NOT_HOLD


def in_text(old, new):
    """Return an edit that puts other words in the place of some of the text's."""
    return lambda files: {**files, TEXT: replaced(files[TEXT], old, new)}


def replaced(content, old, new):
    """Return content with other words in the place of some that it has."""
    assert old.encode() in content
    return content.replace(old.encode(), new.encode())


def in_json_ld(*pairs):
    """Return an edit that puts other words in the place of some of the JSON-LD's."""

    def edit(files):
        content = files[JSON_LD]
        for old, new in pairs:
            content = replaced(content, old, new)
        return {**files, JSON_LD: content}

    return edit


def hashes_alone(files):
    """Put a text that has only the hashes and the log in the place of the receipt's."""
    words = read_proof(files[PROOF]).checkpoint.origin, sent_along(files)["leaf"]
    return {**files, TEXT: f"{' '.join(words)} EVERYTHING FOR EVER".encode()}


def one_more_field(files):
    """Add a field to those that the JSON-LD names."""
    linked = json.loads(files[JSON_LD])
    (process, *_) = linked["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"]
    (key,) = [key for key in process if key in {"dpv:hasPersonalData", "dpv:hasData"}]
    datum = {**process[key][0], "dct:identifier": "student.safeguarding"}
    process[key].append(datum)
    return {**files, JSON_LD: json.dumps(linked, indent=2).encode()}


def without_event(edit):
    """Return an edit that also takes the event away."""
    return lambda files: {n: c for n, c in edit(files).items() if n != EVENT}


def another_purpose(files):
    """Put another purpose in the presentation, and its hash in the words."""
    old = sha_of(files[PRESENTATION])
    shown = json.loads(files[PRESENTATION]) | {"purpose": "Sell data"}
    changed = {**files, PRESENTATION: canonical_json(shown)}
    new = sha_of(changed[PRESENTATION])
    for name in (TEXT, JSON_LD):
        changed[name] = replaced(files[name], old, new)
    return changed


def sha_of(content):
    """Return the SHA-256 of some content, in hexadecimal."""
    return verify_receipt.sha(content).hex()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (in_text("Example School (100001)", "Other School (999)"), TEXT),
        (in_text("gradebook", "data-broker"), TEXT),
        (in_text("Dana Head", "Sam Deputy"), TEXT),
        (in_text("it is withdrawn", "31 August 2099"), TEXT),
        (in_text("authorised, as of", "revoked, as of"), TEXT),
        (hashes_alone, TEXT),
        (in_json_ld(("gradebook", "data-broker")), JSON_LD),
        (in_json_ld(("Dana Head", "X"), ("Run the school", "Advertise")), JSON_LD),
        (in_json_ld(("2026-11-23", "2026-11-22")), JSON_LD),
        (in_json_ld(("not stated", "public task")), JSON_LD),
        (one_more_field, JSON_LD),
        (without_event(one_more_field), "every file is here; missing: event.json"),
        (without_event(another_purpose), "every file is here; missing: event.json"),
        (another_purpose, "presentation.json is what that was decided on"),
    ],
    ids=[
        *("school", "app", "actor", "until", "standing", "hashes alone"),
        *("recipient", "actor and purpose", "time", "lawful basis", "one more field"),
        *("a field, no event", "a purpose, no event", "a purpose"),
    ],
)
def test_words_that_say_something_else_do_not_hold(files, kept, edit, says):
    """Words that do not follow from the event are found, with hashes that fit.

    Fails on the release before: all but the field more ended with 0, and that one too
    once the event was taken away.
    """
    altered = packed(edit(files))

    found = check_receipt(altered, checkpoints=kept)

    assert altered != files
    assert found.code == DOES_NOT_HOLD
    assert says in found.faults[0]


def test_state_that_was_written_by_somebody_is_not_believed(files, kept):
    """A state can be written into all files at once; it is quoted as not checked.

    Fails on the release before: nothing was said about the state, of a receipt from
    before a revocation either.
    """
    sent = sent_along(files)
    sent["standing"]["status"], sent["standing"]["stopped"] = "expired", ["student.dob"]
    said = said_in(files, read_proof(files[PROOF]))
    said = said._replace(standing=sent["standing"])
    altered = packed(sending(written(files, said), sent))

    found = check_receipt(altered, checkpoints=kept)

    assert found.code == HOLDS
    assert (
        "how it stands: the receipt says `expired, as of 23 November 2026, 12:00:00 UTC+00:00;"
        " stopped: student.dob`, and nothing proves that" in found.not_checked[0]
    )


def written(files, said: Said):
    """Return files with words that say what is given."""
    linked = json_ld_text(json_ld_of(said)).encode()
    return {**files, TEXT: text_of(said).encode(), JSON_LD: linked}


@pytest.mark.parametrize(
    "change",
    [
        {"ended_by": {"id": "", "name": "Dana", "role": ""}},
        {"ended_at": "2026-11-23T12:00:00+00:00", "ended_by": {"name": "Dana"}},
        {
            "ended_at": "2026-11-23T12:00:00+00:00",
            "ended_by": {"id": None, "name": "D", "role": ""},
        },
        {"ended_by": False},
        {"stopped": ""},
        {"stopped": ["b", "a"]},
        {"as_of": "2026-11-23T13:00:00+01:00"},
        {"as_of": "2026-11-23T12:00:00"},
        {"note": "Signed by Ofsted"},
    ],
)
def test_state_is_written_in_one_way(files, change):
    """What a proof sends along has one spelling, so that nothing hides in another."""
    sent = sent_along(files)
    sent["standing"] |= change
    for text in filter(None, (change.get("as_of"), change.get("ended_at"))):
        sent["clock"]["offsets"][text] = "+00:00"

    found = check_receipt(packed(sending(files, sent)))

    assert found.code == DOES_NOT_HOLD


@pytest.mark.parametrize("number", [1, 3, True, "2"])
def test_another_format_is_refused_with_what_to_do(files, number):
    """A receipt of a format that the program does not know is not compared by it."""
    found = check_receipt(sending(files, sent_along(files) | {"format": number}))

    assert found.faults == (
        f"its format is known here: {number}; take the program from the scopegate that"
        " wrote it",
    )


def test_leaf_is_written_in_one_way(files):
    """The leaf hash in other letters is refused, where nothing compares it either."""
    sent = sent_along(files)
    del files[EVENT]
    found = packed(sending(files, sent | {"leaf": sent["leaf"].upper()}))

    assert check_receipt(packed(files), without_event=True).code == NOT_DECIDED
    assert check_receipt(found, without_event=True).code == DOES_NOT_HOLD


def test_place_before_the_first_is_refused(scene):
    """A leaf at the right edge is not taken for one before the first."""
    files = dict(receipt_of(scene, scene.authorise()).files())
    scene.register.change_permissions(school=SCHOOL, permissions=["more"])
    proof = replaced(files[PROOF], "index 2", "index -1")

    found = check_receipt({**files, PROOF: proof})

    assert "its leaf is number 0 of 3" in found.faults[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bit", [0, 5])
def test_a_flipped_bit_anywhere_is_found(files, kept, name, bit):
    """Whichever byte of whichever file has a bit flipped, the receipt is refused."""
    good = files[name]

    held = []
    for at in {*range(0, len(good), 61), *range(-6, 0)}:
        bad = bytearray(good)
        bad[at] ^= 1 << bit
        found = check_receipt({**files, name: bytes(bad)}, checkpoints=kept)
        if found.code != DOES_NOT_HOLD:
            held.append(at)

    assert held == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", [0, 0.5, 0.99])
def test_a_truncated_file_is_found(files, name, part):
    """A file that lost its end, or all it had, makes the receipt refused."""
    short = files[name][: int(len(files[name]) * part)]

    assert check_receipt({**files, name: short}).code == DOES_NOT_HOLD


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_found(check, folder, name):
    """A file that is gone makes the receipt refused, and is named."""
    (folder / name).unlink()

    code, printed = check(folder)

    assert code == DOES_NOT_HOLD
    assert f"IS NOT TRUE: every file is here; missing: {name}" in printed


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_receipt_is_found(scene, files, name):
    """A file swapped for that of the next revision's receipt makes it refused."""
    grant = scene.amend(actor=SAM)
    other = dict(receipt_of(scene, grant).files())

    files[name], other[name] = other[name], files[name]

    assert check_receipt(files).code == DOES_NOT_HOLD
    assert check_receipt(other).code == DOES_NOT_HOLD


def test_what_was_damaged_is_named(files):
    """A file that is not the one that came with the proof is named."""
    found = check_receipt({**files, TEXT: files[TEXT] + b"\n"})

    assert found.faults[0].endswith("; but not: receipt.txt")


# -- What is decided on


def forged(scene, grant, **kinds):
    """Return the files of a receipt that somebody makes of a grant of their own."""
    receipt = receipt_of(scene, scene.register.state(SCHOOL).consent(APP).current)
    event = json.loads(receipt.event)
    event["value"]["grant"] |= grant
    event["value"] |= kinds
    body = canonical_json(event)
    leaf = leaf_hash(body)
    origin = receipt.facts.checkpoint.origin
    log = Checkpoint(origin, 1, root_hash([leaf]))
    files = dict(receipt.files()) | {EVENT: body}
    sent = sent_along(files) | {"leaf": leaf.hex()}
    proof = TlogProof(0, (), sign_note(log.to_text()), canonical_json(sent))
    files[PROOF] = proof.to_text().encode()
    return packed(written(files, said_in(files, read_proof(files[PROOF]))))


@pytest.mark.parametrize(
    ("grant", "says"),
    [
        ({}, ""),
        ({"school": "100002"}, "the log is that school's"),
        ({"app": "other"}, "they differ in the app"),
        ({"request_version": 7}, "they differ in the request"),
        ({"catalogue_version": "7"}, "they differ in the catalogue"),
        ({"policy_version": 7}, "they differ in the catalogue"),
        ({"scopes": ["students.basic", "students.upn"]}, "they differ in the scopes"),
        ({"pins": {}}, "they differ in the fields"),
    ],
)
def test_decision_on_something_else_does_not_hold(scene, grant, says):
    """A log that fits is not enough: what was decided must be what was shown."""
    scene.authorise()

    found = check_receipt(forged(scene, grant))

    assert (found.code == DOES_NOT_HOLD) == bool(says)
    assert not says or says in found.faults[0]


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        ({"presentation": "0" * 64}, "they differ in what was shown"),
        ({"terms": {"contact": "", "lawful_basis": "", "retention": "x"}}, "the terms"),
        (
            {"ticked": ["students.dob"]},
            "they differ in the boxes, the scopes, the fields",
        ),
        ({"unticked": []}, "they differ in the boxes"),
    ],
)
def test_decision_with_other_evidence_does_not_hold(scene, decision, says):
    """The page, the terms and every box of a decision are those that were shown."""
    scene.authorise()
    made = json.loads(receipt_of(scene, scene.amend()).event)
    (before,) = made["value"]["grant"]["decisions"]

    found = check_receipt(forged(scene, {"decisions": [before | decision]}))

    assert says in found.faults[0]


def test_event_of_another_kind_is_not_a_decision(scene):
    """An event that names a grant and is not a decision proves no decision."""
    scene.authorise()

    found = check_receipt(forged(scene, {}, event="Proposed"))

    assert "it is a decision of school 100001 on a grant" in found.faults[0]


def test_log_of_another_name_is_not_known_to_be_the_schools(scene):
    """Where a log has a name of its own, whose it is was not checked."""
    receipt = receipt_of(scene, scene.authorise(), origin="log.example")

    found = check_receipt(receipt.files())

    assert found.code == NOT_COMPARED
    assert "whose log log.example is" in found.not_checked[0]


# -- What is left out


@pytest.fixture
def listed(scene):
    """Return the files of a receipt whose school listed people."""
    return dict(receipt_of(scene, scene.authorise(subjects=LISTED)).files())


def test_a_receipt_without_its_event_is_refused(listed):
    """Only its reader can say that the event was left out, so without that it fails.

    Fails on the release before: it ended with 0, as it did where somebody had taken
    the event of any receipt away.
    """
    found = check_receipt(listed)

    assert found.faults == (
        "every file is here; missing: event.json; one that leaves it out takes"
        " --without-event",
    )


def test_a_receipt_known_to_be_without_its_event_shows_no_decision(
    check, scene, listed, tmp_path
):
    """Told that the event was left out, the program says what that costs: 4, not 0."""
    note = checkpoint_of(scene.ledger, school_stream(SCHOOL)).to_text()
    (tmp_path / "kept").write_text(note)
    folder = write(tmp_path / "listed", listed)

    code, printed = check(folder, tmp_path / "kept", "--without-event")

    assert code == NOT_DECIDED
    assert "NOT CHECKED: what was decided: event.json is not here" in printed
    assert "decided:\n" not in printed


def test_an_event_that_was_taken_away_shows_no_decision(files, kept):
    """Whether it was left out or taken away, a receipt without its event never holds."""
    del files[EVENT]

    found = check_receipt(packed(files), checkpoints=kept, without_event=True)

    assert (found.code, found.facts) == (NOT_DECIDED, ())


def test_an_event_that_is_there_is_compared_all_the_same(files, kept):
    """Who says that the event was left out is not believed where it is there."""
    found = check_receipt(files, checkpoints=kept, without_event=True)

    assert found.code == HOLDS


# -- Checkpoints


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({}, HOLDS, "holds:       {held}, of 4 events, commits to the same ones"),
        (
            {"extensions": ["one more line"]},
            HOLDS,
            "holds:       {held}, of 4 events, commits to the same ones",
        ),
        (
            {"size": 3},
            NOT_COMPARED,
            "NOT CHECKED: {held}: it is of 3 events, and the receipt of 4; ask for a"
            " receipt of 3",
        ),
        (
            {"root": b"r" * 32},
            DOES_NOT_HOLD,
            "IS NOT TRUE: {held}, of 4 events, commits to the same ones",
        ),
        (
            {"origin": "scopegate/school/2"},
            DOES_NOT_HOLD,
            "IS NOT TRUE: {held} is of the same log",
        ),
    ],
    ids=["same", "extended", "another size", "another root", "another log"],
)
def test_a_checkpoint_kept_elsewhere_is_compared(
    check, files, folder, tmp_path, change, code, says
):
    """A checkpoint of the same log and size must have the same root."""
    mine = TlogProof.from_text(files[PROOF]).checkpoint
    held = tmp_path / "held"
    theirs = evolve(mine, **change).to_text()
    held.write_text(f"{theirs}\n— witness.example AAAAAAA=\n")

    ended, printed = check(folder, held)

    assert ended == code
    assert says.format(held=held) in printed


def test_one_checkpoint_of_several_is_enough(check, folder, held, tmp_path):
    """Of several checkpoints that were kept, one of the same size is enough."""
    older = tmp_path / "older"
    older.write_text(held.read_text().replace("\n4\n", "\n3\n"))

    code, printed = check(folder, older, held)

    assert code == HOLDS
    assert f"NOT CHECKED: {older}: it is of 3 events" in printed


@pytest.mark.parametrize(
    "note",
    [
        "",
        "log.example\n3\n",
        "log.example\nthree\nAAAA\n\n",
        "log.example\n03\nAAAA\n\n",
        "\n3\nAAAA\n\n",
        "log.example\n3\nAAB=\n\n",
        "log.example\n3\nAAAA\n\nsigned\n",
        "log.example\n3\nAAAA\n\n- w AAAAAAA=\n",
        "log.example\n3\nAAAA\n\n— w AAAA\n",
        "log.example\n3\nAAAA\n\n— w AAAAAAA=",
    ],
)
def test_what_is_not_a_checkpoint_is_a_misuse(check, folder, tmp_path, note):
    """A file that is not a checkpoint ends with 2, as a wrong call does."""
    (tmp_path / "note").write_text(note)

    assert check(folder, tmp_path / "note")[0] == MISUSED


@pytest.mark.parametrize(
    "arguments", [[], ["none"], ["receipt", "none"], ["receipt", "--strange"]]
)
def test_a_wrong_call_ends_with_2(check, folder, monkeypatch, arguments):
    """Without a folder, with one that is not there, or a strange option: 2."""
    monkeypatch.chdir(folder.parent)

    assert check(*arguments)[0] == MISUSED


def test_receipt_can_be_made_for_a_checkpoint_that_was_kept(scene, files, kept):
    """A receipt of the size of an older checkpoint is compared with it."""
    grant = scene.register.state(SCHOOL).consent(APP).current
    scene.register.change_permissions(school=SCHOOL, permissions=["again"])

    newest = check_receipt(receipt_of(scene, grant).files(), checkpoints=kept)
    older = check_receipt(receipt_of(scene, grant, size=4).files(), checkpoints=kept)

    assert (newest.code, older.code) == (NOT_COMPARED, HOLDS)
    assert "ask for a receipt of 4" in newest.not_checked[1]


# -- Signatures, and what is with the receipt


def test_signatures_are_named_and_not_checked(check, scene, tmp_path):
    """The program says whose signatures it did not check."""
    files = receipt_of(scene, scene.authorise(), signers=KEYS).files()

    _, printed = check(write(tmp_path / "signed", files))

    assert "NOT CHECKED: signatures said to be of school.example, w.example" in printed


def test_signatures_of_known_keys_are_checked(scene):
    """With keys the library checks signatures, and names those of other keys."""
    files = receipt_of(scene, scene.authorise(), signers=KEYS).files()

    found = check_receipt(files, verifiers=[KEYS[0].verifier])

    assert "it is signed by a key that you know: school.example" in found.holds
    assert (
        "signatures said to be of w.example: that takes scopegate and a key"
        in found.not_checked
    )


def test_second_signature_in_a_known_name_is_not_taken_for_the_first(scene):
    """A signature of another key in the name of a known one stays unchecked."""
    strange = Ed25519Signer.generate(KEYS[0].name)
    grant = scene.authorise()
    files = receipt_of(scene, grant, signers=[KEYS[0], strange]).files()

    found = check_receipt(files, verifiers=[KEYS[0].verifier])

    assert any(
        "signatures said to be of school.example" in u for u in found.not_checked
    )


@pytest.mark.parametrize("signers", [[], KEYS[1:]], ids=["unsigned", "another"])
def test_receipt_that_no_known_key_signed_does_not_hold(scene, signers):
    """Where keys are given, a receipt that none of them signed is refused."""
    files = receipt_of(scene, scene.authorise(), signers=signers).files()

    found = check_receipt(files, verifiers=[KEYS[0].verifier])

    assert found.faults == ("it is signed by a key that you know: ",)


def test_further_files_are_named(check, folder, held):
    """A file that is with the receipt is named as not part of it.

    Fails on the release before: it was not named, and what it says could be taken for
    a part of the receipt.
    """
    (folder / "README.txt").write_text("Signed by Ofsted")
    (folder / "more\x1b").mkdir()

    code, printed = check(folder, held)

    assert code == HOLDS
    assert (
        "NOT CHECKED: what is next to the receipt, and not part of it: README.txt,"
        " more\\x1b" in printed
    )


def test_folder_in_the_place_of_a_file_is_refused(check, folder):
    """What is not a file is not read as one."""
    (folder / TEXT).unlink()
    (folder / TEXT).mkdir()

    assert check(folder)[0] == DOES_NOT_HOLD


def test_what_cannot_be_read_is_refused(files):
    """JSON without end, or of another shape, is refused and not an error."""
    for content in (b"[" * 100_000, b"[]", b"\xff"):
        altered = {**files, EVENT: content}
        found = check_receipt(packed(altered, fits_leaf=True))

        assert found.code == DOES_NOT_HOLD


def test_names_that_a_terminal_lacks_are_printed_all_the_same(scene, tmp_path):
    """On a terminal of another language a receipt holds as on any other."""
    shown = scene.register.present(school=SCHOOL, app=APP)
    grant = scene.register.authorise(shown, actor=Actor("Łucja Müller"))
    folder = write(tmp_path / "receipt", receipt_of(scene, grant).files())

    ran = subprocess.run(  # noqa: S603 - this interpreter, and the program
        [sys.executable, PROGRAM, folder],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )

    assert ran.returncode == NOT_COMPARED
    assert b"decided by    \\u0141ucja M\\xfcller" in ran.stdout


# -- In a program


def test_check_names_what_does_not_belong(files):
    """The library's check takes files as bytes, and checkpoints that are some."""
    with pytest.raises(ArgumentError):
        check_receipt({TEXT: "text"})
    with pytest.raises(ProofError):
        check_receipt(files, checkpoints={"mine": "not a note"})


def test_check_is_sound_only_where_all_was_checked(files, kept):
    """A check is sound if the program would end with 0."""
    assert check_receipt(files, checkpoints=kept).is_sound
    assert not check_receipt(files).is_sound


def test_two_people_are_both_facts(scene):
    """Where two people decided, both are among the facts."""
    scene.authorise()
    receipt = receipt_of(scene, scene.amend(actor=SAM))
    both = evolve(receipt.grant.decision, actor=DANA), receipt.grant.decision
    event = json.loads(receipt.event)
    (decision,) = event["value"]["grant"]["decisions"]
    first = decision | {"actor": {"id": "", "name": both[0].actor.name, "role": ""}}

    found = check_receipt(forged(scene, {"decisions": [first, decision]}))

    names = [text for name, text in found.facts if name == "decided by"]
    assert names == ["Dana Head", "Sam Deputy, Deputy"]
