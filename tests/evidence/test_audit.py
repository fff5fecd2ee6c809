"""An audit finds nothing in what the register wrote, and everything else."""

import sqlite3
from contextlib import closing, suppress
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from scopegate import AccessRequest, Connection, Query
from scopegate.catalogue.field import Sensitivity
from scopegate.consent.decision import TwoPersonRule
from scopegate.consent.events import (
    Amended,
    Authorised,
    Connected,
    Disclosed,
    Presented,
    RequestCancelled,
    RequestPublished,
)
from scopegate.errors import (
    DamagedLedgerError,
    DecisionError,
    Fault,
    LedgerError,
    UnreachableLedgerError,
)
from scopegate.evidence.audit import Audit, checkpoint_of, verify
from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.ledgers.sqlite import SQLiteLedger
from scopegate.proofs.checkpoints import origin_of
from scopegate.proofs.notes import Checkpoint, sign_note
from scopegate.proofs.signing import Ed25519Signer
from scopegate.testing.permits import NOON

from ..scene import APP, DANA, REQUEST, SAM, SCHOOL, VENDOR, Scene

STREAM = school_stream(SCHOOL)
PLACE = f"stream `{STREAM}`"
ORIGIN = f"scopegate/school/{SCHOOL}"
MORE = AccessRequest(APP, "Record more", {"students.basic"}, {"students.emails"})
KEY, OTHER = (Ed25519Signer.generate(name) for name in ("school.example", "w.example"))


def written(stream, *events):
    """Return a ledger that holds these events."""
    ledger = MemoryLedger()
    ledger.append(stream, events, 0)
    return ledger


def with_stream(ledger, stream, events):
    """Return a ledger that holds the same, except for one stream."""
    copy = written(stream, *events)
    for name in ledger.streams():
        if name != stream:
            copy.append(name, ledger.read(name), 0)
    return copy


@pytest.fixture
def story():
    """Return a scene in which a grant was made, amended, used and revoked."""
    scene = Scene(MemoryLedger())
    scene.authorise("students.dob")
    scene.read(Query("student"))
    scene.amend(actor=SAM)
    scene.revoke()
    return scene


@pytest.fixture
def grants(story):
    """Return both revisions of the story's grant, and what was shown for each."""
    events = story.ledger.read(STREAM)
    shown = [e for e in events if isinstance(e, Presented)]
    made = [e for e in events if isinstance(e, Authorised | Amended)]
    return [(s.presentation, m.grant) for s, m in zip(shown, made, strict=True)]


# -- What the register wrote


def test_a_sound_ledger_has_no_fault(story):
    """A whole story is read in all its streams, and nothing is wrong with it."""
    sizes = {s: story.ledger.position(s) for s in story.ledger.streams()}

    found = verify(story.ledger)

    assert found == Audit(3, sum(sizes.values()), 0, ())
    assert found.is_sound


def test_an_empty_ledger_has_no_fault():
    """Where nothing was ever written, there is nothing to find."""
    assert verify(MemoryLedger()) == Audit(0, 0, 0, ())


def _amend(scene, *optional):
    scene.amend(optional=optional, actor=SAM)


def _decide(scene, actor):
    soon = scene.clock() + timedelta(days=2)
    shown = scene.ask()
    scene.register.authorise(shown, actor=actor, expires_at=soon)


MOVES = [
    lambda scene: scene.authorise("students.dob"),
    lambda scene: _decide(scene, DANA),
    lambda scene: _decide(scene, SAM),
    lambda scene: _amend(scene),
    lambda scene: _amend(scene, "students.dob"),
    lambda scene: scene.revoke(),
    lambda scene: scene.ask(),
    lambda scene: scene.decline(),
    lambda scene: scene.relinquish(),
    lambda scene: scene.register.cancel(app=APP, actor=VENDOR),
    lambda scene: scene.register.publish(REQUEST),
    lambda scene: scene.register.publish(MORE),
    lambda scene: scene.register.settle(SCHOOL),
    lambda scene: scene.disconnect(),
    lambda scene: scene.register.connect(school=SCHOOL, mis="sims", adapter=scene.mis),
    lambda scene: scene.pass_time(days=1),
    lambda scene: scene.register.require_two_people(
        TwoPersonRule(Sensitivity.PERSONAL, days=3), school=SCHOOL, actor=DANA
    ),
    lambda scene: scene.register.require_two_people(None, school=SCHOOL, actor=DANA),
]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(MOVES), max_size=12))
def test_whatever_the_register_writes_is_lawful(moves):
    """No order of decisions, refusals and ends leads to a history with a fault."""
    scene = Scene(MemoryLedger())

    for move in moves:
        with suppress(DecisionError):
            move(scene)

    assert verify(scene.ledger).faults == ()


# -- What it never would


STRAYS = [
    (STREAM, lambda shown, grant: Connected(Connection("2", "sims", "", NOON), NOON)),
    (STREAM, lambda shown, grant: Presented(evolve(shown, school="2"), None, NOON)),
    (STREAM, lambda shown, grant: RequestPublished(REQUEST, 1, NOON)),
    (STREAM, lambda shown, grant: Disclosed(APP, "", 0, "school", (), 1, NOON, NOON)),
    (app_stream(APP), lambda shown, grant: Presented(shown, None, NOON)),
    (app_stream("other"), lambda shown, grant: RequestPublished(REQUEST, 1, NOON)),
    (disclosure_stream(SCHOOL), lambda shown, grant: Authorised(grant, NOON)),
]


@pytest.mark.parametrize(("stream", "stray"), STRAYS, ids=map(str, range(7)))
def test_an_event_of_elsewhere_is_a_fault(grants, stream, stray):
    """An event of another school, app or kind of stream is told with its position."""
    ((shown, grant), _) = grants

    assert verify(written(stream, stray(shown, grant))).faults == (
        Fault(f"stream `{stream}`, position 1", "the event belongs elsewhere"),
    )


def test_a_grant_of_another_school_is_a_fault(story):
    """A grant that was moved into another school's stream is told."""
    made = [e for e in story.ledger.read(STREAM) if isinstance(e, Authorised)]
    other = with_stream(story.ledger, "school/2", made)

    assert verify(other).faults == (
        Fault("stream `school/2`, position 1", "the event belongs elsewhere"),
    )


@pytest.mark.parametrize(
    ("events", "faults"),
    [
        ([RequestPublished(REQUEST, 2, NOON)], {1: "version 2 follows 0"}),
        (
            [RequestPublished(REQUEST, 1, NOON), RequestPublished(MORE, 1, NOON)],
            {2: "version 1 follows 1"},
        ),
        (
            [RequestPublished(REQUEST, 1, NOON), RequestPublished(REQUEST, 2, NOON)],
            {2: "that was published already"},
        ),
        (
            [RequestPublished(evolve(REQUEST, purpose=" "), 1, NOON)],
            {1: "it does not say what is asked for, or why"},
        ),
        (
            [RequestCancelled(1, VENDOR, "", NOON)],
            {1: "it takes back what was not published"},
        ),
        (
            [
                RequestPublished(REQUEST, 1, NOON),
                RequestCancelled(1, VENDOR, "", NOON),
                RequestCancelled(1, VENDOR, "", NOON),
                RequestPublished(REQUEST, 2, NOON),
                RequestCancelled(1, VENDOR, "", NOON),
            ],
            {
                3: "it takes back what was not published",
                5: "it takes back what was not published",
            },
        ),
    ],
)
def test_an_app_that_counts_wrong_is_a_fault(events, faults):
    """Versions count from 1, and only what is published is taken back, once."""
    stream = app_stream(APP)

    assert verify(written(stream, *events)).faults == tuple(
        Fault(f"stream `{stream}`, position {at}", message)
        for at, message in faults.items()
    )


def test_a_stream_of_another_kind_is_read_and_not_judged(grants):
    """In a stream whose kind is unknown any readable event may stand."""
    ((_, grant), _) = grants

    found = verify(written("archive/1", Authorised(grant, NOON)))

    assert found == Audit(1, 1, 0, ())


# -- What the store does


class Broken(MemoryLedger):
    """A ledger that fails where it is told to, and knows of a fault of its own."""

    def __init__(self, lost=(), bodies=None, error=None, faults=()):
        super().__init__()
        self.lost, self.changed, self.error, self.own = (
            lost,
            bodies or {},
            error,
            faults,
        )

    def streams(self):
        """Return the streams, or fail."""
        if self.error:
            raise self.error
        return super().streams()

    def bodies(self, stream, after=0):
        """Return the bodies, changed, or fail."""
        if stream in self.lost:
            raise UnreachableLedgerError("a.db", "the disk failed")
        return self.changed.get(stream, super().bodies(stream, after))

    def faults(self):
        """Yield its own faults, or fail."""
        if isinstance(self.own, LedgerError):
            raise self.own
        return iter(self.own)


def test_one_lost_stream_does_not_hide_the_others(grants):
    """A stream that cannot be read is a fault, and the faults after it are told too."""
    ((_, grant), _) = grants
    ledger = Broken(lost=[app_stream(APP)])
    ledger.append(app_stream(APP), [RequestPublished(REQUEST, 1, NOON)], 0)
    ledger.append(STREAM, [Authorised(grant, NOON)], 0)

    found = verify(ledger)

    assert [fault.place for fault in found.faults] == [
        f"stream `{app_stream(APP)}`",
        f"{PLACE}, position 1",
    ]
    assert (found.streams, found.events) == (2, 1)


def test_an_unreadable_event_is_a_fault_of_its_own():
    """What is not an event is reported by position, and what follows is not guessed."""
    ledger = Broken(bodies={STREAM: [b"{}", b"no"]})
    ledger.append(STREAM, [Connected(Connection("2", "", "", NOON), NOON)], 0)

    found = verify(ledger)

    assert [(fault.place, fault.message[:19]) for fault in found.faults] == [
        (f"{PLACE}, position 1", "this is not an even"),
        (f"{PLACE}, position 2", "this is not an even"),
    ]


def test_a_ledger_that_cannot_list_its_streams_says_so():
    """Where the streams cannot be listed that is the fault, and nothing is raised."""
    error = DamagedLedgerError("a.db", "the heads are gone")

    assert verify(Broken(error=error)).faults == (
        Fault("the list of streams", str(error)),
    )


@pytest.mark.parametrize(
    "own", [["a page is lost"], DamagedLedgerError("a.db", "a page is lost")]
)
def test_what_the_store_says_of_itself_is_told(own):
    """A store's own sentences are faults, and so is that it cannot be asked."""
    (fault,) = verify(Broken(faults=own)).faults

    assert fault.place == "the ledger"
    assert "a page is lost" in fault.message


def test_a_changed_byte_in_a_file_is_found(tmp_path):
    """A byte changed in a SQLite file is a fault of that stream, with its position."""
    path = tmp_path / "consent.db"
    with SQLiteLedger(path) as ledger:
        Scene(ledger).authorise()
        assert verify(ledger).is_sound
    meddle(path, "UPDATE event SET body = CAST(replace(body, 'Dana', 'Dora') AS BLOB)")

    with SQLiteLedger(path) as ledger:
        found = verify(ledger)

    (fault,) = found.faults
    assert fault.place == PLACE
    assert "position 3: the event is not what was written" in fault.message
    assert (found.streams, found.events) == (2, 1)


def meddle(path, statement):
    """Change a file behind its ledger's back."""
    with closing(sqlite3.connect(path)) as connection:
        guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        found = connection.execute(guards).fetchall()
        for name, _ in found:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in found:
            connection.execute(sql)
        connection.commit()


# -- What was kept elsewhere


@pytest.mark.parametrize("size", range(8))
def test_a_checkpoint_of_any_earlier_size_holds(size, story):
    """What a checkpoint committed to is found again when the stream has grown."""
    before = written(STREAM, *story.ledger.read(STREAM)[:size])
    note = checkpoint_of(before, STREAM).to_text()

    assert verify(story.ledger, checkpoints={"then": note}).checkpoints == 1


@pytest.mark.parametrize("at", range(6))
def test_a_ledger_written_anew_is_found(at, story):
    """Change any one event, write the rest as it was, and the checkpoint tells."""
    note = checkpoint_of(story.ledger, STREAM).to_text()
    events = list(story.ledger.read(STREAM))
    events[at] = evolve(events[at], at=events[at].at + timedelta(seconds=1))
    anew = with_stream(story.ledger, STREAM, events)

    faults = verify(anew, checkpoints={"then": note}).faults

    assert faults[-1] == Fault(
        "checkpoint `then`",
        f"the first {len(events)} events of `{ORIGIN}` are not what they were",
    )


def test_a_stream_that_lost_its_end_is_found(story):
    """A stream that is shorter than it was is told with both sizes."""
    size = story.ledger.position(STREAM)
    note = checkpoint_of(story.ledger, STREAM).to_text()
    events = story.ledger.read(STREAM)[:3]
    shorter = with_stream(story.ledger, STREAM, events)

    assert [f.message for f in verify(shorter, checkpoints={"then": note}).faults] == [
        f"`{ORIGIN}` had {size} events, and has 3: some were removed"
    ]


def test_a_checkpoint_of_another_log_is_a_fault(story):
    """A checkpoint of a stream that was not read proves nothing, and that is told."""
    note = checkpoint_of(story.ledger, STREAM).to_text()

    found = verify(story.ledger, streams=[app_stream(APP)], checkpoints={"it": note})

    assert found.checkpoints == 0
    assert [fault.message for fault in found.faults] == [
        f"no stream that could be read is `{ORIGIN}`"
    ]


@pytest.mark.parametrize("text", ["", "a\n\n", b"\xff", "a\n1\nb\n\n"])
def test_a_broken_checkpoint_does_not_hide_the_others(story, text):
    """What is not a checkpoint is a fault, and the good one after it still counts."""
    note = checkpoint_of(story.ledger, STREAM).to_text()

    found = verify(story.ledger, checkpoints={"bad": text, "good": note})

    assert found.checkpoints == 1
    assert [fault.place for fault in found.faults] == ["checkpoint `bad`"]


@pytest.mark.parametrize(
    ("signers", "known", "holds"),
    [
        ([KEY], [KEY], True),
        ([KEY, OTHER], [OTHER], True),
        ([OTHER], [KEY], False),
        ([], [KEY], False),
        ([KEY], [], False),
        ([], None, True),
    ],
)
def test_a_checkpoint_needs_one_known_signature(story, signers, known, holds):
    """With verifiers one of them must have signed; without, no one."""
    note = checkpoint_of(story.ledger, STREAM, signers=signers).to_text()
    verifiers = None if known is None else [key.verifier for key in known]

    found = verify(story.ledger, checkpoints={"it": note}, verifiers=verifiers)

    assert found.is_sound is holds


def test_a_checkpoint_under_a_name_of_ones_own_holds(story):
    """The name of a log may be chosen, if it is the same when it is compared."""
    note = checkpoint_of(story.ledger, STREAM, "log.example/1").to_text()

    found = verify(
        story.ledger,
        streams=[STREAM],
        checkpoints={"it": note},
        origins=lambda _: "log.example/1",
    )

    assert found.checkpoints == 1


def test_a_checkpoint_is_of_the_whole_stream(story):
    """The checkpoint has the stream's size, and another one may be signed over it."""
    note = checkpoint_of(story.ledger, STREAM)

    checkpoint = Checkpoint.from_text(note.text)

    assert checkpoint.size == story.ledger.position(STREAM)
    assert sign_note(note.text, [KEY]).verified([KEY.verifier])


@given(st.sets(st.text(max_size=8), min_size=2))
def test_no_two_streams_have_one_origin(streams):
    """Whatever streams are called, the names of their logs differ, and are lines."""
    origins = {origin_of(stream) for stream in streams}

    assert len(origins) == len(streams)
    assert all(origin.isascii() and origin.isprintable() for origin in origins)


def test_progress_is_told_for_each_stream(story):
    """Progress is told before each stream and after the last, each stream once."""
    steps = []

    verify(
        story.ledger,
        streams=[STREAM, app_stream(APP), STREAM],
        progress=lambda done, total: steps.append((done, total)),
    )

    assert steps == [(0, 2), (1, 2), (2, 2)]
