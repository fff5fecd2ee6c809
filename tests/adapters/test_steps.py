"""What an interface over HTTP does step by step, without a network."""

import pytest
from attrs import evolve

from scopegate.adapters.base import Fetch
from scopegate.adapters.steps import Answer, Asking, Call, Limits, Wait
from scopegate.catalogue.field import Field
from scopegate.catalogue.resource import Resource
from scopegate.errors import AccessDeniedError, SourceError

STUDENT = Resource("student", "Student", "id", [Field("student.id")])
WANTED = Fetch(STUDENT, ["student.id"], "1")
CALL = Call("https://mis.example/students")
GOOD, BUSY = Answer(200, body=b"[]"), Answer(503)


def call(_):
    """Make the one call that is made here."""
    return CALL


def run(steps, *answers):
    """Return the steps taken with these answers, and what came of it."""
    taken, left = [], iter([None, *answers])
    try:
        while True:
            is_pause = bool(taken) and isinstance(taken[-1], Wait)
            taken.append(steps.send(None if is_pause else next(left)))
    except StopIteration as end:
        return taken, end.value
    except SourceError as error:
        return taken, str(error)


def told(answer):
    """Return the fault of an answer that is not good, without trying again."""
    return run(Asking(WANTED, Limits(retries=0)).ask(call), answer)[1]


# ---- Calls and answers ---------------------------------------------------------------


def test_a_call_keeps_its_query_and_headers():
    """A query is kept as pairs and in order; the names of headers in lower case."""
    made = Call("u", [("a", "1"), ("b", "2")], {"X-Key": "hush"})

    assert (made.params, dict(made.headers)) == (
        (("a", "1"), ("b", "2")),
        {"x-key": "hush"},
    )


@pytest.mark.parametrize(
    "shown",
    [
        Call("u", headers={"authorization": "hush"}, form={"client_secret": "hush"}),
        Answer(200, body=b"hush"),
    ],
)
def test_nothing_secret_is_shown(shown):
    """Neither headers, forms nor bodies are in what is printed."""
    assert "hush" not in repr(shown)


def test_a_part_is_not_the_whole():
    """What is only a part of the answer (206) is not good, and is told."""
    found = "student: the MIS answered with status 206; try again later"

    assert told(Answer(206, body=b"[]")) == found


@pytest.mark.parametrize("status", [200, 204, 299])
def test_an_answer_of_the_twohundreds_is_good(status):
    """Whatever else the answer is, it is not retried."""
    asking = Asking(WANTED)

    assert run(asking.ask(call), Answer(status))[1] == Answer(status)


# ---- Trying again --------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
def test_what_may_pass_is_tried_again(status):
    """After a pause the same call is made, twice at most unless told."""
    taken, found = run(Asking(WANTED).ask(call), Answer(status), Answer(status), GOOD)

    assert (taken, found) == ([CALL, Wait(0.5), CALL, Wait(1.0), CALL], GOOD)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 500, 501])
def test_what_will_not_pass_is_not_tried_again(status):
    """One call is made, and there is no next page."""
    assert run(Asking(WANTED).ask(call), Answer(status))[0] == [CALL]


def test_an_answer_that_cannot_be_read_is_not_tried_again():
    """What was wrong with the answer itself will be wrong again."""
    broken = Answer(
        0, failure="the answer is cut short; try again later", is_readable=False
    )

    assert run(Asking(WANTED).ask(call), broken) == (
        [CALL],
        "student: the answer is cut short; try again later",
    )


def test_trying_again_has_an_end():
    """After the last try the status is told."""
    taken, found = run(Asking(WANTED, Limits(retries=1)).ask(call), BUSY, BUSY)

    assert (taken, found) == (
        [CALL, Wait(0.5), CALL],
        "student: the MIS answered with status 503; try again later",
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        (
            {
                "Retry-After": "Mon, 23 Nov 2026 12:00:09 GMT",
                "Date": "Mon, 23 Nov 2026 12:00:00 GMT",
            },
            9.0,
        ),
        (
            {
                "Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT",
                "Date": "Mon, 23 Nov 2026 12:00:00 GMT",
            },
            0.0,
        ),
        ({"Retry-After": "Mon, 23 Nov 2026 12:00:09 GMT"}, 0.5),
        (
            {
                "Retry-After": "Mon, 23 Nov 2026 12:00:09 -0000",
                "Date": "Mon, 23 Nov 2026 12:00:00 GMT",
            },
            0.5,
        ),
        ({"Retry-After": "-1"}, 0.5),
        ({"Retry-After": "1.5"}, 0.5),
        ({"Retry-After": "\u0663"}, 0.5),
        ({"Retry-After": "soon"}, 0.5),
        ({}, 0.5),
    ],
)
def test_an_mis_says_how_long_to_wait(headers, seconds):
    """Seconds or a date are heeded, by the clock of the MIS; otherwise it is half a second."""
    steps = Asking(WANTED).ask(call)

    taken, _ = run(steps, Answer(429, headers), GOOD)

    assert taken == [CALL, Wait(seconds), CALL]


@pytest.mark.parametrize("asked", ["61", "9" * 400])
def test_a_pause_that_is_too_long_is_not_made(asked):
    """It is told instead, so that the caller may come back later."""
    found = run(Asking(WANTED).ask(call), Answer(429, {"Retry-After": asked}))

    assert found == (
        [CALL],
        "student: the MIS asks to wait longer (429); try again later",
    )


def test_recovery_helps_once():
    """What helps against an answer is done once, and then the answer stands."""
    tried = []

    def recover(answer):
        tried.append(answer.status)
        yield Call("token")
        return True

    steps = Asking(WANTED).ask(call, recover=recover)
    taken, found = run(steps, Answer(401), GOOD, Answer(401))

    assert (taken, tried, found) == (
        [CALL, Call("token"), CALL],
        [401],
        "student: the MIS does not accept the credentials (401); renew them",
    )


def test_recovery_may_find_that_it_cannot_help():
    """Then the answer means what it would have meant."""

    def recover(_):
        yield Call("token")
        return False

    steps = Asking(WANTED, Limits(retries=0)).ask(call, recover=recover)

    assert run(steps, BUSY, GOOD)[1] == (
        "student: the MIS answered with status 503; try again later"
    )


# ---- Renewal -------------------------------------------------------------------------


def test_every_call_is_made_of_what_may_be_asked_for_then():
    """Also one that is tried again asks for what may flow at that moment."""
    last = evolve(WANTED, fields=())
    then = evolve(WANTED, renewal=lambda: last)
    asked = []

    def note(wanted):
        asked.append(wanted.fields)
        return CALL

    run(Asking(evolve(WANTED, renewal=lambda: then)).ask(note), BUSY, GOOD)

    assert asked == [("student.id",), ()]


def test_when_nothing_may_be_asked_for_nothing_is():
    """What a renewal raises is let through, and no call is made."""

    def refuse():
        raise AccessDeniedError("student", "1", "app", "ended")

    steps = Asking(evolve(WANTED, renewal=refuse)).ask(call)

    with pytest.raises(AccessDeniedError):
        next(steps)


# ---- What is wrong -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (307, "the MIS answers from elsewhere (307); correct the address"),
        (
            400,
            "the MIS does not understand what was asked (400); check its version",
        ),
        (401, "the MIS does not accept the credentials (401); renew them"),
        (403, "the MIS account cannot read this (403); ask the school to allow it"),
        (404, "the MIS has nothing at this address (404); check it"),
        (429, "the MIS asks to wait longer (429); try again later"),
        (500, "the MIS answered with status 500; try again later"),
    ],
)
def test_a_status_is_told_in_words(status, problem):
    """The resource is named, what it means, and what to do."""
    assert told(Answer(status, body=b"Ada")) == f"student: {problem}"


def test_an_interface_may_know_better():
    """What it makes of an answer stands in place of the usual meaning."""
    steps = Asking(WANTED).ask(call, lambda answer: f"code {answer.status}")

    assert run(steps, Answer(400))[1] == "student: code 400"


# ---- Pages ---------------------------------------------------------------------------


def test_an_error_names_the_page():
    """Pages are counted from 1."""
    asking = Asking(WANTED)
    run(asking.next_page(call), Answer(200, body=b"1"))

    with pytest.raises(SourceError) as caught:
        asking.records(Answer(200, body=b"{}"))

    assert (caught.value.source, caught.value.page) == ("student", 1)


@pytest.mark.parametrize(
    "second", [b'{"a":[{"id":7}],"page":2}', b'{"a":[ {"id":7} ]}']
)
def test_records_that_come_again_are_a_fault(second):
    """An MIS that gives one page over and over is not asked for ever.

    It is the records that tell, whatever else the answer holds.
    """
    asking = Asking(WANTED)
    asking.records(Answer(200, body=b'{"a":[{"id":7}],"page":1}'), "a")

    with pytest.raises(SourceError, match="the page is the same as an earlier one"):
        asking.records(Answer(200, body=second), "a")


@pytest.mark.parametrize(
    ("body", "more"), [(b'[{"x":"\\ud800"}]', {"may_repeat": True}), (b"[]", {})]
)
def test_some_pages_may_be_the_same(body, more):
    """Where no key is asked for, and where there is nothing."""
    asking, page = Asking(WANTED), Answer(200, body=body)

    assert asking.records(page, **more) == asking.records(page, **more)


def test_pages_have_an_end():
    """One page above the limit is not even asked for."""
    asking = Asking(WANTED, Limits(pages=1))
    run(asking.next_page(call), GOOD)

    assert run(asking.next_page(call), GOOD) == (
        [],
        "student, page 2: there are more pages than allowed; raise `Limits.pages`",
    )


# ---- Records -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "place"),
    [(b"[1]", ()), (b'{"a":[1]}', ("a",)), (b'{"a":{"b":[1]}}', ("a", "b"))],
)
def test_records_stand_where_the_interface_says(body, place):
    """The list may be the answer itself, or lie below its keys."""
    assert Asking(WANTED).records(Answer(200, body=body), *place) == [1]


@pytest.mark.parametrize(
    ("body", "place", "where"),
    [
        (b"{}", (), "in the answer"),
        (b"7", (), "in the answer"),
        (b"[]", ("a", "b"), "at `a.b`"),
        (b'{"a":{}}', ("a", "b"), "at `a.b`"),
        (b'{"a":null}', ("a",), "at `a`"),
    ],
)
def test_no_list_is_a_fault(body, place, where):
    """The place is named, and nothing that is there."""
    with pytest.raises(SourceError) as caught:
        Asking(WANTED).records(Answer(200, body=body), *place)

    assert str(caught.value) == (
        f"student: there is no list of records {where}; check its version"
    )


def test_what_is_no_json_leads_back_to_nothing():
    """The error has no cause and no context, in which the body could be found."""
    with pytest.raises(SourceError, match="the answer is not JSON") as caught:
        Asking(WANTED).parsed(Answer(200, body=b'{"name": Ada'))

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
