"""The SQLite ledger after its power failed, at every sync of every operation."""

from collections import Counter
from contextlib import suppress
from functools import cache
from itertools import combinations, count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings, strategies as st

from scopegate import ConsentRegister
from scopegate.adapters.records import RecordsAdapter
from scopegate.consent.codec import event_from_json
from scopegate.consent.events import Disclosed, Relinquished, Revoked
from scopegate.errors import DecisionError, LedgerError, UnreachableLedgerError
from scopegate.ledgers._sqlite import open as sqlite_open
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.testing.clock import FakeClock
from scopegate.testing.permits import NOON

from ..scene import APP, CATALOGUE, DANA, REQUEST, SCHOOL, VENDOR
from .power import Disk, PowerLedger, contents

SCHOOLS, APPS = (SCHOOL, "100002"), (APP, "library")
FILE = "l.db"


class Story:
    """Decisions of schools and apps, on a disk whose power may fail."""

    def __init__(self, path):
        self.path, self.moments = path, []
        self.clock, self.ids = FakeClock(NOON), count(1)
        self._use(Disk(), ({},))

    def _use(self, disk, outcomes):
        self.disk = disk
        self.ledger = PowerLedger(self.path, disk, outcomes)
        self.register = ConsentRegister(
            CATALOGUE,
            self.ledger,
            clock=self.clock,
            new_id=lambda: f"grant-{next(self.ids)}",
        )

    def connect(self, school, *_):
        """Connect a school."""
        mis = RecordsAdapter({"school": [{"urn": school, "name": "A School"}]})
        self.register.connect(school=school, mis="arbor", adapter=mis)

    def publish(self, _, app, number):
        """Publish what an app asks for."""
        purpose = f"Record marks, {number}"
        self.register.publish(evolve(REQUEST, app=app, purpose=purpose))

    def present(self, school, app, _):
        """Present a request to a school."""
        self.register.ask(school=school, app=app)

    def authorise(self, school, app, number):
        """Let a school authorise what it is shown."""
        shown = self.register.ask(school=school, app=app)
        ticks = sorted(REQUEST.optional)[: number % 2]
        self.register.authorise(shown, actor=DANA, optional=ticks)

    def amend(self, school, app, number):
        """Let a school change its grant."""
        shown = self.register.present_grant(school=school, app=app)
        ticks = sorted(REQUEST.optional)[: number % 2]
        self.register.amend(shown, actor=DANA, optional=ticks)

    def revoke(self, school, app, _):
        """Let a school revoke."""
        self.register.revoke(school=school, app=app, actor=DANA)

    def relinquish(self, school, app, _):
        """Let an app give its grant back."""
        self.register.relinquish(school=school, app=app, actor=VENDOR)

    def disclose(self, school, app, number):
        """Write down what was released, in one batch of many."""
        batch = [disclosed(app, n) for n in range(1 + number % 40)]
        self.ledger.append(disclosure_stream(school), batch, None)

    def reopen(self, *_):
        """Close the ledger and open it again."""
        self.leave()
        self._use(self.disk, self.ledger.moments[-1].outcomes)

    def leave(self):
        """Close the ledger, and keep what may become of it."""
        self.ledger.close()
        self.moments += self.ledger.moments

    def fail(self, _, __, number):
        """Let the power fail, and open what is left of the ledger."""
        self.leave()
        moment = self.ledger.moments[-1 - number % min(10, len(self.ledger.moments))]
        kept = {n for n in range(len(moment.photo.pending)) if number >> n % 8 & 1}
        self._use(Disk(moment.photo.left(kept)), moment.outcomes)
        assert self.ledger.moments[-1].outcomes[0] in moment.outcomes


DOINGS = (
    "connect", "publish", "present", "authorise", "amend", "revoke", "relinquish",
    "disclose", "reopen", "fail",
)  # fmt: skip
BEGINNING = [(doing, SCHOOL, APP, 1) for doing in ("connect", "publish", "authorise")]
SHORT = [
    *BEGINNING,
    ("amend", SCHOOL, APP, 0),
    ("disclose", SCHOOL, APP, 20),
    ("revoke", SCHOOL, APP, 0),
]
"""Ends with a grant that was revoked, and stays so."""

LONG = [
    *SHORT,
    ("connect", SCHOOLS[1], APP, 0),
    ("publish", SCHOOL, APPS[1], 2),
    ("authorise", SCHOOLS[1], APPS[1], 1),
    ("fail", SCHOOL, APP, 0b10110101_0100),
    ("disclose", SCHOOLS[1], APPS[1], 39),
    ("reopen", SCHOOL, APP, 0),
    ("relinquish", SCHOOLS[1], APPS[1], 0),
]


def steps():
    """Return what may happen behind the beginning."""
    step = st.tuples(
        st.sampled_from(DOINGS),
        st.sampled_from(SCHOOLS),
        st.sampled_from(APPS),
        st.integers(0, 255),
    )
    return st.lists(step, max_size=8)


def told(path, steps):
    """Return the instants of a story in which each step was taken that can be."""
    story = Story(path)
    for doing, *of in steps:
        with suppress(DecisionError):
            getattr(story, doing)(*of)
    story.leave()
    return story.moments


def disclosed(app, number):
    """Return what is written down of a release."""
    fields = ("student.id", "student.first_name", "student.last_name")
    return Disclosed(app, "grant-1", 1, "student", fields, number, NOON, NOON)


def wrong_after(path, outcomes):
    """Return what is wrong with the ledger that a crash left, and how.

    Args:
        path: Its file.
        outcomes: What it may hold; see `Moment`.
    """
    wrong = {}
    try:
        with SQLiteLedger(path) as ledger:
            if faults := list(ledger.faults()):
                wrong["damaged"] = faults
            found = contents(ledger)
            acknowledged = outcomes[0]
            for stream, bodies in acknowledged.items():
                if found.get(stream, ())[: len(bodies)] != bodies:
                    wrong["lost"] = stream
            if not wrong and found not in outcomes:
                wrong["mixed"] = {s: len(bodies) for s, bodies in found.items()}
            gone = ended(acknowledged)
            if gone and (back := gone & authorised(ledger)):
                wrong["back"] = back
            if not can_be_written(ledger):
                wrong["stuck"] = ""
    except LedgerError as error:
        wrong["damaged"] = str(error)
    return wrong


def ended(streams):
    """Return the grant revisions that were ended, by what a ledger holds."""
    events = [decoded(body) for bodies in streams.values() for body in bodies]
    return {
        (event.grant, event.revision)
        for event in events
        if isinstance(event, Revoked | Relinquished)
    }


decoded = cache(event_from_json)


def authorised(ledger):
    """Return the grant revisions that are authorised, as the register sees it."""
    register = ConsentRegister(CATALOGUE, ledger)
    consents = [c for s in SCHOOLS for c in register.state(s).consents.values()]
    grants = [consent.current for consent in consents if consent.current]
    return {(grant.id, grant.revision) for grant in grants}


def can_be_written(ledger):
    """Tell whether the ledger takes one more event, and shows it."""
    event, stream = disclosed(APP, 7), disclosure_stream(SCHOOL)
    position = ledger.append(stream, [event], None)
    return ledger.read(stream, position - 1) == (event,) and not [*ledger.faults()]


class Trial:
    """Crashes, tried one by one.

    Attributes:
        tried: How many.
        wrong: How often what was wrong afterwards.
    """

    def __init__(self, folder):
        self.tried, self.wrong, self._folder = 0, Counter(), folder

    def crash(self, moment, kept, torn):
        """Let the power fail; return what is wrong when it is back."""
        for left in self._folder.iterdir():
            left.unlink()
        for name, content in moment.photo.left(kept, torn).items():
            (self._folder / name).write_bytes(content)
        wrong = wrong_after(self._folder / FILE, moment.outcomes)
        self.tried += 1
        self.wrong.update(wrong.keys())
        return wrong

    def must_hold(self, moment, kept, torn):
        """Check that nothing is wrong after a crash."""
        wrong = self.crash(moment, kept, torn)
        assert not wrong, (wrong, moment.photo.when, kept, torn)

    def says(self, capsys):
        """Print how many there were, whatever else is captured."""
        tried, lost = f"{self.tried:,}", self.wrong.total()
        with capsys.disabled():
            print(f"\npower loss: {tried} crashes tried, {lost} lost")  # noqa: T201 - the count is the result


def extremes(pending):
    """Yield that nothing, and that all of what is pending reached the disk."""
    yield (), None
    if pending:
        yield range(pending), None


def plain(pending, missing=1, every=1):
    """Yield the choices of what reached the disk that are easily described.

    All up to one, which is torn; one alone; all but *missing* of them. Of what is
    pending only each that is *every* behind the last is such a one.
    """
    yield from extremes(pending)
    for n in range(0, pending, every):
        yield range(n), n
        yield (n,), None
    for some in combinations(range(0, pending, every), missing):
        yield set(range(pending)).difference(some), None


@st.composite
def drawn(draw, pending):
    """Draw which of what is pending reached the disk, and which did by half."""
    size = -(-pending // 8)
    bits = int.from_bytes(draw(st.binary(min_size=size, max_size=size)))
    torn = draw(st.none() | st.integers(0, pending - 1))
    return [n for n in range(pending) if bits >> n & 1], torn


@pytest.fixture
def folder(tmp_path):
    """Give a folder in memory where there is one: here power never fails."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder made in it is our own
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as made:
        yield Path(made)


@pytest.fixture
def trial(folder):
    """Give a trial."""
    return Trial(folder)


def with_settings(**other):
    """Return a patch of the settings, each given by its value and what is read back."""
    settings = [(s, *other.get(s, of)) for s, *of in sqlite_open.SETTINGS]
    return patch.object(sqlite_open, "SETTINGS", settings)


def try_stories(trial, path, examples, choices):
    """Try crashes at every sync of stories that Hypothesis tells."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=HealthCheck)
    @given(steps(), st.data())
    def hold(steps, data):
        for moment in told(path, BEGINNING + steps):
            pending = len(moment.photo.pending)
            for kept, torn in extremes(pending):
                trial.must_hold(moment, kept, torn)
            for _ in range(choices if pending > 1 else 0):
                trial.must_hold(moment, *data.draw(drawn(pending)))

    hold()


def test_whatever_the_disk_keeps_nothing_acknowledged_is_lost(trial, tmp_path, capsys):
    """After a crash at any sync the ledger is whole, and as before or after."""
    examples = settings().max_examples // 10

    try_stories(trial, tmp_path / FILE, examples, choices=2)

    assert trial.tried > 80 * examples
    trial.says(capsys)


@pytest.mark.slow
def test_many_stories_end_well(trial, tmp_path, capsys):
    """Tens of thousands of crashes lose nothing."""
    try_stories(trial, tmp_path / FILE, examples=120, choices=6)

    assert trial.tried > 20_000
    trial.says(capsys)


def test_each_sector_may_be_the_one_that_is_lost(trial, tmp_path, capsys):
    """Whichever sector is lost, torn or alone on the disk, nothing is wrong."""
    for moment in told(tmp_path / FILE, SHORT):
        for kept, torn in plain(len(moment.photo.pending)):
            trial.must_hold(moment, kept, torn)

    assert trial.tried > 1_000
    trial.says(capsys)


@pytest.mark.slow
def test_any_two_sectors_may_be_lost(trial, tmp_path, capsys):
    """Whichever two sectors are lost of a longer story, nothing is wrong."""
    for moment in told(tmp_path / FILE, LONG):
        for kept, torn in plain(len(moment.photo.pending), missing=2):
            trial.must_hold(moment, kept, torn)

    assert trial.tried > 10_000
    trial.says(capsys)


@pytest.mark.parametrize(
    ("other", "caught"),
    [
        ({}, set()),
        ({"synchronous": ("OFF", 0)}, {"lost", "back", "damaged"}),
        ({"synchronous": ("FULL", 2)}, {"lost", "back"}),
        # A new ledger's name is never synced either: without a journal no name is.
        ({"journal_mode": ("MEMORY", "memory")}, {"lost", "damaged"}),
    ],
    ids=["as shipped", "no sync", "no sync of the folder", "no journal on the disk"],
)
def test_weaker_settings_are_caught(trial, tmp_path, other, caught):
    """Crashes that the settings as shipped withstand find what weaker ones lose."""
    with with_settings(**other):
        moments = told(tmp_path / FILE, [*BEGINNING, ("revoke", SCHOOL, APP, 0)])

    for moment in moments:
        for kept, torn in plain(len(moment.photo.pending), every=5):
            trial.crash(moment, kept, torn)

    assert set(trial.wrong) == caught


def test_an_acknowledged_revocation_can_come_back_without_the_folders_sync(
    trial, tmp_path
):
    """With SQLite's default, `synchronous = FULL`, a revoked grant comes back."""
    story = [*BEGINNING, ("revoke", SCHOOL, APP, 0)]
    with with_settings(synchronous=("FULL", 2)):
        acknowledged = told(tmp_path / FILE, story)[-1]

    assert set(trial.crash(acknowledged, (), None)) == {"lost", "back"}


def test_an_append_is_acknowledged_after_its_last_sync(tmp_path):
    """An append makes five syncs, the last of the folder, and no write follows."""
    disk = Disk()
    with PowerLedger(tmp_path / FILE, disk) as ledger:
        disk.done.clear()

        ledger.append("s", [disclosed(APP, 1)], 0)

        assert [done for done in disk.done if done != "write"] == [
            "sync", "sync of the folder", "sync", "sync", "unlink", "sync of the folder",
        ]  # fmt: skip
        assert disk.done[-1] == "sync of the folder"


def test_a_new_file_that_was_cut_short_is_made_anew(trial, tmp_path):
    """A ledger whose first page alone is not on the disk is rolled back, and works."""
    with PowerLedger(tmp_path / FILE, Disk()) as ledger:
        (begun,) = (m for m in ledger.moments if len(m.photo.pending) > 8)

    pages = range(8, len(begun.photo.pending))

    assert trial.crash(begun, pages, None) == {}


def test_a_failing_disk_leaves_what_its_photo_shows(trial, tmp_path):
    """Where the power does fail, append raises, and the ledger is as before or after.

    The other tests go on behind each photo as if nothing had been.
    """
    event = disclosed(APP, 1)
    with PowerLedger(tmp_path / FILE, Disk()) as ledger:
        begun = len(ledger.moments)
        ledger.append("s", [event], 0)
        expected = [shape(moment.photo) for moment in ledger.moments[begun:-1]]
    found = []
    for boundary in range(1, len(expected) + 1):
        disk = Disk()
        with PowerLedger(tmp_path / FILE, disk) as ledger:
            disk.fails_at = boundary
            with pytest.raises(UnreachableLedgerError):
                ledger.append("s", [event], 0)
        last = ledger.moments[-1]
        found.append(shape(last.photo))
        for kept, torn in extremes(len(last.photo.pending)):
            trial.must_hold(last, kept, torn)

    assert found == expected


def shape(photo):
    """Return what two photos of the same instant share: a journal has a random part."""
    return photo.when, dict(photo.names), [change.of for change in photo.pending]


# The disk itself


def left_of(disk):
    """Return everything that may be found on a disk when its power fails now."""
    disk.photograph("now")
    photo = disk.photos[-1]
    every = range(len(photo.pending) + 1)
    return [photo.left(kept) for n in every for kept in combinations(every[:-1], n)]


def test_what_is_not_synced_may_vanish():
    """Any sector that is not synced may be missing, whatever was written behind it."""
    disk = Disk({"f": b"a" * 4})
    disk.write(disk.number_of("f"), b"b" * 4, 0)
    disk.write(disk.number_of("f"), b"c", 4)

    assert [files["f"] for files in left_of(disk)] == [
        b"aaaa", b"bbbb", b"aaaac", b"bbbbc"
    ]  # fmt: skip


def test_what_is_synced_stays():
    """A sync leaves nothing of its file to chance, and all of another's."""
    disk = Disk({"f": b"", "g": b""})
    for name in "fg":
        disk.write(disk.number_of(name), b"new", 0)

    disk.sync(disk.number_of("f"), is_new=False)

    assert left_of(disk) == [{"f": b"new", "g": b""}, {"f": b"new", "g": b"new"}]


def test_a_write_may_stop_between_sectors_and_within_one():
    """Of a page every sector is written or not, and one may be half noise."""
    disk = Disk({"f": b""})
    disk.write(disk.number_of("f"), b"n" * 1_500, 100)
    disk.photograph("now")
    photo = disk.photos[-1]

    assert [len(change.data) for change in photo.pending] == [412, 512, 512, 64]
    assert photo.left({1})["f"] == bytes(512) + b"n" * 512
    assert photo.left((), torn=3)["f"][-64:] == b"n" * 32 + b"\xa5" * 32


def test_a_file_that_is_cut_may_keep_its_size():
    """A new size that is not synced may be forgotten."""
    disk = Disk({"f": b"abc"})
    disk.cut(disk.number_of("f"), 1)

    assert left_of(disk) == [{"f": b"abc"}, {"f": b"a"}]


def test_a_removed_file_may_come_back_until_the_folder_is_synced():
    """An unlink is undone by a crash, unless the folder was synced since."""
    disk = Disk({"f": b"old"})
    disk.remove("f")

    assert left_of(disk) == [{"f": b"old"}, {}]

    disk.sync_folder()

    assert left_of(disk) == [{}]


@pytest.mark.parametrize(("is_new", "may_vanish"), [(True, False), (False, True)])
def test_a_new_name_may_vanish_until_the_folder_is_synced(is_new, may_vanish):
    """A new file can vanish with all that was synced of it, if its name was not."""
    disk = Disk()
    number = disk.number_of("f")
    disk.write(number, b"new", 0)

    disk.sync(number, is_new=is_new)

    assert ({} in left_of(disk)) == may_vanish
    assert {"f": b"new"} in left_of(disk)
