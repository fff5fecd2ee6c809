"""Adapters that fail: reported by the kind of the failure, and closed in any case."""

import asyncio
import gc
import logging
import traceback
from contextlib import aclosing

import pytest
from attrs import frozen

from scopegate import AccessDeniedError, Query, QueryRefusedError
from scopegate.adapters._asking.school_check import prove_school, prove_school_async
from scopegate.adapters.base import NONE, Capabilities
from scopegate.consent.disclosures import Recording
from scopegate.errors import (
    ArgumentError,
    PathError,
    SourceError,
    StructureError,
    UnreachableLedgerError,
    UnverifiedSchoolError,
    WrongSchoolError,
)
from scopegate.ledgers.base import disclosure_stream
from scopegate.ledgers.memory import MemoryLedger

from ..model_mis import (
    CATALOGUE,
    NAMED,
    SCHOOL,
    AsyncModel,
    Changing,
    Model,
    opened,
    regrant,
)

CANARY = "".join(["c4n", "4ry"])
"""Put together, so that no line of this file shows it in a traceback."""

WHOLE = ("ids", "basic", "leavers", "guarded")


class StrangeError(Exception):
    """Shows the canary however it is looked at."""

    def __str__(self):
        return CANARY

    __repr__ = __str__


def noted():
    """Return an error that has a note, and attributes of its own."""
    error = ValueError(CANARY)
    error.add_note(CANARY)
    error.record = CANARY
    return error


def caused():
    """Return an error that was raised from another."""
    error = RuntimeError("in the end")
    error.__cause__ = KeyError(CANARY)
    return error


def circular():
    """Return an error that leads back to itself."""
    error = ValueError(CANARY)
    error.__context__ = KeyError(CANARY)
    error.__context__.__context__ = error
    return error


FAILURES = {
    "ValueError": lambda: ValueError(CANARY),
    "KeyError": lambda: KeyError(CANARY),
    "FileNotFoundError": lambda: FileNotFoundError(2, CANARY, CANARY),
    "UnicodeDecodeError": lambda: UnicodeDecodeError(
        "utf-8", CANARY.encode(), 0, 1, CANARY
    ),
    "ExceptionGroup": lambda: ExceptionGroup(CANARY, [ValueError(CANARY)]),
    "StrangeError": StrangeError,
    "TimeoutError": lambda: TimeoutError(CANARY),
    "a note": noted,
    "a cause": caused,
    "a circle": circular,
}
KINDS = {"a note": "ValueError", "a cause": "RuntimeError", "a circle": "ValueError"}


class Failing(Model):
    """Raises at one place what it is given to raise."""

    def __init__(self, place, make, school=SCHOOL):
        super().__init__(NAMED[:2], Capabilities(totals=place == "total"))
        self.place, self.make, self.named = place, make, school

    def fail(self, place):
        """Raise, if this is the place."""
        if place == self.place:
            raise self.make()

    @property
    def school(self):
        """Return the school, or fail."""
        self.fail("school")
        return self.named

    @school.setter
    def school(self, _):
        pass

    def capabilities(self, resource):
        """Return what it can do, or fail."""
        self.fail("capabilities")
        return super().capabilities(resource)

    def fetch(self, wanted):
        """Return an iterator of records, or fail."""
        self.fail("fetch")
        return self._records(wanted)

    def total(self, wanted):
        """Return how many records there are, or fail."""
        self.fail("total")
        return 2

    def _records(self, wanted):
        self.fail("first")
        yield from Model.fetch(self, wanted)
        self.fail("last")


class AsyncFailing(Failing):
    """Fails without blocking."""

    async def total(self, wanted):
        """Return how many records there are, or fail."""
        return Failing.total(self, wanted)

    async def _records(self, wanted):
        self.fail("first")
        for record in Model.fetch(self, wanted):
            yield record
        self.fail("last")


async def _all(records):
    return [record async for record in records]


QUERY = Query("pupil")
SORTED = Query("pupil", order_by=["pupil.id"], limit=1)
WAYS = {
    "read": lambda access, mis: list(access.read(mis, QUERY)),
    "read sorted": lambda access, mis: list(access.read(mis, SORTED)),
    "count": lambda access, mis: access.count(mis, QUERY),
    "count_by": lambda access, mis: access.count_by(mis, QUERY),
}
ASYNC_WAYS = {
    "read_async": lambda access, mis: asyncio.run(_all(access.read_async(mis, QUERY))),
    "read_async sorted": lambda access, mis: asyncio.run(
        _all(access.read_async(mis, SORTED))
    ),
    "count_async": lambda access, mis: asyncio.run(access.count_async(mis, QUERY)),
    "count_by_async": lambda access, mis: asyncio.run(
        access.count_by_async(mis, QUERY)
    ),
}
PLACES = ("school", "capabilities", "fetch", "first", "last")
CASES = [
    *((Failing, way, place) for way in WAYS for place in PLACES),
    *((AsyncFailing, way, place) for way in ASYNC_WAYS for place in PLACES),
    (Failing, "count", "total"),
    (AsyncFailing, "count_async", "total"),
]


def everything_of(error):
    """Return all that can be seen of an error, and of what it leads to."""
    seen, found = [], [error]
    while found:
        one = found.pop()
        if one is None or any(one is known for known in seen):
            continue
        seen.append(one)
        found += [one.__cause__, one.__context__]
    told = [f"{e}{e!r}{e.args}{vars(e)}{getattr(e, '__notes__', '')}" for e in seen]
    return "\n".join([*told, *traceback.format_exception(error)])


@pytest.mark.parametrize(("model", "way", "place"), CASES)
@pytest.mark.parametrize("failure", FAILURES)
def test_of_a_failing_adapter_only_the_kind_is_told(model, way, place, failure, caplog):
    """Wherever it raises whatever, nothing it says comes out, by any way."""
    mis = model(place, FAILURES[failure])

    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as caught:
        (WAYS | ASYNC_WAYS)[way](opened(*WHOLE), mis)

    source, kind = (
        "school" if place == "school" else "pupil",
        KINDS.get(failure, failure),
    )
    assert str(caught.value) == (
        f"{source}: the adapter failed with `{kind}`; look at it in the adapter's tests"
    )
    assert CANARY not in everything_of(caught.value) + caplog.text
    assert caught.value.__context__ is None


@pytest.mark.parametrize("model", [Failing, AsyncFailing])
@pytest.mark.parametrize("place", PLACES)
def test_of_an_adapter_that_fails_to_prove_its_school_only_the_kind_is_told(
    model, place
):
    """The public record is read as carefully as any other."""
    mis = model(place, FAILURES["a circle"], school=None)
    way = WAYS["read"] if model is Failing else ASYNC_WAYS["read_async"]

    with pytest.raises(SourceError) as caught:
        way(opened(*WHOLE), mis)

    assert caught.value.source in {"school", "pupil"}
    assert CANARY not in everything_of(caught.value)


@pytest.mark.parametrize("stop", [StopIteration, StopAsyncIteration])
@pytest.mark.parametrize(("model", "way", "place"), CASES)
def test_an_adapter_cannot_pretend_to_have_come_to_the_end(model, way, place, stop):
    """What ends a loop, raised at a wrong place, is a failure and no end."""
    mis = model(place, lambda: stop(CANARY))

    with pytest.raises(SourceError) as caught:
        (WAYS | ASYNC_WAYS)[way](opened(*WHOLE), mis)

    assert CANARY not in everything_of(caught.value)


def over_a_failure():
    """Return an error of ours as it is raised while another is dealt with."""
    error = PathError("pupil.x", "is wrong")
    error.__cause__ = KeyError(CANARY)
    error.__context__ = ValueError(CANARY)
    return error


@pytest.mark.parametrize(("model", "way", "place"), CASES)
def test_an_error_of_ours_passes_and_leads_to_no_other(model, way, place):
    """What an adapter raises of scopegate's comes out as it is, without its past."""
    ours = over_a_failure()

    with pytest.raises(PathError) as caught:
        (WAYS | ASYNC_WAYS)[way](opened(*WHOLE), model(place, lambda: ours))

    assert caught.value is ours
    assert CANARY not in everything_of(ours)


@pytest.mark.parametrize(("model", "way", "place"), CASES)
def test_what_ends_the_program_passes(model, way, place):
    """An interrupt is not taken for a failure of the adapter."""
    with pytest.raises(KeyboardInterrupt):
        (WAYS | ASYNC_WAYS)[way](opened(*WHOLE), model(place, KeyboardInterrupt))


class Retrying(Model):
    """Asks again whether it may ask, while it deals with a request that failed."""

    def fetch(self, wanted):
        """Yield a record, fail, and try again."""
        yield NAMED[0]
        try:
            raise ConnectionError(CANARY)
        except ConnectionError:
            wanted.renew()


@pytest.mark.parametrize("is_async", [False, True])
def test_a_revocation_heard_of_while_retrying_does_not_show_what_failed(is_async):
    """The refusal of a retry does not lead back to the request that failed."""

    class AsyncRetrying(Retrying):
        async def fetch(self, wanted):
            for record in Retrying.fetch(self, wanted):
                yield record

    scene = Changing(*WHOLE, model=AsyncRetrying if is_async else Retrying)

    def read():
        for _ in scene.read(QUERY):
            regrant(scene.ledger, "school")

    async def read_async():
        async for _ in scene.access.read_async(scene.mis, QUERY):
            regrant(scene.ledger, "school")

    with pytest.raises(AccessDeniedError) as caught:
        asyncio.run(read_async()) if is_async else read()

    assert CANARY not in everything_of(caught.value)


# Closing


def end_early(access, mis):
    """Read one record and leave it at that."""
    records = access.read(mis, QUERY)
    next(records)
    records.close()


def end_early_made(access, mis):
    """Read one object and leave it at that."""

    @frozen
    class Pupil:
        id: int

    records = access.read(mis, QUERY, into=Pupil)
    next(records)
    records.close()


def end_early_async(access, mis):
    """Read one record without blocking and leave it at that."""

    async def read():
        async with aclosing(access.read_async(mis, QUERY)) as records:
            await anext(records)

    asyncio.run(read())


ENDS = {
    "all": lambda access, mis: WAYS["read"](access, mis),
    "a limit": lambda access, mis: list(access.read(mis, Query("pupil", limit=1))),
    "a limit, counted": lambda access, mis: access.count(mis, Query("pupil", limit=1)),
    "a limit, grouped": lambda access, mis: access.count_by(
        mis, Query("pupil", limit=1)
    ),
    "early": end_early,
    "early, as objects": end_early_made,
}
ASYNC_ENDS = {
    "all": lambda access, mis: ASYNC_WAYS["read_async"](access, mis),
    "a limit": lambda access, mis: asyncio.run(
        _all(access.read_async(mis, Query("pupil", limit=1)))
    ),
    "a limit, counted": lambda access, mis: asyncio.run(
        access.count_async(mis, Query("pupil", limit=1))
    ),
    "a limit, grouped": lambda access, mis: asyncio.run(
        access.count_by_async(mis, Query("pupil", limit=1))
    ),
    "early": end_early_async,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_gives_records_is_closed_at_the_end(end):
    """However a read ends, the adapter's `finally` has run by then."""
    mis = Model(NAMED)

    end(opened(*WHOLE), mis)

    assert mis.closed == 1


@pytest.mark.parametrize("end", ASYNC_ENDS.values(), ids=ASYNC_ENDS)
def test_what_gives_records_without_blocking_is_closed_at_the_end(end):
    """However a read ends, the asynchronous generator was closed by then."""
    mis = AsyncModel(NAMED)

    end(opened(*WHOLE), mis)

    assert mis.closed == 1


def test_who_ends_early_need_not_wait_for_the_closing():
    """When a reader has closed what it read, the adapter's is closed, not yet to be."""
    access, mis = opened(*WHOLE), AsyncModel(NAMED)

    async def read():
        async with aclosing(access.read_async(mis, QUERY)) as records:
            await anext(records)
        return mis.closed

    assert asyncio.run(read()) == 1


@pytest.mark.parametrize("order", [[], ["pupil.id"]])
@pytest.mark.parametrize("model", [Model, AsyncModel])
@pytest.mark.parametrize("ask", ["read", "count", "count_by"])
def test_what_gives_records_is_closed_when_a_revocation_strikes(model, order, ask):
    """It is closed before the refusal is raised, and not when that is forgotten."""
    scene = Changing(*WHOLE, model=model)
    query = Query("pupil", order_by=order, limit=7)
    chosen = scene.mis.chosen
    scene.mis.chosen = lambda wanted: regrant(scene.ledger, "school") or chosen(wanted)
    if model is Model:
        begin = lambda: list(getattr(scene.access, ask)(scene.mis, query))  # noqa: E731
    else:
        asked = getattr(scene.access, f"{ask}_async")(scene.mis, query)
        begin = lambda: asyncio.run(_all(asked) if ask == "read" else asked)  # noqa: E731

    gc.disable()
    try:
        with pytest.raises(AccessDeniedError) as caught:
            begin()
        assert (caught.value.resource, scene.mis.closed) == ("pupil", 1)
    finally:
        gc.enable()


def test_what_gives_records_is_closed_when_an_object_cannot_be_made():
    """A class that does not fit ends the read, and with it the adapter's."""

    @frozen
    class Pupil:
        name: int

    mis = Model(NAMED)

    with pytest.raises(StructureError) as caught:
        list(opened(*WHOLE).read(mis, QUERY, into=Pupil))

    assert (caught.value.target, mis.closed) == ("Pupil", 1)


@pytest.mark.parametrize("model", [Model, AsyncModel])
def test_what_gives_records_is_closed_when_nothing_can_be_written_down(model):
    """A ledger that takes no writes ends the read, and with it the adapter's."""

    class Full(MemoryLedger):
        def append(self, stream, events, expected, **more):
            if stream == disclosure_stream(SCHOOL):
                raise UnreachableLedgerError("full", "no room")
            return super().append(stream, events, expected, **more)

    first = Recording.before_release()
    access, mis = opened(*WHOLE, ledger=Full(), recording=first), model(NAMED)
    way = WAYS["read"] if model is Model else ASYNC_WAYS["read_async"]

    with pytest.raises(UnreachableLedgerError) as caught:
        way(access, mis)

    assert (caught.value.ledger, mis.closed) == ("full", 1)


@pytest.mark.parametrize("records", [[{"urn": "2"}], [{}]])
@pytest.mark.parametrize("is_async", [False, True])
def test_what_gives_the_public_record_is_closed_when_it_is_wrong(records, is_async):
    """An adapter of another school, or of none, is closed when that is found out."""
    closed = []

    class Public(Model):
        def fetch(self, wanted):
            try:
                yield from records
                raise AssertionError("asked for more")
            finally:
                closed.append(wanted.resource.name)

    class AsyncPublic(Model):
        async def fetch(self, wanted):
            try:
                for record in records:
                    yield record
                raise AssertionError("asked for more")
            finally:
                closed.append(wanted.resource.name)

    async def prove():
        try:
            if is_async:
                await prove_school_async(AsyncPublic([]), CATALOGUE, SCHOOL)
            prove_school(Public([]), CATALOGUE, SCHOOL)
        except (WrongSchoolError, UnverifiedSchoolError) as error:
            return error.school, list(closed)

    assert asyncio.run(prove()) == (SCHOOL, ["school"])


class Closable:
    """Records that are not a generator, and can or cannot be closed."""

    def __init__(self, close=None, records=NAMED):
        self.left = list(records)
        if close is not None:
            self.close = self.aclose = close

    def __iter__(self):
        return self

    __aiter__ = __iter__

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop(0)


class Giving(Model):
    """Gives records of any make."""

    def fetch(self, wanted):
        """Return what it was made with."""
        return self.given


def giving(given):
    """Return an adapter that gives *given*."""
    mis = Giving([])
    mis.given = given
    return mis


def test_records_need_not_be_a_generator():
    """What has nothing to close is read to the end, or not, all the same."""
    access = opened("ids", "leavers")

    assert len(list(access.read(giving(Closable()), QUERY))) == 8
    assert len(list(access.read(giving(NAMED), QUERY))) == 8
    assert len(ASYNC_WAYS["read_async"](access, giving(Closable()))) == 8


class Iterable:
    """Gives records when asked for an iterator, and knows when it is closed."""

    closed = 0

    def __iter__(self):
        try:
            yield from NAMED
        finally:
            self.closed += 1

    async def __aiter__(self):
        try:
            for record in NAMED:
                yield record
        finally:
            self.closed += 1


def test_what_iterates_is_closed_and_not_what_is_iterated():
    """What an adapter gives may make an iterator, and that one is closed."""
    access, blocking, other = opened("ids", "leavers"), Iterable(), Iterable()

    async def read():
        async with aclosing(access.read_async(giving(other), QUERY)) as records:
            await anext(records)
        return other.closed

    end_early(access, giving(blocking))

    assert (blocking.closed, asyncio.run(read())) == (1, 1)


def unclosable():
    """Fail to close."""
    raise ValueError(CANARY)


async def unclosable_async():
    """Fail to close without blocking."""
    raise ValueError(CANARY)


@pytest.mark.parametrize(
    ("end", "close"),
    [
        *((end, unclosable) for end in ENDS.values()),
        *((end, unclosable_async) for end in ASYNC_ENDS.values()),
    ],
    ids=[*ENDS, *(f"{end}, async" for end in ASYNC_ENDS)],
)
def test_a_failure_to_close_is_told_in_the_log_only(end, close, caplog):
    """What was read was read; the log says the kind of what went wrong after it."""
    with caplog.at_level(logging.DEBUG, "scopegate"):
        end(opened(*WHOLE), giving(Closable(close)))

    assert "`pupil`: the adapter failed with `ValueError` when it was closed" in (
        caplog.messages
    )
    assert CANARY not in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_a_failure_to_close_does_not_hide_a_revocation(is_async):
    """What ended the read is what the error names."""
    scene = Changing(*WHOLE)
    records = Closable(unclosable_async if is_async else unclosable)

    class Revoking(Giving):
        def fetch(self, wanted):
            regrant(scene.ledger, "school")
            return records

    with pytest.raises(AccessDeniedError) as caught:
        (ASYNC_WAYS["read_async"] if is_async else WAYS["read"])(
            scene.access, Revoking([])
        )

    assert CANARY not in everything_of(caught.value)


def test_a_failure_to_close_does_not_swallow_a_cancellation():
    """A task that was cancelled is cancelled, whatever the adapter does about it."""

    class Slow(Closable):
        async def __anext__(self):
            await asyncio.Event().wait()

    async def run():
        access, mis = opened(*WHOLE), giving(Slow(unclosable_async))
        task = asyncio.ensure_future(access.count_async(mis, QUERY))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_an_adapter_that_says_nothing_of_itself_is_a_failure():
    """An object that is not an adapter is refused by its type, before it is asked."""
    with pytest.raises(ArgumentError, match="takes an `Adapter` as `adapter`, not"):
        opened(*WHOLE).read(object(), QUERY)


def test_a_refusal_comes_before_any_failure():
    """What must not be asked is refused though the adapter would fail."""
    mis = Failing("capabilities", FAILURES["ValueError"])

    with pytest.raises(QueryRefusedError):
        opened("ids").read(mis, Query("pupil", order_by=["pupil.dob"]))


def test_another_school_may_be_named_by_anything_but_this_one():
    """An adapter that names its school by something else than text is not believed."""
    with pytest.raises(WrongSchoolError):
        opened(*WHOLE).read(Model([], NONE, school=int(SCHOOL)), QUERY)
