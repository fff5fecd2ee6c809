"""The reader's answers are those of a fresh fold, whatever was read when before."""

from threading import Thread

import pytest
from hypothesis import given, strategies as st

from scopegate import AccessRequest
from scopegate.consent.disclosures import fold_disclosures, fold_usages
from scopegate.consent.events import Disclosed, Revoked
from scopegate.consent.fold import fold_requests, fold_school
from scopegate.errors import DamagedLedgerError, UnreachableLedgerError
from scopegate.ledgers.base import app_stream, disclosure_stream, school_stream
from scopegate.ledgers.memory import MemoryLedger
from scopegate.pages.reader import Reader
from scopegate.testing.strategies import APPS, SCHOOLS, events_by_kind, memory_ledgers

from ..scene import Unreachable
from .worlds import CATALOGUE, FEWER, SCHOOL, World

LEDGERS = memory_ledgers(CATALOGUE, max_deeds=12)
OTHERS = events_by_kind(CATALOGUE)[Revoked]
WAYS = ["school", "history", "published", "usages"]


class Counting(MemoryLedger):
    """A ledger that counts the events it has handed out."""

    handed = 0

    def read(self, stream, after=0):
        """Return the events behind a position, counting them."""
        found = super().read(stream, after)
        self.handed += len(found)
        return found


def used(ledger):
    """Fill a ledger with a school that authorised two apps, of which one has read."""
    world = World()
    world.authorise("dob")
    with world.open() as access:
        access.filter("pupil", {"id": 1, "name": "Ada"})
    world.asks(AccessRequest("library", "Lend books", {"basic"}))
    world.app = "library"
    world.authorise()
    for stream in world.ledger.streams():
        ledger.append(stream, world.ledger.read(stream), None)
    return ledger


def fresh(ledger, way, name):
    """Return what a reader should say, folded again."""
    match way:
        case "school":
            return fold_school(ledger.read(school_stream(name)))
        case "history":
            return tuple(ledger.read(school_stream(name)))
        case "published":
            return fold_requests(ledger.read(app_stream(name)))
        case _:
            return fold_usages(ledger.read(disclosure_stream(name)))


def steps(ledger):
    """Return the events of a ledger, each with its stream, the streams in turn."""
    streams = [*ledger.streams()]
    longest = max(map(ledger.position, streams), default=0)
    whole = {stream: ledger.read(stream) for stream in streams}
    return [
        (s, whole[s][n]) for n in range(longest) for s in streams if n < len(whole[s])
    ]


@FEWER
@given(LEDGERS, st.integers(1, 9), st.randoms(use_true_random=False))
def test_every_answer_is_that_of_a_fresh_fold(ledger, most, random):
    """At each position, of each stream, with more streams than are remembered."""
    growing = MemoryLedger()
    reader = Reader(growing, most)
    for stream, event in steps(ledger):
        growing.append(stream, [event], None)
        for _ in range(3):
            way = random.choice(WAYS)
            name = random.choice(APPS if way == "published" else SCHOOLS)
            assert getattr(reader, way)(name) == fresh(growing, way, name)


@FEWER
@given(LEDGERS, LEDGERS)
def test_of_a_ledger_that_was_replaced_nothing_is_shown(one, other):
    """Another history in the place of what was read is damage, however long it is.

    Fails on the release before: a shorter one was shown, and of a longer one what came
    after the old.
    """
    reader, streams = Reader(one), map(school_stream, SCHOOLS)
    for school in SCHOOLS:
        reader.school(school)
    kept = {stream: list(one.bodies(stream)) for stream in streams}
    one._rows, one._heads = other._rows, other._heads  # a copy is put in place
    for school in SCHOOLS:
        stream = school_stream(school)
        found, before = list(one.bodies(stream)), kept[stream]
        if found[: len(before)] == before:
            assert reader.school(school) == fresh(one, "school", school)
        else:
            with pytest.raises(DamagedLedgerError):
                reader.school(school)
            with pytest.raises(DamagedLedgerError):
                reader.history(school)


def test_a_reader_of_another_ledger_is_told_that_it_is_another():
    """With a ledger that holds less in its place nothing of the old is shown."""
    reader = Reader(used(MemoryLedger()))
    reader.school(SCHOOL)
    reader.ledger = MemoryLedger()

    with pytest.raises(DamagedLedgerError):
        reader.school(SCHOOL)


def test_each_event_is_read_once():
    """However often a page is asked for, a ledger hands out what is new and no more."""
    ledger = used(Counting())
    reader, ledger.handed = Reader(ledger), 0
    for _ in range(3):
        for school in (SCHOOL, "other"):
            reader.school(school)
            reader.history(school)
            reader.usages(school)

    streams = school_stream(SCHOOL), disclosure_stream(SCHOOL)
    assert ledger.handed == sum(map(ledger.position, streams)) > 4


@pytest.mark.parametrize("way", WAYS)
def test_the_same_answer_is_the_same_value(way):
    """Where nothing was written since, nothing is folded again."""
    reader = Reader(used(MemoryLedger()))
    ask = getattr(reader, way)

    assert ask(SCHOOL) is ask(SCHOOL)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_streams_are_remembered_than_that(most):
    """What is remembered is bounded, and what is longest unused goes first."""
    reader = Reader(used(MemoryLedger()), most)
    names = [SCHOOL, *"abcdef", SCHOOL]
    for name in names:
        reader.school(name)

    assert [*reader._events] == [school_stream(name) for name in names[-most:]]
    assert reader._folded.keys() == reader._events.keys()


def test_names_are_what_the_streams_of_a_kind_are_about():
    """Names come sorted, without what is of another kind, and may hold anything."""
    ledger, world = MemoryLedger(), World()
    event = world.events()[0]
    for name in ["schools/z", "school/app/y", "app/school/x", "school/", "school/a/b"]:
        ledger.append(name, [event], None)
    reader = Reader(ledger)

    assert reader.names(school_stream("")) == ("", "a/b", "app/y")
    assert reader.names(app_stream("")) == ("school/x",)


def test_a_ledger_that_does_not_answer_is_no_answer():
    """What was read before is not said again where the ledger is away: it may have grown."""
    ledger = Unreachable()
    reader = Reader(ledger)
    reader.school("a")
    ledger.down = UnreachableLedgerError("ledger", "is away")

    with pytest.raises(UnreachableLedgerError):
        reader.school("a")


def test_threads_may_share_a_reader():
    """However many read at once, with forgetting in between, each answer is right."""
    world = World()
    world.authorise("dob")
    reader, wrong = Reader(world.ledger, most=1), []
    expected = fresh(world.ledger, "school", SCHOOL)

    def read(other):
        for _ in range(50):
            reader.school(other)
            if reader.school(SCHOOL) != expected:
                wrong.append(other)

    threads = [Thread(target=read, args=[f"other-{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


@given(st.lists(events_by_kind(CATALOGUE)[Disclosed] | OTHERS, max_size=8))
def test_usages_are_those_of_each_app(given_events):
    """All at once they are what each app's own fold is; who read nothing has none."""
    read = {e.app for e in given_events if isinstance(e, Disclosed)}

    assert fold_usages(given_events) == {
        app: fold_disclosures(given_events, app) for app in read
    }
