"""Guards round functions and client objects: `Access.guard`, `Access.guard_client`."""

import asyncio
import copy
import gc
import inspect
import logging
import pickle
import threading
from collections import deque
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

from scopegate.consent.subjects import Subjects
from scopegate.errors import (
    AccessDeniedError,
    ArgumentRefusedError,
    QueryRefusedError,
    SourceError,
    UnknownResourceError,
)
from scopegate.gate.wrap import Fetching
from scopegate.testing.hostile import CANARY, hostile_values

from ..scene import PUPILS, Scene

RELEASED = [{k: v for k, v in pupil.items() if k != "dob"} for pupil in PUPILS]
YEAR = {"year": "student.year_code", "page": None}


def _generate():
    yield from PUPILS


async def _generate_async():
    for pupil in PUPILS:
        yield pupil


async def _coroutine():
    return PUPILS


def _returning_coroutine():
    return _coroutine()


async def _coroutine_of_a_coroutine():
    return _coroutine()


async def _coroutine_of_a_generator():
    return _generate_async()


class _Model(BaseModel):
    id: int
    first_name: str
    last_name: str
    dob: str


async def _collect(found):
    """Return all of what a guarded function gives, however it gives it."""
    if inspect.isawaitable(found):
        found = await found
    if hasattr(found, "__aiter__"):
        return [record async for record in found]
    return list(found)


@pytest.fixture
def scene():
    """A school that authorised the required scope and not the date of birth."""
    made = Scene()
    made.authorise()
    return made


@pytest.fixture
def access(scene):
    """The app's access."""
    with scene.open() as opened:
        yield opened


@pytest.mark.parametrize(
    "function",
    [
        lambda: PUPILS,
        lambda: tuple(PUPILS),
        lambda: deque(PUPILS),
        lambda: iter(PUPILS),
        lambda: [SimpleNamespace(**pupil) for pupil in PUPILS],
        lambda: [_Model(**pupil) for pupil in PUPILS],
        _generate,
        _generate_async,
        _coroutine,
        _returning_coroutine,
    ],
    ids=[
        "list",
        "tuple",
        "deque",
        "iterator",
        "objects",
        "models",
        "generator",
        "asynchronous generator",
        "coroutine function",
        "function giving a coroutine",
    ],
)
def test_every_way_to_give_records_is_guarded(access, function):
    """Lists, iterators, generators and coroutines all give what may flow, in order."""
    guarded = access.guard(function, resource="student")

    assert asyncio.run(_collect(guarded())) == RELEASED


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (PUPILS[0], RELEASED[0]),
        (SimpleNamespace(**PUPILS[0]), RELEASED[0]),
        (_Model(**PUPILS[0]), RELEASED[0]),
        ({}, {}),
        (None, None),
        ("Ada", None),
        (7, None),
        (b"bytes", None),
        (Subjects, None),
        ([PUPILS[0], 120, "more"], [RELEASED[0]]),
        ((PUPILS, 120), []),
        (range(3), []),
    ],
)
def test_only_records_come_back(access, found, expected):
    """A record is filtered; totals and texts next to it, and nested lists, are gone."""
    guarded = access.guard(lambda: found, resource="student")

    assert guarded() == expected


@given(found=hostile_values())
def test_nothing_slips_through_whatever_is_returned(found):
    """Of a hostile value nothing comes back but what `filter` would release."""
    scene = Scene()
    scene.authorise()
    with scene.open() as access:
        guarded = access.guard(lambda: [found], resource="student")
        released = list(access.filter_many("student", [found]))

        assert guarded() == released


def test_before_a_grant_the_function_is_not_called():
    """Without a grant a guarded function raises and the client is not asked."""
    calls = []
    with Scene().open() as access:
        guarded = access.guard(lambda: calls.append(1), resource="student")
        with pytest.raises(AccessDeniedError):
            guarded()

    assert calls == []


@pytest.mark.parametrize(
    ("args", "kwargs", "kind"),
    [
        ((), {"dob": "2014"}, QueryRefusedError),
        (("2014",), {}, QueryRefusedError),
        ((), {"search": "Ada"}, ArgumentRefusedError),
        ((), {"anything": "2014"}, ArgumentRefusedError),
        ((None, 7), {}, QueryRefusedError),
        ((None, 7, "Ada"), {}, ArgumentRefusedError),
        ((None, 7, "Ada", "more"), {}, ArgumentRefusedError),
    ],
)
def test_an_argument_may_not_choose_by_what_is_withheld(access, args, kwargs, kind):
    """An argument for a withheld field, or for something unknown, is refused."""
    calls = []

    def fetch(dob=None, year=None, search=None, **more):
        calls.append(1)
        return PUPILS

    known = {**YEAR, "dob": "student.dob"}
    guarded = access.guard(fetch, resource="student", arguments=known)

    with pytest.raises(kind) as caught:
        guarded(*args, **kwargs)

    assert ("2014" in str(caught.value), calls) == (False, [])


def test_an_argument_that_is_known_is_passed(access):
    """Arguments for permitted fields, and such as choose by none, reach the client."""
    guarded = access.guard(
        lambda year, page=1: PUPILS[page : page + 1] if year == "7" else [],
        resource="student",
        arguments=YEAR,
    )

    assert guarded("7", page=2) == [RELEASED[2]]


def test_a_function_that_tells_no_signature_takes_named_arguments_only(access):
    """Of a function without a signature no one knows what a position means."""

    class Silent:
        """A callable whose signature cannot be told."""

        __signature__ = "none"

        def __call__(self, *_: object, **__: object):
            return PUPILS

    guarded = access.guard(Silent(), resource="student", arguments={"page": None})

    assert guarded(page=1) == RELEASED
    with pytest.raises(ArgumentRefusedError, match=r"`Silent`.*`argument 1`"):
        guarded(1)


@pytest.mark.parametrize("lazily", [list, iter])
def test_what_a_function_raises_is_told_by_its_kind(access, caplog, lazily):
    """An exception that shows a record becomes an error from which nothing leads there."""

    def fail():
        raise ValueError(CANARY)
        yield

    caplog.set_level(logging.DEBUG)
    guarded = access.guard(lambda: lazily(fail()), resource="student")

    with pytest.raises(SourceError) as caught:
        list(guarded())

    error = caught.value
    assert str(error) == (
        "<lambda>: failed with `ValueError`; call it without a guard to see why"
    )
    assert (error.__cause__, error.__context__, caplog.text) == (None, None, "")


def test_what_a_coroutine_raises_is_told_by_its_kind(access):
    """The same for coroutines, and for asynchronous generators midway."""

    async def fail():
        raise ValueError(CANARY)

    async def break_off():
        yield PUPILS[0]
        raise ValueError(CANARY)

    for function in (fail, break_off):
        guarded = access.guard(function, resource="student")
        with pytest.raises(SourceError) as caught:
            asyncio.run(_collect(guarded()))

        assert (caught.value.__context__, CANARY in str(caught.value)) == (None, False)


def test_our_own_errors_pass(access):
    """What a guarded function raises of ours says what it says."""

    def fail():
        raise SourceError("pupils.csv", "is not CSV", 3)

    async def fail_async():
        fail()

    for function in (fail, fail_async):
        with pytest.raises(SourceError, match=r"pupils.csv, line 3: is not CSV"):
            asyncio.run(_collect(access.guard(function, resource="student")()))


def test_revoking_ends_a_generator_before_the_next_record(scene, access):
    """After a revocation no further record is asked for, and the generator is closed."""
    asked = []

    def fetch():
        try:
            for pupil in PUPILS:
                asked.append(pupil["id"])
                yield pupil
        finally:
            asked.append("closed")

    records = access.guard(fetch, resource="student")()
    next(records)
    scene.revoke()

    with pytest.raises(AccessDeniedError):
        next(records)
    gc.collect()
    assert asked == [1, "closed"]


def test_revoking_ends_an_asynchronous_generator(scene, access):
    """The same for asynchronous generators."""
    asked = []

    async def fetch():
        try:
            for pupil in PUPILS:
                asked.append(pupil["id"])
                yield pupil
        finally:
            asked.append("closed")

    async def read():
        records = access.guard(fetch, resource="student")()
        await anext(records)
        scene.revoke()
        with pytest.raises(AccessDeniedError):
            await anext(records)

    asyncio.run(read())
    assert asked == [1, "closed"]


def test_what_a_coroutine_returns_to_be_taken_later_is_looked_up_later(scene, access):
    """A lazy result of a coroutine is not released by what flowed when it was made."""

    async def fetch():
        return _generate()

    async def read():
        records = await access.guard(fetch, resource="student")()
        first = next(records)
        scene.revoke()
        with pytest.raises(AccessDeniedError):
            next(records)
        return first

    assert asyncio.run(read()) == RELEASED[0]


@pytest.mark.parametrize(
    "fetch", [_coroutine_of_a_coroutine, _coroutine_of_a_generator]
)
def test_what_a_coroutine_returns_may_be_awaited_again(access, fetch):
    """However often something is to be awaited, in the end it is what may flow."""

    async def read():
        found = await access.guard(fetch, resource="student")()
        return await _collect(found)

    assert asyncio.run(read()) == RELEASED


def test_a_coroutine_function_stays_one(access):
    """What asks whether a function is to be awaited is told the truth."""
    guarded = access.guard(_coroutine, resource="student")

    assert inspect.iscoroutinefunction(guarded)


def test_threads_may_share_a_guarded_function(scene, access):
    """After a revocation no thread gets a record more."""
    guarded = access.guard(lambda: PUPILS[0], resource="student")
    start, results = threading.Barrier(5), []

    def work():
        start.wait()
        for _ in range(50):
            try:
                results.append(guarded())
            except AccessDeniedError:
                results.append(None)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    start.wait()
    scene.revoke()
    after = guarded_or_none(guarded)
    for worker in workers:
        worker.join()

    assert after is None
    assert all(result in (None, RELEASED[0]) for result in results)


def guarded_or_none(guarded):
    """Return what a guarded function gives, or None where it is denied."""
    try:
        return guarded()
    except AccessDeniedError:
        return None


class Client:
    """A client of a made-up MIS, with everything a guard must not pass on."""

    token = CANARY

    def __init__(self):
        self.session = CANARY

    def get_students(self, year=CANARY, *, page=CANARY):
        """Return the pupils."""
        return PUPILS

    async def get_students_async(self):
        """Return the pupils, without blocking."""
        return PUPILS

    def _request(self):
        return CANARY


@pytest.fixture
def guarded_client(access):
    """A client of which two methods are guarded."""
    methods = {
        "get_students": Fetching("student", YEAR),
        "get_students_async": "student",
    }
    return access.guard_client(Client(), methods)


def test_a_guarded_client_has_its_methods(guarded_client):
    """The named methods are there, and give what may flow."""
    found = guarded_client.get_students(page=1)

    assert found == asyncio.run(guarded_client.get_students_async()) == RELEASED


def test_a_guarded_client_has_nothing_else(guarded_client):
    """No attribute besides the named methods is there, and none can be set."""
    public = [name for name in dir(guarded_client) if not name.startswith("_")]

    assert public == ["get_students", "get_students_async"]
    for name in ("session", "token", "_request", "__dict__", "__wrapped__"):
        with pytest.raises(AttributeError):
            getattr(guarded_client, name)
    with pytest.raises(AttributeError):
        guarded_client.session = 1


@pytest.mark.parametrize(
    "look", [repr, str, vars, pickle.dumps, copy.copy, copy.deepcopy]
)
def test_a_guarded_client_does_not_give_the_client_back(guarded_client, look):
    """Neither a representation, nor a copy, nor a pickle leads to the client."""
    try:
        found = look(guarded_client)
    except TypeError:
        found = ""

    assert found in ("", "<guarded client: get_students, get_students_async>")


def test_a_guarded_method_describes_itself_and_nothing_more(guarded_client):
    """Name, docstring and parameters are there; defaults and the method behind are not."""
    method = guarded_client.get_students

    assert (method.__name__, method.__doc__) == ("get_students", "Return the pupils.")
    assert str(inspect.signature(method)) == "(year=Ellipsis, *, page=Ellipsis)"
    assert not hasattr(method, "__self__")
    assert not hasattr(method, "__wrapped__")


@pytest.mark.parametrize("name", ["get_pupils", "session", "_request", "__init__"])
def test_a_method_that_cannot_be_guarded_is_refused(access, name):
    """A method that is missing, no method, or private is refused when guarding."""
    with pytest.raises(TypeError, match=f"no public method `{name}`"):
        access.guard_client(Client(), {name: "student"})


def test_an_unknown_resource_is_refused_when_guarding(access):
    """A misspelt resource is found before anything is called."""
    with pytest.raises(UnknownResourceError):
        access.guard(_generate, resource="pupil")
    with pytest.raises(UnknownResourceError):
        access.guard_client(Client(), {"get_students": "pupil"})


@given(secrets=st.tuples(st.text(), st.text()))
def test_what_is_withheld_makes_no_difference(secrets):
    """Two clients that differ in withheld values are told apart by nothing."""
    seen = []
    for secret in secrets:
        scene = Scene()
        scene.authorise()
        with scene.open() as access:
            told = {**PUPILS[0], "dob": secret, "more": [secret]}
            found = [told, secret]
            guarded = access.guard(lambda found=found: found, resource="student")
            seen.append((repr(guarded()), access.notes, repr(guarded.__doc__)))

    assert seen[0] == seen[1]
