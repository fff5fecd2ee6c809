"""A few threads ask a ledger: what they give, how few they are, when no one waits."""

import asyncio
import gc
import weakref
from concurrent.futures import Future
from threading import Event, Thread, current_thread

import pytest
from hypothesis import given, strategies as st

from scopegate.gate import crew as crews
from scopegate.gate.crew import Crew, Here, Waiting, waited, waited_async


@pytest.fixture
def gate():
    """Give an event that lets stuck work go on, and let it go on in the end."""
    event = Event()
    yield event
    event.set()


def steps(*waiting):
    """Wait for some futures, one after the other, and return what each gave in time."""
    found = []
    for future, seconds in waiting:
        yield Waiting(future, seconds)
        found.append(future.result() if future.done() else None)
    return found


def by_thread(*waiting):
    """Return the result of `steps`, waiting on this thread."""
    return waited(steps(*waiting))


def by_task(*waiting):
    """Return the result of `steps`, waiting in an event loop."""
    return asyncio.run(waited_async(steps(*waiting)))


@pytest.mark.parametrize("wait", [by_thread, by_task])
@given(works=st.lists(st.integers(), max_size=12))
def test_everything_sent_is_done_once(wait, works):
    """Whatever is sent, and however much, each future gives its own result."""
    crew = Crew()
    futures = [crew.send(lambda n=n: n) for n in works]

    assert wait(*[(future, 30) for future in futures]) == works


@pytest.mark.parametrize("kind", [Crew, Here])
def test_what_work_raises_is_what_its_future_raises(kind):
    """An error reaches who waits as it was raised."""
    error = LookupError("mine")

    def work():
        raise error

    future = kind().send(work)

    assert future.exception(30) is error


@pytest.mark.parametrize("wait", [by_thread, by_task])
@pytest.mark.parametrize("seconds", [-1, 0, 0.01])
def test_waiting_ends_in_time(wait, seconds):
    """Who waits for what does not come goes on without it."""
    assert wait((Future(), seconds)) == [None]


def test_there_are_never_more_threads_than_that(gate):
    """Work beyond that waits for its turn, and gets it."""
    crew = Crew(2)
    futures = [crew.send(lambda: gate.wait() and current_thread()) for _ in range(10)]
    gate.set()

    assert 1 <= len({future.result(30) for future in futures}) <= 2


def test_one_thread_serves_one_after_the_other():
    """No thread is started while another has nothing to do."""
    crew, names = Crew(), set()
    for _ in range(20):
        names.add(crew.send(current_thread).result(30))
        while not crew._idle:
            pass  # it is on its way back

    assert len(names) == 1


def test_a_thread_without_work_ends(monkeypatch):
    """A ledger that is not asked any more holds no thread, and can be asked again."""
    monkeypatch.setattr(crews, "IDLE_SECONDS", 0.01)
    crew = Crew()
    thread = crew.send(current_thread).result(30)
    thread.join(30)

    assert not thread.is_alive()
    assert crew.send(lambda: 1).result(30) == 1


def test_the_threads_end_with_the_program():
    """A thread that is stuck for ever keeps no program from ending."""
    assert Crew().send(current_thread).result(30).daemon


def test_what_was_given_up_is_not_done(gate):
    """Work whose future was cancelled before its turn is left out."""
    crew, done = Crew(1), []
    crew.send(gate.wait)
    given_up, kept = (crew.send(lambda n=n: done.append(n)) for n in range(2))
    given_up.cancel()
    gate.set()
    kept.result(30)

    assert done == [1]


def test_no_thread_is_no_answer(monkeypatch):
    """Where no thread can be started, as when a program ends, there is no answer."""

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", refuse)
        crew = Crew()
        future = crew.send(lambda: 1)
    later = crew.send(lambda: 2)

    assert (future.result(30), later.result(30)) == (1, 2)


def test_a_loop_that_is_closed_before_the_answer_is_left_alone(gate, caplog):
    """An answer that no one waits for any longer does not show in a log."""
    crew = Crew()
    future = crew.send(gate.wait)
    by_task((future, 0.01))
    gate.set()
    future.result(30)
    crew.send(lambda: 1).result(30)

    assert caplog.text == ""


def test_nothing_of_a_work_is_held_when_it_is_done():
    """A failure that was told, and thrown away, keeps nothing alive."""

    class Held:
        """Something that work holds."""

    crew, held = Crew(), Held()
    gone = weakref.ref(held)

    def work(held=held):
        raise LookupError

    crew.send(work).exception(30)
    del held, work
    gc.collect()

    assert gone() is None


# Rest


def test_while_it_rests_nobody_waits(gate):
    """After somebody waited in vain the others do not, for the time that was said."""
    crew = Crew()
    crew.gave_up(30)

    assert not crew.admits(1)


def test_after_the_rest_one_tries():
    """And the others rest on, for as long as that may take."""
    crew = Crew()
    crew.gave_up(0)

    assert [crew.admits(30) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize("error", [None, LookupError()])
def test_any_answer_ends_the_rest(error):
    """What came late, and a failure that is not of reaching it, show that it answers."""
    crew = Crew()

    def work():
        if error is not None:
            raise error

    crew.gave_up(30)
    crew.send(work).exception(30)

    assert [crew.admits(30) for _ in range(3)] == [True] * 3


def test_being_out_of_reach_prolongs_the_rest():
    """A failure to reach the ledger counts from its end."""
    crew = Crew()

    def work():
        raise ConnectionError

    crew.gave_up(30)
    crew._rests_until = 0  # the rest is over
    crew.send(work).exception(30)

    assert not crew.admits(1)


def test_nobody_tries_where_every_thread_is_held(gate):
    """What could be tried would wait behind what is stuck."""
    crew = Crew(2)
    for _ in range(2):
        crew.send(gate.wait)
    crew.gave_up(0)

    assert not crew.admits(1)


def test_a_ledger_that_waits_for_nothing_never_rests():
    """Nothing is remembered of a ledger that is asked on the caller's thread."""
    here = Here()
    here.gave_up(30)

    assert here.admits(1)
    assert here.send(current_thread).result() is current_thread()
